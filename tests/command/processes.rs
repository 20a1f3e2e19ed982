//! `sdnotify run` and the processes of a service: their signals, their end, and what is left of them.

use sdnotify_tests::command::{Running, eventually, exists, field, sdnotify, speaker};
use sdnotify_tests::tree::Scratch;
use std::process::{Command, Stdio};

fn read_pid(path: &std::path::Path) -> i32 {
    std::fs::read_to_string(path).expect("written").trim().parse().expect("a process id")
}

#[test]
fn the_status_is_the_commands() {
    let ends = [
        ("0", 0, "success"),
        ("7", 7, "exit-code"),
        ("KILL", 137, "signal"),
        ("RTMIN", 128 + libc::SIGRTMIN(), "signal"),
        ("RTMAX", 128 + libc::SIGRTMAX(), "signal"),
    ];
    for (how, status, result) in ends {
        let ended = Running::start(&[], &["say", "READY=1", "exit", how]).finish();
        assert_eq!((ended.status.code(), field(ended.end(), "result").as_str()), (Some(status), result));
    }
    for (program, status) in [("/nonexistent", 127), ("/etc/passwd", 126)] {
        let ended = Running::spawn(sdnotify().args(["run", "--json", "--", program])).finish();
        assert_eq!((ended.history().as_str(), ended.status.code()), ("start failed", Some(status)));
        assert!(ended.texts().contains(&format!("Failed to execute {program}: ")), "{}", ended.texts());
    }
}

#[test]
fn deaf_to_sigterm() {
    let script = ["deaf", "0", "say", "READY=1", "sleep", "600000"];
    let mut running = Running::start(&["--stop-timeout", "300ms"], &script);
    let main = field(&running.wait_for(&[("event", "start")]), "main_pid");
    running.wait_for(&[("sub", "running")]);
    running.signal(libc::SIGTERM);
    let ended = running.finish();
    assert_eq!(ended.history(), "start running stop-sigterm stop-sigkill failed");
    assert!(ended.texts().contains("State 'stop-sigterm' timed out. Killing."), "{}", ended.texts());
    assert_eq!((ended.status.code(), field(ended.end(), "result").as_str()), (Some(137), "timeout"));
    assert!(!exists(main.parse().expect("a number")));
}

#[test]
fn a_second_request_to_stop_is_the_last() {
    let script = ["deaf", "0", "say", "READY=1", "sleep", "600000"];
    let mut running = Running::start(&[], &script);
    running.wait_for(&[("sub", "running")]);
    running.signal(libc::SIGINT);
    running.wait_for(&[("sub", "stop-sigterm")]);
    running.signal(libc::SIGINT);
    assert_eq!(running.finish().status.code(), Some(137));
}

#[test]
fn no_process_is_left_behind() {
    let scratch = Scratch::new("daemon");
    let file = scratch.path("pid");
    let script = ["say", "READY=1", "daemon", file.to_str().expect("UTF-8"), "exit", "0"];
    let ended = Running::start(&[], &script).finish();
    let states = ended.history();
    assert!(states == "start running stop-sigterm dead" || states == "start running final-sigterm dead", "{states}");
    assert!(!exists(read_pid(&file)), "not even as a zombie");
}

#[test]
fn orphans_are_reaped_while_the_service_runs() {
    let mut running = Running::start(&[], &["say", "READY=1", "orphan", "50", "say", "STATUS=waiting", "await", "10"]);
    running.wait_for(&[("assignments", "STATUS=waiting")]);
    let children = format!("/proc/{0}/task/{0}/children", running.pid());
    let one = || std::fs::read_to_string(&children).is_ok_and(|pids| pids.split_whitespace().count() == 1);
    eventually("no child but the main process", one);
    running.signal(libc::SIGUSR1);
    assert_eq!(running.finish().status.code(), Some(0));
}

