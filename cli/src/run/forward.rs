//! `--forward`: forwards the service's state to the service manager that runs this program.
#![forbid(unsafe_code)]

use crate::abi;
use crate::message::Message;
use nix::errno::Errno;
use std::ffi::CString;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::Duration;

/// The most messages to queue for a manager that does not read: 4 MiB.
const WAITING: usize = 1024;
/// At the end: how long to wait for such a manager.
const LAST_WAIT: Duration = Duration::from_secs(2);

pub struct Forward {
    queue: SyncSender<CString>,
    failures: Receiver<Errno>,
    interval: Option<Duration>,
    next: Option<Duration>,
}

impl Forward {
    /// `watchdog` is the manager's limit for this process. A thread sends, because that may block.
    pub fn new(watchdog: Option<Duration>) -> std::io::Result<Forward> {
        let (queue, messages) = sync_channel(WAITING);
        let (tell, failures) = channel();
        thread::Builder::new().stack_size(64 << 10).spawn(move || send_all(&messages, &tell))?;
        let interval = watchdog.map(|limit| (limit / 2).max(Duration::from_millis(1)));
        Ok(Forward { queue, failures, interval, next: interval.map(|_| Duration::ZERO) })
    }

    /// Forwards assignments about the state. A stop that may be followed by a restart is not forwarded.
    pub fn message(&self, message: &Message, may_restart: bool) -> Result<(), Errno> {
        let mut lines = Vec::new();
        for name in ["READY", "RELOADING", "STOPPING"] {
            if message.is_set(name) && !(name == "STOPPING" && may_restart) {
                lines.push(format!("{name}=1"));
            }
        }
        for name in ["MONOTONIC_USEC", "STATUS", "ERRNO", "EXTEND_TIMEOUT_USEC"] {
            lines.extend(message.get(name).map(|value| format!("{name}={value}")));
        }
        if lines.is_empty() { Ok(()) } else { self.send(&lines.join("\n")) }
    }

    pub fn ready(&self) -> Result<(), Errno> {
        self.send("READY=1")
    }

    /// When [`Forward::beat`] must be called.
    pub fn deadline(&self) -> Option<Duration> {
        self.next
    }

    /// Sends a heartbeat if one is due.
    pub fn beat(&mut self, now: Duration) -> Result<(), Errno> {
        if self.next.is_none_or(|next| next > now) {
            return Ok(());
        }
        self.next = self.interval.and_then(|interval| now.checked_add(interval));
        self.send("WATCHDOG=1")
    }

    fn send(&self, text: &str) -> Result<(), Errno> {
        let text = CString::new(text).map_err(|_| Errno::EINVAL)?;
        self.queue.try_send(text).map_err(|error| match error {
            TrySendError::Full(_) => Errno::EAGAIN,
            TrySendError::Disconnected(_) => Errno::EPIPE,
        })
    }

    /// Why a message that was sent since the last call was lost.
    pub fn failure(&self) -> Option<Errno> {
        self.failures.try_recv().ok()
    }

    /// Waits until the manager has received everything, within limits.
    pub fn finish(self) -> Option<Errno> {
        drop(self.queue);
        let mut failure = None;
        loop {
            match self.failures.recv_timeout(LAST_WAIT) {
                Ok(errno) => failure = Some(errno),
                Err(RecvTimeoutError::Timeout) => return Some(Errno::EAGAIN),
                Err(RecvTimeoutError::Disconnected) => return failure,
            }
        }
    }
}

fn send_all(messages: &Receiver<CString>, tell: &Sender<Errno>) {
    for message in messages {
        if let Err(errno) = abi::notify(0, &message, &[]) {
            let _ = tell.send(errno);
        }
    }
}
