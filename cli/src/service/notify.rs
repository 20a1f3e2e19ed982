//! What a message does to a service.
#![forbid(unsafe_code)]

use super::state::State;
use super::{Host, News, Outcome, Said, Service, Stored, Time, Unfit};
use crate::args::run::NotifyAccess;
use crate::message::{self, Message};
use crate::quote::{Line, quote, quoted};
use crate::timespan;
use std::time::Duration;

/// The sender of a message, as reported by the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sender {
    pub pid: i32,
    pub uid: u32,
}

impl Service {
    /// Whether a sender's messages count; the error is the reason why not.
    pub fn listens_to(&self, sender: Sender, host: &mut dyn Host) -> Result<(), Line> {
        match (self.access, self.main) {
            _ if Some(sender.pid) == self.main && self.access != NotifyAccess::None => Ok(()),
            (NotifyAccess::Exec, _) if Some(sender.pid) == self.control => Ok(()),
            (NotifyAccess::None, _) => Err("reception is disabled (NotifyAccess=none)".into()),
            (NotifyAccess::All, _) if host.owns(sender.pid) => Ok(()),
            (NotifyAccess::All, _) => Err("the sender is not a process of this service, or has already ended".into()),
            (NotifyAccess::Main | NotifyAccess::Exec, Some(main)) => Err(quoted!(
                "reception only permitted for main PID {} (NotifyAccess=main; try --notify-access=all)",
                main
            )),
            (NotifyAccess::Main | NotifyAccess::Exec, None) => {
                Err("reception only permitted for the main PID, which is not known (NotifyAccess=main)".into())
            }
        }
    }

    /// Acts on a message.
    pub fn notified(&mut self, message: &Message, sender: Sender, now: Time, host: &mut dyn Host) {
        if self.state.is_down() {
            return;
        }
        self.spoke = true;
        self.take_main_pid(message, sender, host);
        self.take_state(message, now, host);
        if let Some(status) = message.get("STATUS") {
            self.status = (!status.is_empty()).then(|| status.to_owned());
        }
        if let Some(access) = message.get("NOTIFYACCESS") {
            self.access = match access {
                "none" => NotifyAccess::None,
                "main" => NotifyAccess::Main,
                "exec" => NotifyAccess::Exec,
                "all" => NotifyAccess::All,
                _ => self.access,
            };
        }
        if let Some(usec) = message.usec("EXTEND_TIMEOUT_USEC") {
            self.extend_timeout(usec, now, host);
        }
        self.take_watchdog(message, now, host);
        if message.is_set("RESTART_RESET") && self.state == State::Running && self.restarts > 0 {
            host.tell(News::Note(quoted!("Got RESTART_RESET=1, resetting restart counter from {}.", self.restarts)));
            self.restarts = 0;
        }
        take_fds(message, host);
    }

    fn take_main_pid(&mut self, message: &Message, sender: Sender, host: &mut dyn Host) {
        let pid = message.usec("MAINPID").and_then(|pid| i32::try_from(pid).ok()).filter(|pid| *pid > 0);
        let Some(pid) = pid.filter(|pid| Some(*pid) != self.main) else {
            return;
        };
        if !(self.state.has_watchdog() || self.state == State::StopSigterm) {
            return;
        }
        let root = sender.uid == 0;
        let problem = match host.main_pid_problem(pid) {
            None => {
                self.set_main(pid);
                host.tell(News::Note(quoted!("New main PID {}.", pid)));
                return;
            }
            Some(Unfit::Manager) => "is the manager",
            Some(Unfit::Dead) => "is not running",
            Some(Unfit::Foreign) if root => {
                "does not belong to service (systemd would accept it, but only because root sent it)"
            }
            Some(Unfit::Foreign) => "does not belong to service",
        };
        host.tell(News::Hint(quoted!("New main PID {} {}, refusing.", pid, problem)));
    }

