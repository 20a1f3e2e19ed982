//! The state machine alone, with a simulated host. The histories are those of systemd 252 to 262 for the same events;
//! tests/command runs both.

use super::*;
use crate::args::run::KillMode;
use crate::message;
use crate::quote::Line;

/// A host with a given number of processes that records requests.
#[derive(Default)]
struct World {
    alive: bool,
    pid_file: Option<i32>,
    child: Option<i32>,
    did: Vec<String>,
    told: Vec<News>,
}

impl Host for World {
    fn start(&mut self) -> Result<i32, Exit> {
        self.alive = true;
        self.did.push("start".into());
        Ok(42)
    }
    fn kill(&mut self, signal: i32) -> bool {
        if self.alive {
            self.did.push(signal_name(signal).as_str().to_owned());
        }
        self.alive
    }
    fn kill_one(&mut self, pid: i32, signal: i32) -> bool {
        if self.alive {
            self.did.push(format!("{} to {pid}", signal_name(signal)));
        }
        self.alive
    }
    fn pid_file(&mut self) -> Result<i32, Line> {
        self.pid_file.ok_or_else(|| "none yet".into())
    }
    fn guess_main(&mut self) -> Option<i32> {
        self.child
    }
    fn monotonic_usec(&self) -> u64 {
        5_000_000
    }
    fn owns(&mut self, pid: i32) -> bool {
        (40..50).contains(&pid)
    }
    fn is_anybody_left(&mut self) -> bool {
        self.alive
    }
    fn main_pid_problem(&mut self, pid: i32) -> Option<Unfit> {
        (!self.owns(pid)).then_some(Unfit::Foreign)
    }
    fn ended(&mut self, for_good: bool) {
        self.did.push(if for_good { "end" } else { "pause" }.into());
    }
    fn store_fds(&mut self, _: &str, _: bool) -> Stored {
        Stored::default()
    }
    fn remove_fds(&mut self, _: &str) -> usize {
        0
    }
    fn tell(&mut self, news: News) {
        self.told.push(news);
    }
}

struct Test {
    service: Service,
    world: World,
}

const MAIN: Sender = Sender { pid: 42, uid: 1000 };

fn settings() -> Settings {
    Settings { watchdog: Some(Duration::from_secs(2)), ..Settings::default() }
}

fn ms(ms: u64) -> Time {
    Duration::from_millis(ms)
}

impl Test {
    fn with(settings: Settings) -> Test {
        let mut test = Test { service: Service::new(settings), world: World::default() };
        test.service.start(ms(1000), &mut test.world);
        test
    }

    fn say(&mut self, at: u64, text: &str) {
        let message = message::parse(text.as_bytes(), text.len()).expect("a good message");
        self.service.notified(&message, MAIN, ms(at), &mut self.world);
    }

    fn tick(&mut self, at: u64) {
        self.service.tick(ms(at), &mut self.world);
    }

    fn exits(&mut self, at: u64, exit: Exit) {
        self.world.alive = false;
        self.service.main_exited(exit, ms(at), &mut self.world);
    }

    fn history(&self) -> String {
        let states = self.world.told.iter().filter_map(|news| match news {
            News::State { to, .. } => Some(to.sub()),
            _ => None,
        });
        states.collect::<Vec<_>>().join(" ")
    }

    fn hints(&self) -> usize {
        self.world.told.iter().filter(|news| matches!(news, News::Hint(_))).count()
    }
}

#[test]
fn a_good_life() {
    let mut test = Test::with(settings());
    test.say(1100, "READY=1");
    test.say(2000, "WATCHDOG=1");
    test.say(2500, "STOPPING=1");
    test.exits(2600, Exit::Code(0));
    assert_eq!(test.history(), "start running stop-sigterm dead");
    assert_eq!(test.world.did, ["start", "end"]);
    assert_eq!((test.service.outcome(), test.hints()), (Outcome::Success, 0));
}

