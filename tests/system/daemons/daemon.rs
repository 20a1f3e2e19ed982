//! One daemon, from its start to its end, on each Debian release at hand.

use crate::table::{self, Row};
use crate::trace::Trace;
use sdnotify_tests::manager::{Manager, on_these};
use sdnotify_tests::release::{Release, skipped};
use sdnotify_tests::tree;
use std::fs;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

/// What the other root tree needs that is installed on this machine by the stage.
const PACKAGES: [&str; 6] = ["haproxy", "libfcgi-bin", "mosquitto", "php-fpm", "redis", "unbound"];

const UNIT: &str = "daemon.service";

/// In the texts, `@DIR@` is a directory of its own.
#[derive(Default)]
pub struct Daemon<'a> {
    pub name: &'a str,
    /// A path; its last part may be a pattern.
    pub program: &'a str,
    pub arguments: &'a str,
    /// Name and text.
    pub files: &'a [(&'a str, &'a str)],
    /// Of a `.socket` unit, where the sockets are passed and the first request starts the daemon.
    pub sockets: &'a str,
    /// A command that asks the daemon for something, and a part of the answer.
    pub works: (&'a str, &'a str),
    /// How StatusText begins after that.
    pub status: &'a str,
    pub reload: Option<Reload<'a>>,
}

pub struct Reload<'a> {
    pub signal: &'a str,
    /// It says READY=1 when the reload is over.
    pub announced: bool,
}

/// This machine's, and that of Debian 13.
fn releases() -> &'static [Release] {
    static RELEASES: OnceLock<Vec<Release>> = OnceLock::new();
    RELEASES.get_or_init(|| {
        let found = [("this machine", &[][..]), ("trixie", &PACKAGES)];
        let found = found.map(|(name, packages)| (name, Release::with_packages(name, packages)));
        let skip = |(name, release): (_, Result<_, String>)| release.inspect_err(|reason| skipped(name, reason)).ok();
        found.into_iter().filter_map(skip).collect()
    })
}

