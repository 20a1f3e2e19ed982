//! What `sdnotify run` writes: nothing that a terminal obeys, and nothing that it waits for.

use sdnotify_tests::command::{Running, eventually, exists, field, sdnotify, speaker, texts};
use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

/// Sets the terminal's title, colours it (also by a C1 control), turns the text around.
const HOSTILE: &str = "\u{1b}]0;pwned\u{7}\u{1b}[31m\u{9b}31m\u{202e}\u{61c}";

fn obeyed(text: &str) -> Vec<char> {
    let invisible = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}');
    text.chars().filter(|c| *c != '\n' && (c.is_control() || invisible(c))).collect()
}

/// As value, as name that is unknown, given twice, not UTF-8, and not an assignment at all; whose sender nobody knows.
fn hostile_messages() -> Vec<Vec<u8>> {
    let name = HOSTILE.as_bytes();
    vec![
        [b"STATUS=", name].concat(),
        [name, b"=1\n", name, b"=\xff\n", name].concat(),
        [b"READY=", name, b"\nWATCHDOG=", name, b"\nNOTIFYACCESS=", name, b"\nFDNAME=", name].concat(),
        [b"MAINPID=", name, b"\nERRNO=", name, b"\nWATCHDOG_USEC=", name].concat(),
        b"READY=1".to_vec(),
        b"WATCHDOG=trigger".to_vec(),
    ]
}

#[test]
fn the_terminal_is_safe() {
    let scratch = sdnotify_tests::tree::Scratch::new("hostile");
    let program = scratch.path(&HOSTILE[..5]);
    std::fs::copy(speaker(), &program).expect("a copy");
    for json in [false, true] {
        let mut command = sdnotify();
        command.arg("run").args(json.then_some("--json")).arg("--").arg(&program);
        for message in hostile_messages() {
            command.arg("say").arg(OsStr::from_bytes(&message));
        }
        let (stdout, stderr) = texts(&command.args(["sleep", "600000"]).output().expect("sdnotify"));
        let (report, other) = if json { (&stdout, &stderr) } else { (&stderr, &stdout) };
        assert_eq!((obeyed(report), other.as_str()), (vec![], ""), "{report}");
        assert!(report.contains("twice in one message") && report.contains("last status"), "{report}");
        let quoted = if json { "\\u001b]0;pwned\\u0007" } else { "\\u{1b}]0;pwned\\u{7}" };
        assert!(report.contains(quoted), "{report}");
    }
    let (_, stderr) = texts(&sdnotify().args(["run", "--listen", HOSTILE, "true"]).output().expect("sdnotify"));
    assert!(obeyed(&stderr).is_empty() && stderr.contains("pwned"), "{stderr}");
}

/// JSON keeps what it escapes.
#[test]
fn json_says_what_was_said() {
    let ended = Running::start(&[], &["say", &format!("STATUS={HOSTILE}"), "say", "READY=1"]).finish();
    let message = ended.messages().next().expect("a message");
    assert_eq!(field(message, "assignments"), format!("STATUS={HOSTILE}"));
}

/// More than fits anywhere, while the reader sleeps: the watchdog bites all the same, and what is lost is counted.
#[test]
fn a_report_that_nobody_reads() {
    let script = ["say", "READY=1", "flood", "500000", "say", "WATCHDOG_USEC=500000", "sleep", "600000"];
    let mut running = Running::start(&["--watchdog", "1h"], &script);
    let main: i32 = field(&running.wait_for(&[("event", "start")]), "main_pid").parse().expect("a number");
    eventually("the end of the service", || !exists(main));
    let ended = running.finish();
    let lost: u64 = ended.events.iter().filter_map(|event| event["lines"].as_u64()).sum();
    assert!(lost > 0, "{} lines", ended.events.len());
    let told = ended.messages().count() as u64;
    assert!(told + lost >= 500_001, "{told} messages told, {lost} lines lost");
}

