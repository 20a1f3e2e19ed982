//! Checkers of memory watch one process that does all cases of the table that leave it as it is.

use sdnotify_tests::case::{self, Case};
use sdnotify_tests::library::Library;
use sdnotify_tests::probe;
use sdnotify_tests::surroundings::with_loopback;
use sdnotify_tests::tree::{Scratch, compile};
use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

/// Cases with one of these are for a process of their own: it has other rights or limits afterwards, or waits.
const ALONE: [&str; 7] = ["ids ", "chroot ", "limit ", "alarm ", "answer ", "queues", "remove "];
/// The C library ends the program, or reads beyond a text of bytes; neither is ours.
const FORMATS: [&str; 2] = ["%n", "%ls"];

fn is_for_all(case: &Case) -> bool {
    !case.script.iter().any(|command| {
        ALONE.iter().any(|word| command.starts_with(word)) || FORMATS.iter().any(|format| command.contains(format))
    })
}

/// Does all of it in one probe; panics with what the checker said if it, or the probe, did not like something.
fn watched(mut command: Command, scratch: &Scratch) {
    let directory = scratch.path("files").display().to_string();
    std::fs::create_dir(&directory).expect("a directory for the cases");
    // As long for one process id as for another.
    let id = format!("rob-{:07}", std::process::id());
    let cases: Vec<Case> = case::all().into_iter().filter(is_for_all).collect();
    assert!(cases.len() > 200, "only {} cases", cases.len());
    let commands = cases.iter().flat_map(|case| case.script.iter().copied().chain(["received", "state", "reset"]));
    let commands: Vec<String> = commands.map(|written| case::command(written, &id, &directory)).collect();
    let expected: usize = commands.iter().map(|command| command.split(';').count()).sum();
    let input = commands.join("\n") + "\n";

    let log = scratch.path("log");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&log).expect("a log"));
    let mut child = with_loopback(&mut command).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut pipe = child.stdin.take().expect("piped");
    // A pipe, which the probe's children cannot move in; it may break when the probe dies, which shows below.
    let writer = std::thread::spawn(move || drop(pipe.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("its end");
    case::remove_sockets(&id);
    writer.join().expect("the thread that writes");
    let answers = output.stdout.iter().filter(|byte| **byte == b'\n').count();
    let log = std::fs::read(&log).expect("the log");
    assert!(
        output.status.success() && answers == expected,
        "{}, {answers} answers to {expected} commands\n{}",
        output.status,
        without_advice(&String::from_utf8_lossy(&log))
    );
    println!("{} cases, {answers} answers", cases.len());
}

/// Lines that begin with two dashes are about valgrind, say a system call that it does not know, not about the program.
fn without_advice(log: &str) -> String {
    log.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n")
}

/// Under valgrind it takes seconds; the bound is for a machine that does much else.
fn within_minutes(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.arg("300").arg(program);
    command
}

#[test]
fn valgrind_finds_nothing() {
    let scratch = Scratch::new("valgrind");
    let mut command = within_minutes("valgrind");
    command.args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"]);
    command.arg(probe::program()).arg(Library::Ours.path());
    watched(command, &scratch);
}

/// They see the calls into the C library that the Rust part makes.
#[test]
fn the_sanitizers_find_nothing() {
    let scratch = Scratch::new("sanitizers");
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-l:libffi_pic.a"];
    let program = compile("gcc", &scratch, probe::SOURCES, &flags.map(str::to_owned));
    let mut command = within_minutes(program);
    // Some cases want more memory than there is, and are to be told so.
    command.arg(Library::Ours.path()).env("ASAN_OPTIONS", "allocator_may_return_null=1");
    watched(command, &scratch);
}

#[test]
fn the_real_error_is_shown() {
    let log = "--7-- WARNING: unhandled amd64-linux syscall: 434\n--7-- You may be able to write your own handler.\n\
               ==7== Invalid read of size 1\n";
    assert_eq!(without_advice(log), "==7== Invalid read of size 1");
}
