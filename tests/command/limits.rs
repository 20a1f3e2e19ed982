//! `sdnotify run` with much of everything.

use sdnotify_tests::command::{Running, eventually, field, sdnotify, speaker};
use sdnotify_tests::tree::Scratch;
use std::process::Command;

#[test]
fn a_hundred_thousand_messages() {
    let ended = Running::start(&[], &["say", "READY=1", "flood", "100000"]).finish();
    let said = ended.messages().map(|message| field(message, "assignments"));
    assert!(said.skip(1).eq((1..=100_000).map(|number| format!("STATUS={number}"))), "all, in order");
    assert_eq!(field(ended.end(), "messages"), "100001");
    assert_eq!((ended.history().as_str(), ended.status.code()), ("start running dead", Some(0)));
}

/// One of a child that nobody listens to does not keep the service from being heard and stopped.
#[test]
fn a_flood_while_asked_to_stop() {
    let mut running = Running::start(&["--stop-timeout", "1min"], &["say", "READY=1", "flood", "1000000000"]);
    running.wait_for(&[("sub", "running")]);
    running.signal(libc::SIGTERM);
    running.wait_for(&[("sub", "dead")]);
    assert_eq!(running.finish().status.code(), Some(128 + libc::SIGTERM));
}

#[test]
fn the_longest_message_that_the_kernel_delivers() {
    let ended = Running::start(&[], &["say", "READY=1", "long", "4263616", "say", "STOPPING=1"]).finish();
    let length = ended.errors.trim();
    assert!(length.parse::<usize>().is_ok_and(|length| length > 4096), "{length}");
    let ignored = ended.messages().map(|message| field(message, "ignored"));
    let told = format!("too long: {length} bytes; systemd ignores messages of more than 4096");
    assert!(ignored.into_iter().any(|ignored| ignored == told), "{told}");
    assert_eq!(ended.history(), "start running stop-sigterm dead");
}

#[test]
fn as_many_descriptors_as_a_message_takes() {
    let scratch = Scratch::new("fds");
    let file = scratch.path("given");
    let path = file.to_str().expect("UTF-8");
    let script = ["given", path, "say", "READY=1", "fds", "253", "exit", "1"];
    let options = ["--restart", "on-failure", "--limit", "2", "--fd-store-max", "300"];
    let ended = Running::start(&options, &script).finish();
    let given = std::fs::read_to_string(&file).expect("written");
    let lines: Vec<Vec<&str>> = given.lines().map(|line| line.split(' ').collect()).collect();
    // Standard input, output and error, and as many more as LISTEN_FDS says, all regular files in memory.
    assert_eq!(lines.iter().map(|words| words[0]).collect::<Vec<_>>(), ["-", "253", "300"]);
    for (words, stored) in lines.iter().zip([0, 253, 300]) {
        assert_eq!(words.len() - 1, 3 + stored, "{words:?}");
        assert!(words[4..].iter().all(|word| word.ends_with(":100000")), "{words:?}");
    }
    assert!(ended.texts().contains("206 fds not stored: the fd store is full."), "{}", ended.texts());
}

#[test]
fn no_descriptor_stays_open() {
    let script = [
        "say",
        "READY=1",
        "fds",
        "253",
        "fds",
        "200",
        "say",
        "FDSTOREREMOVE=1\nFDNAME=some",
        "say",
        "STATUS=waiting",
        "await",
        "10",
    ];
    let mut running = Running::start(&[], &script);
    let count = |pid: i32| std::fs::read_dir(format!("/proc/{pid}/fd")).expect("its descriptors").count();
    running.wait_for(&[("text", "Removed 453 fds of name some from the fd store.")]);
    running.wait_for(&[("assignments", "STATUS=waiting")]);
    let pid = running.pid();
    // Standard ones, the notify socket, the signals, those of the report.
    eventually("no more than a few descriptors", || count(pid) <= 16);
    running.signal(libc::SIGUSR1);
    assert_eq!(running.finish().status.code(), Some(0));
}

/// `sdnotify run` where no more than so many descriptors may be open, neither there nor in the service.
fn limited(open: u32, options: &[&str], script: &[&str]) -> Running {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {open}; exec \"$@\""), "sh"]).arg(sdnotify().get_program());
    command.args(["run", "--json"]).args(options).arg("--").arg(speaker()).args(script);
    Running::spawn(&mut command)
}

/// The default store, within the usual limit.
#[test]
fn a_full_store_is_passed_within_the_limit() {
    let scratch = Scratch::new("full-store");
    let file = scratch.path("given");
    let path = file.to_str().expect("UTF-8");
    let script = ["given", path, "say", "READY=1", "fds", "253", "fds", "253", "fds", "6", "fds", "1", "exit", "1"];
    let ended = limited(1024, &["--restart", "on-failure", "--limit", "1"], &script).finish();
    let given = std::fs::read_to_string(&file).expect("written");
    let counts: Vec<usize> = given.lines().map(|line| line.split(' ').count() - 4).collect();
    assert_eq!(counts, [0, 512], "{}", ended.texts());
    assert!(ended.texts().contains("1 fds not stored: the fd store is full."), "{}", ended.texts());
}

/// Those that were taken are closed, and the service is supervised as before.
#[test]
fn more_descriptors_than_may_be_open() {
    let script = [
        "say",
        "READY=1",
        "same",
        "253",
        "same",
        "253",
        "same",
        "253",
        "same",
        "253",
        "say",
        "STATUS=x",
        "say",
        "STATUS=waiting",
        "await",
        "10",
    ];
    let mut running = limited(64, &[], &script);
    running.wait_for(&[("ignored", "not all of its file descriptors could be received")]);
    running.wait_for(&[("assignments", "STATUS=waiting")]);
    let fds = format!("/proc/{}/fd", running.pid());
    eventually("a few descriptors", || std::fs::read_dir(&fds).expect("its descriptors").count() <= 16);
    running.signal(libc::SIGUSR1);
    let ended = running.finish();
    assert_eq!(ended.status.code(), Some(0), "{:#?}", ended.events);
    assert!(ended.messages().all(|message| message["uid"].is_number()), "{:#?}", ended.events);
}

#[test]
fn an_open_file_is_stored_once() {
    let script = ["say", "READY=1", "same", "3", "fds", "2", "say", "FDSTOREREMOVE=1\nFDNAME=same"];
    let ended = Running::start(&[], &script).finish();
    for text in
        ["Added 1 fds to the fd store (same).", "2 fds are already in the fd store.", "Removed 1 fds of name same"]
    {
        assert!(ended.texts().contains(text), "{text}: {}", ended.texts());
    }
}

#[test]
fn descriptors_that_are_trouble_to_keep() {
    let ended = Running::start(&[], &["say", "READY=1", "stored", "path"]).finish();
    assert!(ended.texts().contains("1 fds not stored: opened with O_PATH."), "{}", ended.texts());

    // Its close() waits for 30 seconds. Half of that is more than any machine takes.
    let ended = Running::start(&[], &["say", "READY=1", "stored", "linger", "say", "STATUS=after"]).finish();
    let time = |text: &str| {
        let event = ended
            .events
            .iter()
            .find(|event| field(event, "text").contains(text) || field(event, "assignments") == text);
        event.and_then(|event| event["usec"].as_u64()).expect(text)
    };
    let waited = time("STATUS=after") - time("Removed 1 fds");
    assert!(waited < 15_000_000, "{waited}");
}
