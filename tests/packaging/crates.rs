//! The crates as `cargo publish` uploads them: what is in them, and that they build where nothing else of ours is.

use sdnotify_tests::package::{dist, offline, version};
use sdnotify_tests::tree::{Scratch, run, top};
use std::path::{Path, PathBuf};
use std::process::Command;

/// In the order in which they are published.
const CRATES: [&str; 3] = ["libsdnotify-engine", "libsdnotify", "sdnotify-cli"];

/// A stand-in for crates.io that has the crates of a release and ours, packaged.
struct Registry(Scratch);

impl Registry {
    fn new() -> Registry {
        let scratch = Scratch::new("crates");
        let vendor = dist().join(format!("libsdnotify-{}-vendor.tar.gz", version()));
        run(Command::new("tar").args(["--strip-components=1", "-xzf"]).arg(vendor).arg("-C").arg(scratch.dir()));
        let mut package = offline("cargo");
        package.args(["package", "--workspace", "--no-verify", "--allow-dirty", "--locked", "--offline"]);
        run(package.arg("--target-dir").arg(scratch.path("target")).current_dir(top()));
        let registry = Registry(scratch);
        for name in CRATES {
            let file = registry.0.path(&format!("target/package/{name}-{}.crate", version()));
            registry.extract(name, &registry.0.path("vendor"));
            let sum = run(Command::new("sha256sum").arg(file));
            let sum = sum.split_whitespace().next().expect("a checksum");
            let checksums = format!("{{\"files\":{{}},\"package\":\"{sum}\"}}");
            let place = registry.0.path(&format!("vendor/{name}-{}/.cargo-checksum.json", version()));
            std::fs::write(place, checksums).expect("a file");
        }
        registry
    }

    /// Extracts a crate in a directory, as somebody who has downloaded it.
    fn extract(&self, name: &str, directory: &Path) -> PathBuf {
        std::fs::create_dir_all(directory).expect("a directory");
        let name = format!("{name}-{}", version());
        let file = self.0.path(&format!("target/package/{name}.crate"));
        run(Command::new("tar").arg("-xzf").arg(file).arg("-C").arg(directory));
        directory.join(name)
    }

    /// A program in a directory, whose cargo finds this registry and no network.
    fn command(&self, program: &str, directory: &Path) -> Command {
        let mut command = offline(program);
        command.current_dir(directory).env("CARGO_NET_OFFLINE", "true").env_remove("MAKEFLAGS");
        command.env("CARGO_TARGET_DIR", self.0.path("built")).env("CARGO_PROFILE_DEV_DEBUG", "0");
        command
    }
}

#[test]
fn metadata_is_complete() {
    let mut metadata = Command::new("cargo");
    metadata.args(["metadata", "--no-deps", "--offline", "--locked", "--format-version=1"]).current_dir(top());
    let metadata: serde_json::Value = serde_json::from_str(&run(&mut metadata)).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let mut names: Vec<_> = packages.iter().map(|package| package["name"].as_str().expect("a name")).collect();
    names.sort_unstable();
    let mut all = CRATES;
    all.sort_unstable();
    assert_eq!(names, all, "every crate of the workspace is published");
    for package in packages {
        let name = &package["name"];
        for field in
            ["authors", "categories", "description", "keywords", "license", "readme", "repository", "rust_version"]
        {
            let value = &package[field];
            assert!(!value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()), "{name}: no {field}");
        }
        assert_eq!(package["version"], version(), "{name}");
        // crates.io refuses more.
        assert!(package["keywords"].as_array().expect("keywords").len() <= 5, "{name}: keywords");
    }
}

/// A crate extracted where nothing else is, except the configuration that names the stand-in.
fn alone(registry: &Registry, name: &str) -> (Scratch, PathBuf) {
    let place = Scratch::new("crate-alone");
    let source = registry.extract(name, place.dir());
    for file in ["LICENSE", "README.md", "Cargo.lock"] {
        assert!(source.join(file).is_file(), "{name}: no {file}");
    }
    // It names the directory relative to itself.
    std::fs::create_dir(place.path(".cargo")).expect("a directory");
    std::fs::copy(registry.0.path(".cargo/config.toml"), place.path(".cargo/config.toml")).expect("a file");
    std::os::unix::fs::symlink(registry.0.path("vendor"), place.path("vendor")).expect("a link");
    (place, source)
}

#[test]
fn the_packaged_libraries_build_alone() {
    let registry = Registry::new();
    let (_place, source) = alone(&registry, "libsdnotify-engine");
    run(registry.command("cargo", &source).args(["build", "--locked", "--all-features", "--examples"]));

    let (place, source) = alone(&registry, "libsdnotify");
    run(registry.command("cargo", &source).args(["build", "--locked"]));
    let stage = place.path("stage");
    let make = |target: &str| {
        let mut make = registry.command("make", &source);
        run(make.args([target, "PREFIX=/usr"]).arg(format!("DESTDIR={}", stage.display())))
    };
    make("install");
    assert!(stage.join("usr/lib/libsdnotify.so.0").exists());
    assert!(stage.join("usr/share/man/man3/libsdnotify.3").exists());
    make("uninstall");
    assert_eq!(run(Command::new("find").arg(&stage).args(["!", "-type", "d"])), "");
    assert!(make("help").contains("make install"));
}

#[test]
#[ignore = "compiles everything: make check-all"]
fn the_packaged_command_is_installed_by_cargo() {
    let registry = Registry::new();
    let (place, source) = alone(&registry, "sdnotify-cli");
    let root = place.path("installed");
    let mut install = registry.command("cargo", &source);
    run(install.args(["install", "--debug", "--locked", "--path", ".", "--root"]).arg(&root));
    let said = run(Command::new(root.join("bin/sdnotify")).arg("--version"));
    assert_eq!(said.trim_end(), format!("sdnotify {}", version()));
    run(registry.command("cargo", &source).args(["build", "--locked", "--example=sdnotify-pages"]));
}