#[test]
fn an_end_before_ready() {
    let mut test = Test::with(settings());
    test.exits(1100, Exit::Code(0));
    assert_eq!((test.history().as_str(), test.service.outcome()), ("start failed", Outcome::Protocol));
}

#[test]
fn a_missed_heartbeat() {
    let mut test = Test::with(Settings { restart: Restart::OnFailure, ..settings() });
    test.tick(5000);
    assert_eq!(test.history(), "start", "the watchdog begins with READY=1");
    test.say(6000, "READY=1");
    test.say(7000, "WATCHDOG=1");
    assert_eq!(test.service.deadline(), Some(ms(9000)));
    test.tick(8999);
    assert_eq!(test.history(), "start running");
    test.tick(9000);
    assert_eq!(test.history(), "start running stop-watchdog");
    test.exits(9100, Exit::Killed { signal: 6, core: false });
    assert_eq!(test.service.outcome(), Outcome::Watchdog);
    assert_eq!(test.service.deadline(), Some(ms(9200)));
    test.tick(9200);
    assert_eq!(test.history(), "start running stop-watchdog failed auto-restart start");
    assert_eq!(test.world.did, ["start", "SIGABRT", "pause", "start"]);
    assert_eq!((test.service.restarts(), test.service.outcome()), (1, Outcome::Success));
}

#[test]
fn deaf_to_every_signal_but_one() {
    let mut test = Test::with(settings());
    test.say(1100, "READY=1");
    test.service.stop(ms(2000), &mut test.world);
    test.tick(92_000);
    test.exits(92_001, Exit::Killed { signal: 9, core: false });
    assert_eq!(test.history(), "start running stop-sigterm stop-sigkill failed");
    assert_eq!(test.service.outcome(), Outcome::Timeout);
    assert_eq!(test.world.did, ["start", "SIGTERM", "SIGKILL", "end"]);
}

#[test]
fn a_start_that_takes_too_long_and_one_that_asks_for_time() {
    let mut test = Test::with(settings());
    test.say(80_000, "EXTEND_TIMEOUT_USEC=30000000");
    test.say(80_001, "EXTEND_TIMEOUT_USEC=1000");
    assert_eq!(test.service.deadline(), Some(ms(110_000)), "only ever later");
    test.tick(110_000);
    test.exits(110_100, Exit::Killed { signal: 15, core: false });
    assert_eq!((test.history().as_str(), test.service.outcome()), ("start stop-sigterm failed", Outcome::Timeout));
}

#[test]
fn reloads() {
    let mut test = Test::with(Settings { watchdog: None, ..settings() });
    test.say(1100, "READY=1");
    test.say(1200, "RELOADING=1\nMONOTONIC_USEC=1200000");
    test.say(1300, "READY=1");
    assert_eq!(test.history(), "start running reload-notify running");
    test.say(1400, "RELOADING=1\nMONOTONIC_USEC=1400000");
    test.tick(91_400);
    assert_eq!(test.history(), "start running reload-notify running reload-notify running");
    assert_eq!(test.hints(), 0);
    test.say(91_500, "READY=1");
    assert_eq!(test.hints(), 1, "READY=1 twice");
}

#[test]
fn too_many_starts() {
    let mut test = Test::with(Settings { restart: Restart::Always, ..settings() });
    for at in [1100, 1300, 1500, 1700, 1900] {
        test.exits(at, Exit::Code(1));
        test.tick(at + 100);
    }
    assert_eq!((test.service.state(), test.service.outcome()), (State::Failed, Outcome::StartLimitHit));
    assert!(test.world.told.contains(&News::Problem("Start request repeated too quickly.".into())));
    assert_eq!(test.world.did.iter().filter(|did| *did == "start").count(), 5);

    let mut test = Test::with(Settings { restart: Restart::Always, limit: Some(7), ..settings() });
    for at in (1100..).step_by(200).take(8) {
        test.exits(at, Exit::Code(1));
        test.tick(at + 100);
    }
    assert_eq!((test.service.restarts(), test.service.outcome()), (7, Outcome::ExitCode));
}

