//! `sdnotify run`: supervises one service. One thread runs one loop over messages, signals and time, in systemd's
//! order: what a process sent is read before its exit is noticed, and a heartbeat before its absence.

mod background;
mod cgroup;
mod fd_store;
mod foreign;
mod forward;
mod guard;
mod identity;
mod isolate;
mod limit;
mod listen;
pub mod notify_socket;
mod pid_file;
mod plan;
pub mod processes;
mod ready_fd;
mod receive;
mod report;
mod spawn;
mod supervisor;
mod unit_files;
mod wait;

use crate::abi;
use crate::args::run::{NotifyAccess, Run};
use crate::exit::{self, Error, Result};
use crate::quote::{quote, quoted};
use crate::service::state::{Exit, Outcome, signal_name};
use crate::service::{Host, News, Service};
use background::Readiness;
use forward::Forward;
use guard::Leftovers;
use isolate::Relay;
use limit::Limit;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use notify_socket::NotifySocket;
use plan::Plan;
use processes::Processes;
use ready_fd::ReadyFd;
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::time::Duration;
use supervisor::Supervisor;

/// The most messages to read before looking at signals and time again.
const BATCH: usize = 256;

/// The most to read when somebody has ended, whose messages may be among them. A flood from others must not delay this
/// indefinitely.
const LAST_MESSAGES: usize = BATCH * 16;

/// The time between two searches for processes that survive SIGKILL.
const HUNTING: Duration = Duration::from_millis(20);

/// Signals that are passed on to the service.
const FORWARDED: [Signal; 5] = [Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGUSR2, Signal::SIGQUIT, Signal::SIGWINCH];

/// Runs the command to its end; returns the exit status.
pub fn run(arguments: Run) -> Result<ExitCode> {
    let ready_fd = arguments.ready_fd.map(|fd| {
        let problem = || Error::Usage(format!("--ready-fd={fd}: not open for writing"));
        ReadyFd::take(fd).map_err(|_| problem())
    });
    let ready_fd = ready_fd.transpose()?;
    let outer_watchdog = if arguments.forward { outer_watchdog()? } else { None };
    let plan = Plan::new(&arguments, outer_watchdog)?;
    let mut listeners = Vec::new();
    for address in &arguments.listen {
        let listener = listen::open(address).map_err(|error| Error::Usage(format!("--listen={address}: {error}")))?;
        listeners.push(listener);
    }
    for socket in &plan.sockets {
        for one in &socket.listen {
            let listener = listen::open_for_unit(one, &socket.name);
            listeners.push(listener.map_err(|error| impossible(&format!("cannot listen on {}", one.place), error))?);
        }
    }
    let readiness = if arguments.wait_ready {
        let side = background::fork_supervisor(plan.json, plan.program.stdin);
        match side.map_err(|error| Error::Usage(format!("--wait-ready: {error}")))? {
            background::Side::Front(status) => {
                // The sockets and their paths now belong to the other process.
                std::mem::forget(listeners);
                return Ok(ExitCode::from(status));
            }
            background::Side::Back(readiness) => Some(readiness),
        }
    } else {
        None
    };
    let signals = block_signals().map_err(|error| impossible("cannot set up signal handling", error))?;
    let socket = NotifySocket::new().map_err(|error| impossible("cannot create a notify socket", error))?;
    let processes = Processes::new();
    // When process 1 is killed, all others go with it.
    let guard = (std::process::id() != 1).then(|| {
        guard::start(Leftovers {
            place: socket.place().cloned(),
            cgroup: processes.cgroup.as_ref().map(|cgroup| cgroup.path().to_owned()),
            address: socket.address().clone(),
        })
    });
    let guard = guard.transpose().map_err(|error| impossible("cannot start the guard process", error))?;
    let supervisor_id = std::process::id();
    let relay = if arguments.isolate {
        match isolate::enter().map_err(|error| impossible("--isolate", error))? {
            isolate::Side::Outside(outside) => {
                // Their readers must not wait for this process.
                drop((ready_fd, readiness));
                let status = outside.wait(&signals).map_err(|error| impossible("--isolate", error))?;
                return Ok(ExitCode::from(status));
            }
            isolate::Side::Inside(relay) => Some(relay),
        }
    } else {
        None
    };
    let signals = Signals::new(signals, relay).map_err(|error| impossible("cannot set up signal handling", error))?;
    nix::sys::prctl::set_child_subreaper(true).map_err(|error| impossible("cannot become a subreaper", error))?;
    if plan.settings.notify_access == NotifyAccess::None {
        socket.refuse_fds();
    }
    let forward = arguments.forward.then(|| Forward::new(outer_watchdog)).transpose();
    let forward = forward.map_err(|error| impossible("--forward", error))?;
    let settings = plan.settings.clone();
    let report = report::new(plan.json, supervisor_id).map_err(|error| impossible("cannot write the report", error))?;
    let limit = Limit::raise();
    let spares = !settings.kills_all();
    let remarks = plan.remarks.clone();
    let mut supervisor = Supervisor::new(plan, socket, listeners, report, processes, limit);
    supervisor.ready_fd = ready_fd;
    supervisor.forward = forward;
    remarks.iter().for_each(|remark| supervisor.tell(News::Hint(quote(remark))));
    let status = Loop { service: Service::new(settings), supervisor, signals, alien: None, readiness, spares }.run();
    if let (Some(guard), true) = (guard, spares) {
        guard.spare();
    }
    Ok(status)
}

