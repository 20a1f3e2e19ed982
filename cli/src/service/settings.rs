//! The settings of a unit file that a service's life depends on.
#![forbid(unsafe_code)]

use super::state::Exit;
use crate::args::run::{KillMode, NotifyAccess, Restart, Type};
use nix::libc;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Settings {
    pub kind: Type,
    /// Whether a PID file names the main process.
    pub pid_file: bool,
    pub watchdog: Option<Duration>,
    pub start_timeout: Option<Duration>,
    pub stop_timeout: Option<Duration>,
    /// How long it may take to end after the watchdog's signal.
    pub abort_timeout: Option<Duration>,
    pub restart: Restart,
    pub restart_delay: Duration,
    /// The total number of restarts; `None` applies the start limit.
    pub limit: Option<u32>,
    /// The most starts ...
    pub start_limit_burst: usize,
    /// ... within this time; zero for either means no limit.
    pub start_limit_interval: Duration,
    pub notify_access: NotifyAccess,
    pub kill_mode: KillMode,
    pub kill_signal: i32,
    pub watchdog_signal: i32,
    pub reload_signal: i32,
    /// Additional ends of the main process that count as success.
    pub good_ends: Vec<GoodEnd>,
    /// Whether every end of the command counts as success.
    pub ignores_failure: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GoodEnd {
    Code(i32),
    Signal(i32),
}

impl Default for Settings {
    /// systemd's defaults, except for the type, as this program is about notification.
    fn default() -> Settings {
        Settings {
            kind: Type::Notify,
            pid_file: false,
            watchdog: None,
            start_timeout: Some(Duration::from_secs(90)),
            stop_timeout: Some(Duration::from_secs(90)),
            abort_timeout: Some(Duration::from_secs(90)),
            restart: Restart::No,
            restart_delay: Duration::from_millis(100),
            limit: None,
            start_limit_burst: 5,
            start_limit_interval: Duration::from_secs(10),
            notify_access: NotifyAccess::Main,
            kill_mode: KillMode::ControlGroup,
            kill_signal: libc::SIGTERM,
            watchdog_signal: libc::SIGABRT,
            reload_signal: libc::SIGHUP,
            good_ends: Vec::new(),
            ignores_failure: false,
        }
    }
}

impl Settings {
    pub fn is_good(&self, exit: Exit) -> bool {
        let listed = match exit {
            Exit::Code(code) => GoodEnd::Code(code),
            Exit::Killed { signal, .. } => GoodEnd::Signal(signal),
        };
        self.ignores_failure || self.good_ends.contains(&listed)
    }

    /// Whether a service has to send READY=1.
    pub fn awaits_ready(&self) -> bool {
        matches!(self.kind, Type::Notify | Type::NotifyReload)
    }

    /// Whether SIGKILL goes to all processes, not just to the main one.
    pub fn kills_all(&self) -> bool {
        matches!(self.kill_mode, KillMode::ControlGroup | KillMode::Mixed)
    }
}
