//! How a service ends, by itself or by signals, and whether it is restarted.
#![forbid(unsafe_code)]

use super::state::{Exit, Outcome, State};
use super::{Host, News, Said, Service, Time};
use crate::args::run::{KillMode, Restart};
use crate::quote::quoted;
use nix::libc;

impl Service {
    /// A process that [`Service::is_watched`] is gone.
    pub fn exited(&mut self, pid: i32, exit: Exit, now: Time, host: &mut dyn Host) {
        if self.main == Some(pid) {
            self.main_exited(exit, now, host);
        } else if self.control == Some(pid) {
            self.control_exited(exit, now, host);
        }
    }

    /// The main process is gone.
    pub fn main_exited(&mut self, exit: Exit, now: Time, host: &mut dyn Host) {
        // A forked service may change its main process if it updates its PID file first.
        if self.settings.pid_file
            && let Ok(pid) = host.pid_file()
            && Some(pid) != self.main
        {
            self.set_main(pid);
            return;
        }
        self.main = None;
        self.main_known = true;
        self.last_exit = Some(exit);
        let outcome = self.judge(exit);
        let text = quoted!("Main process exited, {}", exit.describe());
        host.tell(if outcome == Outcome::Success { News::Note(text) } else { News::Problem(text) });
        self.worsen(outcome);
        match self.state {
            State::Start if outcome == Outcome::Success && self.settings.awaits_ready() => {
                if host.is_anybody_left() {
                    host.tell(News::Hint(
                        "it went into the background before READY=1: run it in the foreground, send MAINPID=, or try \
                         --type forking"
                            .into(),
                    ));
                }
                self.signal(State::StopSigterm, Outcome::Protocol, now, host);
            }
            State::Start | State::Running | State::ReloadSignal | State::ReloadNotify => {
                self.signal(State::StopSigterm, outcome, now, host);
            }
            // Wait for the other process.
            _ if self.control.is_some() => {}
            State::StopSigterm | State::StopSigkill | State::StopWatchdog => {
                self.signal(State::FinalSigterm, outcome, now, host);
            }
            State::FinalSigterm | State::FinalSigkill => self.dead(outcome, now, host),
            State::Dead | State::Failed | State::AutoRestart => {}
        }
    }

    /// The process that Type=forking started is gone; what it left behind is the service.
    pub(super) fn control_exited(&mut self, exit: Exit, now: Time, host: &mut dyn Host) {
        self.control = None;
        let outcome = self.judge(exit);
        let text = quoted!("Control process exited, {}", exit.describe());
        if outcome != Outcome::Success {
            self.last_exit = Some(exit);
            host.tell(News::Problem(text));
        }
        self.worsen(outcome);
        match self.state {
            State::Start if outcome != Outcome::Success => self.signal(State::StopSigterm, outcome, now, host),
            State::Start if self.settings.pid_file => self.read_pid_file(true, now, host),
            State::Start => {
                if let (false, Some(main)) = (self.main_known, host.guess_main()) {
                    self.set_main(main);
                    host.tell(News::Note(quoted!("Main PID guessed: {}", main)));
                }
                self.started(now, host);
            }
            _ if self.main.is_some() => {}
            State::StopSigterm | State::StopSigkill | State::StopWatchdog => {
                self.signal(State::FinalSigterm, outcome, now, host);
            }
            State::FinalSigterm | State::FinalSigkill => self.dead(outcome, now, host),
            _ => {}
        }
    }

    /// Takes the main process from its PID file, or keeps waiting for the file.
    pub(super) fn read_pid_file(&mut self, first: bool, now: Time, host: &mut dyn Host) {
        match host.pid_file() {
            Ok(main) => {
                self.set_main(main);
                host.tell(News::Note(quoted!("Main PID loaded: {}", main)));
                self.started(now, host);
            }
            Err(why) => {
                self.pid_file_timer = now.checked_add(super::time::PID_FILE_PAUSE);
                if first {
                    host.tell(News::Note(why));
                    if !host.is_anybody_left() {
                        self.signal(State::StopSigterm, Outcome::Protocol, now, host);
                    }
                }
            }
        }
    }

    /// No process of the service is left.
    pub fn emptied(&mut self, now: Time, host: &mut dyn Host) {
        if self.main.is_some() || self.control.is_some() {
            return;
        }
        match self.state {
            // systemd does not check this before the timeout either.
            State::Start if self.pid_file_timer.is_some() && !self.main_known => {
                self.main_known = true;
                host.tell(News::Hint("all its processes ended without writing the PID file".into()));
            }
            State::Running => self.run(now, host),
            State::StopSigterm | State::StopSigkill | State::StopWatchdog => {
                self.signal(State::FinalSigterm, Outcome::Success, now, host);
            }
            State::FinalSigterm | State::FinalSigkill => self.dead(Outcome::Success, now, host),
            _ => {}
        }
    }

    /// Sends the signal of a state, and enters that state if any process got it; otherwise the next state.
    pub(super) fn signal(&mut self, state: State, outcome: Outcome, now: Time, host: &mut dyn Host) {
        self.worsen(outcome);
        let mut state = state;
        loop {
            if self.kill(state, host) {
                let settings = &self.settings;
                let timeout = if state == State::StopWatchdog { settings.abort_timeout } else { settings.stop_timeout };
                self.arm(now, timeout);
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

    /// Sends the signal of a state to the processes that KillMode= selects; returns whether to wait for any.
    fn kill(&self, state: State, host: &mut dyn Host) -> bool {
        let signal = match state {
            State::StopWatchdog => self.settings.watchdog_signal,
            State::StopSigkill | State::FinalSigkill => libc::SIGKILL,
            _ => self.settings.kill_signal,
        };
        match self.settings.kill_mode {
            KillMode::None => false,
            KillMode::ControlGroup => host.kill(signal),
            KillMode::Mixed if state.is_killing() => host.kill(signal),
            KillMode::Mixed | KillMode::Process => {
                let processes = [self.main, self.control].into_iter().flatten();
                processes.filter(|pid| host.kill_one(*pid, signal)).count() > 0
            }
        }
    }

    pub(super) fn dead(&mut self, outcome: Outcome, now: Time, host: &mut dyn Host) {
        self.worsen(outcome);
        self.main = None;
        self.control = None;
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

    pub(super) fn give_up(&mut self, host: &mut dyn Host) {
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

    fn judge(&self, exit: Exit) -> Outcome {
        if self.settings.is_good(exit) { Outcome::Success } else { exit.outcome() }
    }

    /// The first reason counts.
    fn worsen(&mut self, outcome: Outcome) {
        if self.outcome == Outcome::Success {
            self.outcome = outcome;
        }
    }
}
