//! Unmodified programs of Debian that log by libsystemd.so.0, on ours: what arrives in the journal.

use crate::entries::wait_for;
use sdnotify_tests::manager::{Manager, with_journald};
use sdnotify_tests::release::Release;
use sdnotify_tests::tree;
use std::fs;

/// A program that is run to its end.
struct Program<'a> {
    command: &'a str,
    /// The fields of an entry that it writes.
    fields: &'a [(&'a str, &'a str)],
    /// The functions of ours that it was seen to call for that.
    functions: &'a [&'a str],
}

impl Program<'_> {
    fn test(&self, prepare: impl Fn(&Manager) + Sync) {
        on_this_machine(|manager| {
            prepare(manager);
            manager.run(&manager.fill_in(&format!("{ENVIRONMENT}; {}", self.command)));
            self.check(manager);
        });
    }

    fn check(&self, manager: &Manager) {
        let fields: Vec<_> = self.fields.iter().map(|(name, text)| (*name, manager.fill_in(text))).collect();
        let fields: Vec<_> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        // Not by _COMM: a process that is gone by the time that journald looks has none.
        wait_for(manager, "", &fields);
        called(manager, self.functions);
    }
}

/// A service, which says when it is up if it calls sd_notify().
fn service(command: &str, fields: &[(&str, &str)], functions: &[&str], prepare: impl Fn(&Manager) + Sync) {
    on_this_machine(|manager| {
        prepare(manager);
        let kind = if functions.contains(&"sd_notify") { "notify" } else { "exec" };
        let unit = format!(
            "[Service]\nType={kind}\nExecStart={command}\nTimeoutStartSec=40\nKillMode=mixed\n\
             Environment=LC_ALL=C LD_LIBRARY_PATH={LIBRARY} LD_DEBUG=bindings LD_DEBUG_OUTPUT=@DIR@/trace\n"
        );
        manager.units(&[("program.service", &unit)]);
        manager.systemctl("start program.service");
        Program { command, fields, functions }.check(manager);
        manager.systemctl("stop program.service");
    });
}

const LIBRARY: &str = "@TOP@/target/tree/lib/libsdnotify";
const ENVIRONMENT: &str = "export LC_ALL=C LD_LIBRARY_PATH=@TOP@/target/tree/lib/libsdnotify LD_DEBUG=bindings \
                           LD_DEBUG_OUTPUT=@DIR@/trace";

fn on_this_machine(scenario: impl Fn(&Manager) + Sync) {
    let release = Release::with_packages("this machine", &[]).unwrap_or_else(|reason| panic!("{reason}"));
    with_journald([&release], scenario);
}

/// The loader gave these functions to somebody from our libsystemd.so.0, and none from another one.
fn called(manager: &Manager, functions: &[&str]) {
    let ours = tree::top().join("target/tree/lib/libsdnotify/libsystemd.so.0").display().to_string();
    let mut seen = Vec::new();
    for file in fs::read_dir(manager.path("")).expect("the directory").flatten() {
        if file.file_name().to_string_lossy().starts_with("trace.") {
            let text = String::from_utf8_lossy(&fs::read(file.path()).expect("a trace")).into_owned();
            for line in text.lines() {
                if let Some((file, symbol)) = line.split_once(" [0]: normal symbol `sd_") {
                    assert!(file.ends_with(&ours), "{line}");
                    seen.push(format!("sd_{}", symbol.split('\'').next().unwrap_or_default()));
                }
            }
        }
    }
    for function in functions {
        assert!(seen.iter().any(|name| name == function), "{function} is not among {seen:?}");
    }
}

fn nothing(_: &Manager) {}

#[test]
fn logger() {
    Program {
        command: r"printf 'MESSAGE=by logger\nPRIORITY=2\nX_FIELD=1=2\n' | logger --journald",
        fields: &[("MESSAGE", "by logger"), ("PRIORITY", "2"), ("X_FIELD", "1=2"), ("SYSLOG_IDENTIFIER", "logger")],
        functions: &["sd_journal_sendv"],
    }
    .test(nothing);
}

#[test]
fn perls_linux_systemd_journal_write() {
    Program {
        command: r#"perl -MLinux::Systemd::Journal::Write -e '
            $journal = Linux::Systemd::Journal::Write->new(app_id => "application");
            $journal->print("printed", 4);
            $! = 2;
            $journal->perror("failed");
            $journal->send("sent", { X_NUMBER => 7 })'"#,
        fields: &[("MESSAGE", "sent"), ("X_NUMBER", "7"), ("SYSLOG_IDENTIFIER", "application"), ("CODE_FILE", "-e")],
        functions: &["sd_journal_print", "sd_journal_perror", "sd_journal_sendv"],
    }
    .test(nothing);
}

