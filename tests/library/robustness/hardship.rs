//! Every allocation fails once, and very many calls leave nothing over: tests/c/hardship.c.

use sdnotify_tests::tree::{Scratch, compile, linked_with_ours, run};
use std::process::Command;

fn hardship(limit: &str, arguments: &[&str]) {
    let scratch = Scratch::new("hardship");
    let program = compile("gcc", &scratch, &["hardship.c"], &linked_with_ours());
    print!("{}", run(Command::new("timeout").arg(limit).arg(program).args(arguments)));
}

#[test]
fn each_allocation_fails_once_and_nothing_leaks() {
    // It takes milliseconds; only an endless loop takes longer.
    hardship("60", &["memory"]);
}

#[test]
fn ten_million_calls_leave_nothing_over() {
    // The program stops by itself after a minute.
    hardship("200", &["soak", "10000000"]);
}