#[test]
fn a_child_goes_on_as_the_main_process() {
    for (how, text) in
        [("1", "Main process exited, code=exited, status=5"), ("0", "its exit status went to its parent")]
    {
        let script = ["say", "READY=1", "hand-over", how, "say", "STATUS=I am it", "exit", "5"];
        let ended = Running::start(&[], &script).finish();
        let message = ended.messages().find(|message| field(message, "assignments") == "STATUS=I am it");
        assert!(message.is_some_and(|message| message["accepted"] == true), "{:#?}", ended.events);
        assert!(ended.texts().contains(text), "{}", ended.texts());
        assert!(!field(ended.end(), "result").is_empty());
    }
}

/// The main process ends as soon as the barrier behind `MAINPID=` is answered, and its parent reaps it: `run` must watch it
/// by then.
#[test]
fn a_hasty_main_process_is_not_missed() {
    let ended = slow(&["pidfd_open"], &["say", "READY=1", "hand-over", "0", "exit", "5"]).finish();
    assert!(ended.texts().contains("its exit status went to its parent"), "{}", ended.texts());
}

/// What a process says and then ends counts, however late `run` looks: it knows of the end when it has read the message.
#[test]
fn last_words() {
    // While `run` is about to reap the orphan.
    let script = ["orphan", "1", "sleep", "200", "say", "READY=1\nSTATUS=last"];
    for calls in [["wait4", "waitid"].as_slice(), &["recvmsg"], &["poll", "ppoll"]] {
        let ended = slow(calls, &script).finish();
        assert_eq!(ended.history(), "start running dead", "{calls:?}: {:#?}", ended.events);
        assert_eq!(field(ended.end(), "messages"), "1", "{calls:?}");
    }
    let script = ["say", "READY=1", "hand-over", "0", "say", "STATUS=last"];
    for calls in [["poll", "ppoll"].as_slice(), &["recvmsg"]] {
        let ended = slow(calls, &script).finish();
        let message = ended.messages().find(|message| field(message, "assignments") == "STATUS=last");
        assert!(message.is_some_and(|message| message["accepted"] == true), "{calls:?}: {:#?}", ended.events);
    }
}

/// `sdnotify run` to which the kernel is slow with these calls.
fn slow(calls: &[&str], script: &[&str]) -> Running {
    let calls = calls.join(",");
    let mut command = Command::new("strace");
    command.args(["--quiet=all", "--output=/dev/null", "--trace", &calls]);
    command.arg(format!("--inject={calls}:delay_enter=500000")).arg(sdnotify().get_program());
    Running::spawn(command.args(["run", "--json", "--"]).arg(speaker()).args(script))
}

#[test]
fn signals_are_passed_on() {
    for signal in [libc::SIGHUP, libc::SIGUSR1, libc::SIGUSR2, libc::SIGQUIT, libc::SIGWINCH] {
        let mut running = Running::start(
            &[],
            &["say", "READY=1", "say", "STATUS=waiting", "await", &signal.to_string(), "exit", "9"],
        );
        running.wait_for(&[("assignments", "STATUS=waiting")]);
        running.signal(signal);
        assert_eq!(running.finish().status.code(), Some(9), "{signal}");
    }
}

#[test]
fn the_service_ends_with_its_supervisor() {
    let mut running = Running::start(&[], &["say", "READY=1", "sleep", "600000"]);
    let main: i32 = field(&running.wait_for(&[("event", "start")]), "main_pid").parse().expect("a number");
    running.wait_for(&[("sub", "running")]);
    running.signal(libc::SIGKILL);
    drop(running);
    eventually("the end of the service", || !exists(main) || is_zombie(main));
}

