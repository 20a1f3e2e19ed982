//! The section `[Service]`, and the start limit of `[Unit]`.
#![forbid(unsafe_code)]

use super::command::{self, Command};
use super::environment::{self, Variables};
use super::specifier::Specifiers;
use super::syntax::Assignment;
use super::{Remarks, text};
use crate::args::run::{KillMode, NotifyAccess, Restart, Type};
use crate::service::GoodEnd;
use crate::signal;
use crate::timespan::{self, Timespan};
use clap::ValueEnum;

/// What the files set; `None` for what they do not.
#[derive(Clone, Default, Debug)]
pub struct Service {
    pub kind: Option<Type>,
    /// Why the type is not supported.
    pub other_kind: Option<String>,
    pub command: Option<Command>,
    pub watchdog: Option<Timespan>,
    pub start_timeout: Option<Timespan>,
    pub stop_timeout: Option<Timespan>,
    pub abort_timeout: Option<Timespan>,
    pub restart: Option<Restart>,
    pub restart_delay: Option<Timespan>,
    pub start_limit_interval: Option<Timespan>,
    pub start_limit_burst: Option<usize>,
    pub notify_access: Option<NotifyAccess>,
    pub kill_mode: Option<KillMode>,
    pub kill_signal: Option<i32>,
    pub watchdog_signal: Option<i32>,
    pub reload_signal: Option<i32>,
    pub good_ends: Vec<GoodEnd>,
    pub fd_store_max: Option<usize>,
    pub pid_file: Option<String>,
    pub environment: Variables,
    pub environment_files: Vec<EnvironmentFile>,
    /// Names, or assignments that are unset only with this value.
    pub unset: Vec<Vec<u8>>,
    pub directory: Option<Directory>,
    pub user: Option<String>,
    pub group: Option<String>,
    pub umask: Option<u32>,
    /// Socket units by name.
    pub sockets: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnvironmentFile {
    pub path: String,
    /// Whether it may be missing.
    pub optional: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directory {
    /// `None` is the user's home directory.
    pub path: Option<String>,
    pub optional: bool,
}

/// Applies the assignments of a service, in order.
pub fn read(assignments: &[Assignment], specifiers: &Specifiers, remarks: &mut Remarks) -> Result<Service, String> {
    let mut service = Service::default();
    for one in assignments {
        if remarks.passes_over(one) {
            continue;
        }
        // An empty value resets earlier ones.
        match service.take(one, specifiers, remarks)? {
            Taken::Yes => {}
            Taken::Bad => remarks.ignored(one),
            Taken::NotEmulated => remarks.not_emulated(one),
        }
    }
    Ok(service)
}

enum Taken {
    Yes,
    Bad,
    NotEmulated,
}

impl Service {
    fn take(&mut self, one: &Assignment, specifiers: &Specifiers, remarks: &mut Remarks) -> Result<Taken, String> {
        let value = one.value.as_str();
        let expanded = || text(&specifiers.expand(value.as_bytes()));
        let good = match (one.section.as_str(), one.key.as_str()) {
            ("Unit" | "Service", "StartLimitIntervalSec" | "StartLimitInterval") => {
                set(&mut self.start_limit_interval, value, span)
            }
            ("Unit" | "Service", "StartLimitBurst") => set(&mut self.start_limit_burst, value, number),
            ("Unit", _) => return Ok(Taken::NotEmulated),
            (_, "Type") => self.take_type(one),
            (_, "ExecStart") => return self.take_command(one, specifiers, remarks),
            (_, "WatchdogSec") => set(&mut self.watchdog, value, span),
            (_, "TimeoutStartSec") => set(&mut self.start_timeout, value, span),
            (_, "TimeoutStopSec") => set(&mut self.stop_timeout, value, span),
            (_, "TimeoutAbortSec") => set(&mut self.abort_timeout, value, span),
            (_, "TimeoutSec") => set(&mut self.start_timeout, value, span) && set(&mut self.stop_timeout, value, span),
            (_, "Restart") => set(&mut self.restart, value, choice),
            (_, "RestartSec") => set(&mut self.restart_delay, value, span),
            (_, "NotifyAccess") => set(&mut self.notify_access, value, choice),
            (_, "KillMode") => set(&mut self.kill_mode, value, choice),
            (_, "KillSignal") => set(&mut self.kill_signal, value, signal_number),
            (_, "WatchdogSignal") => set(&mut self.watchdog_signal, value, signal_number),
            (_, "ReloadSignal") => set(&mut self.reload_signal, value, signal_number),
            (_, "SuccessExitStatus") => self.take_good_ends(value),
            (_, "FileDescriptorStoreMax") => set(&mut self.fd_store_max, value, number),
            (_, "PIDFile") => set(&mut self.pid_file, &expanded(), |path| Some(path.to_owned())),
            (_, "Environment") => return self.take_environment(one, specifiers, remarks),
            (_, "EnvironmentFile") => self.take_environment_file(&expanded()),
            (_, "UnsetEnvironment") => {
                append(&mut self.unset, value, |value| super::words::all(&specifiers.expand(value.as_bytes())).ok())
            }
            (_, "WorkingDirectory") => set(&mut self.directory, &expanded(), directory),
            (_, "User") => set(&mut self.user, &expanded(), |user| Some(user.to_owned())),
            (_, "Group") => set(&mut self.group, &expanded(), |group| Some(group.to_owned())),
            (_, "UMask") => {
                set(&mut self.umask, value, |mask| u32::from_str_radix(mask, 8).ok().filter(|mask| *mask <= 0o777))
            }
            (_, "Sockets") => append(&mut self.sockets, &expanded(), |names| {
                Some(names.split_ascii_whitespace().map(str::to_owned).collect())
            }),
            _ => return Ok(Taken::NotEmulated),
        };
        Ok(if good { Taken::Yes } else { Taken::Bad })
    }

    fn take_type(&mut self, one: &Assignment) -> bool {
        let value = one.value.as_str();
        self.other_kind = None;
        self.kind = choice(value);
        if let "oneshot" | "dbus" | "idle" = value {
            self.other_kind = Some(format!("{}: Type={value}: not emulated by run", one.place));
        }
        value.is_empty() || self.kind.is_some() || self.other_kind.is_some()
    }

    fn take_command(
        &mut self,
        one: &Assignment,
        specifiers: &Specifiers,
        remarks: &mut Remarks,
    ) -> Result<Taken, String> {
        if one.value.is_empty() {
            self.command = None;
            return Ok(Taken::Yes);
        }
        let command = command::parse(&one.value, specifiers);
        let command = command.map_err(|problem| format!("{}: ExecStart=: {problem}", one.place))?;
        if let Some(prefix) = command.privileged {
            remarks.add(format!("{}: ExecStart={prefix}: the prefix is not emulated by run", one.place));
        }
        if self.command.replace(command).is_some() {
            return Err(format!("{}: more than one ExecStart=, allowed only with Type=oneshot", one.place));
        }
        Ok(Taken::Yes)
    }

    fn take_good_ends(&mut self, value: &str) -> bool {
        let one = |word: &str| match word.parse::<u8>() {
            Ok(code) => Some(GoodEnd::Code(code.into())),
            Err(_) => signal_number(word).map(GoodEnd::Signal),
        };
        append(&mut self.good_ends, value, |value| value.split_ascii_whitespace().map(one).collect())
    }

    fn take_environment(
        &mut self,
        one: &Assignment,
        specifiers: &Specifiers,
        remarks: &mut Remarks,
    ) -> Result<Taken, String> {
        if one.value.is_empty() {
            self.environment.clear();
            return Ok(Taken::Yes);
        }
        let Ok((variables, bad)) = environment::assignments(one.value.as_bytes()) else { return Ok(Taken::Bad) };
        for (name, value) in variables {
            environment::set(&mut self.environment, name, specifiers.expand(&value));
        }
        for word in bad {
            remarks.add(format!("{}: Environment=: not an assignment, ignoring it: {}", one.place, text(&word)));
        }
        Ok(Taken::Yes)
    }

    fn take_environment_file(&mut self, value: &str) -> bool {
        if value.is_empty() {
            self.environment_files.clear();
            return true;
        }
        let (path, optional) = value.strip_prefix('-').map_or((value, false), |path| (path, true));
        let is_good = path.starts_with('/');
        if is_good {
            self.environment_files.push(EnvironmentFile { path: path.to_owned(), optional });
        }
        is_good
    }
}

/// Sets a field; an empty value resets it. Returns false if the value is invalid.
fn set<T>(setting: &mut Option<T>, value: &str, read: impl Fn(&str) -> Option<T>) -> bool {
    let read = if value.is_empty() { None } else { read(value) };
    let is_good = read.is_some() || value.is_empty();
    if is_good {
        *setting = read;
    }
    is_good
}

/// As [`set`], for settings that are lists.
fn append<T>(list: &mut Vec<T>, value: &str, read: impl Fn(&str) -> Option<Vec<T>>) -> bool {
    if value.is_empty() {
        list.clear();
    }
    read(value).map(|more| list.extend(more)).is_some()
}

fn span(value: &str) -> Option<Timespan> {
    timespan::parse(value).ok()
}

fn number(value: &str) -> Option<usize> {
    value.parse().ok()
}

fn signal_number(value: &str) -> Option<i32> {
    signal::parse(value).ok()
}

fn choice<T: ValueEnum>(value: &str) -> Option<T> {
    T::from_str(value, false).ok()
}

fn directory(value: &str) -> Option<Directory> {
    let (path, optional) = value.strip_prefix('-').map_or((value, false), |path| (path, true));
    match path {
        "~" => Some(Directory { path: None, optional }),
        path => path.starts_with('/').then(|| Directory { path: Some(path.to_owned()), optional }),
    }
}
