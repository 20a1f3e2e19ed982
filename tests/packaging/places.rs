//! The version and the project's address stand in Cargo.toml. All other places agree, and `packaging/set` changes them all.

use sdnotify_tests::package::version;
use sdnotify_tests::tree::{Scratch, run, top};
use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;

fn read(root: &Path, file: &str) -> String {
    read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The version of Perl's module.
fn perl_version(version: &str) -> String {
    let numbers: Vec<u32> = version.split('.').map(|number| number.parse().expect("a number")).collect();
    format!("{}.{}{:03}", numbers[0], 100 + numbers[1], numbers[2])
}

fn assert_version(root: &Path, version: &str) {
    let engine = format!("libsdnotify-engine = {{ path = \"engine\", version = \"{version}\" }}");
    assert!(read(root, "Cargo.toml").contains(&engine), "Cargo.toml");
    for (file, crates) in [
        ("Cargo.lock", &["libsdnotify", "libsdnotify-engine", "sdnotify-cli"][..]),
        ("tests/Cargo.lock", &["libsdnotify-engine"]),
    ] {
        let lock = read(root, file);
        for name in crates {
            assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")), "{file}: {name}");
        }
    }
    assert!(read(root, "debian/changelog").starts_with(&format!("libsdnotify ({version}-")), "debian/changelog");
    let install = read(root, "INSTALL.md");
    assert_eq!(install.matches(&format!(".so.{version}")).count(), 2, "INSTALL.md");
    let minor = version.rsplit_once('.').expect("a version").0;
    assert!(install.contains(&format!("find_package(libsdnotify {minor} REQUIRED)")), "INSTALL.md");
    for file in ["docs/languages.md", "engine/README.md", "engine/src/lib.rs"] {
        let engine = format!("libsdnotify-engine = {{ version = \"{minor}\", features = [\"std\"] }}");
        assert!(read(root, file).contains(&engine), "{file}");
    }
    assert!(read(root, "CHANGELOG.md").contains(&format!("\n## {version}")), "CHANGELOG.md");
    let changes = read(root, "bindings/perl/Changes");
    assert!(changes.contains(&format!("\n{}  2", perl_version(version))), "bindings/perl/Changes");
}

/// Each line that has an address of ours; `url` is what it must begin with.
fn assert_url(root: &Path, url: &str) {
    let expected = [
        (
            "debian/control",
            vec![format!("Homepage: {url}"), format!("Vcs-Git: {url}.git"), format!("Vcs-Browser: {url}")],
        ),
        ("debian/watch", vec![format!(" {url}/releases/ \\")]),
        ("debian/upstream/metadata", vec![format!("Repository: {url}.git"), format!("Bug-Database: {url}/issues")]),
        ("debian/copyright", vec![format!("Source: {url}")]),
        ("bindings/python/pyproject.toml", vec![format!("Homepage = \"{url}\"")]),
        ("bindings/perl/Makefile.PL", vec![format!("            homepage   => '{url}',")]),
    ];
    for (file, lines) in expected {
        let text = read(root, file);
        for line in lines {
            assert!(text.lines().any(|found| found == line), "{file}: no line {line:?}");
        }
    }
}

fn url(root: &Path) -> String {
    let manifest = read(root, "Cargo.toml");
    let line = manifest.lines().find_map(|line| line.strip_prefix("repository = ")).expect("an address");
    line.trim_matches('"').to_owned()
}

/// A copy of what is tracked.
fn copy() -> Scratch {
    let scratch = Scratch::new("places");
    let script = "git ls-files -z | tar --create --null --files-from=- | tar --extract --directory=\"$1\"";
    run(Command::new("sh").args(["-euc", script, "sh"]).arg(scratch.dir()).current_dir(top()));
    scratch
}

fn set(root: &Path, what: &str, value: &str) -> std::process::Output {
    let mut command = Command::new(root.join("packaging/set"));
    command.args([what, value]).env("SOURCE_DATE_EPOCH", "1800000000").output().expect("packaging/set")
}

#[test]
fn they_agree() {
    assert_version(&top(), &version());
    assert_url(&top(), &url(&top()));
}

#[test]
fn one_command_changes_the_version_everywhere() {
    let scratch = copy();
    let root = scratch.dir();
    for version in ["0.10.0", "0.10.1"] {
        assert!(set(root, "version", version).status.success());
        assert_version(root, version);
        // Cargo finds the lock files as they should be, and the changelog is Debian's.
        for manifest in ["Cargo.toml", "tests/Cargo.toml"] {
            let mut metadata = Command::new("cargo");
            metadata.args(["metadata", "--format-version=1", "--locked", "--offline"]);
            metadata.args(["--filter-platform=x86_64-unknown-linux-gnu", "--manifest-path"]);
            run(metadata.arg(root.join(manifest)));
        }
        let parsed = run(Command::new("dpkg-parsechangelog").arg("-l").arg(root.join("debian/changelog")));
        assert!(
            parsed.contains(&format!("Version: {version}-1\n")) && parsed.contains("Date: Fri, 15 Jan 2027"),
            "{parsed}"
        );
        let changelog = read(root, "CHANGELOG.md");
        assert!(changelog.contains(&format!("## Unreleased\n\n## {version} - 2027-01-15\n")), "{changelog}");
    }
    for wrong in ["0.10.1", "1.0", "v1.0.0", "1.0.0-rc1", ""] {
        assert_eq!(set(root, "version", wrong).status.code(), Some(2), "{wrong:?}");
    }
    assert_version(root, "0.10.1");
}

#[test]
fn one_command_changes_the_address_everywhere() {
    let scratch = copy();
    let root = scratch.dir();
    let old = url(root);
    assert!(set(root, "url", "https://forge.example/some-one/libsdnotify/").status.success());
    assert_url(root, "https://forge.example/some-one/libsdnotify");
    let mut grep = Command::new("grep");
    let left = grep.args(["-rlF", "--exclude-dir=.git", &old]).arg(root).output().expect("grep");
    assert_eq!(String::from_utf8_lossy(&left.stdout), "", "files that still have the old address");
    for wrong in ["http://forge.example", "https://forge.example/a b", ""] {
        assert_eq!(set(root, "url", wrong).status.code(), Some(2), "{wrong:?}");
    }
}
