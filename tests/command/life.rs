//! `sdnotify run`: the states that a service goes through, and what is said about its messages.

use sdnotify_tests::command::{Running, field};

#[test]
fn a_service_tells_its_story() {
    let script = ["say", "READY=1\nSTATUS=Here ✓", "say", "WATCHDOG=1", "say", "STOPPING=1"];
    let ended = Running::start(&["--watchdog", "1min"], &script).finish();
    assert_eq!(ended.history(), "start running stop-sigterm dead");
    let said: Vec<String> = ended.messages().map(|message| field(message, "assignments")).collect();
    assert_eq!(said, ["READY=1\nSTATUS=Here ✓", "WATCHDOG=1", "STOPPING=1"]);
    let main = field(&ended.events[0], "main_pid");
    assert!(ended.messages().all(|message| field(message, "pid") == main && message["accepted"] == true));
    assert!(ended.messages().all(|message| message["name"] == "speaker"));
    assert_eq!((ended.status.code(), field(ended.end(), "result").as_str()), (Some(0), "success"));
    assert_eq!(ended.texts(), "Main process exited, code=exited, status=0/SUCCESS");
}

#[test]
fn a_stuck_service_is_killed_and_started_again() {
    let script = ["say", "READY=1", "sleep", "60000"];
    let options = ["--watchdog", "500ms", "--restart", "on-failure", "--limit", "1"];
    let ended = Running::start(&options, &script).finish();
    let once = "start running stop-watchdog failed";
    assert_eq!(ended.history(), format!("{once} auto-restart {once}"));
    let texts = ended.texts();
    for text in [
        "Watchdog timeout (limit 500ms)!",
        "(speaker) with signal SIGABRT.",
        "/ABRT",
        "Failed with result 'watchdog'.",
        "Scheduled restart job, restart counter is at 1.",
    ] {
        assert!(texts.contains(text), "{text} in {texts}");
    }
    assert_eq!(ended.status.code(), Some(134));
}

#[test]
fn the_watchdog_on_request() {
    let ended =
        Running::start(&[], &["say", "READY=1\nSTATUS=lost", "say", "WATCHDOG=trigger", "sleep", "60000"]).finish();
    assert_eq!(ended.history(), "start running stop-watchdog failed");
    assert!(ended.texts().contains("Watchdog request (last status: lost)!"), "{}", ended.texts());
}

#[test]
fn a_service_changes_its_own_watchdog() {
    let script = ["say", "READY=1", "say", "WATCHDOG_USEC=300000", "sleep", "60000"];
    let ended = Running::start(&["--watchdog", "1h"], &script).finish();
    assert!(ended.texts().contains("Watchdog timeout (limit 300ms)!"), "{}", ended.texts());
}

#[test]
fn never_ready() {
    let ended = Running::start(&["--start-timeout", "300ms"], &["sleep", "60000"]).finish();
    assert_eq!(ended.history(), "start stop-sigterm failed");
    assert!(ended.texts().contains("it sent nothing"), "{}", ended.texts());
    assert!(ended.texts().contains("start operation timed out. Terminating."), "{}", ended.texts());
    assert_eq!(field(ended.end(), "result"), "timeout");

    let ended = Running::start(&[], &["exit", "0"]).finish();
    assert_eq!((ended.history().as_str(), field(ended.end(), "result").as_str()), ("start failed", "protocol"));
    assert_eq!(ended.status.code(), Some(1), "a failure, although the command's status is 0");
}

#[test]
fn time_that_was_asked_for() {
    let script = ["say", "EXTEND_TIMEOUT_USEC=50000000", "sleep", "5000", "say", "READY=1"];
    let ended = Running::start(&["--start-timeout", "3s"], &script).finish();
    assert_eq!(ended.history(), "start running dead");
}

#[test]
fn a_reload() {
    let script = ["say", "READY=1", "say", "RELOADING=1\nMONOTONIC_USEC=1", "say", "READY=1"];
    let ended = Running::start(&[], &script).finish();
    assert_eq!(ended.history(), "start running reload-notify running dead");
    let reloading = ended.events.iter().find(|event| event["sub"] == "reload-notify").expect("a reload");
    assert_eq!(reloading["active"], "reloading");
}

#[test]
fn what_a_developer_should_know() {
    for (message, hint) in [
        ("REDAY=1", "unknown: REDAY= (did you mean READY=?)"),
        ("READY=1\nREADY", "not an assignment: READY"),
        ("READY=true", "READY=true has no effect"),
        ("READY=1\nREADY=1", "READY= twice in one message"),
        ("MAINPID=1", "New main PID 1 is the manager, refusing."),
        ("MAINPID=2147483647", "New main PID 2147483647 is not running, refusing."),
        ("ERRNO=abc", "ERRNO=abc: not a number"),
        ("MAINPID=x", "MAINPID=x: not a process ID"),
        ("WATCHDOG=1", "no watchdog is set"),
        ("RELOADING=1", "without MONOTONIC_USEC="),
        ("WATCHDOG_USEC=99999999999999999999", "too large"),
        ("FDSTORE=1", "without a file descriptor"),
        ("BARRIER=1", "BARRIER=1 needs one file descriptor, not 0"),
        ("", "empty"),
    ] {
        let ended = Running::start(&[], &["say", message, "say", "READY=1", "sleep", "10"]).finish();
        assert!(ended.texts().contains(hint), "{message}: {}", ended.texts());
    }
    let ended = Running::start(&[], &["say", "READY=1", "say", "READY=1"]).finish();
    assert!(ended.texts().contains("READY=1 again"), "{}", ended.texts());
    let script = ["say", "READY=1", "sleep", "6500", "say", "WATCHDOG=1"];
    let ended = Running::start(&["--watchdog", "10s"], &script).finish();
    assert!(ended.texts().contains("later than half the interval of 10s"), "{}", ended.texts());
}

#[test]
fn whose_messages_count() {
    let script = ["say", "READY=1", "child", "STATUS=from a child"];
    let refused = Running::start(&["--notify-access", "exec"], &script).finish();
    let of_child = |message: &&serde_json::Value| field(message, "assignments").contains("from a child");
    let message = refused.messages().find(of_child).expect("shown all the same");
    assert_eq!(message["accepted"], false);
    assert!(field(message, "refused").contains("only permitted for main PID"), "{message}");

    let taken = Running::start(&["--notify-access", "all"], &script).finish();
    assert!(taken.messages().find(of_child).is_some_and(|message| message["accepted"] == true));
}
