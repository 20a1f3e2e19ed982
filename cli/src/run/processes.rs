//! The processes of the service: all descendants of this process. As their subreaper it loses none to double-forking,
//! and while there is a child, the service is alive. /proc lists them, if it shows the process IDs of this process's
//! namespace.

use super::cgroup::Cgroup;
use super::wait;
use crate::quote::Line;
use nix::errno::Errno;
use nix::libc;
use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How often to repeat a sweep for processes forked meanwhile.
const SWEEPS: usize = 10;
/// How long to chase a process that keeps forking and exiting before looking at anything else.
const HUNT: Duration = Duration::from_millis(5);
/// Descriptors held in reserve for when no others are free.
const RESERVE: usize = 3;

/// All of the service's processes, by whatever means are available.
pub struct Processes {
    pub cgroup: Option<Cgroup>,
    reserve: Vec<File>,
}

impl Processes {
    pub fn new() -> Processes {
        let mut processes = Processes { cgroup: Cgroup::new(), reserve: Vec::new() };
        processes.refill();
        processes
    }

    /// What cannot be guaranteed here, if anything.
    pub fn caveat(&self) -> Option<Line> {
        (self.cgroup.is_none() && !proc_is_ours() && std::process::id() != 1).then(|| {
            "no /proc of this PID namespace and no control group: only the main process's group is sure to be stopped"
                .into()
        })
    }

    /// Sends a signal to all processes and those that they fork meanwhile, the main process first; returns which it
    /// reached.
    pub fn signal(&mut self, signal: i32, main: Option<i32>) -> Vec<i32> {
        self.reserve.clear();
        let mut reached = BTreeSet::new();
        if proc_is_ours() {
            for _ in 0..SWEEPS {
                let mut new: Vec<i32> = all().into_iter().filter(|pid| !reached.contains(pid)).collect();
                if new.is_empty() {
                    break;
                }
                new.sort_by_key(|pid| Some(*pid) != main);
                reached.extend(new.into_iter().filter(|pid| send_to_ours(*pid, signal)));
            }
        } else {
            signal_blindly(signal, main);
            reached.extend(main.filter(|main| is_child(*main)));
        }
        if let (libc::SIGKILL, Some(cgroup)) = (signal, &self.cgroup) {
            cgroup.kill();
        }
        self.refill();
        reached.into_iter().collect()
    }

    /// Kills processes forked since.
    pub fn kill_again(&mut self, main: Option<i32>) {
        let start = Instant::now();
        while start.elapsed() < HUNT {
            let children = children();
            if children.is_empty() {
                break;
            }
            for child in children {
                send(child, libc::SIGKILL);
            }
        }
        self.signal(libc::SIGKILL, main);
    }

    /// Lets the remaining processes outlive this program.
    pub fn release(&self) {
        self.cgroup.iter().for_each(|cgroup| super::cgroup::release(cgroup.path()));
    }

    fn refill(&mut self) {
        let missing = RESERVE.saturating_sub(self.reserve.len());
        self.reserve.extend((0..missing).filter_map(|_| File::open("/dev/null").ok()));
    }
}

/// Without /proc: process 1 reaches its whole PID namespace, any other the main process's group.
fn signal_blindly(signal: i32, main: Option<i32>) {
    // Until the leader has been reaped, the group's number cannot be reused.
    let group = main.filter(|main| is_child(*main));
    let target = if std::process::id() == 1 { Some(-1) } else { group.map(|main| -main) };
    for signal in [signal, libc::SIGCONT] {
        if let Some(target) = target {
            send(target, signal);
        }
    }
}

/// Whether /proc exists and shows the process IDs of this namespace: after `unshare --pid` alone it shows those of the
/// outer one.
fn proc_is_ours() -> bool {
    static OURS: OnceLock<bool> = OnceLock::new();
    let own = || fs::read_link("/proc/self").is_ok_and(|link| link.to_str() == Some(&own_pid().to_string()));
    *OURS.get_or_init(own)
}

struct Stat {
    parent: i32,
    zombie: bool,
}

/// Reads /proc/PID/stat; the name in it may hold anything, so the fields are counted from the last parenthesis.
fn stat(pid: i32) -> Option<Stat> {
    if !proc_is_ours() {
        return None;
    }
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let zombie = matches!(fields.next()?, "Z" | "X");
    Some(Stat { parent: fields.next()?.parse().ok()?, zombie })
}

/// The name of a process, for display.
pub fn name(pid: i32) -> Option<String> {
    if !proc_is_ours() {
        return None;
    }
    let comm = fs::read(format!("/proc/{pid}/comm")).ok()?;
    Some(String::from_utf8_lossy(&comm).trim_end().to_owned())
}

