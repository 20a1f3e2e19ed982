//! No system calls but those that INSTALL.md names: tests/c/sandbox.c.

use sdnotify_tests::tree::{Scratch, compile, linked_with_ours, top};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

/// The names in the tables of INSTALL.md's section.
fn named() -> Vec<String> {
    let text = std::fs::read_to_string(top().join("INSTALL.md")).expect("INSTALL.md");
    let section = text.split_once("\n## System calls").expect("a section about system calls").1;
    let section = section.split("\n## ").next().unwrap_or_default();
    let is_name =
        |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let quoted = |line: &'_ str| {
        line.split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| word.len() > 1 && is_name(word))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    section.lines().filter(|line| line.starts_with('|')).flat_map(quoted).collect()
}

fn allowed(names: &[String]) -> Output {
    let scratch = Scratch::new("sandbox");
    let mut flags = linked_with_ours();
    flags.push("-lseccomp".to_owned());
    let program = compile("gcc", &scratch, &["sandbox.c"], &flags);
    Command::new(program).args(names).output().expect("the program starts")
}

#[test]
fn the_documented_system_calls_are_enough() {
    let output = allowed(&named());
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "INSTALL.md does not name all that is needed: {}: {said}", output.status);
}

#[test]
fn one_less_is_not() {
    let names: Vec<String> = named().into_iter().filter(|name| name != "sendmsg").collect();
    let output = allowed(&names);
    assert_eq!(output.status.signal(), Some(libc::SIGSYS), "{output:?}");
}
