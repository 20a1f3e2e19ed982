//! Tells what happens, for people on standard error or for programs on standard output.

mod human;
mod json;

use crate::message::Message;
use crate::service::News;
use crate::service::state::{Exit, Outcome};
use std::io::{IsTerminal, Write};
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
    pub content: Result<&'a Message, String>,
    /// Why nobody listens to this sender, if so.
    pub refused: Option<String>,
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
    /// What was told so far is to be seen.
    fn flush(&mut self);
}

/// The report that the command line asks for.
pub fn new(json: bool) -> Box<dyn Report> {
    if json {
        Box::new(Json::new(std::io::stdout()))
    } else {
        let stderr = std::io::stderr();
        let colour = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Box::new(Human::new(stderr, colour))
    }
}

/// A sink that nobody needs to read: losing the report must not stop the service.
struct Sink<W: Write>(std::io::BufWriter<W>);

impl<W: Write> Sink<W> {
    fn new(writer: W) -> Sink<W> {
        Sink(std::io::BufWriter::with_capacity(64 * 1024, writer))
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.0, "{line}");
    }

    fn flush(&mut self) {
        let _ = self.0.flush();
    }
}
