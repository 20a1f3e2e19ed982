//! What happens to a service because time passes.
#![forbid(unsafe_code)]

use super::state::{Outcome, State};
use super::{Host, News, Said, Service, Time};
use crate::quote::{quote, quoted};
use crate::timespan;
use std::time::Duration;

/// How long to wait between two looks at a PID file.
pub(super) const PID_FILE_PAUSE: Duration = Duration::from_millis(50);

impl Service {
    /// The moment at which [`Service::tick`] must be called.
    pub fn deadline(&self) -> Option<Time> {
        [self.timer, self.watchdog_timer, self.pid_file_timer].into_iter().flatten().min()
    }

    /// Time has passed: does what is due.
    pub fn tick(&mut self, now: Time, host: &mut dyn Host) {
        if self.pid_file_timer.is_some_and(|timer| timer <= now) {
            self.pid_file_timer = None;
            self.read_pid_file(false, now, host);
        }
        if self.timer.is_some_and(|timer| timer <= now) {
            self.timer = None;
            self.timed_out(now, host);
        }
        // There may have been a restart: what is due now is due for this run of the service.
        if self.watchdog_timer.is_some_and(|timer| timer <= now) {
            self.watchdog_timer = None;
            let limit = self.watchdog_limit.unwrap_or_default();
            host.tell(News::Problem(quoted!("Watchdog timeout (limit {})!", quote(&timespan::format(limit)))));
            if let (Some(main), false) = (self.main, self.beaten) {
                host.tell(News::Hint(quoted!(
                    "no WATCHDOG=1 counted: WATCHDOG_PID names only {}; a wrapper must exec the daemon or unset it",
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
                if !self.spoke && self.settings.awaits_ready() {
                    host.tell(News::Hint("it sent nothing: does it support sd_notify(3), and is that enabled?".into()));
                }
                self.signal(State::StopSigterm, Outcome::Timeout, now, host);
            }
            State::ReloadSignal | State::ReloadNotify => {
                host.tell(problem("Reload operation timed out."));
                if self.state == State::ReloadSignal {
                    host.tell(News::Hint(
                        "no RELOADING=1 with a current MONOTONIC_USEC= arrived: Type=notify-reload needs both".into(),
                    ));
                }
                self.said = Said::Ready;
                self.run(now, host);
            }
            State::StopSigterm | State::StopWatchdog => {
                host.tell(News::Problem(quoted!("State '{}' timed out. Killing.", self.state.sub())));
                self.signal(State::StopSigkill, Outcome::Timeout, now, host);
            }
            State::StopSigkill => {
                host.tell(problem("Processes still around after SIGKILL. Ignoring."));
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

    pub(super) fn arm(&mut self, now: Time, timeout: Option<Duration>) {
        self.timer = timeout.and_then(|timeout| now.checked_add(timeout));
    }

    /// A heartbeat: restarts the watchdog interval.
    pub(super) fn reset_watchdog(&mut self, now: Time) {
        self.watchdog_beat = now;
        self.arm_watchdog();
    }

    pub(super) fn arm_watchdog(&mut self) {
        self.watchdog_timer = self.watchdog_limit.and_then(|limit| self.watchdog_beat.checked_add(limit));
    }
}
