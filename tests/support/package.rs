//! A release and the Debian packages made of it, each made once in a test process; and root trees to install them in.

use crate::tree::{Scratch, run, top};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The version in Cargo.toml.
pub fn version() -> String {
    let manifest = std::fs::read_to_string(top().join("Cargo.toml")).expect("Cargo.toml");
    let line = manifest.lines().find(|line| line.starts_with("version = ")).expect("a version");
    line.split('"').nth(1).expect("in quotes").to_owned()
}

/// What `make dist` makes.
pub fn dist() -> &'static Path {
    static DIST: OnceLock<Scratch> = OnceLock::new();
    let scratch = DIST.get_or_init(|| {
        let scratch = Scratch::new("release");
        run(Command::new(top().join("packaging/dist")).arg(scratch.dir()));
        scratch
    });
    scratch.dir()
}

/// Unpacks the release's source with debian/, and with its crates if `vendored`, into a new directory; the top of the source.
pub fn unpack(directory: &Path, vendored: bool) -> PathBuf {
    std::fs::create_dir_all(directory).expect("a directory");
    let name = format!("libsdnotify-{}", version());
    for file in if vendored { &["", "-debian", "-vendor"][..] } else { &["", "-debian"] } {
        let archive = dist().join(format!("{name}{file}.tar.gz"));
        run(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(directory));
    }
    directory.join(name)
}

/// The Debian packages, built from the release on this machine without network; kept for as long as the release is the
/// same.
pub fn debian_packages() -> &'static Path {
    static PACKAGES: OnceLock<PathBuf> = OnceLock::new();
    PACKAGES.get_or_init(|| {
        let sums = std::fs::read(dist().join("SHA256SUMS")).expect("checksums");
        let kept = top().join("target/packages");
        if std::fs::read(kept.join("SHA256SUMS")).is_ok_and(|of_kept| of_kept == sums) {
            return kept;
        }
        let _ = std::fs::remove_dir_all(&kept);
        build_debian_packages(&kept);
        std::fs::write(kept.join("SHA256SUMS"), sums).expect("a file");
        kept
    })
}

/// Builds the Debian packages in a directory, in which they are afterwards.
pub fn build_debian_packages(directory: &Path) {
    let source = unpack(directory, true);
    let mut build = offline("dpkg-buildpackage");
    // -d: the machine's cargo need not be Debian's.
    run(build.args(["-us", "-uc", "-b", "-d"]).current_dir(&source).env_remove("MAKEFLAGS"));
    std::fs::remove_dir_all(source).expect("what was built there");
}

/// The files of a directory whose names end so, in order.
pub fn files(directory: &Path, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(end)).collect();
    found.sort();
    found
}

/// The first example of a document in a language.
pub fn example(document: &str, language: &str) -> String {
    let text = std::fs::read_to_string(top().join(document)).expect(document);
    let (_, example) = text.split_once(&format!("```{language}\n")).expect("an example");
    example.split_once("```").expect("its end").0.to_owned()
}

/// README's first example in Python, whose work is done when it has beaten twice.
pub fn python_example() -> String {
    let work = "works = iter(range(2))\ndef work():\n    if next(works, None) is None: raise SystemExit\n";
    format!("{work}{}", example("README.md", "python"))
}

/// What README's first examples say, all of them the same.
pub const EXAMPLE_SAYS: [&str; 3] = ["READY=1\nSTATUS=Serving everyone", "WATCHDOG=1", "WATCHDOG=1"];

/// A command that sees no network but an unconfigured loopback.
pub fn offline(program: &str) -> Command {
    let mut command = Command::new("unshare");
    command.arg("--net").arg(program);
    command
}

/// The directory of a minimal system of Debian `suite` with `packages` (tests/support/minbase-root).
pub fn minimal_system(suite: &str, packages: &[&str]) -> PathBuf {
    let mut script = Command::new(top().join("tests/support/minbase-root"));
    PathBuf::from(run(script.arg(suite).args(packages).stderr(Stdio::inherit())).trim_end())
}

/// A shell script that runs beside a copy of that system, `$COPY`, which does not outlive it (tests/support/root-copy).
pub fn beside_copy(root: &Path, script: &str) -> Command {
    let mut command = Command::new(top().join("tests/support/root-copy"));
    command.arg(root).args(["sh", "-euc", script, "sh"]);
    command
}
