//! The ways to take the node out of the balancer and to put it back. If one fails, the others are used all the same.
#![forbid(unsafe_code)]

use crate::args::drain::Ways;
use crate::drain::agent::Agent;
use crate::drain::log::{Log, Priority};
use crate::drain::page::{self, Change};
use crate::drain::{COMMAND, shell};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signalfd::SignalFd;
use std::io::{Error, ErrorKind};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

/// Takes a page away; returns `None` on failure.
pub fn take_page(page: &Path, log: &mut Log) -> Option<Change> {
    let name = page.display();
    let outcome = page::take_away(page);
    match &outcome {
        Ok(Change::Done) => {
            log.line(Priority::Notice, &format!("{name} is away: the balancer should send nothing more."));
        }
        Ok(Change::Already) => log.line(Priority::Notice, &format!("{name} was already away.")),
        Err(error) => log.line(Priority::Error, &explain(page, error)),
    }
    outcome.ok()
}

/// Starts agents; returns those that could listen.
pub fn agents(addresses: &[String], ready: bool, log: &mut Log) -> Vec<Agent> {
    let mut agents = Vec::new();
    for address in addresses {
        match Agent::listen(address, ready) {
            Ok(agent) => agents.push(agent),
            Err(problem) => log.line(Priority::Error, &format!("the agent at {address}: {problem}.")),
        }
    }
    agents
}

/// Lets agents answer for some time that the node is back, unless a signal arrives.
pub fn say_ready(agents: &[Agent], time: Duration, signals: &SignalFd) {
    agents.iter().for_each(Agent::ready);
    if !agents.is_empty() {
        let mut fds = [PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
        let _ = poll(&mut fds, PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX));
    }
}

/// Puts everything back; returns whether all of it worked.
pub fn put_back(ways: &Ways, notice: Duration, signals: &SignalFd, log: &mut Log) -> bool {
    let mut well = true;
    for page in &ways.page {
        well &= put_page(page, log);
    }
    for command in &ways.back {
        well &= run_back(command, log);
    }
    let agents = agents(&ways.agent, true, log);
    well &= agents.len() == ways.agent.len();
    say_ready(&agents, notice, signals);
    well
}

/// Runs a command; returns whether it succeeded.
pub fn run_back(command: &str, log: &mut Log) -> bool {
    let outcome = shell::run(command, COMMAND).map(drop);
    let (priority, text) = shell::report(command, &outcome);
    log.line(priority, &text);
    outcome.is_ok()
}

/// Puts a page back; returns whether it is in place.
pub fn put_page(page: &Path, log: &mut Log) -> bool {
    match page::put_back(page) {
        Ok(Change::Done) => log.line(Priority::Notice, &format!("{} is back.", page.display())),
        Ok(Change::Already) => {}
        Err(error) => {
            log.line(Priority::Error, &explain(page, &error));
            return false;
        }
    }
    true
}

/// What is wrong with a page, in one line.
pub fn explain(page: &Path, error: &Error) -> String {
    let name = page.display();
    match error.kind() {
        ErrorKind::NotFound => format!("{name}: neither it nor {name}.away exists."),
        ErrorKind::IsADirectory => format!("{name} or {name}.away is a directory."),
        _ => format!("{name}: {}.", describe(error)),
    }
}

/// The text of a system error, without its number.
pub fn describe(error: &Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
