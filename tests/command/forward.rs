//! `sdnotify run --forward`: what the manager that runs it hears, from a receiver and from systemd.

use sdnotify_tests::command::{Running, sdnotify, speaker, texts};
use sdnotify_tests::manager::{self, on_each};
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree;
use std::ffi::OsStr;

fn start(address: &OsStr, options: &[&str], script: &[&str]) -> Running {
    let mut command = sdnotify();
    command.args(["run", "--json", "--forward"]).args(options).arg("--").arg(speaker()).args(script);
    Running::spawn(command.env("NOTIFY_SOCKET", address))
}

/// All that is in the queue after the end, and who sent it.
fn heard(receiver: &Receiver) -> (Vec<String>, Vec<i32>) {
    let mut messages = Vec::new();
    while !receiver.is_empty() {
        let message = receiver.next();
        assert!(message.fds.is_empty(), "{message:?}");
        messages.push((message.text(), message.pid));
    }
    messages.into_iter().unzip()
}

#[test]
fn what_concerns_the_state() {
    let receiver = Receiver::abstract_name();
    let script = [
        "say",
        "EXTEND_TIMEOUT_USEC=5000000\nSTATUS=Here ✓",
        "fds",
        "1",
        "say",
        "READY=1\nNOTIFYACCESS=main\nX_OWN=1\nWATCHDOG_USEC=60000000",
        "say",
        "MAINPID=1",
        "child",
        "STATUS=from somebody else",
        "say",
        "RELOADING=1\nMONOTONIC_USEC=77",
        "say",
        "READY=1",
        "say",
        "STOPPING=1\nERRNO=5",
    ];
    let running = start(receiver.address(), &[], &script);
    let pid = running.pid();
    let ended = running.finish();
    assert_eq!(ended.history(), "start running reload-notify running stop-sigterm dead");
    let (said, senders) = heard(&receiver);
    let expected = [
        "STATUS=Here ✓\nEXTEND_TIMEOUT_USEC=5000000",
        "READY=1",
        "RELOADING=1\nMONOTONIC_USEC=77",
        "READY=1",
        "STOPPING=1\nERRNO=5",
    ];
    assert_eq!(said, expected);
    assert!(senders.iter().all(|sender| *sender == pid), "{senders:?}");
}

#[test]
fn an_end_before_a_restart_is_none() {
    let receiver = Receiver::abstract_name();
    let script = ["say", "READY=1", "say", "STOPPING=1", "exit", "3"];
    start(receiver.address(), &["--restart", "on-failure", "--limit", "1"], &script).finish();
    assert_eq!(heard(&receiver).0, ["READY=1", "READY=1"]);
}

#[test]
fn a_manager_that_is_gone_or_deaf() {
    let mut running = start(OsStr::new("@sdnotify/nobody"), &[], &["say", "READY=1", "say", "STOPPING=1"]);
    running.wait_for(&[("text", "Cannot forward to $NOTIFY_SOCKET: Connection refused")]);
    assert!(running.finish().status.success());

    // Its queue, the sender's, and more.
    let receiver = Receiver::abstract_name();
    let ended = start(receiver.address(), &[], &["say", "READY=1", "flood", "3000"]).finish();
    assert_eq!((ended.status.code(), ended.messages().count()), (Some(0), 3001));
    assert_eq!(ended.texts().matches("Cannot forward to $NOTIFY_SOCKET: ").count(), 1, "{}", ended.texts());
}

#[test]
fn nobody_to_tell() {
    let output = sdnotify().args(["run", "--forward", "true"]).output().expect("sdnotify");
    let expected = "sdnotify: --forward: $NOTIFY_SOCKET is not set: no service manager to notify\n";
    assert_eq!((output.status.code(), texts(&output).1.as_str()), (Some(2), expected));
}

#[test]
fn in_a_unit_of_systemd() {
    let command = tree::top().join(format!("target/tests/sdnotify.{}", std::process::id()));
    std::fs::copy(tree::installed().join("bin/sdnotify"), &command).expect("a copy that is seen inside");
    let run = format!("[Service]\nType=notify\nExecStart={} run --forward", command.display());
    let speaker = manager::speaker();
    let speaker = speaker.display();
    on_each(|manager| {
        manager.units(&[
            ("told.service", &format!("{run} -- {speaker} say READY=1 say STATUS=inside sleep 600000\n")),
            (
                "beating.service",
                &format!("{run} --watchdog 1h -- {speaker} say READY=1 sleep 8000 say STATUS=later sleep 600000\nWatchdogSec=3\n"),
            ),
            ("stuck.service", &format!("{run} -- {speaker} say READY=1 sleep 600000\nWatchdogSec=2\n")),
            ("never.service", &format!("{run} -- {speaker} sleep 600000\nTimeoutStartSec=2\n")),
        ]);
        manager.systemctl("--no-block start stuck.service never.service");
        manager.systemctl("start told.service beating.service");
        assert_eq!(manager.state("told.service"), "active (running)");
        manager.wait("told.service", "StatusText", "inside");
        let main = manager.show("told.service", "MainPID");
        assert!(manager.run(&format!("cat /proc/{main}/cmdline")).contains("--forward"));
        manager.systemctl("stop told.service");
        assert_eq!(manager.show("told.service", "Result"), "success");
        // The manager's own limit would have passed twice.
        manager.wait("beating.service", "StatusText", "later");
        assert_eq!(manager.state("beating.service"), "active (running)");
        // By the limit of the unit, enforced here: the status is that of the service's SIGABRT.
        manager.wait("stuck.service", "ExecMainStatus", "134");
        assert_eq!(manager.show("stuck.service", "Result"), "exit-code");
        manager.wait("never.service", "Result", "timeout");
        // It removes its socket, which in a unit is not in the test's directory for temporary files.
        manager.systemctl("stop beating.service");
    });
    std::fs::remove_file(command).expect("the copy");
}
