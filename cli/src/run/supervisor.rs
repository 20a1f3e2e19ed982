//! Carries out the state machine's requests on real processes and descriptors.

use super::cgroup::Cgroup;
use super::fd_store::FdStore;
use super::foreign::ForeignFd;
use super::forward::Forward;
use super::limit::Limit;
use super::listen::Listener;
use super::notify_socket::{Datagram, NotifySocket};
use super::pid_file;
use super::plan::Plan;
use super::processes::{self, Processes};
use super::ready_fd::ReadyFd;
use super::report::{Received, Report};
use super::spawn::{Spawn, Step, spawn};
use super::wait;
use crate::args::run::{KillMode, NotifyAccess};
use crate::exit;
use crate::message;
use crate::quote::{Line, quote, quoted};
use crate::service::state::{Exit, State, signal_name};
use crate::service::{Host, News, Sender, Service, Stored, Time, Unfit};
use nix::errno::Errno;
use nix::libc;
use nix::time::{ClockId, clock_gettime};
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

pub struct Supervisor {
    pub socket: NotifySocket,
    pub report: Box<dyn Report>,
    pub store: FdStore,
    pub processes: Processes,
    /// Set once the run is over.
    pub finished: bool,
    /// Set once the service has been active.
    pub was_ready: bool,
    pub messages: u64,
    /// `None` once written to.
    pub ready_fd: Option<ReadyFd>,
    pub forward: Option<Forward>,
    /// Whether a forwarding failure has been reported.
    unheard: bool,
    began: Instant,
    plan: Plan,
    listeners: Vec<Listener>,
    limit: Option<Limit>,
    main: Option<(i32, Option<String>)>,
    /// The descriptors of the current message.
    fds: Vec<ForeignFd>,
}

impl Supervisor {
    pub fn new(
        plan: Plan,
        socket: NotifySocket,
        listeners: Vec<Listener>,
        report: Box<dyn Report>,
        processes: Processes,
        limit: Option<Limit>,
    ) -> Supervisor {
        Supervisor {
            socket,
            report,
            store: FdStore::new(plan.fd_store_max.min(limit.map_or(usize::MAX, Limit::room))),
            processes,
            finished: false,
            was_ready: false,
            messages: 0,
            ready_fd: None,
            forward: None,
            unheard: false,
            began: Instant::now(),
            plan,
            listeners,
            limit,
            main: None,
            fds: Vec::new(),
        }
    }

    pub fn now(&self) -> Time {
        self.began.elapsed()
    }

    /// Reads and judges one message and lets the service act on it. Returns false if none is waiting.
    pub fn receive(&mut self, service: &mut Service) -> bool {
        let Some(Datagram { bytes, length, credentials, fds, cut }) = self.socket.receive() else {
            return false;
        };
        let now = self.now();
        self.messages += 1;
        let count = fds.len();
        self.fds = fds;
        let sender = credentials.map(|from| Sender { pid: from.pid, uid: from.uid });
        let content = if cut {
            let ulimit =
                "not all of its file descriptors could be received (see ulimit -n): systemd ignores the message";
            Err(ulimit.into())
        } else {
            message::parse(&bytes, length)
        };
        let is_barrier = content.as_ref().is_ok_and(|message| message.is_set("BARRIER"));
        let refused = match sender {
            // The manager closes a barrier's descriptor for everyone.
            _ if is_barrier => None,
            Some(sender) => service.listens_to(sender, self).err(),
            None => Some("without valid credentials: the sender is in another PID namespace".into()),
        };
        self.report.message(
            now,
            &Received {
                pid: sender.map_or(0, |sender| sender.pid),
                uid: credentials.map(|from| from.uid),
                gid: credentials.map(|from| from.gid),
                name: sender.and_then(|sender| self.name_of(sender.pid)),
                fds: count,
                content: content.as_ref().map_err(Clone::clone),
                refused: refused.clone(),
            },
        );
        if is_barrier && count != 1 {
            self.tell(News::Hint(quoted!("BARRIER=1 needs one file descriptor, not {}", count)));
        }
        if let (Ok(message), Some(sender), None, false) = (&content, sender, &refused, is_barrier) {
            let heard = !service.state().is_down();
            service.notified(message, sender, now, self);
            let forward = self.forward.as_ref().filter(|_| heard);
            if let Some(Err(errno)) = forward.map(|forward| forward.message(message, service.may_restart())) {
                self.not_forwarded(errno);
            }
        }
        self.fds.clear();
        self.report.handled();
        true
    }

