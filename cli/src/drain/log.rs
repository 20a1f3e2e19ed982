//! Lines for the journal or a terminal on standard error, and JSON on standard output. A line is dropped rather than
//! waiting for a reader: a drain must not depend on its readers.
#![forbid(unsafe_code)]

use crate::quote::{quote, quote_json};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::fstat;
use serde_json::Value;
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;

/// syslog's priorities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    Error = 3,
    Warning = 4,
    Notice = 5,
}

/// The longest line to write: a pipe that has room at all has room for this.
const LENGTH: usize = 900;

/// The width of the line that is updated in place: one that wraps cannot be overwritten.
const COLUMNS: usize = 79;

pub struct Log {
    journal: bool,
    terminal: bool,
    json: bool,
    /// Whether a line in place is shown.
    shown: bool,
    lost: u64,
}

impl Log {
    pub fn new(json: bool) -> Log {
        let stderr = std::io::stderr();
        let stream = fstat(&stderr).map(|stat| format!("{}:{}", stat.st_dev, stat.st_ino));
        let journal = std::env::var("JOURNAL_STREAM").is_ok_and(|named| stream == Ok(named));
        Log { journal, terminal: stderr.is_terminal(), json, shown: false, lost: 0 }
    }

    /// One line, of which others may have written a part.
    pub fn line(&mut self, priority: Priority, text: &str) {
        // The journal takes the priority from the line's beginning.
        let head = if self.journal { format!("<{}>", priority as u8) } else { "drain: ".into() };
        let lost = if self.lost == 0 { String::new() } else { format!("({} lines lost) ", self.lost) };
        let clear = if self.shown { "\r\x1b[K" } else { "" };
        let text: String = quote(text).to_string().chars().take(LENGTH).collect();
        if put(&mut std::io::stderr(), &format!("{clear}{head}{lost}{text}\n")) {
            self.lost = 0;
        } else {
            self.lost += 1;
        }
        self.shown = false;
    }

    /// On a terminal, writes a line that the next one overwrites.
    pub fn in_place(&mut self, text: &str) {
        if self.terminal && !self.json {
            let text: String = quote(text).to_string().chars().take(COLUMNS).collect();
            self.shown |= put(&mut std::io::stderr(), &format!("\r\x1b[K{text}"));
        }
    }

    /// Writes one object, if JSON was requested.
    pub fn json(&mut self, object: &Value) {
        if self.json {
            put(&mut std::io::stdout(), &format!("{}\n", quote_json(object)));
        }
    }
}

/// Returns whether it was written: not if that would block or fails.
fn put(stream: &mut (impl Write + AsFd), text: &str) -> bool {
    let ready = {
        let mut fds = [PollFd::new(stream.as_fd(), PollFlags::POLLOUT)];
        matches!(poll(&mut fds, PollTimeout::ZERO), Ok(1))
            && fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLOUT))
    };
    ready && stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).is_ok()
}