fn impossible(what: &str, error: impl std::fmt::Display) -> Error {
    Error::Usage(format!("{what}: {error}"))
}

/// The watchdog limit that the caller's service manager sets for this process.
fn outer_watchdog() -> Result<Option<Duration>> {
    if std::env::var_os("NOTIFY_SOCKET").is_none_or(|address| address.is_empty()) {
        return Err(Error::Usage("--forward: $NOTIFY_SOCKET is not set: no service manager to notify".into()));
    }
    abi::watchdog_interval().map_err(|errno| impossible("--forward: $WATCHDOG_USEC", errno.desc()))
}

/// Blocks the signals to handle, and ignores those that writing a report could raise: from a terminal that stops
/// background writers, or a file at its size limit.
fn block_signals() -> nix::Result<SigSet> {
    for signal in [Signal::SIGTTOU, Signal::SIGXFSZ] {
        // SAFETY: SIG_IGN is a disposition for every signal; no handler is replaced that anybody counts on.
        unsafe { nix::sys::signal::signal(signal, nix::sys::signal::SigHandler::SigIgn) }?;
    }
    let mut set = SigSet::empty();
    for signal in [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT].into_iter().chain(FORWARDED) {
        set.add(signal);
    }
    set.thread_block()?;
    Ok(set)
}

/// The source of signals: with `--isolate`, only SIGCHLD comes from the kernel.
struct Signals {
    fd: SignalFd,
    relay: Option<Relay>,
}

impl Signals {
    fn new(all: SigSet, relay: Option<Relay>) -> nix::Result<Signals> {
        let set = if relay.is_some() { SigSet::from(Signal::SIGCHLD) } else { all };
        Ok(Signals { fd: SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?, relay })
    }

    fn next(&self) -> Option<i32> {
        let relayed = self.relay.as_ref().and_then(Relay::next);
        relayed.or_else(|| i32::try_from(self.fd.read_signal().ok()??.ssi_signo).ok())
    }
}

struct Loop {
    service: Service,
    supervisor: Supervisor,
    signals: Signals,
    /// A main process that is not our child, and a descriptor that reports its end; none if it has ended already.
    alien: Option<(i32, Option<OwnedFd>)>,
    readiness: Option<Readiness>,
    /// Whether processes that a stop spares keep running after the end.
    spares: bool,
}

impl Loop {
    fn run(mut self) -> ExitCode {
        if let Some(caveat) = self.supervisor.processes.caveat() {
            self.supervisor.tell(News::Problem(caveat));
        }
        let now = self.supervisor.now();
        self.service.start(now, &mut self.supervisor);
        while !self.supervisor.finished {
            if self.supervisor.was_ready {
                self.readiness.take().into_iter().for_each(Readiness::announce);
            }
            self.wait();
            self.read_messages(BATCH);
            self.read_signals();
            self.look_at_alien();
            if self.service.is_hunting() {
                self.supervisor.processes.kill_again(self.service.main());
            }
            let now = self.supervisor.now();
            self.service.tick(now, &mut self.supervisor);
            self.supervisor.beat();
            self.supervisor.report.tick(now);
        }
        self.end()
    }

