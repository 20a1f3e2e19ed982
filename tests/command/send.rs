//! `sdnotify send`, beside systemd's own systemd-notify(1).

use sdnotify_tests::command::{Running, exists, field, sdnotify, texts};
use sdnotify_tests::manager;
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree;
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
        // Options after an assignment, and a repeated one.
        &["X_A=1", "--ready"],
        &["--ready", "--ready", "--status=one", "--status=two"],
        // The later one counts.
        &["--ready", "READY=1", "X_A=1", "X_A=2"],
        &["--status=one", "STATUS=two"],
        &["--ready", "--", "X_A=1"],
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

/// Each error names the address.
#[test]
fn nobody_to_tell() {
    for (socket, says) in [
        (None, "$NOTIFY_SOCKET is not set"),
        (Some("@sdnotify/nobody"), "$NOTIFY_SOCKET=@sdnotify/nobody: Connection refused"),
        (Some("foo"), "$NOTIFY_SOCKET=foo: Protocol error"),
        (Some("/nonexistent/socket"), "$NOTIFY_SOCKET=/nonexistent/socket: No such file"),
        (Some("/\u{1b}[31m"), "$NOTIFY_SOCKET=/\\u{1b}[31m: "),
    ] {
        let mut command = sent();
        if let Some(socket) = socket {
            command.env("NOTIFY_SOCKET", socket);
        }
        let output = command.arg("--ready").output().expect("sdnotify");
        assert_eq!(output.status.code(), Some(1));
        let error = texts(&output).1;
        assert!(error.contains(says) && error.lines().count() == 1, "{output:?}");
    }
}

/// Nor does the manager's silence go without its address.
#[test]
fn nobody_who_reads() {
    let receiver = Receiver::abstract_name();
    let output = sent().arg("--ready").env("NOTIFY_SOCKET", receiver.address()).output().expect("sdnotify");
    assert_eq!(output.status.code(), Some(1));
    let error = texts(&output).1;
    assert!(
        error.contains("did not confirm") && error.contains(receiver.address().to_str().expect("UTF-8")),
        "{error}"
    );
}

