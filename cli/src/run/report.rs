//! Reports events, as text on standard error or as JSON on standard output.

mod human;
mod json;
mod output;
mod repeats;

use crate::message::Message;
use crate::quote::Line;
use crate::service::News;
use crate::service::state::{Exit, Outcome};
use anstream::{AutoStream, ColorChoice};
use output::Output;
use std::os::fd::AsFd;
use std::time::Duration;

pub use human::Human;
pub use json::Json;

/// A message as it was received and judged.
pub struct Received<'a> {
    pub pid: i32,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub name: Option<String>,
    pub fds: usize,
    /// Its content, or why the manager ignores it.
    pub content: Result<&'a Message, Line>,
    /// Why this sender is ignored, if it is.
    pub refused: Option<Line>,
}

/// The end of the run.
pub struct Summary {
    pub outcome: Outcome,
    pub exit: Option<Exit>,
    pub restarts: u32,
    pub messages: u64,
    pub status: u8,
}

/// A sink for events.
pub trait Report {
    fn started(&mut self, at: Duration, pid: i32, command: &str);
    fn message(&mut self, at: Duration, message: &Received);
    fn news(&mut self, at: Duration, news: &News);
    fn end(&mut self, at: Duration, summary: &Summary);
    /// Everything that the last message caused has been reported.
    fn handled(&mut self) {}
    /// When [`Report::tick`] must be called.
    fn deadline(&self) -> Option<Duration> {
        None
    }
    /// Time has passed.
    fn tick(&mut self, _at: Duration) {}
}

/// The report that the command line asks for; `supervisor` is the process that takes signals for the service.
pub fn new(json: bool, supervisor: u32) -> std::io::Result<Box<dyn Report>> {
    let stderr = std::io::stderr();
    if json {
        let fallback = stderr.as_fd().try_clone_to_owned()?;
        Ok(Box::new(Json::new(Output::new(&std::io::stdout(), Some(fallback), json::lost)?, supervisor)))
    } else {
        let colour = AutoStream::choice(&stderr) != ColorChoice::Never;
        Ok(Box::new(Human::new(Output::new(&stderr, None, human::lost)?, colour)))
    }
}
