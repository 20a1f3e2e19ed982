//! The command line of `sdnotify use`.
#![forbid(unsafe_code)]

use clap::{Args, ValueHint};
use std::path::PathBuf;

/// Have one unit run on libsdnotify's libsystemd.so.0 from its next start, or no more.
///
/// Examines the programs of all the unit's Exec lines as `sdnotify check` does, Perl and Python scripts among them. If all that they need of libsystemd is
/// covered, writes a drop-in for the unit that sets LD_LIBRARY_PATH, and has the service manager read it. Otherwise
/// changes nothing and says why. The unit is not restarted. What its programs start in turn inherits the variable.
/// Exit status: 0 done, 1 refused or failed, 2 bad usage.
#[derive(Args)]
pub struct Use {
    /// Remove the drop-in again
    #[arg(long, conflicts_with_all = ["runs", "library", "runtime"])]
    pub revert: bool,

    /// A unit of the calling user's service manager
    #[arg(long)]
    pub user: bool,

    /// Until the next boot only: the drop-in goes below /run
    #[arg(long)]
    pub runtime: bool,

    /// A program that the unit's scripts or shells start, examined as well; without any, a script that is neither Perl nor
    /// Python is refused (may be given several times)
    #[arg(long, value_name = "PROGRAM", value_hint = ValueHint::ExecutablePath)]
    pub runs: Vec<PathBuf>,

    /// The directory of the libsystemd.so.0; without it that of this installation, for the unit's architecture
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub library: Option<PathBuf>,

    /// A service, such as redis-server.service or redis-server
    #[arg(value_name = "UNIT")]
    pub unit: String,
}
