//! What to run, and how: from the command line, then the unit, then the defaults.

use super::identity::Identity;
use super::unit_files::{self, Units};
use crate::args::run::{NotifyAccess, Run, Type};
use crate::exit::{Error, Result};
use crate::service::Settings;
use crate::timespan::Timespan;
use crate::unit::command::{self, Command};
use crate::unit::service::{Directory, Service};
use crate::unit::socket::Socket;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::time::Duration;

/// The default size of the descriptor store; with a unit it is 0, as in systemd.
const FD_STORE_MAX: usize = 512;
/// Prefixes of variables that are set when the service starts.
const SET_AT_START: [&str; 3] = ["LISTEN_", "WATCHDOG_", "NOTIFY_SOCKET"];

pub struct Plan {
    pub settings: Settings,
    pub program: Program,
    pub sockets: Vec<Socket>,
    pub fd_store_max: usize,
    pub pid_file: Option<PathBuf>,
    /// Remarks on the unit.
    pub remarks: Vec<String>,
    /// Whether the report is JSON, on standard output.
    pub json: bool,
    /// Whether the command's standard output goes to standard error.
    pub stdout_to_stderr: bool,
}

/// The program of the service's process.
#[derive(Default)]
pub struct Program {
    pub path: OsString,
    pub arguments: Vec<OsString>,
    /// Whether variables in the arguments are replaced.
    pub substitutes: bool,
    /// Whether standard input is that of this process.
    pub stdin: bool,
    /// In addition to those of this process.
    pub environment: Vec<(OsString, OsString)>,
    /// Names, or assignments.
    pub unset: Vec<OsString>,
    /// `None` keeps that of this process; the flag says whether it may be missing.
    pub directory: Option<(PathBuf, bool)>,
    pub umask: Option<u32>,
    pub identity: Option<Identity>,
}

impl Plan {
    /// Zero disables a limit, as in a unit file.
    pub fn new(run: &Run, outer_watchdog: Option<Duration>) -> Result<Plan> {
        let units = if run.unit.is_empty() { None } else { Some(unit_files::load(&run.unit)?) };
        let unit = units.as_ref().map(|units| units.service.clone()).unwrap_or_default();
        let kind = kind(run, units.is_some(), &unit)?;
        if run.reload_signal.is_some() && kind != Type::NotifyReload {
            return Err(Error::Usage("--reload-signal: only for --type notify-reload".into()));
        }
        if run.pid_file.is_some() && kind != Type::Forking {
            return Err(Error::Usage("--pid-file: only for --type forking".into()));
        }
        let none_kept = if units.is_some() { 0 } else { FD_STORE_MAX };
        let fd_store_max = run.fd_store_max.or(unit.fd_store_max).unwrap_or(none_kept);
        let pid_file =
            run.pid_file.clone().or(unit.pid_file.as_ref().map(|file| unit_files::runtime_directory().join(file)));
        let pid_file = pid_file.filter(|_| kind == Type::Forking);
        let mut settings = settings(run, &unit, kind, outer_watchdog);
        settings.pid_file = pid_file.is_some();
        // There is a socket if anything may use it.
        let speaks = settings.awaits_ready() || settings.watchdog.is_some() || fd_store_max > 0;
        let implied = if units.is_none() || speaks { NotifyAccess::Main } else { NotifyAccess::None };
        settings.notify_access = run.notify_access.or(unit.notify_access).unwrap_or(implied);
        let (sockets, environment, mut remarks) = units.map_or_else(Default::default, |units| {
            let Units { sockets, environment, remarks, .. } = units;
            (sockets, environment, remarks)
        });
        let program = program(run, unit, environment, &mut remarks)?;
        Ok(Plan {
            settings,
            program,
            sockets,
            fd_store_max,
            pid_file,
            remarks,
            json: run.json,
            stdout_to_stderr: run.json || run.wait_ready,
        })
    }
}

fn kind(run: &Run, of_unit: bool, unit: &Service) -> Result<Type> {
    match (run.kind.or(unit.kind), &unit.other_kind) {
        (Some(kind), _) => Ok(kind),
        (None, Some(other)) => Err(Error::Usage(other.clone())),
        (None, None) if of_unit => Ok(Type::Simple),
        (None, None) => Ok(Settings::default().kind),
    }
}