#[test]
fn pythons_journal() {
    Program {
        command: r#"/usr/bin/python3 -c '
import os
from systemd import _journal
_journal.sendv("MESSAGE=sent", b"X_LINES=a\nb")
os.write(_journal.stream_fd("streamed", 5, True), b"<3>a line\n")'"#,
        fields: &[("MESSAGE", "sent"), ("X_LINES", "a\nb"), ("SYSLOG_IDENTIFIER", "python3")],
        functions: &["sd_journal_sendv", "sd_journal_stream_fd"],
    }
    .test(nothing);
}

#[test]
fn a_client_of_pulseaudio() {
    Program {
        command: "PULSE_LOG=4 PULSE_LOG_JOURNAL=1 PULSE_SERVER=unix:@DIR@/none HOME=@DIR@ pactl info || test $? = 1",
        fields: &[
            ("MESSAGE", "Connection failure: Connection refused"),
            ("PRIORITY", "3"),
            ("CODE_FUNC", "context_state_callback"),
        ],
        functions: &["sd_journal_send"],
    }
    .test(nothing);
}

#[test]
fn irqbalance() {
    Program {
        // It finds no interrupts to balance in some machines, and says so by its status.
        command: "irqbalance --oneshot --journal || true",
        fields: &[("PRIORITY", "6"), ("CODE_FILE", "cputree.c"), ("CODE_FUNC", "setup_banned_cpus")],
        functions: &["sd_journal_print_with_location"],
    }
    .test(nothing);
}

#[test]
fn rsyslogd_with_omjournal() {
    service(
        "/usr/sbin/rsyslogd -n -f @DIR@/rsyslog.conf -i NONE",
        &[("MESSAGE", " through rsyslog"), ("PRIORITY", "3"), ("SYSLOG_FACILITY", "1"), ("CODE_FILE", "omjournal.c")],
        &["sd_journal_send_with_location", "sd_notify"],
        |manager| {
            manager.file(
                "rsyslog.conf",
                "module(load=\"imuxsock\" SysSock.Use=\"off\")\nmodule(load=\"omjournal\")\n\
                 input(type=\"imuxsock\" Socket=\"@DIR@/log\")\naction(type=\"omjournal\")\n",
            );
            let wait = "until test -S @DIR@/log; do sleep 0.1; done";
            let log = "logger -u @DIR@/log -p user.err -t tagged through rsyslog";
            manager.units(&[(
                "program.service.d/log.conf",
                &format!("[Service]\nExecStartPost=/bin/sh -c '{wait}; {log}'\n"),
            )]);
        },
    );
}

#[test]
fn pgbouncer() {
    service(
        "/usr/sbin/pgbouncer @DIR@/pgbouncer.ini",
        &[("MESSAGE", "listening on unix:@DIR@/.s.PGSQL.6432"), ("PRIORITY", "6"), ("_TRANSPORT", "journal")],
        &["sd_journal_print", "sd_notify"],
        |manager| {
            manager.run("chmod 777 .");
            manager.file(
                "pgbouncer.ini",
                "[databases]\n[pgbouncer]\nlisten_addr=\nunix_socket_dir=@DIR@\nauth_type=any\nuser=nobody\n",
            );
        },
    );
}

#[test]
fn pdns_recursor() {
    service(
        "/usr/sbin/pdns_recursor --daemon=no --structured-logging --structured-logging-backend=systemd-journal \
         --local-address=127.0.0.1 --local-port=5353 --socket-dir=@DIR@ --config-dir=@DIR@ --write-pid=no",
        &[("MESSAGE", "Listening for queries"), ("PROTO", "UDP"), ("ADDRESS", "127.0.0.1:5353"), ("PRIORITY", "6")],
        &["sd_journal_sendv", "sd_notify"],
        |manager| manager.file("recursor.conf", ""),
    );
}

#[test]
fn cupsd() {
    service(
        "/usr/sbin/cupsd -f -c @DIR@/cupsd.conf -s @DIR@/cups-files.conf",
        &[("MESSAGE", "Configured for up to 100 clients."), ("PRIORITY", "6"), ("SYSLOG_IDENTIFIER", "cupsd")],
        &["sd_journal_print"],
        |manager| {
            manager.file("cupsd.conf", "Listen @DIR@/cups\nLogLevel debug\n");
            let directories = ["ServerRoot", "StateDir", "CacheDir", "RequestRoot", "TempDir"];
            let directories = directories.map(|name| format!("{name} @DIR@/root\n")).concat();
            manager.file("root/empty", "");
            manager.file("cups-files.conf", &format!("ErrorLog syslog\nUser nobody\nGroup nogroup\n{directories}"));
        },
    );
}

#[test]
fn uwsgi() {
    service(
        "/usr/bin/uwsgi-core --plugins-dir /usr/lib/uwsgi/plugins --plugin systemd_logger --logger systemd \
         --socket @DIR@/uwsgi --master --die-on-term",
        &[("MESSAGE", "*** Operational MODE: single process ***"), ("CODE_FUNC", "uwsgi_systemd_logger")],
        &["sd_journal_print_with_location"],
        nothing,
    );
}
