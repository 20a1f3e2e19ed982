//! Messages to the service manager, sent by a thread of their own: a manager that does not read must not hold up a drain.
#![forbid(unsafe_code)]

use libsdnotify_engine::daemon;
use std::ffi::CString;
use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::Duration;

/// How long the manager may take to read the last message, which may not count once its sender is gone.
const BARRIER: Duration = Duration::from_secs(2);

/// The extension to request each time: longer than several turns take.
const PATIENCE: Duration = Duration::from_secs(15);

/// The most messages to queue for the manager.
const QUEUE: usize = 4;

enum Request {
    Message(CString),
    Barrier,
}

pub struct Manager {
    requests: SyncSender<Request>,
    failures: Receiver<String>,
    done: Receiver<()>,
}

impl Manager {
    /// `None` if there is no manager.
    pub fn connect() -> Option<Manager> {
        std::env::var_os("NOTIFY_SOCKET")?;
        let (requests, inbox) = sync_channel(QUEUE);
        let (failed, failures) = channel();
        let (finished, done) = channel();
        thread::spawn(move || serve(&inbox, &failed, &finished));
        Some(Manager { requests, failures, done })
    }

    /// Reports progress and asks for more time.
    pub fn tell(&self, first: &str, status: &str) -> Result<(), String> {
        self.send(&format!("{first}STATUS={status}\nEXTEND_TIMEOUT_USEC={}", PATIENCE.as_micros()))
    }

    /// Reports the result, and waits briefly until it has been read.
    pub fn say_last(&self, status: &str) -> Result<(), String> {
        self.send(&format!("STATUS={status}"))?;
        let asked = self.requests.try_send(Request::Barrier).map_err(unread);
        // The barrier is bounded in time; sending is not.
        asked.and_then(|()| self.done.recv_timeout(BARRIER * 2).map_err(|_| "does not read its messages".into()))?;
        self.failures.try_recv().map_or(Ok(()), Err)
    }

    fn send(&self, message: &str) -> Result<(), String> {
        let message = CString::new(message).map_err(|error| error.to_string())?;
        self.requests.try_send(Request::Message(message)).map_err(unread)?;
        self.failures.try_recv().map_or(Ok(()), Err)
    }
}

fn unread(error: TrySendError<Request>) -> String {
    match error {
        TrySendError::Full(_) => "does not read its messages".into(),
        TrySendError::Disconnected(_) => "the thread that sends has ended".into(),
    }
}

fn serve(inbox: &Receiver<Request>, failed: &Sender<String>, finished: &Sender<()>) {
    for request in inbox {
        let barrier = matches!(request, Request::Barrier);
        let outcome = match request {
            Request::Message(message) => daemon::notify(&message),
            Request::Barrier => daemon::barrier(None, BARRIER),
        };
        if let Err(error) = outcome {
            let _ = failed.send(io::Error::from_raw_os_error(error.raw_os_error()).to_string());
        }
        if barrier {
            let _ = finished.send(());
        }
    }
}
