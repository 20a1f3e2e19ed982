//! `sdnotify send`, beside systemd's own systemd-notify(1).

use sdnotify_tests::command::{Running, field, sdnotify, texts};
use sdnotify_tests::receiver::Receiver;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Sends with either command; the message without what differs from one moment or process to another, and its sender.
fn message(mut command: Command, arguments: &[&str]) -> (String, bool) {
    let receiver = Receiver::abstract_name();
    let output = command.arg("--no-block").args(arguments).env("NOTIFY_SOCKET", receiver.address()).output();
    let output = output.expect("it starts");
    assert!(output.status.success(), "{command:?}: {output:?}");
    let message = receiver.next();
    let text = message.text();
    let lines = text.lines().filter(|line| !line.starts_with("MAINPIDFDID=")).map(|line| {
        match line.split_once('=').expect("an assignment") {
            ("MONOTONIC_USEC", _) => "MONOTONIC_USEC=now".to_owned(),
            ("MAINPID", pid) if pid == std::process::id().to_string() => "MAINPID=parent".to_owned(),
            ("MAINPID", pid) if pid != "1" => "MAINPID=self".to_owned(),
            _ => line.to_owned(),
        }
    });
    (lines.collect::<Vec<_>>().join("\n"), message.pid == std::process::id() as i32)
}

#[test]
fn the_messages_of_systemd_notify() {
    for arguments in [
        &["--ready"][..],
        &["--ready", "--status=Ready to work ✓"],
        &["--status", ""],
        &["--reloading"],
        &["--stopping"],
        &["--stopping", "--ready", "--reloading"],
        &["--pid"],
        &["--pid=parent", "--ready"],
        &["--pid=auto"],
        &["WATCHDOG=1", "X_MINE=a=b"],
        &["--ready", "STATUS=free"],
    ] {
        let ours = message(sent(), arguments);
        // Those of 252 know no --reloading and --stopping.
        let help = Command::new("systemd-notify").arg("--help").output().expect("the package systemd").stdout;
        let help = String::from_utf8_lossy(&help).into_owned();
        let names = arguments.iter().filter_map(|argument| argument.split('=').next().filter(|n| n.starts_with("--")));
        if let Some(unknown) = { names }.find(|name| !help.contains(*name)) {
            println!("{arguments:?}: not compared, this systemd-notify has no {unknown}");
            continue;
        }
        assert_eq!(ours, message(Command::new("systemd-notify"), arguments), "{arguments:?}");
    }
    let (text, _) = message(sent(), &["--stopping", "--ready", "--reloading"]);
    assert_eq!(text, "RELOADING=1\nMONOTONIC_USEC=now\nREADY=1\nSTOPPING=1");
    assert_eq!(message(sent(), &["--pid=self"]).0, "MAINPID=self");
}

fn sent() -> Command {
    let mut command = sdnotify();
    command.arg("send");
    command
}

#[test]
fn it_waits_until_the_manager_has_read() {
    let receiver = Receiver::abstract_name();
    let mut child = sent().arg("--ready").env("NOTIFY_SOCKET", receiver.address()).spawn().expect("sdnotify");
    assert_eq!(receiver.next().text(), "READY=1");
    let barrier = receiver.next();
    assert_eq!((barrier.text().as_str(), barrier.fds.len()), ("BARRIER=1", 1));
    assert!(child.try_wait().expect("a child").is_none(), "it waits");
    drop(barrier);
    assert!(child.wait().expect("a child").success());
}

#[test]
fn nobody_to_tell() {
    for (socket, says) in [(None, "$NOTIFY_SOCKET is not set"), (Some("@sdnotify/nobody"), "cannot notify")] {
        let mut command = sent();
        if let Some(socket) = socket {
            command.env("NOTIFY_SOCKET", socket);
        }
        let output = command.arg("--ready").output().expect("sdnotify");
        assert_eq!(output.status.code(), Some(1));
        assert!(texts(&output).1.contains(says), "{output:?}");
    }
}

#[test]
fn descriptors() {
    let receiver = Receiver::abstract_name();
    let mut command = sent();
    command.args(["--fd=0", "--fd=2", "--fdname=two", "--no-block"]).env("NOTIFY_SOCKET", receiver.address());
    assert!(command.status().expect("sdnotify").success());
    let message = receiver.next();
    assert_eq!((message.text().as_str(), message.fds.len()), ("FDSTORE=1\nFDNAME=two", 2));
}

#[test]
fn and_then_a_command() {
    let receiver = Receiver::abstract_name();
    let mut command = sent();
    command.args(["--exec", "--no-block", "--ready", "X_A=1", ";", "sh", "-c", "echo $$; exit 4"]);
    let child = command.env("NOTIFY_SOCKET", receiver.address()).stdout(std::process::Stdio::piped()).spawn();
    let child = child.expect("sdnotify");
    let pid = child.id();
    let output = child.wait_with_output().expect("a child");
    assert_eq!((texts(&output).0, output.status.code()), (format!("{pid}\n"), Some(4)));
    assert_eq!(receiver.next().text(), "READY=1\nX_A=1");
}

#[test]
fn booted() {
    let status = |mut command: Command| command.arg("--booted").status().expect("it starts").success();
    assert_eq!(status(sent()), status(Command::new("systemd-notify")));
}

/// The point of it all: a service that is a shell script.
#[test]
fn a_shell_script_as_a_service() {
    let program = sdnotify().get_program().to_owned();
    let mut command = sdnotify();
    command.args(["run", "--json", "--watchdog", "1min", "--", "sh", "-c"]);
    command.arg("$0 send --ready --status='at work'; $0 send WATCHDOG=1; $0 send --stopping; true").arg(program);
    let ended = Running::spawn(&mut command).finish();
    if !ended.messages().all(|message| message["accepted"] == true) {
        // Only the privileged speak for their parent.
        // SAFETY: no precondition.
        assert_ne!(unsafe { libc::geteuid() }, 0, "{:#?}", ended.events);
        return println!("not as root: the script's own messages need --notify-access=all");
    }
    assert_eq!(ended.history(), "start running stop-sigterm dead");
    let main = field(&ended.events[0], "main_pid");
    assert!(ended.messages().filter(|message| message["fds"] == 0).all(|message| field(message, "pid") == main));
}

#[test]
fn without_a_shell_in_between() {
    let mut command = sdnotify();
    command.args(["run", "--json", "--"]).arg(sdnotify().get_program()).args(["send", "--ready"]);
    let ended = Running::spawn(&mut command).finish();
    assert_eq!(ended.history(), "start running dead", "{:#?}", ended.events);
}

#[test]
fn bytes_that_are_not_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let receiver = Receiver::abstract_name();
    let mut command = sent();
    command.arg("--no-block").arg(OsStr::from_bytes(b"STATUS=\xff\xfe")).env("NOTIFY_SOCKET", receiver.address());
    assert!(command.arg0("sdnotify").status().expect("sdnotify").success());
    assert_eq!(receiver.next().bytes, b"STATUS=\xff\xfe");
}