    /// Waits until something happens or is due.
    fn wait(&mut self) {
        let supervisor = &mut self.supervisor;
        let beat = supervisor.forward.as_ref().and_then(Forward::deadline);
        let left = self
            .service
            .deadline()
            .into_iter()
            .chain(beat)
            .chain(supervisor.report.deadline())
            .min()
            .map(|deadline| deadline.saturating_sub(supervisor.now()));
        // There may be new processes to kill.
        let hunting = self.service.is_hunting().then_some(HUNTING);
        // Rounded up: waking a millisecond early would cause a busy loop.
        let timeout = left.into_iter().chain(hunting).min().map_or(PollTimeout::NONE, |left| {
            PollTimeout::try_from(left.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
        });
        let mut fds = vec![
            PollFd::new(supervisor.socket.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.signals.fd.as_fd(), PollFlags::POLLIN),
        ];
        fds.extend(self.signals.relay.iter().map(|relay| PollFd::new(relay.as_fd(), PollFlags::POLLIN)));
        let alien = self.alien.as_ref().and_then(|(_, fd)| fd.as_ref());
        fds.extend(alien.map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN)));
        let first_stored = fds.len();
        let watched = |store: &fd_store::FdStore| -> Vec<usize> {
            (0..store.stored.len()).filter(|index| store.stored[*index].poll).collect()
        };
        let watched = watched(&supervisor.store);
        fds.extend(
            watched.iter().map(|index| PollFd::new(supervisor.store.stored[*index].fd.as_fd(), PollFlags::empty())),
        );
        if poll(&mut fds, timeout).is_err() {
            return;
        }
        let closed: Vec<usize> = watched
            .iter()
            .zip(&fds[first_stored..])
            .filter(|(_, fd)| fd.revents().is_some_and(|events| !events.is_empty()))
            .map(|(index, _)| *index)
            .collect();
        drop(fds);
        for index in closed.into_iter().rev() {
            let stored = supervisor.store.stored.remove(index);
            supervisor.tell(News::Note(quoted!("Received EPOLLHUP on stored fd ({}), closing.", quote(&stored.name))));
        }
    }

    /// Reads up to that many messages; returns how many more it might have read.
    fn read_messages(&mut self, most: usize) -> usize {
        for left in (0..most).rev() {
            if !self.supervisor.receive(&mut self.service) {
                return left + 1;
            }
            // Before the next message: that may be a barrier, after which the new main process is free to end.
            self.watch_alien();
        }
        0
    }

    /// Begins to watch a main process that is not a child of this process.
    fn watch_alien(&mut self) {
        let main = self.service.main().filter(|main| !processes::is_child(*main));
        match main {
            Some(main) if self.alien.as_ref().is_none_or(|(pid, _)| *pid != main) => {
                let fd = processes::open_pidfd(main);
                self.alien = (fd.is_some() || !processes::exists(main)).then_some((main, fd));
            }
            Some(_) => {}
            None => self.alien = None,
        }
    }

    fn read_signals(&mut self) {
        while let Some(number) = self.signals.next() {
            let Ok(signal) = Signal::try_from(number) else {
                continue;
            };
            let now = self.supervisor.now();
            match signal {
                Signal::SIGCHLD => self.reap(),
                Signal::SIGTERM | Signal::SIGINT => {
                    self.supervisor.tell(News::Note(quoted!("Got {}: stopping the service.", signal_name(number))));
                    self.service.stop(now, &mut self.supervisor);
                }
                Signal::SIGHUP if self.service.reloads_by_signal() => self.service.reload(now, &mut self.supervisor),
                _ => {
                    if let Some(main) = self.service.main() {
                        self.supervisor.tell(News::Note(quoted!("Passing {} on.", signal_name(number))));
                        processes::send(main, number);
                    }
                }
            }
        }
    }

    /// Reaps all children that have ended, including orphans.
    fn reap(&mut self) {
        let mut ends = Vec::new();
        let mut left = LAST_MESSAGES;
        while let Some(pid) = wait::first_ended() {
            // Messages that the dead sent still count: a process ID stays valid until reaped.
            left = self.read_messages(left);
            let Some(exit) = wait::ended(pid) else {
                break;
            };
            if self.service.is_watched(pid) {
                ends.push((pid, exit));
            }
        }
        // Who has ended with one of them is not left behind by it.
        for (pid, exit) in ends {
            self.alien = self.alien.take().filter(|(alien, _)| *alien != pid);
            let now = self.supervisor.now();
            self.service.exited(pid, exit, now, &mut self.supervisor);
        }
        self.notice_empty();
    }

    fn look_at_alien(&mut self) {
        let Some((pid, fd)) = &self.alien else {
            return;
        };
        let ended = fd.as_ref().is_none_or(|fd| {
            let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
            poll(&mut fds, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
        });
        // If it has become a child in the meantime, it is reaped, and its status is known.
        if ended && !processes::is_child(*pid) {
            let pid = *pid;
            self.read_messages(LAST_MESSAGES);
            if self.service.main() != Some(pid) {
                return;
            }
            self.alien = None;
            self.supervisor
                .tell(News::Note(quoted!("Main process {} is gone; its exit status went to its parent.", pid)));
            let now = self.supervisor.now();
            self.service.main_exited(Exit::Code(0), now, &mut self.supervisor);
            self.notice_empty();
        }
    }

    fn notice_empty(&mut self) {
        if self.service.main().is_none() && !wait::anybody() {
            let now = self.supervisor.now();
            self.service.emptied(now, &mut self.supervisor);
        }
    }

    fn end(mut self) -> ExitCode {
        let ended = self.service.last_exit();
        let outcome = self.service.outcome();
        let status = match ended.map_or(0, Exit::status) {
            0 if outcome != Outcome::Success => exit::NO,
            // To the service manager a stop is no failure, but 143 would be one.
            _ if outcome == Outcome::Success && self.supervisor.forward.is_some() => 0,
            status => status,
        };
        let summary = report::Summary {
            outcome,
            exit: ended,
            restarts: self.service.restarts(),
            messages: self.supervisor.messages,
            status,
        };
        self.supervisor.finish_forwarding();
        if self.spares {
            self.supervisor.processes.release();
        }
        let now = self.supervisor.now();
        self.supervisor.report.end(now, &summary);
        ExitCode::from(status)
    }
}
