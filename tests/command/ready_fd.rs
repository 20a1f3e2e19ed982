//! `sdnotify run --ready-fd`: what s6, dinit and OpenRC read.

use sdnotify_tests::command::{Running, field, sdnotify, speaker, texts};
use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The number that the command has the descriptor at: none that the test has in use.
const NUMBER: i32 = 200;

fn with_fd(command: &mut Command, fd: i32) -> &mut Command {
    // SAFETY: dup2() is async-signal-safe and takes two numbers; the descriptor stays open until the child is there.
    unsafe {
        command.pre_exec(move || match libc::dup2(fd, NUMBER) {
            NUMBER => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        })
    }
}

fn start(options: &[&str], script: &[&str], writer: PipeWriter) -> Running {
    let mut command = sdnotify();
    command.args(["run", "--json", "--ready-fd", "200"]).args(options).arg("--").arg(speaker()).args(script);
    Running::spawn(with_fd(&mut command, writer.as_raw_fd()))
}

fn all_of(mut reader: PipeReader) -> String {
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("UTF-8");
    text
}

#[test]
fn a_newline_when_ready_and_then_the_end() {
    let (reader, writer) = pipe().expect("a pipe");
    let mut running = start(&[], &["say", "READY=1", "sleep", "600000"], writer);
    assert_eq!(all_of(reader), "\n", "while the service goes on");
    running.wait_for(&[("sub", "running")]);
    running.signal(libc::SIGTERM);
    assert_eq!(running.finish().history(), "start running stop-sigterm dead");
}

#[test]
fn once_for_all_restarts() {
    let (reader, writer) = pipe().expect("a pipe");
    let ended = start(&["--restart", "on-failure", "--limit", "1"], &["say", "READY=1", "exit", "3"], writer).finish();
    assert_eq!(ended.history().matches("running").count(), 2);
    assert_eq!(all_of(reader), "\n");
}

#[test]
fn nothing_from_one_that_is_never_ready() {
    let (reader, writer) = pipe().expect("a pipe");
    let ended = start(&[], &["say", "STATUS=soon", "exit", "3"], writer).finish();
    assert_eq!((all_of(reader).as_str(), ended.status.code()), ("", Some(3)));
}

#[test]
fn a_reader_that_does_not_read() {
    let (reader, mut writer) = pipe().expect("a pipe");
    // SAFETY: two numbers.
    assert!(unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, 4096) } >= 4096);
    writer.write_all(&[b'x'; 4096]).expect("room for them");
    let ended = start(&[], &["say", "READY=1"], writer).finish();
    assert!(ended.texts().contains("Cannot write to --ready-fd: "), "{}", ended.texts());
    assert_eq!((all_of(reader).len(), field(ended.end(), "result").as_str()), (4096, "success"));
}

#[test]
fn one_that_cannot_be_written_to() {
    let null = File::open("/dev/null").expect("open for reading");
    for fd in ["200", "201", "0", "1", "-1", "x"] {
        let mut command = sdnotify();
        let output = with_fd(command.args(["run", &format!("--ready-fd={fd}"), "true"]), null.as_raw_fd()).output();
        let output = output.expect("sdnotify");
        let (stdout, stderr) = texts(&output);
        assert_eq!((output.status.code(), stdout.as_str(), stderr.lines().count()), (Some(2), "", 1), "{fd}: {stderr}");
        assert!(stderr.contains("--ready-fd"), "{fd}: {stderr}");
    }
}
