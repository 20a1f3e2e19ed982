//! `sdnotify send` compared with the systemd-notify(1) of systemd 262, command line by command line: what the manager reads,
//! who it comes from, and how the command ends. Each difference is meant, and in the manual.

use sdnotify_tests::command::sdnotify;
use sdnotify_tests::left_out::{left_out, noted};
use sdnotify_tests::library::Library;
use sdnotify_tests::receiver::{Message, Receiver};
use sdnotify_tests::tree::is_root;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// That of the newest Debian, with its own loader and libraries; or why it cannot be had here.
fn theirs() -> Result<Command, String> {
    let root = Library::Newest.root().expect("a root tree of its own").as_ref().map_err(String::clone)?;
    let release = Library::Newest.release()?;
    assert!(release >= 262, "systemd {release}");
    let program = root.join("usr/bin/systemd-notify");
    // It has a library that only systemd's own programs use.
    let libraries = root.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    let mut command = Command::new(Library::Newest.command(&program)?.get_program());
    command.arg("--library-path").arg(format!("{0}:{0}/systemd", libraries.display())).arg(program);
    Ok(command)
}

fn ours() -> Command {
    let mut command = sdnotify();
    command.arg("send");
    command
}

/// What is the same from one run to the next.
fn show(message: &Message, child: u32) -> String {
    let own = std::process::id().to_string();
    let who = |pid: &str| match pid {
        pid if pid == own => "caller".to_owned(),
        pid if pid == child.to_string() => "itself".to_owned(),
        pid => pid.to_owned(),
    };
    let text = message.text();
    let lines =
        text.split('\n').filter(|line| !line.starts_with("MAINPIDFDID=")).map(|line| match line.split_once('=') {
            Some(("MONOTONIC_USEC", _)) => "MONOTONIC_USEC=now".to_owned(),
            Some(("MAINPID", pid)) => format!("MAINPID={}", who(pid)),
            _ if line.len() > 100 => format!("{} bytes", line.len()),
            _ => line.to_owned(),
        });
    let mut shown = lines.collect::<Vec<_>>().join("|");
    if shown != "BARRIER=1" {
        shown += &format!(" from {}", who(&message.pid.to_string()));
        shown += &if message.uid == 0 { String::new() } else { format!(" as {}", message.uid) };
        shown += &if message.fds.is_empty() { String::new() } else { format!(" with {}", message.fds.len()) };
    }
    shown
}

