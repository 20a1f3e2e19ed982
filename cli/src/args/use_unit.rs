//! The command line of `sdnotify use`.
#![forbid(unsafe_code)]

use clap::{Args, ValueHint};
use std::path::PathBuf;

/// Switch a unit to libsdnotify's libsystemd.so.0 from its next start, or back.
///
/// Examines the programs of all the unit's Exec lines like `sdnotify check`, including Perl and Python scripts. If
/// everything that they need from libsystemd is covered, writes a drop-in that sets LD_LIBRARY_PATH for the unit and
/// reloads the service manager. Otherwise changes nothing and says why. Does not restart the unit. Processes that the
/// unit's programs start inherit the variable.
///
/// Exit status: 0 done, 1 refused or failed, 2 bad usage.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    sdnotify use redis-server && systemctl restart redis-server\n  \
    sdnotify use --revert redis-server")]
pub struct Use {
    /// Remove the drop-in
    #[arg(long, conflicts_with_all = ["runs", "library", "runtime"])]
    pub revert: bool,

    /// Act on a unit of the calling user's service manager
    #[arg(long)]
    pub user: bool,

    /// Switch only until the next boot: write the drop-in below /run
    #[arg(long)]
    pub runtime: bool,

    /// Also examine this program, which the unit's scripts or shells start. A unit that runs a script in a language other
    /// than Perl or Python is refused without it. May be given several times
    #[arg(long, value_name = "PROGRAM", value_hint = ValueHint::ExecutablePath)]
    pub runs: Vec<PathBuf>,

    /// Directory of libsystemd.so.0 [default: that of this installation, for the unit's architecture]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub library: Option<PathBuf>,

    /// Service unit, such as redis-server or redis-server.service
    #[arg(value_name = "UNIT")]
    pub unit: String,
}