impl Daemon<'_> {
    pub fn test(&self) {
        on_these(releases(), |manager| table::record(&self.run(manager)));
    }

    fn run(&self, manager: &Manager) -> Row {
        let program = manager.run(&format!("echo {}", self.program)).trim_end().to_owned();
        // A root tree that nobody has set up has no users.
        manager.run(
            "test -e /etc/passwd || printf '%s\\n' root:x:0:0::/:/bin/sh nobody:x:65534:65534::/:/bin/sh > /etc/passwd
            test -e /etc/group || printf '%s\\n' root:x:0: nogroup:x:65534: > /etc/group",
        );
        for (name, text) in self.files {
            manager.file(name, text);
        }
        self.units(manager, &program);

        let start = self.start(manager);
        let status = self.work(manager);
        let reload = self.reload.as_ref().map(|reload| {
            let said = during(manager, || self.reload(manager, reload));
            self.work(manager);
            said
        });
        let stop = during(manager, || {
            manager.systemctl(&format!("stop {UNIT}"));
            manager.wait_log(&format!("Stopped {UNIT}"));
        });
        assert_eq!(manager.state(UNIT), "inactive (dead)");
        assert_eq!(manager.show(UNIT, "Result"), "success");

        let said = fs::read_to_string(manager.path("output")).expect("what it has written");
        assert!(!said.contains("no version information available"), "{said}");
        let debian = manager.run(". /etc/os-release; echo \"$VERSION_ID\"").trim_end().to_owned();
        let functions = Trace::read(&manager.path(""), &program).functions();
        let (daemon, systemd) = (self.name.to_owned(), manager.version);
        Row { daemon, debian, systemd, functions, start, status, reload, stop }
    }

    fn units(&self, manager: &Manager, program: &str) {
        let library = tree::installed().join("lib/libsdnotify");
        let signal = self.reload.as_ref().map_or("HUP", |reload| reload.signal);
        let service = format!(
            r#"[Service]
Type=notify
NotifyAccess=main
ExecStart={program} {}
ExecReload=/bin/kill -s {signal} $MAINPID
KillMode=mixed
TimeoutStartSec=40
TimeoutStopSec=40
StandardOutput=append:@DIR@/output
StandardError=append:@DIR@/output
Environment=LC_ALL=C LD_LIBRARY_PATH={} LD_DEBUG=libs,versions,bindings LD_DEBUG_OUTPUT=@DIR@/trace
"#,
            self.arguments,
            library.display()
        );
        let socket = format!("[Socket]\n{}", self.sockets);
        let mut units = vec![(UNIT, service.as_str())];
        if !self.sockets.is_empty() {
            units.push(("daemon.socket", &socket));
        }
        manager.units(&units);
    }

    fn start(&self, manager: &Manager) -> String {
        let said = during(manager, || {
            if self.sockets.is_empty() {
                manager.systemctl(&format!("start {UNIT}"));
            } else {
                manager.systemctl("start daemon.socket");
                assert_eq!(manager.state(UNIT), "inactive (dead)");
                self.ask(manager);
            }
            manager.wait_log(&format!("Started {UNIT}"));
        });
        assert_eq!(manager.state(UNIT), "active (running)");
        said
    }

    fn ask(&self, manager: &Manager) -> String {
        manager.run(&manager.fill_in(self.works.0))
    }

    /// Sees that it works; the status it gives itself then.
    fn work(&self, manager: &Manager) -> String {
        let answer = self.ask(manager);
        assert!(answer.contains(self.works.1), "{answer}");
        let status = || manager.show(UNIT, "StatusText");
        manager.poll(&format!("the status {:?}", self.status), || status().starts_with(self.status));
        status()
    }

    fn reload(&self, manager: &Manager, reload: &Reload) {
        let before = messages(&manager.log()).len();
        let main = manager.show(UNIT, "MainPID");
        manager.systemctl(&format!("reload {UNIT}"));
        manager.wait_log(&format!("Reloaded {UNIT}"));
        manager.poll("the end of the reload", || {
            let said = &messages(&manager.log())[before..];
            !reload.announced || said.iter().any(|message| message.contains("READY=1"))
        });
        assert_eq!(manager.state(UNIT), "active (running)");
        assert_eq!(manager.show(UNIT, "MainPID"), main);
    }
}

/// The messages that the manager takes while something happens, without their status; it says so only when it debugs.
fn during(manager: &Manager, action: impl FnOnce()) -> String {
    // Up to 252 it writes at most 200 lines in 5 s: a fresh 200 for what follows.
    thread::sleep(Duration::from_secs(if manager.version <= 252 { 6 } else { 0 }));
    let before = messages(&manager.log()).len();
    manager.systemctl("log-level debug");
    action();
    manager.systemctl("log-level info");
    let mut said: Vec<String> = messages(&manager.log()).split_off(before);
    said.dedup();
    said.join(", ")
}

/// Each message in the log as its assignments but STATUS=, with a space between them; numbers as `n`. Periodic ones are
/// left out.
fn messages(log: &str) -> Vec<String> {
    let received = log.lines().filter_map(|line| line.split_once(": Got notification message from PID ")?.1.into());
    let received = received.filter(|message: &&str| !message.contains("STATUS=Processes active"));
    let assignment = |part: &str| {
        let (name, value) = part.trim_end_matches(')').split_once('=')?;
        let value = if value.len() > 1 && value.bytes().all(|byte| byte.is_ascii_digit()) { "n" } else { value };
        let upper = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        (upper && name != "STATUS").then(|| format!("{name}={value}"))
    };
    let words = |message: &str| {
        let (_, list) = message.split_once(|c: char| !c.is_ascii_digit()).expect("a pid first");
        let list = list.trim_start_matches([' ', '(', ':']);
        list.split(", ").filter_map(assignment).collect::<Vec<_>>().join(" ")
    };
    received.map(words).filter(|words| !words.is_empty()).collect()
}
