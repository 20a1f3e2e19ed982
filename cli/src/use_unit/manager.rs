//! What the service manager knows of a unit, by systemctl(1).
#![forbid(unsafe_code)]

use crate::message::quote;
use std::path::PathBuf;
use std::process::{Command, Output};

pub struct Manager {
    /// The calling user's, and not the system's.
    pub user: bool,
}

/// What matters here of a unit, by the names of its properties.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Unit {
    pub id: String,
    pub load_state: String,
    /// The programs of all Exec lines, each with the name of its line.
    pub programs: Vec<(String, PathBuf)>,
    pub drop_ins: Vec<PathBuf>,
    pub environment: String,
    pub environment_files: Vec<String>,
    pub unset_environment: String,
    pub root_directory: String,
    pub root_image: String,
    pub protect_home: String,
    pub private_tmp: String,
}

const PROPERTIES: &str = "Id,LoadState,DropInPaths,Environment,EnvironmentFiles,UnsetEnvironment,RootDirectory,RootImage,\
    ProtectHome,PrivateTmp,ExecCondition,ExecStartPre,ExecStart,ExecStartPost,ExecReload,ExecStop,ExecStopPost";

/// The name with its suffix. The name becomes part of a path, so it must be one.
pub fn service_name(given: &str) -> Result<String, String> {
    let name = if given.contains('.') { given.to_owned() } else { format!("{given}.service") };
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    let stem = name.strip_suffix(".service").filter(|stem| !stem.is_empty() && stem.chars().all(allowed));
    match stem {
        Some(stem) if !stem.ends_with('@') && !stem.starts_with(['-', '.', '@']) => Ok(name),
        Some(_) => Err(format!("{}: a template; name an instance, such as name@instance", quote(given))),
        None => Err(format!("{}: not the name of a service", quote(given))),
    }
}

impl Manager {
    fn systemctl(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new("systemctl");
        command.args(self.user.then_some("--user")).args(["--no-pager", "--no-ask-password"]).args(arguments);
        let output = command.output().map_err(|error| format!("systemctl: {error}"))?;
        let Output { status, stdout, stderr } = output;
        if status.success() {
            return Ok(String::from_utf8_lossy(&stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&stderr);
        let line = said.lines().next().unwrap_or("failed without a message");
        Err(format!("systemctl {}: {line}", arguments.first().unwrap_or(&"")))
    }

    /// A unit that is there; the error says why not.
    pub fn unit(&self, name: &str) -> Result<Unit, String> {
        let unit = Unit::parse(&self.systemctl(&["show", "--property", PROPERTIES, "--", name])?);
        match unit.load_state.as_str() {
            "loaded" => Ok(unit),
            "not-found" => Err("no such unit".into()),
            "masked" => Err("the unit is masked".into()),
            state => Err(format!("the manager could not load the unit ({state}): see systemctl status")),
        }
    }

    pub fn reload(&self) -> Result<(), String> {
        self.systemctl(&["daemon-reload"]).map(|_| ())
    }

    /// Where a drop-in for a unit goes: as `systemctl edit` finds it.
    pub fn directories(&self, runtime: bool) -> Result<PathBuf, String> {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(path) = std::env::var("SYSTEMD_UNIT_PATH").ok().filter(|path| path.starts_with('/')) {
            return Ok(path.split(':').next().unwrap_or_default().into());
        }
        if !self.user {
            return Ok(PathBuf::from(if runtime { "/run/systemd/system" } else { "/etc/systemd/system" }));
        }
        let base = if runtime {
            variable("XDG_RUNTIME_DIR").ok_or("XDG_RUNTIME_DIR is not set")?
        } else {
            let home = || variable("HOME").map(|home| home.join(".config"));
            variable("XDG_CONFIG_HOME").or_else(home).ok_or("HOME is not set")?
        };
        Ok(base.join("systemd/user"))
    }
}

impl Unit {
    /// What `systemctl show` prints: a property a line; one that is a list of commands or files, a line for each.
    pub fn parse(shown: &str) -> Unit {
        let mut unit = Unit::default();
        for (name, value) in shown.lines().filter_map(|line| line.split_once('=')) {
            let value = value.to_owned();
            match name {
                "Id" => unit.id = value,
                "LoadState" => unit.load_state = value,
                "DropInPaths" => unit.drop_ins = value.split(' ').map(PathBuf::from).collect(),
                "Environment" => unit.environment = value,
                "EnvironmentFiles" => {
                    let path = value.rsplit_once(" (ignore_errors=").map_or(value.as_str(), |(path, _)| path);
                    unit.environment_files.push(path.to_owned());
                }
                "UnsetEnvironment" => unit.unset_environment = value,
                "RootDirectory" => unit.root_directory = value,
                "RootImage" => unit.root_image = value,
                "ProtectHome" => unit.protect_home = value,
                "PrivateTmp" => unit.private_tmp = value,
                line if line.starts_with("Exec") => {
                    let rest = value.strip_prefix("{ path=");
                    if let Some((path, _)) = rest.and_then(|rest| rest.split_once(" ; argv[]=")) {
                        unit.programs.push((line.to_owned(), PathBuf::from(path)));
                    }
                }
                _ => {}
            }
        }
        unit
    }

    /// The value of a variable in Environment=. Assignments with spaces are in quotes there.
    pub fn variable(&self, name: &str) -> Option<String> {
        let assignment =
            |word: &str| Some(word.trim_start_matches('"').strip_prefix(name)?.strip_prefix('=')?.to_owned());
        self.environment.split(' ').find_map(assignment)
    }
}