/// Whether there is such a process, and it has not ended.
pub fn is_running(pid: i32) -> bool {
    match stat(pid) {
        Some(stat) => !stat.zombie,
        // Hidden, or no /proc.
        None => kill(pid, 0) != Err(Errno::ESRCH),
    }
}

/// Whether a process descends from this one. A zombie does until it is reaped.
pub fn is_ours(pid: i32) -> bool {
    if !proc_is_ours() {
        return is_child(pid) || (std::process::id() == 1 && pid != 1);
    }
    let own = own_pid();
    let mut next = pid;
    // A chain of parents cannot be longer than there are processes; it changes while it is read.
    for _ in 0..4096 {
        match stat(next) {
            Some(stat) if stat.parent == own => return true,
            Some(stat) if stat.parent > 1 => next = stat.parent,
            _ => return false,
        }
    }
    false
}

/// Whether a process is a child of this one, and its end will be reported to it.
pub fn is_child(pid: i32) -> bool {
    wait::is_child(pid)
}

/// All processes of the service that still run.
pub fn all() -> Vec<i32> {
    let stats: HashMap<i32, Stat> = pids().into_iter().filter_map(|pid| Some((pid, stat(pid)?))).collect();
    let mut found = Vec::new();
    let mut parents = vec![own_pid()];
    while let Some(parent) = parents.pop() {
        for (pid, _) in stats.iter().filter(|(_, stat)| stat.parent == parent) {
            parents.push(*pid);
            found.push(*pid);
        }
    }
    found.retain(|pid| !stats[pid].zombie);
    found.sort_unstable();
    found
}

/// The only running child, if there is exactly one.
pub fn only_child() -> Option<i32> {
    let own = own_pid();
    let is_child = |pid: &i32| stat(*pid).is_some_and(|stat| stat.parent == own && !stat.zombie);
    let mut children = pids().into_iter().filter(is_child);
    children.next().filter(|_| children.next().is_none())
}

fn pids() -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Only the children, which is quick: orphans are among them.
fn children() -> Vec<i32> {
    if !proc_is_ours() {
        return Vec::new();
    }
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let pids = lists.flat_map(|list| list.split_ascii_whitespace().flat_map(str::parse).collect::<Vec<i32>>());
    // A child that has ended keeps its number until it is reaped, which only we do.
    pids.filter(|pid| stat(*pid).is_some_and(|stat| !stat.zombie)).collect()
}

/// Sends a signal to a process that certainly belongs to the service, and continues a stopped one so that it gets the
/// signal. The number of a child cannot be reused until it is reaped. That of another descendant can, so this checks it
/// again after opening a pidfd.
pub fn send_to_ours(pid: i32, signal: i32) -> bool {
    let send: &dyn Fn(i32) -> bool = if is_child(pid) {
        &|signal| send(pid, signal)
    } else {
        let Some(fd) = open_pidfd(pid).filter(|_| is_ours(pid)) else {
            return false;
        };
        &move |signal| send_by(&fd, signal)
    };
    let reached = send(signal);
    if reached && signal != libc::SIGKILL {
        send(libc::SIGCONT);
    }
    reached
}

/// Sends a signal to all processes whose initial environment has this assignment; returns their number.
pub fn signal_marked(marker: &[u8], signal: i32) -> usize {
    let is_marked = |pid: i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|assignment| assignment == marker)
    };
    let marked = pids().into_iter().filter(|pid| is_marked(*pid));
    let held = marked.filter_map(|pid| open_pidfd(pid).filter(|_| is_marked(pid)));
    held.filter(|fd| send_by(fd, signal)).count()
}

/// Whether there is a process of this number, even one that has ended and was not reaped yet.
pub fn exists(pid: i32) -> bool {
    kill(pid, 0) != Err(Errno::ESRCH)
}

/// Sends a signal to one process.
pub fn send(pid: i32, signal: i32) -> bool {
    kill(pid, signal).is_ok()
}

/// Calls libc directly, because nix has no real-time signals.
fn kill(pid: i32, signal: i32) -> Result<(), Errno> {
    // SAFETY: two numbers.
    Errno::result(unsafe { libc::kill(pid, signal) }).map(drop)
}

fn send_by(pidfd: &OwnedFd, signal: i32) -> bool {
    let (fd, none) = (pidfd.as_raw_fd(), std::ptr::null::<libc::siginfo_t>());
    // SAFETY: without a siginfo the kernel makes one.
    Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signal, none, 0) }).is_ok()
}

/// A descriptor that becomes readable when the process ends, whoever its parent is.
pub fn open_pidfd(pid: i32) -> Option<OwnedFd> {
    // SAFETY: pidfd_open takes two numbers.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    let fd = i32::try_from(fd).ok().filter(|fd| *fd >= 0)?;
    // SAFETY: the kernel has just made it, for us alone.
    Some(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn own_pid() -> i32 {
    std::process::id() as i32
}