    /// Sends the service manager a heartbeat if one is due.
    pub fn beat(&mut self) {
        let now = self.now();
        if let Some(Err(errno)) = self.forward.as_mut().map(|forward| forward.beat(now)) {
            self.not_forwarded(errno);
        }
        if let Some(errno) = self.forward.as_ref().and_then(Forward::failure) {
            self.not_forwarded(errno);
        }
    }

    /// The manager waits for READY=1, which a service of another type does not send.
    fn forward_start(&mut self) {
        let forward = self.forward.as_ref().filter(|_| !self.plan.settings.awaits_ready());
        if let Some(Err(errno)) = forward.map(Forward::ready) {
            self.not_forwarded(errno);
        }
    }

    /// Lets the service manager receive what is still queued.
    pub fn finish_forwarding(&mut self) {
        if let Some(errno) = self.forward.take().and_then(Forward::finish) {
            self.not_forwarded(errno);
        }
    }

    /// Report it only once: a manager that is gone stays gone.
    fn not_forwarded(&mut self, errno: Errno) {
        if !std::mem::replace(&mut self.unheard, true) {
            self.tell(News::Problem(quoted!("Cannot forward to $NOTIFY_SOCKET: {}", errno.desc())));
        }
    }

    /// The name of a process, also of the main process after its end.
    fn name_of(&self, pid: i32) -> Option<String> {
        match &self.main {
            Some((main, name)) if *main == pid => processes::name(pid).or_else(|| name.clone()),
            _ => processes::name(pid),
        }
    }

    /// Whether a signal deserves a line for each process.
    fn is_loud(&self, signal: i32) -> bool {
        signal == libc::SIGKILL || signal == self.plan.settings.watchdog_signal
    }

    fn tell_killed(&mut self, pid: i32, name: &str, signal: i32) {
        let text = quoted!("Killing process {} ({}) with signal {}.", pid, quote(name), signal_name(signal));
        self.tell(News::Note(text));
    }

    fn program(&self) -> String {
        let program = Path::new(&self.plan.program.path);
        program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
    }
}

impl Host for Supervisor {
    fn start(&mut self) -> Result<i32, Exit> {
        let default_name = format!("{}.socket", self.program());
        let default_name = if message::fd_name_is_valid(&default_name) { default_name } else { "unknown".into() };
        let named = |listener: &Listener| listener.name.clone().unwrap_or_else(|| default_name.clone());
        let sockets = self.listeners.iter().map(|listener| (listener.fd.as_fd(), named(listener)));
        let stored = self.store.stored.iter().map(|stored| (stored.fd.as_fd(), stored.name.clone()));
        let result = spawn(&Spawn {
            program: &self.plan.program,
            notify_socket: (self.plan.settings.notify_access != NotifyAccess::None)
                .then(|| self.socket.address().as_os_str()),
            watchdog: self.plan.settings.watchdog,
            fds: sockets.chain(stored).collect(),
            fd_store_max: self.plan.fd_store_max,
            limit: self.limit,
            cgroup: self.processes.cgroup.as_ref().map(Cgroup::entrance),
            stdout_to_stderr: self.plan.stdout_to_stderr,
            pid_file: self.plan.pid_file.as_deref(),
            ends_with_us: self.plan.settings.kill_mode != KillMode::None,
        });
        match result {
            Ok(pid) => {
                self.main = Some((pid, Some(self.program())));
                let words: Vec<_> =
                    self.plan.program.arguments.iter().map(|word: &OsString| word.to_string_lossy()).collect();
                let now = self.now();
                self.report.started(now, pid, &words.join(" "));
                Ok(pid)
            }
            Err((step, errno)) => {
                let program = &self.plan.program;
                let what = match step {
                    Step::User => "Failed to become the user of".into(),
                    Step::Directory => {
                        let directory = program.directory.as_ref().map(|(path, _)| path.to_string_lossy());
                        quoted!("Failed to change to directory {} for", quote(&directory.unwrap_or_default()))
                    }
                    Step::Prepare | Step::Execute => "Failed to execute".into(),
                };
                let program = quote(&program.path.to_string_lossy());
                self.tell(News::Problem(quoted!("{} {}: {}", what, program, errno.desc())));
                Err(Exit::Code(exit::of_execution(&errno.into()).into()))
            }
        }
    }

