//! A service's life as systemd's manager sees it (Type=notify, KillMode=control-group): a state machine that is told
//! what happened and when, and that asks its [`Host`] to act. It touches neither the clock nor the system.
#![forbid(unsafe_code)]

mod host;
mod notify;
pub mod state;
#[cfg(test)]
mod tests;

use crate::args::{NotifyAccess, Restart};
use crate::quote::{quote, quoted};
use crate::timespan;
pub use host::{Host, News, Stored, Unfit};
use nix::sys::signal::Signal;
pub use notify::Sender;
use state::{Exit, Outcome, State};
use std::collections::VecDeque;
use std::time::Duration;

/// systemd's default: so many starts ...
const START_LIMIT_BURST: usize = 5;
/// ... within this time.
const START_LIMIT_INTERVAL: Duration = Duration::from_secs(10);

/// All times are since an arbitrary moment.
pub type Time = Duration;

/// The settings of a unit file.
#[derive(Clone, Debug)]
pub struct Settings {
    pub watchdog: Option<Duration>,
    pub start_timeout: Option<Duration>,
    pub stop_timeout: Option<Duration>,
    pub restart: Restart,
    pub restart_delay: Duration,
    pub limit: Option<u32>,
    pub notify_access: NotifyAccess,
}

/// What the service said last about its own state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Said {
    Nothing,
    Ready,
    Reloading,
    Stopping,
}

pub struct Service {
    settings: Settings,
    state: State,
    outcome: Outcome,
    main: Option<i32>,
    last_exit: Option<Exit>,
    said: Said,
    status: Option<String>,
    access: NotifyAccess,
    /// When the present state ends by itself.
    timer: Option<Time>,
    watchdog_limit: Option<Duration>,
    watchdog_beat: Time,
    watchdog_timer: Option<Time>,
    /// Whether it has said anything since its start, and WATCHDOG=1.
    spoke: bool,
    beaten: bool,
    stop_requested: bool,
    restarts: u32,
    starts: VecDeque<Time>,
}

impl Service {
    pub fn new(settings: Settings) -> Service {
        Service {
            state: State::Dead,
            outcome: Outcome::Success,
            main: None,
            last_exit: None,
            said: Said::Nothing,
            status: None,
            access: settings.notify_access,
            timer: None,
            watchdog_limit: settings.watchdog,
            watchdog_beat: Time::ZERO,
            watchdog_timer: None,
            spoke: false,
            beaten: false,
            stop_requested: false,
            restarts: 0,
            starts: VecDeque::new(),
            settings,
        }
    }

    pub fn state(&self) -> State {
        self.state
    }

    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    pub fn main(&self) -> Option<i32> {
        self.main
    }

    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// Whether another start may follow its end.
    pub fn may_restart(&self) -> bool {
        !self.stop_requested && self.settings.restart != Restart::No
    }

    /// How the main process ended last.
    pub fn last_exit(&self) -> Option<Exit> {
        self.last_exit
    }

    /// The moment at which [`Service::tick`] must be called.
    pub fn deadline(&self) -> Option<Time> {
        [self.timer, self.watchdog_timer].into_iter().flatten().min()
    }

    /// Starts the service.
    pub fn start(&mut self, now: Time, host: &mut dyn Host) {
        while self.starts.front().is_some_and(|start| now - *start >= START_LIMIT_INTERVAL) {
            self.starts.pop_front();
        }
        if self.settings.limit.is_none() && self.starts.len() >= START_LIMIT_BURST {
            host.tell(News::Problem("Start request repeated too quickly.".into()));
            self.give_up(host);
            return;
        }
        self.starts.push_back(now);
        self.outcome = Outcome::Success;
        self.said = Said::Nothing;
        self.status = None;
        self.watchdog_beat = now;
        self.spoke = false;
        self.beaten = false;
        self.access = self.settings.notify_access;
        self.watchdog_limit = self.settings.watchdog;
        self.arm(now, self.settings.start_timeout);
        match host.start() {
            Ok(pid) => {
                self.main = Some(pid);
                self.set_state(State::Start, host);
            }
            Err(exit) => {
                self.set_state(State::Start, host);
                self.main_exited(exit, now, host);
            }
        }
    }

    /// Somebody wants the service to end, and not to be started again.
    pub fn stop(&mut self, now: Time, host: &mut dyn Host) {
        let again = std::mem::replace(&mut self.stop_requested, true);
        match self.state {
            State::Dead | State::Failed => {}
            State::AutoRestart => {
                self.set_state(State::Dead, host);
                host.ended(true);
            }
            state if state.is_stopping() => {
                if again && !matches!(state, State::StopSigkill | State::FinalSigkill) {
                    host.tell(News::Note("Asked to stop again: killing.".into()));
                    self.signal(State::StopSigkill, Outcome::Success, now, host);
                }
            }
            _ => self.signal(State::StopSigterm, Outcome::Success, now, host),
        }
    }

