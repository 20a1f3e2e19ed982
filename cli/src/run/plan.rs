//! What is to be run, and how: the command line's word before the defaults.

use crate::args::run::{NotifyAccess, Run, Type};
use crate::exit::{Error, Result};
use crate::service::Settings;
use crate::timespan::Timespan;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How many descriptors are kept where nobody says so; systemd keeps none.
const FD_STORE_MAX: usize = 512;

pub struct Plan {
    pub settings: Settings,
    pub program: Program,
    pub fd_store_max: usize,
    pub pid_file: Option<PathBuf>,
    /// The report is for programs, on standard output.
    pub json: bool,
    /// Standard output is not the command's to write to.
    pub stdout_to_stderr: bool,
}

/// What the service's process is to become.
pub struct Program {
    pub command: Vec<OsString>,
    /// Standard input is that of this process.
    pub stdin: bool,
}

impl Plan {
    /// Zero switches a limit off, as in a unit file.
    pub fn new(run: &Run, outer_watchdog: Option<Duration>) -> Result<Plan> {
        let limit = |span: Option<Timespan>, other: Option<Duration>| {
            span.map_or(other, |span| span.0).filter(|span| !span.is_zero())
        };
        let default = Settings::default();
        let kind = run.kind.unwrap_or(default.kind);
        if run.reload_signal.is_some() && kind != Type::NotifyReload {
            return Err(Error::Usage("--reload-signal: only --type notify-reload reloads by a signal".into()));
        }
        if run.pid_file.is_some() && kind != Type::Forking {
            return Err(Error::Usage("--pid-file: only --type forking writes one".into()));
        }
        let stop_timeout = limit(run.stop_timeout, default.stop_timeout);
        let settings = Settings {
            kind,
            pid_file: run.pid_file.is_some(),
            // The manager's watchdog is for the service; this program answers for it.
            watchdog: limit(run.watchdog, outer_watchdog),
            start_timeout: limit(run.start_timeout, default.start_timeout),
            stop_timeout,
            abort_timeout: stop_timeout,
            restart: run.restart.unwrap_or(default.restart),
            restart_delay: run.restart_delay.map_or(default.restart_delay, |span| span.0.unwrap_or(Duration::MAX)),
            limit: run.limit,
            notify_access: run.notify_access.unwrap_or(NotifyAccess::Main),
            kill_mode: run.kill_mode.unwrap_or(default.kill_mode),
            kill_signal: run.kill_signal.unwrap_or(default.kill_signal),
            reload_signal: run.reload_signal.unwrap_or(default.reload_signal),
            ..default
        };
        Ok(Plan {
            settings,
            program: Program { command: run.command.clone(), stdin: run.stdin },
            fd_store_max: run.fd_store_max.unwrap_or(FD_STORE_MAX),
            pid_file: run.pid_file.clone(),
            json: run.json,
            stdout_to_stderr: run.json || run.wait_ready,
        })
    }
}