    fn kill(&mut self, signal: i32) -> bool {
        let main = self.main.as_ref().map(|(pid, _)| *pid);
        let loud = self.is_loud(signal);
        let names: Vec<_> = if loud {
            processes::all().into_iter().map(|pid| (pid, processes::name(pid))).collect()
        } else {
            Vec::new()
        };
        let reached = self.processes.signal(signal, main);
        if loud {
            for pid in &reached {
                let name = names.iter().find(|(other, _)| other == pid).and_then(|(_, name)| name.as_deref());
                let name = name.unwrap_or("?").to_owned();
                self.tell_killed(*pid, &name, signal);
            }
        }
        wait::anybody()
    }

    fn kill_one(&mut self, pid: i32, signal: i32) -> bool {
        let name = processes::name(pid);
        let reached = processes::send_to_ours(pid, signal);
        if reached && self.is_loud(signal) {
            self.tell_killed(pid, name.as_deref().unwrap_or("?"), signal);
        }
        reached
    }

    fn pid_file(&mut self) -> Result<i32, Line> {
        let pid = self.plan.pid_file.as_deref().map_or(Err("no PID file".into()), pid_file::read)?;
        match self.main_pid_problem(pid) {
            None => Ok(pid),
            Some(Unfit::Dead) => Err(quoted!("PID {} read from the PID file does not exist or is a zombie.", pid)),
            Some(_) => Err(quoted!("New main PID {} from the PID file does not belong to service, refusing.", pid)),
        }
    }

    fn guess_main(&mut self) -> Option<i32> {
        processes::only_child()
    }

    fn monotonic_usec(&self) -> u64 {
        let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default();
        u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
    }

    fn owns(&mut self, pid: i32) -> bool {
        processes::is_ours(pid)
    }

    fn is_anybody_left(&mut self) -> bool {
        wait::anybody()
    }

    fn main_pid_problem(&mut self, pid: i32) -> Option<Unfit> {
        if pid == 1 || pid == std::process::id() as i32 {
            Some(Unfit::Manager)
        } else if !processes::is_running(pid) {
            Some(Unfit::Dead)
        } else {
            (!processes::is_ours(pid)).then_some(Unfit::Foreign)
        }
    }

    fn ended(&mut self, for_good: bool) {
        self.main = None;
        if for_good {
            self.store.clear();
            self.finished = true;
        }
        self.plan.pid_file.as_deref().into_iter().for_each(pid_file::remove);
        for pid in processes::all() {
            let name = quote(processes::name(pid).as_deref().unwrap_or("?"));
            self.tell(if !self.plan.settings.kills_all() {
                News::Note(quoted!("Unit process {} ({}) remains running after unit stopped.", pid, name))
            } else if for_good {
                News::Problem(quoted!("Process {} ({}) remains: it could not be killed (another user's?).", pid, name))
            } else {
                continue;
            });
        }
    }

    fn store_fds(&mut self, name: &str, poll: bool) -> Stored {
        self.store.add(std::mem::take(&mut self.fds), name, poll)
    }

    fn remove_fds(&mut self, name: &str) -> usize {
        self.store.remove(name)
    }

    fn tell(&mut self, news: News) {
        if matches!(news, News::State { to: State::Running, .. }) {
            self.was_ready = true;
            self.forward_start();
        }
        let now = self.now();
        self.report.news(now, &news);
        if self.was_ready
            && let Some(Err(errno)) = self.ready_fd.take().map(ReadyFd::announce)
        {
            self.tell(News::Problem(quoted!("Cannot write to --ready-fd: {}", errno.desc())));
        }
    }
}
