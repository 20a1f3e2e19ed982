//! What a service's life needs of the world, and what there is to tell about it.
#![forbid(unsafe_code)]

use super::state::{Exit, Outcome, State};
use crate::quote::Line;

/// What the machine asks of the world.
pub trait Host {
    /// Starts the command; the id of its process.
    fn start(&mut self) -> Result<i32, Exit>;
    /// Sends a signal to all processes of the service; false if there are none.
    fn kill(&mut self, signal: i32) -> bool;
    /// Sends a signal to one process of the service; false if it is not there.
    fn kill_one(&mut self, pid: i32, signal: i32) -> bool;
    /// The main process that the PID file names, or why there is none.
    fn pid_file(&mut self) -> Result<i32, Line>;
    /// The only process whose parent has ended, if there is just one.
    fn guess_main(&mut self) -> Option<i32>;
    /// The clock of MONOTONIC_USEC=.
    fn monotonic_usec(&self) -> u64;
    /// Whether a process belongs to the service.
    fn owns(&mut self, pid: i32) -> bool;
    /// Whether there is any process of the service.
    fn is_anybody_left(&mut self) -> bool;
    /// Why a process cannot be the main process, if it cannot.
    fn main_pid_problem(&mut self, pid: i32) -> Option<Unfit>;
    /// The service has ended for good or until its restart.
    fn ended(&mut self, for_good: bool);
    /// Keep the descriptors of the message at hand under a name; what became of them.
    fn store_fds(&mut self, name: &str, poll: bool) -> Stored;
    /// Close the stored descriptors of a name; how many there were.
    fn remove_fds(&mut self, name: &str) -> usize;
    /// Something that people should know.
    fn tell(&mut self, news: News);
}

/// What happened, for people to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    State {
        from: State,
        to: State,
        outcome: Outcome,
    },
    /// The manager's own words.
    Note(Line),
    /// Likewise, about something that went wrong.
    Problem(Line),
    /// About a message: a hint for its author.
    Hint(Line),
}

/// What became of descriptors that were to be stored, and of how many.
#[derive(Clone, Copy, Default)]
pub struct Stored {
    pub added: usize,
    /// The same open file was there already.
    pub known: usize,
    pub no_room: usize,
    /// Opened with O_PATH, which nobody can use.
    pub path_only: usize,
}

/// Why a process cannot be the main process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unfit {
    Manager,
    Dead,
    Foreign,
}
