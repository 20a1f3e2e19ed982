//! A service's life as systemd's manager sees it: a state machine that is told what happened and when, and asks its
//! [`Host`] to act. It uses neither the clock nor the system.
#![forbid(unsafe_code)]

mod end;
mod host;
mod notify;
mod settings;
pub mod state;
#[cfg(test)]
mod tests;
mod time;

use crate::args::run::{NotifyAccess, Restart, Type};
use crate::quote::quoted;
pub use host::{Host, News, Stored, Unfit};
pub use notify::Sender;
pub use settings::{GoodEnd, Settings};
use state::{Exit, Outcome, State, signal_name};
use std::collections::VecDeque;
use std::time::Duration;

/// All times are since an arbitrary moment.
pub type Time = Duration;

/// What the service last reported about its own state.
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
    /// The process that Type=forking started, while it runs.
    control: Option<i32>,
    /// Whether the main process is, or was, known. A forked service may have several candidates.
    main_known: bool,
    last_exit: Option<Exit>,
    said: Said,
    status: Option<String>,
    access: NotifyAccess,
    /// When the current state times out.
    timer: Option<Time>,
    /// When to check the PID file again.
    pid_file_timer: Option<Time>,
    watchdog_limit: Option<Duration>,
    watchdog_beat: Time,
    watchdog_timer: Option<Time>,
    /// When a reload was requested, by the clock of MONOTONIC_USEC=.
    reload_began: u64,
    /// Whether it has sent anything since its start, and WATCHDOG=1.
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
            control: None,
            main_known: false,
            last_exit: None,
            said: Said::Nothing,
            status: None,
            access: settings.notify_access,
            timer: None,
            pid_file_timer: None,
            watchdog_limit: settings.watchdog,
            watchdog_beat: Time::ZERO,
            watchdog_timer: None,
            reload_began: 0,
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

    /// Whether the end of a process matters by itself.
    pub fn is_watched(&self, pid: i32) -> bool {
        [self.main, self.control].contains(&Some(pid))
    }

    /// Whether a restart may follow its end.
    pub fn may_restart(&self) -> bool {
        !self.stop_requested && self.settings.restart != Restart::No
    }

    /// Whether all processes are being killed, and those that they fork meanwhile.
    pub fn is_hunting(&self) -> bool {
        self.state.is_killing() && self.settings.kills_all()
    }

    /// How the main process ended last.
    pub fn last_exit(&self) -> Option<Exit> {
        self.last_exit
    }

    /// Starts the service.
    pub fn start(&mut self, now: Time, host: &mut dyn Host) {
        if self.starts_too_often(now) {
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
        self.main_known = false;
        self.access = self.settings.notify_access;
        self.watchdog_limit = self.settings.watchdog;
        self.arm(now, self.settings.start_timeout);
        let started = host.start();
        match (self.settings.kind, started) {
            (Type::Forking, Ok(pid)) => self.control = Some(pid),
            (_, Ok(pid)) => self.set_main(pid),
            _ => {}
        }
        // Such a service counts as running from here on, even if its program does not exist.
        let is_simple = self.settings.kind == Type::Simple;
        if !is_simple {
            self.set_state(State::Start, host);
        }
        match (self.settings.kind, started) {
            (Type::Simple | Type::Exec, Ok(_)) => self.started(now, host),
            (_, Ok(_)) => {}
            (Type::Forking, Err(exit)) => self.control_exited(exit, now, host),
            (_, Err(exit)) => {
                if is_simple {
                    self.set_state(State::Running, host);
                }
                self.main_exited(exit, now, host);
            }
        }
    }

    fn starts_too_often(&mut self, now: Time) -> bool {
        let Settings { limit, start_limit_burst: burst, start_limit_interval: interval, .. } = self.settings;
        while self.starts.front().is_some_and(|start| now - *start >= interval) {
            self.starts.pop_front();
        }
        limit.is_none() && burst > 0 && !interval.is_zero() && self.starts.len() >= burst
    }

    /// Stops the service, without a restart.
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

    /// Whether the manager requests a reload by a signal and waits for the answer.
    pub fn reloads_by_signal(&self) -> bool {
        self.settings.kind == Type::NotifyReload
    }

    /// Reloads such a service.
    pub fn reload(&mut self, now: Time, host: &mut dyn Host) {
        let (State::Running, Some(main)) = (self.state, self.main) else {
            host.tell(News::Note("Asked to reload, but it is not running.".into()));
            return;
        };
        self.reload_began = host.monotonic_usec();
        let signal = self.settings.reload_signal;
        host.tell(News::Note(quoted!("Reloading: {} to the main process.", signal_name(signal))));
        if host.kill_one(main, signal) {
            self.arm(now, self.settings.start_timeout);
            self.set_state(State::ReloadSignal, host);
        }
    }

    /// The first start has been reached.
    fn started(&mut self, now: Time, host: &mut dyn Host) {
        self.pid_file_timer = None;
        self.reset_watchdog(now);
        self.run(now, host);
    }

    /// Start-up or a reload is complete.
    fn run(&mut self, now: Time, host: &mut dyn Host) {
        self.timer = None;
        let nobody = self.main.is_none() && (self.main_known || !host.is_anybody_left());
        match self.said {
            _ if nobody || self.outcome != Outcome::Success => {
                self.signal(State::StopSigterm, Outcome::Success, now, host);
            }
            Said::Reloading => self.enter_reload(now, host),
            Said::Stopping => self.enter_stop_by_notify(now, host),
            _ => self.set_state(State::Running, host),
        }
    }

    fn enter_reload(&mut self, now: Time, host: &mut dyn Host) {
        self.arm(now, self.settings.start_timeout);
        self.set_state(State::ReloadNotify, host);
    }

    /// The service announces its end, as if it had been sent SIGTERM.
    fn enter_stop_by_notify(&mut self, now: Time, host: &mut dyn Host) {
        self.arm(now, self.settings.stop_timeout);
        self.set_state(State::StopSigterm, host);
    }

    fn set_main(&mut self, pid: i32) {
        self.main = Some(pid);
        self.main_known = true;
    }

    fn set_state(&mut self, to: State, host: &mut dyn Host) {
        let from = std::mem::replace(&mut self.state, to);
        if !to.has_watchdog() {
            self.watchdog_timer = None;
            self.pid_file_timer = None;
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