    /// The main process is gone.
    pub fn main_exited(&mut self, exit: Exit, now: Time, host: &mut dyn Host) {
        self.main = None;
        self.last_exit = Some(exit);
        let outcome = exit.outcome();
        let text = quoted!("Main process exited, {}", exit.describe());
        host.tell(if outcome == Outcome::Success { News::Note(text) } else { News::Problem(text) });
        self.worsen(outcome);
        match self.state {
            State::Start if outcome == Outcome::Success => {
                if host.is_anybody_left() {
                    let text = "it went into the background before READY=1: run it in the foreground, or send MAINPID=";
                    host.tell(News::Hint(text.into()));
                }
                self.signal(State::StopSigterm, Outcome::Protocol, now, host);
            }
            State::Start | State::Running | State::ReloadNotify => {
                self.signal(State::StopSigterm, outcome, now, host);
            }
            State::StopSigterm | State::StopSigkill | State::StopWatchdog => {
                self.signal(State::FinalSigterm, outcome, now, host);
            }
            State::FinalSigterm | State::FinalSigkill => self.dead(outcome, now, host),
            State::Dead | State::Failed | State::AutoRestart => {}
        }
    }

    /// No process of the service is left.
    pub fn emptied(&mut self, now: Time, host: &mut dyn Host) {
        if self.main.is_some() {
            return;
        }
        match self.state {
            State::StopSigterm | State::StopSigkill | State::StopWatchdog => {
                self.signal(State::FinalSigterm, Outcome::Success, now, host);
            }
            State::FinalSigterm | State::FinalSigkill => self.dead(Outcome::Success, now, host),
            _ => {}
        }
    }

    /// Time has passed: does what is due.
    pub fn tick(&mut self, now: Time, host: &mut dyn Host) {
        if self.timer.is_some_and(|timer| timer <= now) {
            self.timer = None;
            self.timed_out(now, host);
        }
        // A restart may have come in between: what is due now is due for this run of the service.
        if self.watchdog_timer.is_some_and(|timer| timer <= now) {
            self.watchdog_timer = None;
            let limit = self.watchdog_limit.unwrap_or_default();
            host.tell(News::Problem(quoted!("Watchdog timeout (limit {})!", quote(&timespan::format(limit)))));
            if let (Some(main), false) = (self.main, self.beaten) {
                host.tell(News::Hint(quoted!(
                    "no WATCHDOG=1 counted: WATCHDOG_PID names {} alone, so a wrapper must exec the daemon, or unset it",
                    main
                )));
            }
            self.signal(State::StopWatchdog, Outcome::Watchdog, now, host);
        }
    }

    fn timed_out(&mut self, now: Time, host: &mut dyn Host) {
        let problem = |text: &'static str| News::Problem(text.into());
        match self.state {
            State::Start => {
                host.tell(problem("start operation timed out. Terminating."));
                if !self.spoke {
                    host.tell(News::Hint(
                        "it has sent nothing: does it support sd_notify(3), and is that switched on?".into(),
                    ));
                }
                self.signal(State::StopSigterm, Outcome::Timeout, now, host);
            }
            State::ReloadNotify => {
                host.tell(problem("Reload operation timed out."));
                self.said = Said::Ready;
                self.run(now, host);
            }
            State::StopSigterm | State::StopWatchdog => {
                host.tell(News::Problem(quoted!("State '{}' timed out. Killing.", self.state.sub())));
                self.signal(State::StopSigkill, Outcome::Timeout, now, host);
            }
            State::StopSigkill => {
                host.tell(problem("Processes still around after SIGKILL. Ignoring."));
                self.worsen(Outcome::Timeout);
                self.signal(State::FinalSigterm, Outcome::Timeout, now, host);
            }
            State::FinalSigterm => {
                host.tell(problem("State 'final-sigterm' timed out. Killing."));
                self.signal(State::FinalSigkill, Outcome::Timeout, now, host);
            }
            State::FinalSigkill => {
                host.tell(problem("Processes still around after final SIGKILL. Entering failed mode."));
                self.dead(Outcome::Timeout, now, host);
            }
            State::AutoRestart => {
                self.restarts += 1;
                host.tell(News::Note(quoted!("Scheduled restart job, restart counter is at {}.", self.restarts)));
                self.start(now, host);
            }
            State::Dead | State::Failed | State::Running => {}
        }
    }