#[test]
fn whom_a_stop_leaves_alone() {
    let scratch = Scratch::new("left");
    let file = scratch.path("pid");
    let script = ["say", "READY=1", "daemon", file.to_str().expect("UTF-8"), "sleep", "600000"];
    let mut running = Running::start(&["--kill-mode", "process"], &script);
    eventually("the process in the background", || std::fs::read_to_string(&file).is_ok_and(|pid| pid.ends_with('\n')));
    running.wait_for(&[("sub", "running")]);
    running.signal(libc::SIGTERM);
    running.wait_for(&[("event", "end")]);
    let supervisor = running.pid();
    let pid = read_pid(&file);
    assert!(running.events.iter().any(|event| field(event, "text").contains("remains running after unit stopped")));
    eventually("the end of the supervisor", || is_zombie(supervisor) || !exists(supervisor));
    // Its control group is gone, and nobody hunts it.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).expect("it goes on");
    assert!(!groups.contains("sdnotify-"), "{groups}");
    // SAFETY: the process is this test's, and nobody has waited for it.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
    assert_eq!(running.finish().history(), "start running stop-sigterm dead");
}

#[test]
fn a_pid_file_goes_with_its_service() {
    let scratch = Scratch::new("pid-file");
    let file = scratch.path("pid");
    let path = file.to_str().expect("UTF-8");
    let options = ["--type", "forking", "--pid-file", path];
    let mut running = Running::start(&options, &["fork", path, "sleep", "600000"]);
    running.wait_for(&[("sub", "running")]);
    let pid = read_pid(&file);
    running.signal(libc::SIGTERM);
    let ended = running.finish();
    assert!(ended.texts().contains(&format!("Main PID loaded: {pid}")), "{}", ended.texts());
    assert_eq!((file.exists(), exists(pid)), (false, false));

    // That of somebody else is not followed.
    std::fs::write(&file, "1\n").expect("a file");
    let ended = Running::start(
        &["--type", "forking", "--pid-file", path, "--start-timeout", "500ms"],
        &["fork", "-", "sleep", "600000"],
    );
    let ended = ended.finish();
    assert!(ended.texts().contains("New main PID 1 from the PID file does not belong to service"), "{}", ended.texts());
    assert_eq!(field(ended.end(), "result"), "timeout");
}

fn is_zombie(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

/// In a container: the supervisor is process 1, and every process that loses its parent becomes its child.
#[test]
fn as_process_1() {
    let mut command = Command::new("unshare");
    // SAFETY: no precondition.
    if unsafe { libc::geteuid() } != 0 {
        command.arg("--map-root-user");
    }
    command.args(["--pid", "--fork", "--mount-proc", "--kill-child"]).arg(sdnotify().get_program());
    command.args(["run", "--json", "--"]).arg(speaker());
    command.args(["say", "READY=1", "orphan", "20", "say", "STATUS=waiting", "await", "10"]);
    let mut running = Running::spawn(&mut command);
    assert_eq!(field(&running.wait_for(&[("event", "start")]), "supervisor"), "1");
    running.wait_for(&[("assignments", "STATUS=waiting")]);
    let first = child_of(running.pid());
    eventually("no child but the main process", || children(first).len() == 1);
    // SAFETY: the process is the only child of one that was not waited for yet.
    assert_eq!(unsafe { libc::kill(first, libc::SIGUSR1) }, 0);
    assert_eq!(running.finish().status.code(), Some(0));
}

fn children(pid: i32) -> Vec<i32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn child_of(pid: i32) -> i32 {
    *children(pid).first().expect("a child")
}

#[test]
fn in_the_background_until_ready() {
    let mut command = sdnotify();
    command.args(["run", "--wait-ready", "--"]).arg(speaker());
    command.args(["sleep", "300", "say", "READY=1", "sleep", "600000"]);
    // The report goes on in the background: whoever takes that must not wait for its end.
    let output = command.stderr(Stdio::null()).output().expect("sdnotify");
    assert!(output.status.success(), "{output:?}");
    let pid: i32 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a process id");
    // It is nobody's child here, so that whoever adopted it has to wait for it.
    assert!(exists(pid));
    // SAFETY: the supervisor that was just started.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    eventually("the supervisor's end", || !exists(pid) || is_zombie(pid));

    let output = sdnotify().args(["run", "--wait-ready", "--"]).arg(speaker()).args(["exit", "3"]).output();
    let output = output.expect("sdnotify");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
}
