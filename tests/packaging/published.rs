//! What is published on crates.io, PyPI and CPAN: made from a release in a clean system, installed there, and used as README
//! and the crate's README begin.

use crate::recipes::assert_all_ran;
use sdnotify_tests::package::{dist, example, minimal_system};
use sdnotify_tests::tree::{run, top};
use std::process::Command;

#[test]
#[ignore = "takes minutes: make check-all"]
fn all_work_in_a_clean_system() {
    let packages =
        ["gcc", "libc6-dev", "make", "pkgconf", "libsystemd0", "cpanminus", "python3-pip", "python3-hatchling"];
    let root = minimal_system("bookworm", &packages);
    let sysroot = run(Command::new("rustc").args(["--print", "sysroot"]));
    let mut command = Command::new(top().join("tests/support/root-copy"));
    command.arg(root).arg(top().join("tests/packaging/published/run")).arg(sysroot.trim_end()).arg(dist());
    let said = run(command.arg(top().join("README.md")).arg(example("engine/README.md", "rust,no_run")));
    assert_all_ran(&said);
    assert!(said.ends_with("\nthe Rust service is up\n"), "{said}");
}