/// systemd would say nothing to the sender. The error does, with a manager or without, and nothing is sent.
#[test]
fn values_without_effect() {
    let receiver = Receiver::abstract_name();
    for value in [
        "EXTEND_TIMEOUT_USEC=inf",
        "EXTEND_TIMEOUT_USEC=nan",
        "EXTEND_TIMEOUT_USEC=0",
        "EXTEND_TIMEOUT_USEC=-1",
        "EXTEND_TIMEOUT_USEC=1.5",
        "EXTEND_TIMEOUT_USEC=18446744073709551615",
        "EXTEND_TIMEOUT_USEC=",
        "WATCHDOG_USEC=3333333.33",
        "MONOTONIC_USEC=now",
        "MAINPID=0",
        "ERRNO=4096",
        "ERRNO=no such file",
        "EXIT_STATUS=256",
        "READY=yes",
        "WATCHDOG=0",
        "NOTIFYACCESS=any",
        "FDNAME=a:b",
        "FDPOLL=no",
    ] {
        for address in [Some(receiver.address()), None] {
            let mut command = sent();
            command.args(["--ready", value]);
            if let Some(address) = address {
                command.env("NOTIFY_SOCKET", address);
            }
            let output = command.output().expect("sdnotify");
            assert_eq!(output.status.code(), Some(2), "{value}: {output:?}");
            let error = texts(&output).1;
            assert!(error.contains(value) || error.contains(value.trim_end_matches('=')), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }
    assert!(receiver.is_empty());
    let good = ["EXTEND_TIMEOUT_USEC=0x10", "ERRNO=ENOENT", "WATCHDOG_USEC=0", "FDPOLL=1", "X_TIMEOUT=inf"];
    let mut command = sent();
    command.arg("--no-block").args(good).env("NOTIFY_SOCKET", receiver.address());
    assert!(command.status().expect("sdnotify").success());
    assert_eq!(receiver.next().text(), good.join("\n"));
}

/// systemd ignores messages over 4096 bytes as a whole.
#[test]
fn long_messages() {
    let receiver = Receiver::abstract_name();
    let long = "\u{2713}".repeat(5_000 / 3);
    let mut command = sent();
    command.args(["--no-block", "--ready"]).arg(format!("--status={long}")).env("NOTIFY_SOCKET", receiver.address());
    let output = command.output().expect("sdnotify");
    assert!(output.status.success() && texts(&output).1.contains("STATUS= shortened by "), "{output:?}");
    let text = receiver.next().text();
    assert!((4093..=4096).contains(&text.len()), "{}", text.len());
    assert!(text.strip_prefix("READY=1\nSTATUS=").is_some_and(|status| long.starts_with(status)), "{text}");

    let mut command = sent();
    command.args(["--no-block", "--ready"]).arg(format!("X_A={long}")).env("NOTIFY_SOCKET", receiver.address());
    let output = command.output().expect("sdnotify");
    assert_eq!(output.status.code(), Some(2));
    assert!(texts(&output).1.contains("ignores more than 4096"), "{output:?}");
}

#[test]
fn as_another_user() {
    // SAFETY: no precondition.
    let privileged = unsafe { libc::geteuid() } == 0;
    let users = [("nobody", 65534), ("65534", 65534), ("4000000", 4_000_000)];
    for (user, uid) in users {
        let uids = [sent(), Command::new("systemd-notify")].map(|mut command| {
            let receiver = Receiver::abstract_name();
            command
                .args(["--no-block", "--ready"])
                .arg(format!("--uid={user}"))
                .env("NOTIFY_SOCKET", receiver.address());
            let output = command.output().expect("it starts");
            assert_eq!(output.status.code(), Some(if privileged { 0 } else { 1 }), "{output:?}");
            privileged.then(|| receiver.next().uid)
        });
        assert_eq!(uids, [privileged.then_some(uid); 2], "{user}");
    }
    let output = sent().args(["--uid=no-such-user", "--ready"]).env("NOTIFY_SOCKET", "@x").output().expect("sdnotify");
    assert!(texts(&output).1.contains("--uid=no-such-user: no such user"), "{output:?}");
    if privileged {
        // What is executed afterwards is not the sender.
        let receiver = Receiver::abstract_name();
        let mut command = sent();
        command.args([
            "--no-block",
            "--ready",
            "--uid=nobody",
            "--exec",
            ";",
            "sh",
            "-c",
            "grep ^Uid: /proc/self/status",
        ]);
        let output = command.env("NOTIFY_SOCKET", receiver.address()).output().expect("sdnotify");
        assert_eq!(texts(&output).0, "Uid:\t0\t0\t0\t0\n");
    }
}

/// `--fork`, and how it ends.
#[test]
fn a_command_until_it_is_ready() {
    let program = sdnotify().get_program().to_owned();
    let run = |options: &[&str], script: &str| {
        let mut command = sent();
        command.arg("--fork").args(options).args(["--", "sh", "-c", script]).arg(&program);
        command.env("WATCHDOG_USEC", "1").output().expect("sdnotify")
    };
    // It goes on, and nothing of ours is left for it.
    let exec = "[ -z \"$WATCHDOG_USEC\" ] && exec \"$0\" send --no-block --pid=self --ready --exec \\; -- sleep 600 2> /dev/null";
    let output = run(&[], exec);
    let pid: i32 = texts(&output).0.trim().parse().expect("a process id");
    assert!(output.status.success() && exists(pid), "{output:?}");
    let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).expect("it runs");
    // SAFETY: sends a signal to the process that was just seen, which nobody else ends.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    assert!(["sleep\n", "sdnotify\n"].contains(&comm.as_str()), "{comm}");

    let output = run(&["--quiet"], "exit 3");
    assert_eq!((output.status.code(), texts(&output).0.as_str()), (Some(3), ""));
    assert_eq!(run(&["-q"], "kill -KILL $$").status.code(), Some(137));
    // Standard output is not the command's: who reads the number would wait for its end.
    assert_eq!(texts(&run(&["-q"], "echo x")).0, "");
    // A message of another process does not count.
    let output = run(&[], "\"$0\" send --no-block --pid=self --ready; exit 5");
    assert!(output.status.code() == Some(5) && texts(&output).1.contains("ignored READY=1 from process"), "{output:?}");
    let output = sent().args(["--fork", "--", "/nonexistent/program"]).output().expect("sdnotify");
    assert_eq!(output.status.code(), Some(127));
}

/// What the command was started with is its own, and what ends the wait too.
#[test]
fn a_signal_while_it_waits() {
    let mut child = sent();
    child.args(["--fork", "--", "sh", "-c", "trap 'exit 7' TERM; kill -TERM $PPID; while :; do sleep 0.1; done"]);
    assert_eq!(child.output().expect("sdnotify").status.code(), Some(7));
}

/// A script under User= with NotifyAccess=main: the message is lost, and nobody else says so.
#[test]
fn a_sender_that_is_not_the_main_process() {
    let receiver = Receiver::abstract_name();
    let note = |options: &str, main: &str| {
        let mut command = Command::new("sh");
        let script = format!("SYSTEMD_EXEC_PID={main} \"$0\" send --no-block --ready {options}; exit $?");
        command.args(["-c", &script]).arg(sdnotify().get_program()).env("NOTIFY_SOCKET", receiver.address());
        let output = command.output().expect("a shell");
        assert!(output.status.success(), "{output:?}");
        receiver.next();
        texts(&output).1
    };
    // The sender is this command itself; the unit's main process would be the shell.
    assert!(note("--pid=self", "$$").contains("NotifyAccess=all"));
    assert_eq!(note("--pid=self --quiet", "$$"), "");
    // Of another unit, or of none.
    assert_eq!(note("--pid=self", "x"), "");
    assert_eq!(note("--pid=self", "4194304"), "");
    // SAFETY: no precondition.
    if unsafe { libc::geteuid() } == 0 {
        assert_eq!(note("", "$$"), "", "the shell is the sender");
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
    // Options of the command are its own, with -- or without.
    for command in [&[";", "--", "sh", "-c", "exit 4"][..], &[";", "sh", "-c", "exit 4"]] {
        let mut sent = sent();
        sent.args(["X_A=1", "--exec", "--no-block", "--status", ";"]).args(command);
        let status = sent.env("NOTIFY_SOCKET", receiver.address()).status().expect("sdnotify");
        assert_eq!(status.code(), Some(4), "{command:?}");
        assert_eq!(receiver.next().text(), "STATUS=;\nX_A=1");
    }
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

/// What `send` says of itself is what the manager does: the first message is refused, the second one counts.
#[test]
fn as_the_manager_sees_the_sender() {
    let command = tree::top().join(format!("target/tests/send.{}", std::process::id()));
    std::fs::copy(sdnotify().get_program(), &command).expect("a copy that is seen inside");
    let send = format!("{} send", command.display());
    let script = format!(
        "{send} --pid=self --ready --status=one 2> @DIR@/one; touch @DIR@/first; until [ -e @DIR@/go ]; do sleep 0.1; \
         done; {send} --ready --status=two 2> @DIR@/two; touch @DIR@/second; exec sleep 600"
    );
    manager::on_each(|manager| {
        let unit = format!("[Service]\nType=notify\nNotifyAccess=main\nExecStart=sh -c '{script}'\n");
        manager.units(&[("said.service", &unit)]);
        manager.systemctl("start --no-block said.service");
        let said = |name: &str| std::fs::read_to_string(manager.path(name)).expect("a file");
        // The command has returned when the manager has read the message.
        manager.poll("the first", || manager.path("first").exists());
        assert_eq!(
            (manager.state("said.service"), manager.show("said.service", "StatusText")),
            ("activating (start)".into(), String::new())
        );
        assert!(said("one").contains("the service manager ignores it unless NotifyAccess=all"), "{}", said("one"));
        manager.file("go", "");
        manager.poll("the second", || manager.path("second").exists());
        assert_eq!(
            (manager.state("said.service"), manager.show("said.service", "StatusText")),
            ("active (running)".into(), "two".into())
        );
        assert_eq!(said("two"), "");
    });
    std::fs::remove_file(command).expect("ours");
}
