//! The options of `sdnotify run`.
#![forbid(unsafe_code)]

use crate::signal;
use crate::timespan::{self, Timespan};
use clap::{Args, ValueEnum, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;

/// Run a command as a service manager would, and show all that it notifies.
///
/// The command gets a notify socket, and if asked for a watchdog and listening sockets. Each message is shown decoded,
/// with the time and the sender, each change of state in the words of systemctl(1), and whatever is wrong with a
/// message. Start, reload and stop timeouts and the watchdog are enforced as systemd does.
#[derive(Args)]
pub struct Run {
    /// Take the command and its settings from this unit file, its drop-ins and the .socket of its name; other options go
    /// first. May be given again for further .socket files. A name alone is looked for where systemd does
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub unit: Vec<PathBuf>,

    /// When the command counts as started (Type=) [default: notify]
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<Type>,

    /// Expect WATCHDOG=1 at least this often (WatchdogSec=)
    #[arg(long, value_name = "TIME", value_parser = timespan::parse)]
    pub watchdog: Option<Timespan>,

    /// How long the command may take until it has started (TimeoutStartSec=) [default: 90s]
    #[arg(long, value_name = "TIME", value_parser = timespan::parse)]
    pub start_timeout: Option<Timespan>,

    /// How long the command may take to end, before SIGKILL (TimeoutStopSec=) [default: 90s]
    #[arg(long, value_name = "TIME", value_parser = timespan::parse)]
    pub stop_timeout: Option<Timespan>,

    /// When to start the command again (Restart=) [default: no]
    #[arg(long, value_name = "WHEN")]
    pub restart: Option<Restart>,

    /// How long to wait before that (RestartSec=) [default: 100ms]
    #[arg(long, value_name = "TIME", value_parser = timespan::parse)]
    pub restart_delay: Option<Timespan>,

    /// Give up after N restarts; without it after 5 starts within 10s, as systemd does
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,

    /// Whose messages count (NotifyAccess=) [default: main]
    #[arg(long, value_name = "WHO")]
    pub notify_access: Option<NotifyAccess>,

    /// Which processes a stop ends (KillMode=) [default: control-group]
    #[arg(long, value_name = "MODE")]
    pub kill_mode: Option<KillMode>,

    /// By which signal a stop begins (KillSignal=) [default: SIGTERM]
    #[arg(long, value_name = "SIGNAL", value_parser = signal::parse)]
    pub kill_signal: Option<i32>,

    /// Which signal asks a command of --type notify-reload to reload (ReloadSignal=) [default: SIGHUP]
    #[arg(long, value_name = "SIGNAL", value_parser = signal::parse)]
    pub reload_signal: Option<i32>,

    /// The file into which a command of --type forking writes its process id (PIDFile=)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub pid_file: Option<PathBuf>,

    /// Listen there and pass the socket: [HOST:]PORT or a path or @NAME, with tcp:, udp:, unix:, unix-dgram: or
    /// unix-seqpacket: in front where that is not plain, and NAME= before all that for LISTEN_FDNAMES
    #[arg(long, value_name = "ADDR")]
    pub listen: Vec<String>,

    /// How many file descriptors to keep for the command (FileDescriptorStoreMax=) [default: 512]
    #[arg(long, value_name = "N")]
    pub fd_store_max: Option<usize>,

    /// Run the command in a PID namespace of its own, which the kernel ends as a whole: nothing of it can stay. Process
    /// ids are those of the namespace then
    #[arg(long, conflicts_with = "forward")]
    pub isolate: bool,

    /// The command's standard input is the caller's, not /dev/null
    #[arg(long)]
    pub stdin: bool,

    /// One JSON object a line on standard output; the command's own output goes to standard error
    #[arg(long)]
    pub json: bool,

    /// Go into the background and return when the command is ready; prints the process id to stop it by
    #[arg(long)]
    pub wait_ready: bool,

    /// Write a newline to this open file descriptor when the command is ready, and close it
    #[arg(long, value_name = "FD", value_parser = clap::value_parser!(i32).range(3..))]
    pub ready_fd: Option<i32>,

    /// Tell the caller's service manager ($NOTIFY_SOCKET) what the command says of its state
    #[arg(long, conflicts_with = "wait_ready")]
    pub forward: bool,

    /// The command and its arguments
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
    /// Main, and the process that `--type forking` starts
    Exec,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum KillMode {
    /// All processes of the command
    ControlGroup,
    /// The main process, but SIGKILL goes to all
    Mixed,
    /// The main process alone
    Process,
    /// No process
    None,
}