    /// STOPPING= overrides the others, and READY= overrides RELOADING=.
    fn take_state(&mut self, message: &Message, now: Time, host: &mut dyn Host) {
        let ready = message.is_set("READY");
        let reloading = message.is_set("RELOADING");
        if message.is_set("STOPPING") {
            if ready || reloading {
                host.tell(News::Hint("STOPPING=1 overrides READY=1 and RELOADING=1 in the same message".into()));
            }
            self.said = Said::Stopping;
            if matches!(self.state, State::Running | State::ReloadSignal | State::ReloadNotify) {
                self.enter_stop_by_notify(now, host);
            }
            return;
        }
        if !ready && !reloading {
            return;
        }
        if self.said == Said::Stopping {
            host.tell(News::Hint("after STOPPING=1, READY=1 and RELOADING=1 have no effect".into()));
        } else if ready {
            if self.said == Said::Ready && !reloading {
                host.tell(News::Hint("READY=1 again without RELOADING=1 first: no effect".into()));
            }
            self.said = Said::Ready;
            match self.state {
                State::Start if self.settings.awaits_ready() => self.started(now, host),
                State::ReloadNotify => self.run(now, host),
                State::ReloadSignal if reloading && self.answers_reload(message) => self.run(now, host),
                _ => {}
            }
        } else {
            if self.said == Said::Reloading && self.state != State::ReloadSignal {
                host.tell(News::Hint("RELOADING=1 again without READY=1 in between".into()));
            }
            self.said = Said::Reloading;
            match self.state {
                State::Running => self.enter_reload(now, host),
                State::ReloadSignal if self.answers_reload(message) => self.set_state(State::ReloadNotify, host),
                _ => {}
            }
        }
    }

    /// Whether RELOADING=1, by its time, answers the signal and does not predate it by chance.
    fn answers_reload(&self, message: &Message) -> bool {
        message.usec("MONOTONIC_USEC").is_some_and(|usec| usec >= self.reload_began)
    }

    fn extend_timeout(&mut self, usec: u64, now: Time, host: &mut dyn Host) {
        let Some(until) = message::span(usec).and_then(|span| now.checked_add(span)) else {
            return;
        };
        if self.timer.is_none() && self.watchdog_timer.is_none() {
            host.tell(News::Hint("EXTEND_TIMEOUT_USEC= has no effect: no timeout is running".into()));
        }
        for timer in [&mut self.timer, &mut self.watchdog_timer] {
            *timer = timer.map(|timer| timer.max(until));
        }
    }

    fn take_watchdog(&mut self, message: &Message, now: Time, host: &mut dyn Host) {
        match message.get("WATCHDOG") {
            Some("1") => self.beat(now, host),
            Some("trigger") => {
                let status = self.status.as_deref().map_or_else(|| "<unset>".into(), quote);
                host.tell(News::Problem(quoted!("Watchdog request (last status: {})!", status)));
                self.signal(State::StopWatchdog, Outcome::Watchdog, now, host);
            }
            _ => {}
        }
        if let Some(usec) = message.usec("WATCHDOG_USEC") {
            self.watchdog_limit = message::span(usec);
            self.arm_watchdog();
        }
    }

    fn beat(&mut self, now: Time, host: &mut dyn Host) {
        match self.watchdog_limit {
            None => host.tell(News::Hint("WATCHDOG=1, but no watchdog is set (try --watchdog)".into())),
            // Only a heartbeat after another one (or READY=1) shows the pace of the service.
            Some(limit) if self.watchdog_timer.is_some() => {
                let waited = now.saturating_sub(self.watchdog_beat);
                // A heartbeat due at half the interval arrives a little later.
                if waited > limit * 6 / 10 {
                    let waited = timespan::format(Duration::from_millis(waited.as_millis() as u64));
                    host.tell(News::Hint(quoted!(
                        "WATCHDOG=1 came after {}, later than half the interval of {}",
                        quote(&waited),
                        quote(&timespan::format(limit))
                    )));
                }
            }
            Some(_) => {}
        }
        self.beaten = true;
        self.reset_watchdog(now);
    }
}

fn take_fds(message: &Message, host: &mut dyn Host) {
    let name = message.get("FDNAME").filter(|name| message::fd_name_is_valid(name));
    if message.is_set("FDSTOREREMOVE") {
        if let Some(name) = name {
            let count = host.remove_fds(name);
            host.tell(News::Note(quoted!("Removed {} fds of name {} from the fd store.", count, quote(name))));
        }
    } else if message.is_set("FDSTORE") {
        let name = name.unwrap_or("stored");
        let Stored { added, known, no_room, path_only } = host.store_fds(name, message.get("FDPOLL") != Some("0"));
        if added + known + no_room + path_only == 0 {
            host.tell(News::Hint("FDSTORE=1 without a file descriptor".into()));
        }
        if added > 0 {
            host.tell(News::Note(quoted!("Added {} fds to the fd store ({}).", added, quote(name))));
        }
        if known > 0 {
            host.tell(News::Note(quoted!("{} fds are already in the fd store.", known)));
        }
        if no_room > 0 {
            host.tell(News::Problem(quoted!("{} fds not stored: the fd store is full.", no_room)));
        }
        if path_only > 0 {
            host.tell(News::Problem(quoted!("{} fds not stored: opened with O_PATH.", path_only)));
        }
    }
}