#[test]
fn the_main_process_changes() {
    let mut test = Test::with(settings());
    test.say(1100, "MAINPID=43\nREADY=1");
    assert_eq!(test.service.main(), Some(43));
    test.say(1200, "MAINPID=7");
    assert_eq!((test.service.main(), test.hints()), (Some(43), 1), "a foreign one");
}

#[test]
fn what_is_said_at_the_wrong_time() {
    let mut test = Test::with(settings());
    test.say(1100, "READY=1");
    test.say(2400, "WATCHDOG=1");
    assert_eq!(test.hints(), 1, "late");
    test.say(2500, "STOPPING=1");
    test.say(2600, "READY=1");
    assert_eq!(test.hints(), 2);
    assert_eq!(test.history(), "start running stop-sigterm");
}

#[test]
fn whose_messages_count() {
    let mut test = Test::with(settings());
    let stranger = Sender { pid: 7, uid: 0 };
    let child = Sender { pid: 44, uid: 1000 };
    assert!(test.service.listens_to(MAIN, &mut test.world).is_ok());
    assert!(test.service.listens_to(child, &mut test.world).is_err());
    test.say(1100, "NOTIFYACCESS=all");
    assert!(test.service.listens_to(child, &mut test.world).is_ok());
    assert!(test.service.listens_to(stranger, &mut test.world).is_err());
}

#[test]
fn what_is_started_again() {
    let killed = Exit::Killed { signal: 9, core: false };
    for (restart, code, signal, watchdog) in [
        (Restart::OnFailure, true, true, true),
        (Restart::OnAbnormal, false, true, true),
        (Restart::OnAbort, false, true, false),
        (Restart::OnWatchdog, false, false, true),
    ] {
        let again = |test: &Test| test.service.state() == State::AutoRestart;
        let mut test = Test::with(Settings { restart, ..settings() });
        test.exits(1100, Exit::Code(3));
        assert_eq!(again(&test), code, "{restart:?}");
        let mut test = Test::with(Settings { restart, ..settings() });
        test.exits(1100, killed);
        assert_eq!(again(&test), signal, "{restart:?}");
        let mut test = Test::with(Settings { restart, ..settings() });
        test.say(1100, "READY=1");
        test.tick(4000);
        test.exits(4100, Exit::Killed { signal: 6, core: true });
        assert_eq!(again(&test), watchdog, "{restart:?}");
        assert_eq!(test.hints(), 1, "nobody said WATCHDOG=1");
    }
}

#[test]
fn types_that_are_ready_by_themselves() {
    for kind in [Type::Simple, Type::Exec] {
        let mut test = Test::with(Settings { kind, ..settings() });
        let history = if kind == Type::Simple { "running" } else { "start running" };
        assert_eq!(test.history(), history);
        assert_eq!(test.service.deadline(), Some(ms(3000)), "the watchdog");
        test.say(1100, "READY=1");
        test.exits(1200, Exit::Code(3));
        assert_eq!(test.history(), format!("{history} failed"));
    }
}

#[test]
fn forking_with_a_child_that_stays() {
    let mut test = Test::with(Settings { kind: Type::Forking, ..settings() });
    assert!(test.service.main().is_none() && test.service.is_watched(42));
    test.world.child = Some(43);
    test.service.exited(42, Exit::Code(0), ms(1100), &mut test.world);
    assert_eq!((test.history().as_str(), test.service.main()), ("start running", Some(43)));
    test.exits(1200, Exit::Code(0));
    assert_eq!(test.history(), "start running dead");

    // Several: the service lasts as long as one of them.
    let mut test = Test::with(Settings { kind: Type::Forking, ..settings() });
    test.service.exited(42, Exit::Code(0), ms(1100), &mut test.world);
    assert_eq!((test.history().as_str(), test.service.main()), ("start running", None));
    test.world.alive = false;
    test.service.emptied(ms(1200), &mut test.world);
    assert_eq!(test.history(), "start running dead");

    let mut test = Test::with(Settings { kind: Type::Forking, ..settings() });
    test.world.alive = false;
    test.service.exited(42, Exit::Code(4), ms(1100), &mut test.world);
    assert_eq!((test.history().as_str(), test.service.outcome()), ("start failed", Outcome::ExitCode));
}

