//! An entry of each kind, from a program that is linked with libsdjournal.so.0 (tests/c/journal_kinds.c).

use crate::entries::{entries, wait_for};
use sdnotify_tests::manager::{Manager, program_with, with_journald};
use sdnotify_tests::release::Release;
use sdnotify_tests::tree;
use std::sync::OnceLock;

fn kinds(manager: &Manager, argument: &str) {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| program_with("libsdjournal", &["journal_kinds.c"]).display().to_string());
    manager.run(&format!("{program} {argument}"));
}

/// Not by _COMM: a process that is gone by the time that journald looks has none.
const OURS: &str =
    "SYSLOG_IDENTIFIER=journal_kinds SYSLOG_IDENTIFIER=another SYSLOG_IDENTIFIER=streamed SYSLOG_IDENTIFIER=literal";

#[test]
fn every_kind_is_read_back() {
    with_journald(Release::at_hand(), |manager| {
        kinds(manager, "");
        let wait = |fields: &[(&str, &str)]| wait_for(manager, OURS, fields);

        let print = wait(&[("MESSAGE", "print 1"), ("PRIORITY", "5"), ("SYSLOG_IDENTIFIER", "journal_kinds")]);
        assert!(print.text("CODE_FILE").ends_with("tests/c/journal_kinds.c"), "{print:?}");
        assert!(print.text("CODE_LINE").parse::<u32>().is_ok_and(|line| line > 50), "{print:?}");
        assert!(print.is(&[("CODE_FUNC", "main"), ("_TRANSPORT", "journal")]), "{print:?}");
        wait(&[("MESSAGE", "printv 2"), ("PRIORITY", "7"), ("CODE_FUNC", "printv")]);

        let send = wait(&[("MESSAGE", "send"), ("PRIORITY", "4"), ("SYSLOG_IDENTIFIER", "another")]);
        assert!(send.is(&[("X_RATIO", "2.5"), ("X_NAME", "a=b"), ("CODE_FUNC", "main")]), "{send:?}");

        let binary = wait(&[("MESSAGE", "two\nlines")]);
        assert_eq!(binary.bytes("X_BINARY"), b"a\0b\n\xff", "{binary:?}");

        let perror = wait(&[("MESSAGE", "perror: Address already in use"), ("PRIORITY", "3")]);
        assert_eq!(perror.text("ERRNO"), libc::EADDRINUSE.to_string(), "{perror:?}");

        // journald drops a field whose name it does not like, and keeps the entry.
        let names = wait(&[("MESSAGE", "names"), ("X_GOOD", "1")]);
        assert!(!names.has("lower") && !names.has("1A") && names.text("_PID") != "1", "{names:?}");

        let large = wait(&[("MESSAGE", "large")]);
        let value = large.text("X_LARGE");
        assert_eq!(value.len(), 5 * 1024 * 1024 - "X_LARGE=".len());
        assert!(value.bytes().all(|byte| byte == b'x'));

        let stream = [("SYSLOG_IDENTIFIER", "streamed"), ("_TRANSPORT", "stdout")];
        wait(&[&stream[..], &[("MESSAGE", "with a level"), ("PRIORITY", "3")]].concat());
        wait(&[&stream[..], &[("MESSAGE", "plain"), ("PRIORITY", "6")]].concat());
        wait(&[("SYSLOG_IDENTIFIER", "literal"), ("MESSAGE", "<3>no level"), ("PRIORITY", "5")]);
        assert_eq!(entries(manager, OURS).len(), 10);
    });
}

#[test]
fn a_namespace_has_a_journal_of_its_own() {
    with_journald(Release::at_hand(), |manager| {
        manager.run(
            "lib=/usr/lib/systemd; test -x $lib/systemd-journald || lib=/lib/systemd
            mkdir -p /run/systemd/journal.apart /run/log/journal
            $lib/systemd-journald apart > journald.out 2>&1 < /dev/null &",
        );
        manager
            .poll("the namespace's journald", || manager.sh("test -S /run/systemd/journal.apart/stdout").status == 0);
        kinds(manager, "apart");
        wait_for(manager, "--namespace=apart", &[("MESSAGE", "inside"), ("SYSLOG_IDENTIFIER", "kinds")]);
        assert!(entries(manager, "SYSLOG_IDENTIFIER=kinds").is_empty());
    });
}

#[test]
fn the_heartbeat_example_logs_its_iterations() {
    let source = tree::top().join("examples/heartbeat/heartbeat.c");
    let program = program_with("libsdnotify libsdjournal", &[source.to_str().expect("UTF-8")]);
    with_journald(Release::at_hand(), |manager| {
        manager.units(&[("beat.service", &format!("[Service]\nType=notify\nExecStart={}\n", program.display()))]);
        manager.systemctl("start beat.service");
        manager.systemctl("stop beat.service");
        let entry = wait_for(manager, "SYSLOG_IDENTIFIER=heartbeat", &[("PRIORITY", "6"), ("CODE_FUNC", "main")]);
        let iterations: u64 = entry.text("HEARTBEAT_ITERATIONS").parse().expect("a number");
        assert!(iterations > 0 && entry.text("HEARTBEAT_LOAD").parse::<f64>().is_ok(), "{entry:?}");
        assert_eq!(entry.text("MESSAGE"), format!("Stopped in iteration {iterations}"));
    });
}
