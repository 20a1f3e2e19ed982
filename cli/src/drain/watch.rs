//! The load as last measured. Each source has its own thread, so that one that hangs does not hold up the others.
#![forbid(unsafe_code)]

use crate::drain::LOOK;
use crate::drain::load::{Reading, Source};
use nix::unistd::pipe2;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// The time a measurement may take beyond its own limit, to start and to report back.
const GRACE: Duration = Duration::from_millis(500);

/// Wakes a poll() when a thread has something.
#[derive(Clone)]
pub struct Waker(Arc<File>);

impl Waker {
    pub fn wake(&self) {
        // A full pipe wakes too.
        let _ = (&*self.0).write(&[0]);
    }
}

/// The other end.
pub struct Wake(File);

impl Wake {
    pub fn new() -> Result<(Wake, Waker), String> {
        use nix::fcntl::OFlag;
        let (reader, writer) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).map_err(|error| error.desc().to_owned())?;
        Ok((Wake(reader.into()), Waker(Arc::new(writer.into()))))
    }

    pub fn clear(&self) {
        let _ = (&self.0).read(&mut [0; 64]);
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

type Answer = Result<Vec<Reading>, String>;

struct Watched {
    source: Source,
    request: SyncSender<()>,
    /// When the current measurement began.
    asked: Option<Instant>,
    overdue: bool,
    /// When the measurement of `latest` began.
    begun: Option<Instant>,
    latest: Option<Answer>,
    failing: bool,
}

pub struct Watch {
    sources: Vec<Watched>,
    answers: Receiver<(usize, Answer)>,
}

impl Watch {
    pub fn start(sources: Vec<Source>, waker: &Waker) -> Watch {
        let (sender, answers) = channel();
        let watched = sources.into_iter().enumerate().map(|(number, source)| {
            let (request, requests) = sync_channel(1);
            let (own, sender, waker) = (source.clone(), sender.clone(), waker.clone());
            thread::spawn(move || {
                for () in requests {
                    if sender.send((number, own.measure(LOOK))).is_err() {
                        return;
                    }
                    waker.wake();
                }
            });
            Watched { source, request, asked: None, overdue: false, begun: None, latest: None, failing: false }
        });
        Watch { sources: watched.collect(), answers }
    }

    /// Starts measuring every idle source.
    pub fn ask(&mut self) {
        for watched in self.sources.iter_mut().filter(|watched| watched.asked.is_none()) {
            if watched.request.try_send(()).is_ok() {
                watched.asked = Some(Instant::now());
            }
        }
    }

    /// Collects results; returns a line for each source that begins to fail.
    pub fn collect(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        while let Ok((number, answer)) = self.answers.try_recv() {
            let watched = &mut self.sources[number];
            let begun = watched.asked.take();
            // Too late: the result is out of date.
            if !std::mem::take(&mut watched.overdue) {
                problems.extend(watched.take(begun, answer));
            }
        }
        for watched in &mut self.sources {
            if watched.asked.is_some_and(|asked| asked.elapsed() > LOOK + GRACE) && !watched.overdue {
                watched.overdue = true;
                problems.extend(watched.take(watched.asked, Err(format!("not finished within {} s", LOOK.as_secs()))));
            }
        }
        problems
    }

    /// Whether no measurement is in progress.
    pub fn is_complete(&self) -> bool {
        self.sources.iter().all(|watched| watched.asked.is_none() || watched.overdue)
    }

    /// The total load, if every source is known.
    pub fn load(&self) -> Option<u64> {
        self.sources.iter().try_fold(0_u64, |sum, watched| match &watched.latest {
            Some(Ok(readings)) => Some(readings.iter().fold(sum, |sum, reading| sum.saturating_add(reading.number))),
            _ => None,
        })
    }

    /// Whether every measurement began at this time or later.
    pub fn is_of(&self, time: Instant) -> bool {
        self.sources.iter().all(|watched| watched.begun.is_some_and(|begun| begun >= time))
    }

    /// The measurements as text.
    pub fn seen(&self) -> String {
        if self.sources.iter().all(|watched| watched.latest.is_none()) {
            return "the load is not known yet".into();
        }
        let mut parts = Vec::new();
        for watched in &self.sources {
            match &watched.latest {
                Some(Ok(readings)) => {
                    parts.extend(readings.iter().map(|reading| format!("{}: {}", reading.name, reading.number)));
                }
                Some(Err(problem)) => parts.push(format!("no answer ({problem})")),
                None => parts.push(format!("{}: not known yet", watched.source.name())),
            }
        }
        parts.join(", ")
    }
}

impl Watched {
    fn take(&mut self, begun: Option<Instant>, answer: Answer) -> Option<String> {
        let failed_before = std::mem::replace(&mut self.failing, answer.is_err());
        let problem = match &answer {
            Err(problem) if !failed_before => Some(format!("{}: {problem}; trying again.", self.source.name())),
            _ => None,
        };
        self.begun = begun;
        self.latest = Some(answer);
        problem
    }
}