#[test]
fn forking_with_a_pid_file() {
    let pid_file = || Settings { kind: Type::Forking, pid_file: true, ..settings() };
    let mut test = Test::with(pid_file());
    test.service.exited(42, Exit::Code(0), ms(1100), &mut test.world);
    assert_eq!((test.history().as_str(), test.service.deadline()), ("start", Some(ms(1150))));
    test.world.pid_file = Some(44);
    test.tick(1150);
    assert_eq!((test.history().as_str(), test.service.main()), ("start running", Some(44)));
    test.world.pid_file = Some(45);
    test.service.exited(44, Exit::Code(0), ms(1200), &mut test.world);
    assert_eq!((test.history().as_str(), test.service.main()), ("start running", Some(45)), "it moved on");

    let mut test = Test::with(pid_file());
    test.world.alive = false;
    test.service.exited(42, Exit::Code(0), ms(1100), &mut test.world);
    assert_eq!((test.history().as_str(), test.service.outcome()), ("start failed", Outcome::Protocol));

    let mut test = Test::with(pid_file());
    test.service.exited(42, Exit::Code(0), ms(1100), &mut test.world);
    test.world.alive = false;
    test.service.emptied(ms(1110), &mut test.world);
    test.service.emptied(ms(1120), &mut test.world);
    assert_eq!((test.history().as_str(), test.hints()), ("start", 1));
    test.tick(91_000);
    assert_eq!((test.history().as_str(), test.service.outcome()), ("start failed", Outcome::Timeout));
}

#[test]
fn whom_a_stop_ends() {
    let ready = |kill_mode| {
        let mut test = Test::with(Settings { kill_mode, kill_signal: 10, ..settings() });
        test.say(1100, "READY=1");
        test.service.stop(ms(1200), &mut test.world);
        test
    };
    for (mode, did) in [
        (KillMode::ControlGroup, "SIGUSR1 SIGKILL"),
        (KillMode::Mixed, "SIGUSR1 to 42 SIGKILL"),
        (KillMode::Process, "SIGUSR1 to 42 SIGKILL to 42"),
    ] {
        let mut test = ready(mode);
        test.tick(91_200);
        assert_eq!(test.world.did[1..].join(" "), did);
    }
    let test = ready(KillMode::None);
    assert_eq!((test.history().as_str(), test.world.did[1..].join(" ").as_str()), ("start running dead", "end"));
}

#[test]
fn a_reload_by_signal() {
    let mut test = Test::with(Settings { kind: Type::NotifyReload, watchdog: None, ..settings() });
    test.say(1100, "READY=1");
    test.service.reload(ms(5000), &mut test.world);
    test.say(5100, "RELOADING=1\nMONOTONIC_USEC=4999999");
    assert_eq!(test.history(), "start running reload-signal", "one that is older than the signal");
    test.say(5200, "RELOADING=1\nMONOTONIC_USEC=5000000");
    test.say(5300, "READY=1");
    assert_eq!(test.history(), "start running reload-signal reload-notify running");
    test.service.reload(ms(6000), &mut test.world);
    test.say(6100, "RELOADING=1\nREADY=1\nMONOTONIC_USEC=5000000");
    assert!(test.history().ends_with("running reload-signal running"));
    test.service.reload(ms(7000), &mut test.world);
    test.tick(97_000);
    assert!(test.history().ends_with("running reload-signal running"), "it goes on as it was");
}

#[test]
fn ends_that_count_as_good() {
    let mut test = Test::with(Settings { good_ends: vec![GoodEnd::Code(143)], ..settings() });
    test.say(1100, "READY=1");
    test.exits(1200, Exit::Code(143));
    assert_eq!(test.service.outcome(), Outcome::Success);
}
