//! `drain wait`: takes the node out, then measures the load every second until there is none.
#![forbid(unsafe_code)]

use crate::args::drain::Wait;
use crate::drain::agent::{self, Agent};
use crate::drain::log::{Log, Priority};
use crate::drain::manager::Manager;
use crate::drain::page::Change;
use crate::drain::watch::{Wake, Waker, Watch};
use crate::drain::{COMMAND, INTERVAL, load, shell, signals, ways};
use crate::exit::{self, Error};
use crate::quote::quote;
use crate::run::processes;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::signalfd::SignalFd;
use serde_json::json;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The longest text to put into a status line.
const SEEN: usize = 400;

/// How a wait ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    NoLoad,
    Limit,
    Interrupted(Signal),
    /// The service's main process is gone.
    Ended,
}

pub fn wait(arguments: Wait) -> exit::Result<ExitCode> {
    if arguments.notice > arguments.limit {
        return Err(Error::Usage("--notice is longer than --limit".into()));
    }
    if arguments.ways.page.is_empty() && arguments.ways.away.is_empty() && arguments.ways.agent.is_empty() {
        return Err(Error::Usage("no way to take the node out: use --page, --away or --agent".into()));
    }
    for address in &arguments.ways.agent {
        agent::parse(address).map_err(|problem| format!("--agent={address}: {problem}"))?;
    }
    let sources = load::sources(&arguments.loads)?;
    let mut log = Log::new(arguments.json);
    // The manager sets it for ExecStop=.
    let in_unit = std::env::var_os("SERVICE_RESULT").is_some();
    let mut main_pid = None;
    if in_unit {
        let text = std::env::var_os("MAINPID").unwrap_or_default().to_string_lossy().into_owned();
        match text.parse::<i32>() {
            Ok(pid) if pid > 0 => main_pid = Some(pid),
            Err(_) if !text.is_empty() => {
                log.line(
                    Priority::Warning,
                    &format!("MAINPID={text} is not a process ID; the end of the service will go unnoticed."),
                );
            }
            _ => {
                log.line(Priority::Notice, "The service has already ended: nothing to wait for.");
                log.json(&json!({"event": "end", "result": "ended", "seconds": 0, "load": null}));
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    // Before starting threads, which inherit this.
    let signals = signals::block().map_err(Error::Failed)?;
    let manager = Manager::connect();
    if in_unit && manager.is_none() {
        log.line(Priority::Warning, "The manager passed no notify socket: set NotifyAccess=exec in the unit.");
    }
    let (wake, waker) = Wake::new().map_err(Error::Failed)?;
    let watch = Watch::start(sources, &waker);
    let (_, aways) = channel();
    let mut drain = Drain {
        begin: Instant::now(),
        out_since: None,
        failed: false,
        taken: Vec::new(),
        agents: Vec::new(),
        aways,
        pending: 0,
        manager_failed: false,
        arguments,
        log,
        manager,
        signals,
        wake,
        watch,
    };
    drain.take_out(&waker);
    let end = drain.run(main_pid);
    Ok(drain.finish(end, in_unit))
}

struct Drain {
    arguments: Wait,
    log: Log,
    manager: Option<Manager>,
    manager_failed: bool,
    signals: SignalFd,
    wake: Wake,
    watch: Watch,
    begin: Instant,
    /// When the last way out had finished.
    out_since: Option<Instant>,
    /// Whether a way out failed.
    failed: bool,
    /// The pages that this drain took away.
    taken: Vec<PathBuf>,
    agents: Vec<Agent>,
    /// The results of the commands, and how many are still running.
    aways: Receiver<(String, Result<(), String>)>,
    pending: usize,
}

impl Drain {
    fn take_out(&mut self, waker: &Waker) {
        for page in &self.arguments.ways.page {
            match ways::take_page(page, &mut self.log) {
                Some(Change::Done) => self.taken.push(page.clone()),
                Some(Change::Already) => {}
                None => self.failed = true,
            }
        }
        self.agents = ways::agents(&self.arguments.ways.agent, false, &mut self.log);
        self.failed |= self.agents.len() < self.arguments.ways.agent.len();
        let (sender, aways) = channel();
        self.aways = aways;
        self.pending = self.arguments.ways.away.len();
        for command in self.arguments.ways.away.clone() {
            let (sender, waker) = (sender.clone(), waker.clone());
            thread::spawn(move || {
                let outcome = shell::run(&command, COMMAND).map(drop);
                let _ = sender.send((command, outcome));
                waker.wake();
            });
        }
        if self.pending == 0 {
            self.out_since = Some(self.begin);
        }
    }

    fn run(&mut self, main_pid: Option<i32>) -> End {
        let main = main_pid.map(|pid| (pid, processes::open_pidfd(pid)));
        if matches!(main, Some((pid, None)) if !Path::new(&format!("/proc/{pid}")).exists()) {
            return End::Ended;
        }
        let main = main.and_then(|(_, fd)| fd);
        self.tell("STOPPING=1\n");
        let limit = self.begin + self.arguments.limit;
        let mut next = self.begin;
        let mut told = true;
        loop {
            let now = Instant::now();
            if now >= limit {
                return End::Limit;
            }
            if now >= next {
                // However slow a source is, the manager is told once per turn.
                if !told {
                    self.tell("");
                }
                self.watch.ask();
                told = false;
                next += INTERVAL * (1 + ((now - next).as_secs() as u32));
            }
            if let Some(end) = self.sleep(next.min(limit), main.as_ref()) {
                return end;
            }
            self.collect();
            if self.is_drained() {
                return End::NoLoad;
            }
            if !told && self.watch.is_complete() {
                self.tell("");
                told = true;
            }
        }
    }

    /// Waits until something happens or a time has come; returns an end other than by load.
    fn sleep(&self, until: Instant, main: Option<&OwnedFd>) -> Option<End> {
        let mut fds =
            vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN), PollFd::new(self.wake.fd(), PollFlags::POLLIN)];
        fds.extend(main.map(|main| PollFd::new(main.as_fd(), PollFlags::POLLIN)));
        // Rounded up: a timeout of 0 would turn the last millisecond into a busy loop.
        let left = until.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
        let _ = poll(&mut fds, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX));
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(false)).collect();
        if ready[1] {
            self.wake.clear();
        }
        if let Some(signal) = signals::arrived(&self.signals) {
            return Some(End::Interrupted(signal));
        }
        ready.get(2).is_some_and(|ended| *ended).then_some(End::Ended)
    }

    fn collect(&mut self) {
        while let Ok((command, outcome)) = self.aways.try_recv() {
            let (priority, text) = shell::report(&command, &outcome);
            self.log.line(priority, &text);
            self.failed |= outcome.is_err();
            self.pending -= 1;
            if self.pending == 0 {
                self.out_since = Some(Instant::now());
            }
        }
        for problem in self.watch.collect() {
            self.log.line(Priority::Warning, &problem);
        }
    }

    fn is_drained(&self) -> bool {
        // Measurements from before the balancer noticed do not count.
        let noticed = self.out_since.is_some_and(|since| self.watch.is_of(since + self.arguments.notice));
        noticed && self.watch.load().is_some_and(|load| load <= self.arguments.idle)
    }

    /// Reports progress to the service manager, asking for more time, and to other readers.
    fn tell(&mut self, first: &str) {
        let (limit, seen) = (self.arguments.limit.as_secs_f64(), self.seen());
        let status = format!("Draining for {:.0} s, at most {limit} s: {seen}", self.seconds());
        let outcome = self.manager.as_ref().map_or(Ok(()), |manager| manager.tell(first, &status));
        self.manager_said(outcome);
        let left = (limit - self.seconds()).max(0.0);
        self.log.in_place(&format!("Draining, {left:.0} s left: {seen}"));
        self.log.json(&json!({
            "event": "progress", "seconds": self.seconds(), "limit": limit, "load": self.watch.load(), "seen": seen,
        }));
    }

    /// Reports the result.
    fn say(&mut self, priority: Priority, text: &str) {
        let text = format!("{text} after {:.0} s: {}", self.seconds(), self.seen());
        self.log.line(priority, &text);
        let outcome = self.manager.as_ref().map_or(Ok(()), |manager| manager.say_last(&text));
        self.manager_said(outcome);
    }

    fn manager_said(&mut self, outcome: Result<(), String>) {
        let Err(problem) = outcome else { return };
        // Report it only once.
        if !std::mem::replace(&mut self.manager_failed, true) {
            self.log.line(Priority::Warning, &format!("the service manager: {problem}"));
        }
    }

    fn finish(&mut self, end: End, in_unit: bool) -> ExitCode {
        let known = self.watch.load().is_some();
        let (result, failed) = match end {
            End::NoLoad => ("drained", false),
            End::Ended => ("ended", false),
            End::Limit => ("limit", !in_unit || !known),
            End::Interrupted(_) => ("interrupted", !in_unit),
        };
        // Before reporting the result, which may take a while.
        shell::end_all();
        if matches!(end, End::NoLoad | End::Limit) {
            for agent in self.agents.iter().filter(|agent| !agent.was_asked()) {
                self.failed = true;
                let text = format!("No balancer has asked the agent at {}.", agent.address());
                self.log.line(Priority::Error, &text);
            }
        }
        // In a unit the service is about to end, and the node must not come back before that.
        if !in_unit && matches!(end, End::Interrupted(_)) {
            self.undo();
        }
        match end {
            End::NoLoad => self.say(Priority::Notice, "No load"),
            End::Ended => self.say(Priority::Warning, "The service ended by itself"),
            End::Limit if known => self.say(Priority::Warning, "Limit reached, still loaded"),
            End::Limit => self.say(Priority::Error, "Limit reached, load unknown"),
            End::Interrupted(signal) => self.say(Priority::Warning, &format!("Interrupted by {signal}")),
        }
        let failed = failed || self.failed;
        self.log.json(&json!({
            "event": "end", "result": result, "seconds": self.seconds(), "load": self.watch.load(), "seen": self.seen(),
            "failed": failed,
        }));
        if failed { ExitCode::from(exit::NO) } else { ExitCode::SUCCESS }
    }

    /// Puts back what this drain took out.
    fn undo(&mut self) {
        for page in &self.taken {
            self.failed |= !ways::put_page(page, &mut self.log);
        }
        for command in &self.arguments.ways.back {
            self.failed |= !ways::run_back(command, &mut self.log);
        }
        ways::say_ready(&self.agents, self.arguments.notice, &self.signals);
    }

    fn seen(&self) -> String {
        quote(&self.watch.seen()).to_string().chars().take(SEEN).collect()
    }

    fn seconds(&self) -> f64 {
        self.begin.elapsed().as_secs_f64()
    }
}
