//! What is published on crates.io, PyPI and CPAN: made from a release in a clean system, installed there, and used as README
//! and the crate's README begin.

use sdnotify_tests::command::messages;
use sdnotify_tests::package::{EXAMPLE_SAYS, dist, example, minimal_system, python_example};
use sdnotify_tests::tree::{installed, run, top};
use std::process::Command;

#[test]
#[ignore = "takes minutes: make check-all"]
fn all_work_in_a_clean_system() {
    let packages = ["gcc", "libc6-dev", "make", "pkgconf", "cpanminus", "python3-pip", "python3-hatchling"];
    let root = minimal_system("bookworm", &packages);
    let perl = format!("sub work {{ exit if ++$main::works > 2 }}\n{}", example("README.md", "perl"));
    let service = example("engine/README.md", "rust,no_run");
    let sysroot = run(Command::new("rustc").args(["--print", "sysroot"]));
    let mut command = Command::new(top().join("tests/support/root-copy"));
    command.arg(root).arg(top().join("tests/packaging/published/run")).arg(sysroot.trim_end());
    command.arg(dist()).args([perl, python_example(), service]);
    let said = run(command.arg(installed().join("bin/sdnotify")));
    assert_eq!(messages(&said), [EXAMPLE_SAYS, EXAMPLE_SAYS].concat());
    assert!(said.ends_with("and the Rust service is up\n"), "{said}");
}
