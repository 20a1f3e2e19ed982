//! What the state machine needs from the system, and what it reports.
#![forbid(unsafe_code)]

use super::state::{Exit, Outcome, State};
use crate::quote::Line;

/// What the state machine asks of the system.
pub trait Host {
    /// Starts the command; returns its process ID.
    fn start(&mut self) -> Result<i32, Exit>;
    /// Sends a signal to all processes of the service; returns false if there are none.
    fn kill(&mut self, signal: i32) -> bool;
    /// Sends a signal to one process of the service; returns false if it does not exist.
    fn kill_one(&mut self, pid: i32, signal: i32) -> bool;
    /// The main process that the PID file names, or why there is none.
    fn pid_file(&mut self) -> Result<i32, Line>;
    /// The only process whose parent has ended, if there is exactly one.
    fn guess_main(&mut self) -> Option<i32>;
    /// The clock of MONOTONIC_USEC=.
    fn monotonic_usec(&self) -> u64;
    /// Whether a process belongs to the service.
    fn owns(&mut self, pid: i32) -> bool;
    /// Whether there is any process of the service.
    fn is_anybody_left(&mut self) -> bool;
    /// Why a process cannot be the main process, if so.
    fn main_pid_problem(&mut self, pid: i32) -> Option<Unfit>;
    /// The service has ended for good or until its restart.
    fn ended(&mut self, for_good: bool);
    /// Stores the descriptors of the current message under a name; returns what became of them.
    fn store_fds(&mut self, name: &str, poll: bool) -> Stored;
    /// Closes the stored descriptors with a name; returns their number.
    fn remove_fds(&mut self, name: &str) -> usize;
    /// Reports an event.
    fn tell(&mut self, news: News);
}

/// An event to report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    State {
        from: State,
        to: State,
        outcome: Outcome,
    },
    /// What systemd would log.
    Note(Line),
    /// Likewise, about something that went wrong.
    Problem(Line),
    /// A hint for the author of a message.
    Hint(Line),
}

/// What became of the descriptors to store, with their numbers.
#[derive(Clone, Copy, Default)]
pub struct Stored {
    pub added: usize,
    /// The same open file was already stored.
    pub known: usize,
    pub no_room: usize,
    /// Opened with O_PATH, which is useless.
    pub path_only: usize,
}

/// Why a process cannot be the main process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unfit {
    Manager,
    Dead,
    Foreign,
}