#[test]
fn a_report_that_nobody_reads_and_a_request_to_stop() {
    let mut running = Running::start(&[], &["say", "READY=1", "flood", "1000000000"]);
    let main: i32 = field(&running.wait_for(&[("event", "start")]), "main_pid").parse().expect("a number");
    running.wait_for(&[("sub", "running")]);
    running.signal(libc::SIGTERM);
    eventually("the end of the service", || !exists(main));
}

/// A reader sees the first ones, and how many more there were; JSON has them all (limits.rs).
#[test]
fn a_flood_for_people() {
    let mut command = sdnotify();
    command.args(["run", "--fd-store-max", "0", "--"]).arg(speaker());
    command.args(["say", "READY=1", "barriers", "50", "flood", "5000", "say", "WATCHDOG=1", "say", "STOPPING=1"]);
    let (_, stderr) = texts(&command.output().expect("sdnotify"));
    let lines = |text: &str| stderr.lines().filter(|line| line.contains(text)).collect::<Vec<_>>();
    let all = |name: &str| {
        let more = lines(&format!(": {name}= … ")).into_iter().map(|line| {
            let count = line.split(" … ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a number");
            count.replace(',', "").parse::<usize>().expect("a number")
        });
        more.sum::<usize>() + lines(&format!(": {name}=")).len() - lines(&format!(": {name}= … ")).len()
    };
    assert_eq!((all("STATUS"), all("BARRIER")), (5000, 50), "{stderr}");
    assert_eq!(lines("message flood").len(), 1, "{stderr}");
    // A machine under load has more than a second for each of the parts.
    assert!(lines("STATUS=").len() < 1000 && lines("BARRIER=").len() < 50, "{stderr}");
    assert_eq!((lines(": WATCHDOG=1").len(), lines(": STOPPING=1").len()), (1, 1), "{stderr}");
}

/// A terminal that somebody has stopped, or whose window hangs: the same.
#[test]
fn a_terminal_that_nobody_reads() {
    let (mut master, mut slave) = (-1, -1);
    let (name, settings, size) = (std::ptr::null_mut(), std::ptr::null(), std::ptr::null());
    // SAFETY: both numbers are written to, nothing else is.
    assert_eq!(unsafe { libc::openpty(&mut master, &mut slave, name, settings, size) }, 0);
    // SAFETY: both are open, and nobody else's.
    let (_master, slave) = unsafe { (OwnedFd::from_raw_fd(master), OwnedFd::from_raw_fd(slave)) };
    let mut command = sdnotify();
    command.args(["run", "--watchdog", "1h", "--"]).arg(speaker());
    command.args(["say", "READY=1", "flood", "20000", "say", "WATCHDOG_USEC=500000", "sleep", "600000"]);
    let status = command.stdout(Stdio::null()).stderr(slave).status().expect("sdnotify");
    assert_eq!(status.code(), Some(128 + libc::SIGABRT), "the watchdog bites all the same");
}

#[test]
fn no_room_for_a_report() {
    let full = || File::options().write(true).open("/dev/full").expect("there is one");
    let script = ["say", "READY=1", "exit", "7"];
    let output = sdnotify().args(["run", "--"]).arg(speaker()).args(script).stderr(full()).output();
    assert_eq!(output.expect("sdnotify").status.code(), Some(7));

    let output = sdnotify().args(["run", "--json", "--"]).arg(speaker()).args(script).stdout(full()).output();
    let output = output.expect("sdnotify");
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(7));
    assert!(stderr.starts_with("sdnotify: ") && stderr.contains("lines of the report were lost: No space"), "{stderr}");

    let scratch = sdnotify_tests::tree::Scratch::new("full");
    let file = scratch.path("pid");
    let mut command = sdnotify();
    command.args(["run", "--wait-ready", "--"]).arg(speaker()).arg("daemon").arg(&file).args(["say", "READY=1"]);
    let status = command.args(["sleep", "600000"]).stdout(full()).stderr(Stdio::null()).status().expect("sdnotify");
    assert_eq!(status.code(), Some(2), "nobody learns what to stop");
    let pid = std::fs::read_to_string(file).expect("written").trim().parse().expect("a number");
    eventually("the end of the service", || !exists(pid));
}
