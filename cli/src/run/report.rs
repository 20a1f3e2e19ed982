//! Tells what happens, for people on standard error or for programs on standard output.

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
    /// What it says, or why the manager ignores all of it.
    pub content: Result<&'a Message, Line>,
    /// Why nobody listens to this sender, if so.
    pub refused: Option<Line>,
}

/// The end of it all.
pub struct Summary {
    pub outcome: Outcome,
    pub exit: Option<Exit>,
    pub restarts: u32,
    pub messages: u64,
    pub status: u8,
}

/// Where the news go.
pub trait Report {
    fn started(&mut self, at: Duration, pid: i32, command: &str);
    fn message(&mut self, at: Duration, message: &Received);
    fn news(&mut self, at: Duration, news: &News);
    fn end(&mut self, at: Duration, summary: &Summary);
    /// All that the last message has led to was told.
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
