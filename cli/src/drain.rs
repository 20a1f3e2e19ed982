//! `sdnotify drain`: takes a node out of its load balancer before it stops, so that no request is lost.
//!
//! [`wait`] takes the node out in all [`ways`] given (a [`page`], a [`shell`] command, an [`agent`]), measures the
//! [`load`] each second and keeps the [`manager`] informed. `restore` puts the node back. [`check`] tests what both
//! need.

mod agent;
mod check;
mod load;
mod log;
mod manager;
mod page;
mod shell;
mod signals;
mod wait;
mod watch;
mod ways;

use crate::args::drain::{Action, Drain, Restore};
use crate::exit::{self, Error};
use log::Log;
use std::process::ExitCode;
use std::time::Duration;

/// The time between measurements of the load.
const INTERVAL: Duration = Duration::from_secs(1);
/// The time limit for one measurement.
const LOOK: Duration = Duration::from_secs(3);
/// The time limit for a command that takes the node out or puts it back.
const COMMAND: Duration = Duration::from_secs(10);

/// Runs the command; returns the exit status.
pub fn drain(arguments: Drain) -> exit::Result<ExitCode> {
    match arguments.action {
        Action::Wait(wait) => wait::wait(wait),
        Action::Restore(restore) => put_back(&restore),
        Action::Check(check) => check::check(&check),
    }
}

fn put_back(arguments: &Restore) -> exit::Result<ExitCode> {
    if arguments.ways.are_none() {
        return Err(Error::Usage("nothing to put back: use --page, --back or --agent".into()));
    }
    // A signal must not interrupt this halfway; each step is bounded in time.
    let signals = signals::block().map_err(Error::Failed)?;
    for address in &arguments.ways.agent {
        agent::parse(address).map_err(|problem| format!("--agent={address}: {problem}"))?;
    }
    let well = ways::put_back(&arguments.ways, arguments.notice, &signals, &mut Log::new(false));
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(exit::NO) })
}