fn settings(run: &Run, unit: &Service, kind: Type, outer_watchdog: Option<Duration>) -> Settings {
    let limit = |span: Option<Timespan>, default: Option<Duration>| {
        span.map_or(default, |span| span.0).filter(|span| !span.is_zero())
    };
    let forever = |span: Timespan| span.0.unwrap_or(Duration::MAX);
    let default = Settings::default();
    let stop_timeout = limit(run.stop_timeout.or(unit.stop_timeout), default.stop_timeout);
    Settings {
        kind,
        // The manager's watchdog is for the service, on whose behalf this program sends heartbeats.
        watchdog: limit(run.watchdog.or(unit.watchdog), outer_watchdog),
        start_timeout: limit(run.start_timeout.or(unit.start_timeout), default.start_timeout),
        stop_timeout,
        abort_timeout: limit(unit.abort_timeout, stop_timeout),
        restart: run.restart.or(unit.restart).unwrap_or(default.restart),
        restart_delay: run.restart_delay.or(unit.restart_delay).map_or(default.restart_delay, forever),
        limit: run.limit,
        start_limit_burst: unit.start_limit_burst.unwrap_or(default.start_limit_burst),
        start_limit_interval: unit.start_limit_interval.map_or(default.start_limit_interval, forever),
        kill_mode: run.kill_mode.or(unit.kill_mode).unwrap_or(default.kill_mode),
        kill_signal: run.kill_signal.or(unit.kill_signal).unwrap_or(default.kill_signal),
        watchdog_signal: unit.watchdog_signal.unwrap_or(default.watchdog_signal),
        reload_signal: run.reload_signal.or(unit.reload_signal).unwrap_or(default.reload_signal),
        good_ends: unit.good_ends.clone(),
        ignores_failure: run.command.is_empty() && unit.command.as_ref().is_some_and(|one| one.ignores_failure),
        ..default
    }
}

fn program(
    run: &Run,
    unit: Service,
    environment: Vec<(OsString, OsString)>,
    remarks: &mut Vec<String>,
) -> Result<Program> {
    let mut program = Program { stdin: run.stdin, umask: unit.umask, ..Program::default() };
    match (run.command.first(), unit.command) {
        (Some(path), _) => (program.path, program.arguments) = (path.clone(), run.command.clone()),
        (None, Some(command)) => {
            remarks.extend(unset_variables(&command, &environment));
            program.substitutes = !command.is_literal;
            program.path = OsString::from_vec(command.path);
            program.arguments = command.arguments.into_iter().map(OsString::from_vec).collect();
        }
        (None, None) => return Err(Error::Usage("--unit: the unit has no ExecStart=, and no COMMAND is given".into())),
    }
    program.environment = environment;
    program.unset = unit.unset.into_iter().map(OsString::from_vec).collect();
    program.identity = Identity::find(unit.user.as_deref(), unit.group.as_deref())?;
    if let Some(identity) = &program.identity {
        let given = |name: &str| program.environment.iter().any(|(other, _)| other == name);
        let variables = identity.variables.iter().filter(|(name, _)| !given(name));
        let variables: Vec<_> = variables.map(|(name, value)| (OsString::from(name), value.clone())).collect();
        program.environment.extend(variables);
    }
    if !run.unit.is_empty() {
        let Directory { path, optional } =
            unit.directory.unwrap_or(Directory { path: Some("/".into()), optional: false });
        let home =
            || program.identity.as_ref().map(|identity| identity.home.clone()).or_else(|| std::env::var_os("HOME"));
        let path = path.map(OsString::from).or_else(home).unwrap_or_else(|| "/".into());
        program.directory = Some((path.into(), optional));
    }
    Ok(program)
}

/// Remarks on variables in the command's arguments that are not set.
fn unset_variables(command: &Command, environment: &[(OsString, OsString)]) -> Vec<String> {
    if command.is_literal {
        return Vec::new();
    }
    let get = |name: &[u8]| {
        let name = OsStr::from_bytes(name);
        let set = SET_AT_START.iter().any(|start| name.as_bytes().starts_with(start.as_bytes()))
            || environment.iter().any(|(other, _)| other == name)
            || std::env::var_os(name).is_some();
        set.then(Vec::new)
    };
    let (_, unset) = command::substitute(&command.arguments, &get);
    let remark = |name: Vec<u8>| {
        format!("ExecStart=: ${{{}}} is not set and expands to nothing", String::from_utf8_lossy(&name))
    };
    unset.into_iter().map(remark).collect()
}
