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

/// Run, notify, check and drain services, with or without systemd.
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

/// Notify the service manager from a shell script, like systemd-notify(1).
///
/// The message goes to $NOTIFY_SOCKET. Unless --no-block is given, the command returns only when the manager has read
/// it, so the message is attributed to the right service.
///
/// The manager silently ignores messages from senders that NotifyAccess= excludes. As root, this command names the
/// calling script as the sender, which NotifyAccess=main permits. With User=, the sender is this command itself: set
/// NotifyAccess=all, or end the script with `exec sdnotify send --ready --exec \; DAEMON`, so that the daemon is the
/// main process.
#[derive(Args)]
#[command(args_override_self = true)]
#[command(override_usage = "sdnotify send [OPTIONS] [VARIABLE=VALUE]...\n       \
    sdnotify send [OPTIONS] --exec [VARIABLE=VALUE]... ; COMMAND...\n       \
    sdnotify send --fork [--quiet] -- COMMAND...\n       \
    sdnotify send --booted")]
#[command(after_help = "Examples:\n  \
    sdnotify send --ready --status='Serving'\n  \
    sdnotify send --status=\"$n clients\" WATCHDOG=1\n  \
    exec sdnotify send --ready --exec \\; daemon --foreground")]
pub struct Send {
    /// Start-up or a reload is complete (READY=1)
    #[arg(long)]
    pub ready: bool,

    /// A reload begins (RELOADING=1, with MONOTONIC_USEC=)
    #[arg(long)]
    pub reloading: bool,

    /// The service is stopping (STOPPING=1)
    #[arg(long)]
    pub stopping: bool,

    /// Set the status line (STATUS=TEXT). Shortened to keep the message within the 4096 bytes that the manager reads
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub status: Option<OsString>,

    /// Set the main process (MAINPID=): the caller unless that is the manager (auto), this process (self), the caller
    /// (parent), or a process ID
    #[arg(long, value_name = "PID", num_args = 0..=1, require_equals = true, default_missing_value = "auto")]
    pub pid: Option<String>,

    /// Send the message as this user, given by name or number (needs privileges)
    #[arg(long, value_name = "USER")]
    pub uid: Option<String>,

    /// Only test whether the system was booted with systemd: exit status 0 if so, 1 if not
    #[arg(long)]
    pub booted: bool,

    /// Do not wait until the manager has read the message
    #[arg(long)]
    pub no_block: bool,

    /// Store this open file descriptor with the manager (FDSTORE=1). May be given several times
    #[arg(long, value_name = "FD", value_parser = clap::value_parser!(i32).range(0..), action = clap::ArgAction::Append)]
    pub fd: Vec<i32>,

    /// Name the stored descriptors (FDNAME=NAME)
    #[arg(long, value_name = "NAME", requires = "fd")]
    pub fdname: Option<String>,

    /// After sending, replace this process with the command that follows a `;` argument
    #[arg(long)]
    pub exec: bool,

    /// Send nothing. Run the command after `--` in the background, print its process ID, and return when it sends
    /// READY=1, or with its exit status if it ends first
    #[arg(long)]
    pub fork: bool,

    /// Print neither the process ID of --fork nor remarks on a message that was sent
    #[arg(short, long)]
    pub quiet: bool,

    /// Further assignments. A later assignment to a variable replaces an earlier one. A value that systemd cannot read or
    /// ignores is an error
    #[arg(value_name = "VARIABLE=VALUE")]
    pub assignments: Vec<OsString>,

    /// Command to run, after `;` or `--`
    #[arg(value_name = "COMMAND", last = true, value_hint = ValueHint::CommandWithArguments)]
    pub rest: Vec<OsString>,
}

/// Check whether libsdnotify's libsystemd.so.0 provides what programs need from libsystemd.
///
/// Examines each program, every library that it would load and the modules that it may load at run time, and names each
/// libsystemd symbol that ours lacks. The modules of a Python or Perl script are those that it imports.
///
/// Exit status: 0 everything found is covered, 1 something is missing, 2 something could not be examined.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    sdnotify check /usr/sbin/haproxy\n  \
    sdnotify check /opt/myapp                     every program below a directory\n  \
    sdnotify check $(pidof -s redis-server)       what a running process has loaded")]
pub struct Check {
    /// Print one JSON object on standard output
    #[arg(long)]
    pub json: bool,

    /// Programs, libraries or scripts; directories, searched for these; or process IDs
    #[arg(value_name = "PROGRAM|DIR|PID", required = true, value_hint = ValueHint::AnyPath)]
    pub targets: Vec<PathBuf>,
}
