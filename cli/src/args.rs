//! The command line. Also read by the program that makes the manual page and the completions, so nothing else of the
//! crate but `timespan` and `signal` is used here.
#![forbid(unsafe_code)]

#[path = "args/drain.rs"]
pub mod drain;
#[path = "args/run.rs"]
pub mod run;
#[path = "args/use_unit.rs"]
pub mod use_unit;

use clap::{Args, Parser, Subcommand, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;

/// See what a service says to its service manager, without a unit file.
#[derive(Parser)]
#[command(name = "sdnotify", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    Run(run::Run),
    Send(Send),
    Check(Check),
    Use(use_unit::Use),
    Drain(drain::Drain),
}

/// Notify the service manager from a shell script, as systemd-notify(1) does.
///
/// The message goes to $NOTIFY_SOCKET through libsdnotify. Unless --no-block is given, the command returns when the
/// manager has read it, so that it is attributed to the right service.
///
/// The manager ignores a message, and reports no error, if NotifyAccess= does not let its sender speak. As root the
/// script that called is the sender, which NotifyAccess=main allows. With User= it is this command: set
/// NotifyAccess=all, or let the script end with `exec sdnotify send --ready --exec \; DAEMON`, which stays the main
/// process.
#[derive(Args)]
#[command(args_override_self = true)]
#[command(override_usage = "sdnotify send [OPTIONS] [VARIABLE=VALUE]...\n       \
    sdnotify send [OPTIONS] --exec [VARIABLE=VALUE]... ; COMMAND...\n       \
    sdnotify send --fork [--quiet] -- COMMAND...\n       \
    sdnotify send --booted")]
pub struct Send {
    /// Start-up or a reload is complete: READY=1
    #[arg(long)]
    pub ready: bool,

    /// A reload begins: RELOADING=1, with MONOTONIC_USEC=
    #[arg(long)]
    pub reloading: bool,

    /// The service ends: STOPPING=1
    #[arg(long)]
    pub stopping: bool,

    /// A human-readable line: STATUS=TEXT; cut where the message would be over 4096 bytes, which the manager ignores
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub status: Option<OsString>,

    /// The main process: MAINPID=; the calling process unless that is the manager (auto), this one (self), the
    /// calling one (parent), or a number
    #[arg(long, value_name = "PID", num_args = 0..=1, require_equals = true, default_missing_value = "auto")]
    pub pid: Option<String>,

    /// The user that the message comes from, by name or number; needs privileges
    #[arg(long, value_name = "USER")]
    pub uid: Option<String>,

    /// Whether the system was booted with systemd: the exit status says it
    #[arg(long)]
    pub booted: bool,

    /// Do not wait until the manager has read the message
    #[arg(long)]
    pub no_block: bool,

    /// Put this open file descriptor into the manager's store: FDSTORE=1 (may be given several times)
    #[arg(long, value_name = "FD", value_parser = clap::value_parser!(i32).range(0..), action = clap::ArgAction::Append)]
    pub fd: Vec<i32>,

    /// The name of these descriptors: FDNAME=NAME
    #[arg(long, value_name = "NAME", requires = "fd")]
    pub fdname: Option<String>,

    /// Run the command line that follows a `;` argument afterwards, in place of this process
    #[arg(long)]
    pub exec: bool,

    /// Send nothing, but run the command after `--` in the background: return when it notifies READY=1, or with its
    /// status when it ends before. Prints its process id
    #[arg(long)]
    pub fork: bool,

    /// No process id with --fork, and no remarks on a message that was sent
    #[arg(short, long)]
    pub quiet: bool,

    /// Further assignments; one to the same variable replaces an earlier one, and a value that systemd cannot read or
    /// ignores is an error
    #[arg(value_name = "VARIABLE=VALUE")]
    pub assignments: Vec<OsString>,

    /// The command, after `;` or `--`
    #[arg(value_name = "COMMAND", last = true, value_hint = ValueHint::CommandWithArguments)]
    pub rest: Vec<OsString>,
}

/// Tell whether libsdnotify's libsystemd.so.0 covers what programs need of libsystemd.
///
/// Looks at each program, at all libraries that it would load and at the modules that it may load as it runs, and names
/// every symbol of libsystemd.so.0 that ours does not have. Of a Python or Perl script, the modules are those that it
/// imports.
/// Exit status: 0 all that was found is covered, 1 something is missing, 2 something could not be examined.
#[derive(Args)]
pub struct Check {
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,

    /// Programs, libraries and scripts, directories (all of these below), or process ids
    #[arg(value_name = "PROGRAM|DIR|PID", required = true, value_hint = ValueHint::AnyPath)]
    pub targets: Vec<PathBuf>,
}
