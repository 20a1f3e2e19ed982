//! The states and results of a service, in systemd's terms.
#![forbid(unsafe_code)]

use crate::exit::KILLED;
use crate::quote::{Line, quote, quoted};
use nix::libc;
use nix::sys::signal::Signal;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Dead,
    Start,
    Running,
    ReloadSignal,
    ReloadNotify,
    StopSigterm,
    StopSigkill,
    StopWatchdog,
    FinalSigterm,
    FinalSigkill,
    Failed,
    AutoRestart,
}

impl State {
    /// What `systemctl show -p SubState` says.
    pub fn sub(self) -> &'static str {
        match self {
            State::Dead => "dead",
            State::Start => "start",
            State::Running => "running",
            State::ReloadSignal => "reload-signal",
            State::ReloadNotify => "reload-notify",
            State::StopSigterm => "stop-sigterm",
            State::StopSigkill => "stop-sigkill",
            State::StopWatchdog => "stop-watchdog",
            State::FinalSigterm => "final-sigterm",
            State::FinalSigkill => "final-sigkill",
            State::Failed => "failed",
            State::AutoRestart => "auto-restart",
        }
    }

    /// What `systemctl show -p ActiveState` says.
    pub fn active(self) -> &'static str {
        match self {
            State::Dead => "inactive",
            State::Start | State::AutoRestart => "activating",
            State::Running => "active",
            State::ReloadSignal | State::ReloadNotify => "reloading",
            State::Failed => "failed",
            _ => "deactivating",
        }
    }

    /// Whether the service is on its way down.
    pub fn is_stopping(self) -> bool {
        self.active() == "deactivating"
    }

    /// Whether none of its processes may survive.
    pub fn is_killing(self) -> bool {
        matches!(self, State::StopSigkill | State::FinalSigkill)
    }

    /// Whether nothing of it is left.
    pub fn is_down(self) -> bool {
        matches!(self, State::Dead | State::Failed | State::AutoRestart)
    }

    /// Whether a missed heartbeat matters.
    pub fn has_watchdog(self) -> bool {
        matches!(self, State::Start | State::Running | State::ReloadSignal | State::ReloadNotify)
    }
}

/// Why a service ended, the first reason of several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Success,
    Protocol,
    Timeout,
    ExitCode,
    Signal,
    CoreDump,
    Watchdog,
    StartLimitHit,
}

impl Outcome {
    /// What `systemctl show -p Result` says.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Protocol => "protocol",
            Outcome::Timeout => "timeout",
            Outcome::ExitCode => "exit-code",
            Outcome::Signal => "signal",
            Outcome::CoreDump => "core-dump",
            Outcome::Watchdog => "watchdog",
            Outcome::StartLimitHit => "start-limit-hit",
        }
    }
}

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    Code(i32),
    Killed { signal: i32, core: bool },
}

impl Exit {
    /// Whether it is a clean exit for a daemon.
    pub fn outcome(self) -> Outcome {
        match self {
            Exit::Code(0) => Outcome::Success,
            Exit::Code(_) => Outcome::ExitCode,
            Exit::Killed { core: true, .. } => Outcome::CoreDump,
            Exit::Killed { signal, .. } => match Signal::try_from(signal) {
                Ok(Signal::SIGHUP | Signal::SIGINT | Signal::SIGTERM | Signal::SIGPIPE) => Outcome::Success,
                _ => Outcome::Signal,
            },
        }
    }

    /// What a shell would report for it.
    pub fn status(self) -> u8 {
        match self {
            Exit::Code(code) => code as u8,
            Exit::Killed { signal, .. } => KILLED.wrapping_add(signal as u8),
        }
    }

    /// As systemd words it.
    pub fn describe(self) -> Line {
        match self {
            Exit::Code(0) => "code=exited, status=0/SUCCESS".into(),
            Exit::Code(code) => quoted!("code=exited, status={}", code),
            Exit::Killed { signal, core } => {
                let code = if core { "dumped" } else { "killed" };
                let name = signal_name(signal);
                quoted!("code={}, status={}/{}", code, signal, quote(name.as_str().trim_start_matches("SIG")))
            }
        }
    }
}

/// `SIGTERM`, `SIGRTMIN+3`; a number where there is no name.
pub fn signal_name(signal: i32) -> Line {
    match Signal::try_from(signal) {
        Ok(signal) => signal.as_str().into(),
        Err(_) if (libc::SIGRTMIN()..=libc::SIGRTMAX()).contains(&signal) => {
            quoted!("SIGRTMIN+{}", signal - libc::SIGRTMIN())
        }
        Err(_) => quoted!("{}", signal),
    }
}
