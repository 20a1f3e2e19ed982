//! File descriptors: those that C passes, our own, and what both have in common.

use super::check;
use crate::result::{Result, Stop, ensure};
use core::ffi::c_int;

/// A file descriptor number that is not negative; it need not be open.
#[derive(Clone, Copy)]
pub struct Fd(c_int);

impl Fd {
    /// Takes a number from C; a negative one is `EBADF`.
    pub fn from_c(number: c_int) -> Result<Fd> {
        ensure(number >= 0, Stop::EBADF).map(|()| Fd(number))
    }

    /// The number of a descriptor that was open once.
    pub(super) fn from_stored(number: c_int) -> Fd {
        Fd(number)
    }

    /// The number, for system calls.
    pub fn number(self) -> c_int {
        self.0
    }

    /// Fails with `EBADF` if the descriptor is not open.
    pub fn must_be_open(self) -> Result<()> {
        self.flags().map(|_| ())
    }

    /// Sets `FD_CLOEXEC`.
    pub fn close_on_exec(self) -> Result<()> {
        let flags = self.flags()?;
        if flags & libc::FD_CLOEXEC == 0 {
            // SAFETY: F_SETFD takes an int and no memory.
            check(unsafe { libc::fcntl(self.0, libc::F_SETFD, flags | libc::FD_CLOEXEC) })?;
        }
        Ok(())
    }

    fn flags(self) -> Result<c_int> {
        // SAFETY: F_GETFD takes no memory.
        check(unsafe { libc::fcntl(self.0, libc::F_GETFD) })
    }
}

/// A descriptor that this library opened; it is closed when it goes out of scope.
pub struct OwnedFd(Fd);

impl OwnedFd {
    /// `number` must be fresh from a system call that opened it.
    pub(super) fn new(number: c_int) -> OwnedFd {
        OwnedFd(Fd(number))
    }

    pub fn fd(&self) -> Fd {
        self.0
    }

    /// Leaves the descriptor open, for the caller to close.
    pub fn into_inner(self) -> Fd {
        let fd = self.0;
        core::mem::forget(self);
        fd
    }

    /// The same file, close-on-exec, with a number other than those of the standard streams.
    pub fn above_stdio(self) -> Result<OwnedFd> {
        if self.0.number() > libc::STDERR_FILENO {
            return Ok(self);
        }
        // SAFETY: F_DUPFD_CLOEXEC takes an int and no memory.
        check(unsafe { libc::fcntl(self.0.number(), libc::F_DUPFD_CLOEXEC, libc::STDERR_FILENO + 1) }).map(OwnedFd::new)
    }
}

impl Drop for OwnedFd {
    fn drop(&mut self) {
        // SAFETY: the descriptor is ours alone (see new()), so that nobody else's is closed.
        unsafe { libc::close(self.0.number()) };
    }
}

/// Takes ownership of the open descriptors that the service manager passed to this process. Only the first caller gets
/// any.
#[cfg(feature = "std")]
pub fn take(passed: core::ops::Range<c_int>) -> impl Iterator<Item = std::os::fd::OwnedFd> {
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::os::fd::FromRawFd;
    static TAKEN: AtomicBool = AtomicBool::new(false);
    let left = if TAKEN.swap(true, Ordering::Relaxed) { 0..0 } else { passed };
    // SAFETY: the manager opened it for this process, nothing else in the process owns it, and it is taken only once.
    left.map(|number| unsafe { std::os::fd::OwnedFd::from_raw_fd(number) })
}

/// A close-on-exec pipe: read end and write end.
pub fn pipe() -> Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    // SAFETY: pipe2() writes two ints, for which there is room.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    let [read, write] = ends;
    Ok((OwnedFd::new(read), OwnedFd::new(write)))
}

/// Waits until all other ends of `fd` are closed; `ETIMEDOUT` after `timeout_usec`. `u64::MAX` waits indefinitely.
pub fn wait_for_hangup(fd: Fd, timeout_usec: u64) -> Result<()> {
    const USEC_PER_SEC: u64 = 1_000_000;
    let mut poll = libc::pollfd { fd: fd.number(), events: 0, revents: 0 };
    let timeout = libc::timespec {
        // 32 or 64 bits wide; the latter hold every value.
        tv_sec: (timeout_usec / USEC_PER_SEC).try_into().unwrap_or(i32::MAX.into()),
        tv_nsec: (timeout_usec % USEC_PER_SEC * 1000) as _,
    };
    let limit = if timeout_usec == u64::MAX { core::ptr::null() } else { &raw const timeout };
    // SAFETY: one pollfd and (unless null) one timespec, both alive during the call; no signal mask.
    let ready = check(unsafe { libc::ppoll(&raw mut poll, 1, limit, core::ptr::null()) })?;
    ensure(ready > 0, Stop::ETIMEDOUT)
}

#[cfg(test)]
mod tests;