/// All that is sent, and the exit status.
fn outcome(mut command: Command, arguments: &[&str]) -> String {
    let receiver = Receiver::abstract_name();
    let child = command.args(arguments).env("NOTIFY_SOCKET", receiver.address());
    let mut child = child.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut shown = Vec::new();
    let start = Instant::now();
    let status = loop {
        // Whether it has ended is asked first: what it sent before is there.
        let ended = child.try_wait().expect("a child");
        while !receiver.is_empty() {
            shown.push(show(&receiver.next(), child.id()));
        }
        if let Some(status) = ended {
            break status;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{arguments:?}: it does not end");
        std::thread::sleep(Duration::from_millis(2));
    };
    // Theirs tells the manager how it ended itself, as all of systemd's programs do.
    shown.retain(|message| !(message.starts_with("ERRNO=") || message.starts_with("EXIT_STATUS=")));
    shown.push(status.code().map_or_else(|| status.to_string(), |code| code.to_string()));
    shown.join(", ")
}

/// Both do the same.
const SAME: &[(&[&str], &str)] = &[
    (&["--ready"], "READY=1 from caller, BARRIER=1, 0"),
    (&["--ready", "--status=Ready ✓"], "READY=1|STATUS=Ready ✓ from caller, BARRIER=1, 0"),
    (&["--status", ""], "STATUS= from caller, BARRIER=1, 0"),
    (&["--reloading"], "RELOADING=1|MONOTONIC_USEC=now from caller, BARRIER=1, 0"),
    (
        &["--stopping", "--ready", "--reloading"],
        "RELOADING=1|MONOTONIC_USEC=now|READY=1|STOPPING=1 from caller, BARRIER=1, 0",
    ),
    (&["--pid"], "MAINPID=caller from caller, BARRIER=1, 0"),
    (&["--pid=parent", "--ready"], "READY=1|MAINPID=caller from caller, BARRIER=1, 0"),
    (&["--pid=self"], "MAINPID=itself from itself, BARRIER=1, 0"),
    (&["--pid=1"], "MAINPID=1 from 1, BARRIER=1, 0"),
    (&["WATCHDOG=1", "X_MINE=a=b"], "WATCHDOG=1|X_MINE=a=b from caller, BARRIER=1, 0"),
    (&["X_A=1", "--ready"], "READY=1|X_A=1 from caller, BARRIER=1, 0"),
    (&["X_A=1", "--status", "x", "X_B=2", "--stopping"], "STOPPING=1|STATUS=x|X_A=1|X_B=2 from caller, BARRIER=1, 0"),
    (&["--ready", "--ready", "--status=one", "--status=two"], "READY=1|STATUS=two from caller, BARRIER=1, 0"),
    (&["--ready", "READY=1", "X_A=1", "X_A=2"], "READY=1|X_A=2 from caller, BARRIER=1, 0"),
    (&["--status=one", "STATUS=two"], "STATUS=two from caller, BARRIER=1, 0"),
    (&["--ready", "--", "X_A=1"], "READY=1|X_A=1 from caller, BARRIER=1, 0"),
    (&["--no-block", "--ready"], "READY=1 from caller, 0"),
    (&["--uid=nobody", "--ready"], "READY=1 from caller as 65534, BARRIER=1, 0"),
    (&["--uid=65534", "--ready", "--pid=self"], "READY=1|MAINPID=itself from itself as 65534, BARRIER=1, 0"),
    (&["--uid=65534", "--uid=0", "--ready"], "READY=1 from caller, BARRIER=1, 0"),
    (&["--quiet", "--ready"], "READY=1 from caller, BARRIER=1, 0"),
    (&["--fd=0", "--fd=2", "--fdname=two"], "FDSTORE=1|FDNAME=two from caller with 2, BARRIER=1, 0"),
    (&["--fd=1", "--ready"], "READY=1|FDSTORE=1 from caller with 1, BARRIER=1, 0"),
    (&["--exec", "X_A=1", ";", "--", "sh", "-c", "exit 4"], "X_A=1 from caller, BARRIER=1, 4"),
    (&["--exec", "--ready", ";", "sh"], "READY=1 from caller, BARRIER=1, 0"),
    (&["--fork", "--quiet", "--", "sh", "-c", "exit 3"], "3"),
    (&["--fork", "--", "true"], "0"),
    (&["--help"], "0"),
];

/// Both refuse it and send nothing: theirs with status 1, ours with 2.
const REFUSED: &[&[&str]] = &[
    &["--uid=no-such-user", "--ready"],
    &["--fd=77", "--ready"],
    &["--fdname=x", "--ready"],
    &["--fd=0", "--fdname=a:b", "--ready"],
    &["--fd=x", "--ready"],
    &["--exec", "--ready"],
    &["--exec", "--ready", ";"],
    &["--exec", ";", "--", "sh", "-c", "exit 4"],
    &["--fork", "sh", "-c", "exit 3"],
    &["--fork"],
    &["--fork", "--ready", "--", "true"],
    &["--booted", "--ready"],
    &["--booted", "READY=1"],
    &["--booted", "--no-block"],
    &["--booted", "--quiet"],
    &["--frob"],
    &["--ready=1"],
    &["--status"],
    &[],
    &["--pid=abc"],
    &["--pid=0"],
    &["--pid=999999999", "--ready"],
];

/// What theirs does, and what ours does.
const DIFFERENT: &[(&[&str], &str, &str)] = &[
    (&["--ready", "--", "--stopping"], "READY=1|--stopping from caller, BARRIER=1, 0", "2"),
    (&["--fd=0", "--fd=0", "--ready"], "READY=1|FDSTORE=1 from caller with 2, BARRIER=1, 0", "2"),
    (&["--exec", "--ready", ";", "sh", "-c", "exit 4"], "1", "READY=1 from caller, BARRIER=1, 4"),
    (
        &["--exec", "--ready", ";", "--", "/nonexistent"],
        "READY=1 from caller, BARRIER=1, 1",
        "READY=1 from caller, BARRIER=1, 127",
    ),
    (
        &["--exec", "--no-block", "--uid=nobody", "--ready", ";", "--", "sh", "-c", "exit $(id -u | wc -c)"],
        "READY=1 from caller as 65534, 6",
        "READY=1 from caller as 65534, 2",
    ),
    (&["-q", "--fork", "--", "sh", "-c", "kill -KILL $$"], "1", "137"),
    (&["--fork", "--", "/nonexistent"], "203", "127"),
    (&["--booted", "--fork", "--", "true"], "0", "2"),
    (&["--status=a\nMAINPID=1", "--ready"], "READY=1|STATUS=a|MAINPID=1 from caller, BARRIER=1, 0", "2"),
    (&["STATUS=a\nMAINPID=1", "--ready"], "READY=1|STATUS=a|MAINPID=1 from caller, BARRIER=1, 0", "2"),
    (&["STATUS=a\r", "--ready"], "READY=1|STATUS=a\r from caller, BARRIER=1, 0", "2"),
    (&["READY"], "READY from caller, BARRIER=1, 0", "2"),
    (&["EXTEND_TIMEOUT_USEC=inf"], "EXTEND_TIMEOUT_USEC=inf from caller, BARRIER=1, 0", "2"),
    (&["--ready", "READY=0"], "READY=0 from caller, BARRIER=1, 0", "2"),
    (&["=1"], "=1 from caller, BARRIER=1, 0", "2"),
    (&["--ready", "STATUS"], "READY=1|STATUS from caller, BARRIER=1, 0", "2"),
    (&["--rea"], "READY=1 from caller, BARRIER=1, 0", "2"),
    (&["--version"], "0", "2"),
];

#[test]
fn command_lines() {
    if !is_root() {
        return left_out("send compared with systemd-notify 262", "only root may name another sender");
    }
    let reference = theirs();
    if let Err(reason) = &reference {
        noted("systemd-notify of systemd 262", reason);
    }
    let same = SAME.iter().map(|(arguments, both)| (*arguments, *both, *both));
    let refused = REFUSED.iter().map(|arguments| (*arguments, "1", "2"));
    for (arguments, theirs_does, ours_does) in same.chain(refused).chain(DIFFERENT.iter().copied()) {
        assert_eq!(outcome(ours(), arguments), ours_does, "sdnotify send {arguments:?}");
        if reference.is_ok() {
            assert_eq!(outcome(theirs().expect("as before"), arguments), theirs_does, "systemd-notify {arguments:?}");
        }
    }
    // The manager ignores it.
    let long = format!("X_A={}", "x".repeat(5_000));
    assert_eq!(outcome(ours(), &[&long]), "2");
    if reference.is_ok() {
        assert_eq!(outcome(theirs().expect("as before"), &[&long]), "5004 bytes from caller, BARRIER=1, 0");
        let booted = [ours(), theirs().expect("as before")].map(|command| outcome(command, &["--booted"]));
        assert_eq!(booted[0], booted[1], "--booted");
    }
}

/// Without a manager, and with one that is not there.
#[test]
fn nobody_to_tell() {
    for address in [None, Some(""), Some("@sdnotify/nobody"), Some("relative"), Some("/nonexistent/socket")] {
        for mut command in theirs().into_iter().chain([ours()]) {
            let command = command.env_remove("NOTIFY_SOCKET").envs(address.map(|address| ("NOTIFY_SOCKET", address)));
            let output = command.arg("--ready").output().expect("it starts");
            assert_eq!(output.status.code(), Some(1), "{address:?}: {output:?}");
        }
    }
}
