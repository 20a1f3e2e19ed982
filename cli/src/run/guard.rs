//! A process that briefly outlives the supervisor. If the supervisor was killed, it ends the rest of the service and
//! removes the socket's directory and the control group.

use super::notify_socket::Place;
use super::{cgroup, processes};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::libc;
use nix::sys::signal::SigSet;
use nix::sys::stat::Mode;
use nix::unistd::{ForkResult, dup2_stderr, dup2_stdin, dup2_stdout, fork, pipe2, read, setsid, write};
use std::ffi::OsString;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long the service has to end after the SIGTERM that it gets when its supervisor dies.
const GRACE: Duration = Duration::from_secs(5);
/// When to give up on processes that survive even SIGKILL.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// What remains if the supervisor is killed.
pub struct Leftovers {
    pub place: Option<Place>,
    pub cgroup: Option<PathBuf>,
    /// The service's processes are recognised by this $NOTIFY_SOCKET.
    pub address: OsString,
}

/// The guard waits until this is closed, at the latest by the kernel.
pub struct Guard {
    alive: OwnedFd,
}

impl Guard {
    /// Spares the service's processes: only what belongs to this program is removed.
    pub fn spare(self) {
        let _ = write(&self.alive, b"1");
    }
}

/// Starts the guard. No other thread may be running yet, and this process must not be a subreaper, or the guard would
/// be its child.
pub fn start(leftovers: Leftovers) -> Result<Guard, Errno> {
    let (watch, alive) = pipe2(OFlag::O_CLOEXEC)?;
    // SAFETY: this program still has one thread, so the child may do all that the parent may.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => {
            let _ = super::wait::wait_for(child.as_raw());
            Ok(Guard { alive })
        }
        ForkResult::Child => {
            drop(alive);
            // SAFETY: likewise.
            if let Ok(ForkResult::Child) = unsafe { fork() } {
                let _ = guard(&watch, &leftovers);
            }
            // SAFETY: ends the process without running the parent's destructors.
            unsafe { libc::_exit(0) }
        }
    }
}

fn guard(watch: &OwnedFd, leftovers: &Leftovers) -> Result<(), Errno> {
    setsid()?;
    SigSet::all().thread_set_mask()?;
    nix::unistd::chdir("/")?;
    // A reader of the supervisor's output must not wait for the guard, nor must sockets stay open in it.
    let null = open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    close_all_but(watch.as_raw_fd());
    let spared = loop {
        match read(watch, &mut [0]) {
            Err(Errno::EINTR) => {}
            Ok(1) => break true,
            _ => break false,
        }
    };
    let start = Instant::now();
    let marker = [b"NOTIFY_SOCKET=", leftovers.address.as_bytes()].concat();
    while !spared && start.elapsed() < PATIENCE {
        let signal = if start.elapsed() < GRACE { libc::SIGTERM } else { libc::SIGKILL };
        if let (libc::SIGKILL, Some(cgroup)) = (signal, &leftovers.cgroup) {
            cgroup::kill(cgroup);
        }
        let left = processes::signal_marked(&marker, signal);
        let populated = leftovers.cgroup.as_deref().is_some_and(cgroup::is_populated);
        if left == 0 && !populated {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    leftovers.place.iter().for_each(Place::remove);
    leftovers.cgroup.iter().for_each(|path| cgroup::remove(path));
    Ok(())
}

fn close_all_but(fd: RawFd) {
    for (first, last) in [(3, fd - 1), (fd + 1, RawFd::MAX)] {
        if first <= last {
            // SAFETY: nothing in this process uses the descriptors any more.
            unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        }
    }
}
