//! How the command ends. The manual's section EXIT STATUS is this table.
#![forbid(unsafe_code)]

use crate::message::quote;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::process::ExitCode;

/// `run`: the service failed although its command's status was 0. `send`: not sent, or not booted with systemd.
/// `check`: something is missing.
pub const NO: u8 = 1;
/// `check`: something could not be examined.
pub const INCOMPLETE: u8 = 2;
/// The command line is wrong, or cannot be carried out here.
const USAGE: u8 = 2;
/// A command cannot be executed or does not exist, as in shells.
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;
/// A command was killed by a signal, whose number is added.
pub const KILLED: u8 = 128;

/// What went wrong, which gives the line on standard error and the exit status.
#[derive(Debug)]
pub enum Error {
    /// The command line is wrong, or cannot be carried out here.
    Usage(String),
    /// The operation failed.
    Failed(String),
    /// A command cannot be executed.
    Execute(OsString, io::Error),
}

/// The result of a subcommand.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn execute(program: &OsStr, error: io::Error) -> Error {
        Error::Execute(program.to_owned(), error)
    }

    pub fn status(&self) -> ExitCode {
        ExitCode::from(match self {
            Error::Usage(_) => USAGE,
            Error::Failed(_) => NO,
            Error::Execute(_, error) => of_execution(error),
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage(problem) | Error::Failed(problem) => formatter.write_str(problem),
            Error::Execute(program, error) => write!(formatter, "{}: {error}", quote(&program.to_string_lossy())),
        }
    }
}

impl std::error::Error for Error {}

impl From<String> for Error {
    fn from(problem: String) -> Error {
        Error::Usage(problem)
    }
}

/// The status for a command that was not executed.
pub fn of_execution(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_EXECUTABLE }
}

/// The status of a command that ended: its own, or what a shell reports for the signal that killed it.
pub fn of_child(status: std::process::ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt;
    let killed = || status.signal().and_then(|signal| KILLED.checked_add(u8::try_from(signal).ok()?));
    let own = status.code().and_then(|code| u8::try_from(code).ok());
    ExitCode::from(own.or_else(killed).unwrap_or(NO))
}
