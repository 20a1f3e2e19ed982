//! `--isolate`: this program continues as process 1 of a new PID namespace, and when it ends, the kernel kills
//! everything in it. The original process waits outside, passes signals on, and exits with the same status.

use super::wait;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::libc;
use nix::mount::{MsFlags, mount};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::{ForkResult, Gid, Uid, fork, pipe2, read, setsid, write};
use std::fs;
use std::io::{Error, Result};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Which of the two processes this is.
pub enum Side {
    /// The original process.
    Outside(Outside),
    /// Process 1 of the namespace. Signals arrive through this relay, one number each: direct ones would arrive twice
    /// if sent by a terminal or to a control group.
    Inside(Relay),
}

pub struct Outside {
    child: i32,
    relay: OwnedFd,
}

pub struct Relay(OwnedFd);

impl AsFd for Relay {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Relay {
    /// The next signal that the process outside has received.
    pub fn next(&self) -> Option<i32> {
        let mut number = [0];
        (read(&self.0, &mut number) == Ok(1)).then(|| i32::from(number[0]))
    }
}

/// Splits into the two processes. No other thread may be running yet, and signals must be blocked.
pub fn enter() -> Result<Side> {
    let (relay, sender) = pipe2(OFlag::O_CLOEXEC | nix::fcntl::OFlag::O_NONBLOCK)?;
    unshare_all()?;
    // SAFETY: this program still has one thread, so the child may do all that the parent may.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(sender);
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
            let relay = Relay(relay);
            // The parent may already have ended.
            let mut fds = [PollFd::new(relay.as_fd(), PollFlags::POLLIN)];
            poll(&mut fds, PollTimeout::ZERO)?;
            if fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP)) {
                return Err(Errno::ESRCH.into());
            }
            setsid()?;
            let none = None::<&str>;
            mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_SLAVE, none)?;
            let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
            mount(Some("proc"), "/proc", Some("proc"), flags, none)
                .map_err(|errno| about("cannot mount /proc", errno))?;
            Ok(Side::Inside(relay))
        }
        ForkResult::Parent { child } => Ok(Side::Outside(Outside { child: child.as_raw(), relay: sender })),
    }
}

impl Outside {
    /// Passes signals on until the other process ends; returns its exit status.
    pub fn wait(self, signals: &SigSet) -> Result<u8> {
        let signals = SignalFd::with_flags(signals, SfdFlags::SFD_CLOEXEC)?;
        loop {
            let Ok(Some(info)) = signals.read_signal() else { continue };
            let number = u8::try_from(info.ssi_signo).unwrap_or_default();
            if i32::from(number) != libc::SIGCHLD {
                let _ = write(&self.relay, &[number]);
            } else if let Some(exit) = wait::ended(self.child) {
                return Ok(exit.status());
            }
        }
    }
}

/// Directly as root; otherwise through a user namespace with the same user and group.
fn unshare_all() -> Result<()> {
    let flags = CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNS;
    let (uid, gid) = (Uid::effective(), Gid::effective());
    let Err(errno) = unshare(flags) else { return Ok(()) };
    if uid.is_root() {
        return Err(about("cannot create a PID namespace", errno));
    }
    unshare(flags | CloneFlags::CLONE_NEWUSER).map_err(|errno| about("cannot create a user namespace", errno))?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))
}

fn about(what: &str, errno: Errno) -> Error {
    Error::other(format!("{what}: {}", errno.desc()))
}
