//! The options of `sdnotify run`.
#![forbid(unsafe_code)]

use crate::signal;
use crate::timespan::{self, Timespan};
use clap::{Args, ValueEnum, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;

/// Run a command as a service manager would, and show everything that it notifies.
///
/// The command gets a notify socket and, on request, a watchdog and listening sockets. Each message is shown decoded,
/// with its time, its sender and anything wrong with it; each change of state is shown in the words of systemctl(1).
/// Start, reload and stop timeouts and the watchdog are enforced as systemd enforces them.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    sdnotify run --watchdog 10s --restart on-failure -- ./daemon\n  \
    sdnotify run --unit ./my.service --isolate\n  \
    sdnotify run --listen web=8080 -- ./server\n  \
    pid=$(sdnotify run --wait-ready -- ./server 2> log)")]
pub struct Run {
    /// Take the command and its settings from this unit file, its drop-ins and the .socket file of the same name. Other
    /// options override the unit. A bare name is looked up where systemd looks. Repeat for further .socket files
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub unit: Vec<PathBuf>,

    /// When the command counts as started (Type=) [default: notify]
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<Type>,

    /// Require WATCHDOG=1 at least this often (WatchdogSec=)
    #[arg(long, value_name = "TIME", value_parser = timespan::parse)]
    pub watchdog: Option<Timespan>,

    /// How long the command may take to start (TimeoutStartSec=) [default: 90s]
    #[arg(long, value_name = "TIME", value_parser = timespan::parse)]
    pub start_timeout: Option<Timespan>,

    /// How long the command may take to stop before SIGKILL (TimeoutStopSec=) [default: 90s]
    #[arg(long, value_name = "TIME", value_parser = timespan::parse)]
    pub stop_timeout: Option<Timespan>,

    /// When to restart the command (Restart=) [default: no]
    #[arg(long, value_name = "WHEN")]
    pub restart: Option<Restart>,

    /// How long to wait before a restart (RestartSec=) [default: 100ms]
    #[arg(long, value_name = "TIME", value_parser = timespan::parse)]
    pub restart_delay: Option<Timespan>,

    /// Give up after N restarts [default: systemd's limit, 5 starts within 10s]
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,

    /// Whose messages to accept (NotifyAccess=) [default: main]
    #[arg(long, value_name = "WHO")]
    pub notify_access: Option<NotifyAccess>,

    /// Which processes a stop kills (KillMode=) [default: control-group]
    #[arg(long, value_name = "MODE")]
    pub kill_mode: Option<KillMode>,

    /// Signal that begins a stop (KillSignal=) [default: SIGTERM]
    #[arg(long, value_name = "SIGNAL", value_parser = signal::parse)]
    pub kill_signal: Option<i32>,

    /// Signal that makes a command of --type notify-reload reload (ReloadSignal=) [default: SIGHUP]
    #[arg(long, value_name = "SIGNAL", value_parser = signal::parse)]
    pub reload_signal: Option<i32>,

    /// File to which a command of --type forking writes its process ID (PIDFile=)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub pid_file: Option<PathBuf>,

    /// Listen on [HOST:]PORT, a path or @NAME and pass the socket. A prefix tcp:, udp:, unix:, unix-dgram: or
    /// unix-seqpacket: selects another type; NAME= before that names the socket in LISTEN_FDNAMES
    #[arg(long, value_name = "ADDR")]
    pub listen: Vec<String>,

    /// How many file descriptors to store for the command (FileDescriptorStoreMax=) [default: 512]
    #[arg(long, value_name = "N")]
    pub fd_store_max: Option<usize>,

    /// Run the command in its own PID namespace, so that the kernel kills every process left when it ends. Process IDs
    /// are then those of the namespace
    #[arg(long, conflicts_with = "forward")]
    pub isolate: bool,

    /// Pass standard input on to the command, instead of /dev/null
    #[arg(long)]
    pub stdin: bool,

    /// Print one JSON object per line on standard output; the command's own output goes to standard error
    #[arg(long)]
    pub json: bool,

    /// Return when the command is ready and keep it in the background; print the process ID to kill to stop it
    #[arg(long)]
    pub wait_ready: bool,

    /// Write a newline to this open file descriptor when the command is ready, then close it
    #[arg(long, value_name = "FD", value_parser = clap::value_parser!(i32).range(3..))]
    pub ready_fd: Option<i32>,

    /// Forward the command's state to the caller's service manager ($NOTIFY_SOCKET)
    #[arg(long, conflicts_with = "wait_ready")]
    pub forward: bool,

    /// Command to run, with its arguments
    #[arg(value_name = "COMMAND", required_unless_present = "unit", trailing_var_arg = true, value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Type {
    Simple,
    Exec,
    Forking,
    Notify,
    NotifyReload,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Restart {
    No,
    OnSuccess,
    OnFailure,
    OnAbnormal,
    OnAbort,
    OnWatchdog,
    Always,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum NotifyAccess {
    None,
    Main,
    /// The main process, and the one that --type forking starts
    Exec,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum KillMode {
    /// All processes of the command
    ControlGroup,
    /// The main process; SIGKILL goes to all processes
    Mixed,
    /// Only the main process
    Process,
    /// No process
    None,
}