    /// Sends the signal of a state, and enters it if there was anybody to send it to; else the next one.
    fn signal(&mut self, state: State, outcome: Outcome, now: Time, host: &mut dyn Host) {
        self.worsen(outcome);
        let mut state = state;
        loop {
            let signal = match state {
                State::StopWatchdog => Signal::SIGABRT,
                State::StopSigkill | State::FinalSigkill => Signal::SIGKILL,
                _ => Signal::SIGTERM,
            };
            if host.kill(signal) {
                self.arm(now, self.settings.stop_timeout);
                self.set_state(state, host);
                return;
            }
            state = match state {
                State::StopSigterm | State::StopWatchdog => State::StopSigkill,
                State::StopSigkill => State::FinalSigterm,
                State::FinalSigterm => State::FinalSigkill,
                _ => break,
            };
        }
        self.dead(Outcome::Success, now, host);
    }

    fn dead(&mut self, outcome: Outcome, now: Time, host: &mut dyn Host) {
        self.worsen(outcome);
        self.main = None;
        self.said = Said::Nothing;
        let end = match self.outcome {
            Outcome::Success => State::Dead,
            outcome => {
                host.tell(News::Problem(quoted!("Failed with result '{}'.", outcome.name())));
                State::Failed
            }
        };
        self.set_state(end, host);
        if !self.wants_restart() {
            host.ended(true);
        } else if self.settings.limit.is_some_and(|limit| self.restarts >= limit) {
            host.tell(News::Problem(quoted!("Restarted {} times: giving up.", self.restarts)));
            host.ended(true);
        } else {
            host.ended(false);
            self.arm(now, Some(self.settings.restart_delay));
            self.set_state(State::AutoRestart, host);
        }
    }

    fn give_up(&mut self, host: &mut dyn Host) {
        self.outcome = Outcome::StartLimitHit;
        host.tell(News::Problem("Failed with result 'start-limit-hit'.".into()));
        self.set_state(State::Failed, host);
        host.ended(true);
    }

    fn wants_restart(&self) -> bool {
        !self.stop_requested
            && match self.settings.restart {
                Restart::No => false,
                Restart::Always => true,
                Restart::OnSuccess => self.outcome == Outcome::Success,
                Restart::OnFailure => self.outcome != Outcome::Success,
                Restart::OnAbnormal => !matches!(self.outcome, Outcome::Success | Outcome::ExitCode),
                Restart::OnAbort => matches!(self.outcome, Outcome::Signal | Outcome::CoreDump),
                Restart::OnWatchdog => self.outcome == Outcome::Watchdog,
            }
    }

    /// Start-up or a reload is complete.
    fn run(&mut self, now: Time, host: &mut dyn Host) {
        self.timer = None;
        match self.said {
            Said::Reloading => self.enter_reload(now, host),
            Said::Stopping => self.enter_stop_by_notify(now, host),
            _ => self.set_state(State::Running, host),
        }
    }

    fn enter_reload(&mut self, now: Time, host: &mut dyn Host) {
        self.arm(now, self.settings.start_timeout);
        self.set_state(State::ReloadNotify, host);
    }

    /// The service says that it is ending: as if it had been sent SIGTERM.
    fn enter_stop_by_notify(&mut self, now: Time, host: &mut dyn Host) {
        self.arm(now, self.settings.stop_timeout);
        self.set_state(State::StopSigterm, host);
    }

    fn arm(&mut self, now: Time, timeout: Option<Duration>) {
        self.timer = timeout.and_then(|timeout| now.checked_add(timeout));
    }

    /// A heartbeat: the time until the next begins.
    fn reset_watchdog(&mut self, now: Time) {
        self.watchdog_beat = now;
        self.arm_watchdog();
    }

    fn arm_watchdog(&mut self) {
        self.watchdog_timer = self.watchdog_limit.and_then(|limit| self.watchdog_beat.checked_add(limit));
    }

    /// The first reason counts.
    fn worsen(&mut self, outcome: Outcome) {
        if self.outcome == Outcome::Success {
            self.outcome = outcome;
        }
    }

    fn set_state(&mut self, to: State, host: &mut dyn Host) {
        let from = std::mem::replace(&mut self.state, to);
        if !to.has_watchdog() {
            self.watchdog_timer = None;
        }
        if matches!(to, State::Dead | State::Failed) {
            self.timer = None;
            self.status = None;
        }
        if from != to {
            host.tell(News::State { from, to, outcome: self.outcome });
        }
    }
}
