//! Writes lines to a descriptor that may block, fail or have no reader. A separate thread writes, so that the caller
//! never waits. Lines that do not fit in memory are lost and counted.

use crate::quote::{Line, quote, quoted};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::{Error, ErrorKind, Result, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most bytes to buffer: some hundred thousand lines.
const MAX_WAITING: usize = 64 << 20;
/// The most bytes to write at once.
const PIECE: usize = 64 << 10;
/// How long to wait at the end for a reader that reads nothing.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Formats the line that reports lost lines.
pub type Lost = fn(u64) -> Line;

pub struct Output(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// The number of lines lost after those.
    lost: u64,
    /// Counts the pieces written.
    progress: u64,
    /// No more lines will come.
    closed: bool,
    /// Everything is written or lost.
    done: bool,
}

impl Output {
    /// Writes to a copy of the descriptor; at the end, reports lost lines on `fallback` if they cannot be reported
    /// here.
    pub fn new(fd: &impl AsFd, fallback: Option<OwnedFd>, lost: Lost) -> Result<Output> {
        let file = File::from(fd.as_fd().try_clone_to_owned()?);
        let shared = Arc::new(Shared::default());
        let writer = Writer { shared: Arc::clone(&shared), file, torn: false, lost: 0, tell: lost };
        std::thread::Builder::new().stack_size(64 << 10).spawn(move || writer.run(fallback))?;
        Ok(Output(shared))
    }

    pub fn line(&mut self, line: &Line) {
        let mut state = self.0.lock();
        if state.waiting.len() + line.as_str().len() >= MAX_WAITING {
            state.lost += 1;
            return;
        }
        state.waiting.extend_from_slice(line.as_str().as_bytes());
        state.waiting.push(b'\n');
        self.0.changed.notify_all();
    }

    /// Waits until everything is written, as long as there is progress.
    pub fn close(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        self.0.changed.notify_all();
        let mut progress = None;
        while !state.done && progress != Some(state.progress) {
            progress = Some(state.progress);
            let going_on = |state: &mut State| !state.done && progress == Some(state.progress);
            let waited = self.0.changed.wait_timeout_while(state, LAST_WAIT, going_on);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Writer {
    shared: Arc<Shared>,
    file: File,
    /// Whether the last write ended within a line.
    torn: bool,
    /// The number of lost lines not reported yet.
    lost: u64,
    tell: Lost,
}

impl Writer {
    fn run(mut self, fallback: Option<OwnedFd>) {
        let mut why = None;
        loop {
            let mut state = self.shared.lock();
            while state.waiting.is_empty() && !state.closed {
                state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let bytes = std::mem::take(&mut state.waiting);
            let lost_after = std::mem::take(&mut state.lost);
            drop(state);
            if bytes.is_empty() {
                break;
            }
            self.tell_lost();
            if let Err((error, rest)) = self.write(&bytes) {
                self.lost += rest.iter().filter(|byte| **byte == b'\n').count() as u64;
                why = Some(error);
            }
            self.lost += lost_after;
            self.tell_lost();
        }
        if let (Some(fallback), Some(why)) = (fallback, why)
            && self.lost > 0
        {
            let why = quote(&why.to_string());
            let told = quoted!("sdnotify: {} lines of the report were lost: {}", self.lost, why);
            let _ = writeln!(File::from(fallback), "{told}");
        }
        self.shared.lock().done = true;
        self.shared.changed.notify_all();
    }

    fn tell_lost(&mut self) {
        if self.lost > 0 {
            let mut told = (self.tell)(self.lost).as_str().as_bytes().to_vec();
            told.push(b'\n');
            if self.write(&told).is_ok() {
                self.lost = 0;
            }
        }
    }

    /// Writes everything; or returns the error and the rest.
    fn write<'a>(&mut self, bytes: &'a [u8]) -> std::result::Result<(), (Error, &'a [u8])> {
        let mut rest = bytes;
        if self.torn && self.file.write(b"\n").is_ok() {
            self.torn = false;
        }
        while !rest.is_empty() {
            match self.file.write(&rest[..rest.len().min(PIECE)]) {
                Ok(count) => {
                    self.torn = count > 0 && rest[count - 1] != b'\n';
                    rest = &rest[count..];
                    self.shared.lock().progress += 1;
                    self.shared.changed.notify_all();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Another process with the same open file made it non-blocking.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let _ = poll(&mut [PollFd::new(self.file.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE);
                }
                Err(error) => return Err((error, rest)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn lost(count: u64) -> Line {
        quoted!("lost {}", count)
    }

    #[test]
    fn nobody_reads() {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let mut output = Output::new(&writer, None, lost).expect("a thread");
        drop(writer);
        let long = quote(&"x".repeat(1 << 20));
        for _ in 0..200 {
            output.line(&long);
        }
        let mut read = vec![0; 80 << 20];
        let mut all = String::new();
        // What waits is written as soon as somebody reads.
        let reading = std::thread::spawn(move || {
            reader.read_exact(&mut read[..1 << 20]).expect("a megabyte");
            reader.read_to_string(&mut all).expect("text");
            all
        });
        while output.0.lock().waiting.len() > 1 << 20 {
            std::thread::yield_now();
        }
        output.line(&"the last".into());
        output.close();
        drop(output);
        let all = reading.join().expect("no panic");
        let lost = |line: &str| line.strip_prefix("lost ").map(|count| count.parse::<usize>().expect("a number"));
        assert_eq!(all.lines().next_back(), Some("the last"));
        assert!(all.lines().any(|line| lost(line).is_some()));
        // What was read of the first line was all of it but its end.
        assert_eq!(all.lines().map(|line| lost(line).unwrap_or(1)).sum::<usize>(), 201, "written and lost");
    }

    #[test]
    fn no_room() {
        let (mut reader, fallback) = std::io::pipe().expect("a pipe");
        let full = File::options().write(true).open("/dev/full").expect("there is one");
        let mut output = Output::new(&full, Some(fallback.into()), lost).expect("a thread");
        output.line(&"one".into());
        output.line(&"two".into());
        output.close();
        let mut told = String::new();
        reader.read_to_string(&mut told).expect("text");
        assert!(told.starts_with("sdnotify: 2 lines of the report were lost: "), "{told}");
    }
}
