//! The processes of the service: all descendants of this process. It is their subreaper, so that none gets away by
//! double-forking, which is what a control group does for systemd.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::os::fd::{FromRawFd, OwnedFd};

/// How often a sweep is repeated for processes forked meanwhile.
const SWEEPS: usize = 10;

struct Stat {
    parent: i32,
    zombie: bool,
}

/// Reads /proc/PID/stat; the name in it may hold anything, so the fields are counted from the last parenthesis.
fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let zombie = matches!(fields.next()?, "Z" | "X");
    Some(Stat { parent: fields.next()?.parse().ok()?, zombie })
}

/// The name of a process, for people.
pub fn name(pid: i32) -> Option<String> {
    let comm = fs::read(format!("/proc/{pid}/comm")).ok()?;
    Some(String::from_utf8_lossy(&comm).trim_end().to_owned())
}

/// Whether a process descends from this one. A zombie does, as long as nobody has waited for it.
pub fn is_ours(pid: i32) -> bool {
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
    stat(pid).is_some_and(|stat| stat.parent == own_pid())
}

/// All processes of the service that still run.
pub fn all() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let stats: HashMap<i32, Stat> = pids.filter_map(|pid| Some((pid, stat(pid)?))).collect();
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

/// Sends a signal to all processes of the service, and again to those that they fork meanwhile; which it reached.
pub fn signal_all(signal: Signal, main: Option<i32>) -> Vec<i32> {
    let mut reached = HashSet::new();
    for _ in 0..SWEEPS {
        let mut new: Vec<i32> = all().into_iter().filter(|pid| !reached.contains(pid)).collect();
        if new.is_empty() {
            break;
        }
        new.sort_by_key(|pid| Some(*pid) != main);
        for pid in new {
            if send(pid, signal) {
                reached.insert(pid);
                // A stopped process would not see the signal.
                if signal != Signal::SIGKILL {
                    send(pid, Signal::SIGCONT);
                }
            }
        }
    }
    let mut reached: Vec<i32> = reached.into_iter().collect();
    reached.sort_unstable();
    reached
}

/// Sends a signal to one process.
pub fn send(pid: i32, signal: Signal) -> bool {
    kill(Pid::from_raw(pid), signal).is_ok()
}

/// A descriptor that becomes readable when the process ends, whoever its parent is.
pub fn open_pidfd(pid: i32) -> Option<OwnedFd> {
    // SAFETY: pidfd_open takes two numbers.
    let fd = unsafe { nix::libc::syscall(nix::libc::SYS_pidfd_open, pid, 0) };
    let fd = i32::try_from(fd).ok().filter(|fd| *fd >= 0)?;
    // SAFETY: the kernel has just made it, for us alone.
    Some(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn own_pid() -> i32 {
    std::process::id() as i32
}
