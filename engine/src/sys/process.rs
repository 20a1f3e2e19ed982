//! This process: its IDs and its pidfd.

use super::fd::OwnedFd;
use super::last_error;
use crate::result::{Result, Stop, ensure};
use core::ffi::{CStr, c_char, c_int};

/// The process ID. Read from the kernel each time, so that a fork cannot make it stale.
pub fn id() -> libc::pid_t {
    // SAFETY: getpid() has no precondition and cannot fail.
    unsafe { libc::getpid() }
}

/// Succeeds if a process ID is this process's; otherwise `NO`.
pub fn is_own(pid: libc::pid_t) -> Result<()> {
    ensure(pid == id(), Stop::NO)
}

/// The real user and group ID.
pub fn real_ids() -> (libc::uid_t, libc::gid_t) {
    // SAFETY: neither has a precondition, neither can fail.
    unsafe { (libc::getuid(), libc::getgid()) }
}

/// A pidfd of this process.
pub fn own_pidfd() -> Result<OwnedFd> {
    // SAFETY: pidfd_open() takes two integers and no memory.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, id(), 0) };
    c_int::try_from(fd).ok().filter(|fd| *fd >= 0).map(OwnedFd::new).ok_or_else(last_error)
}

/// The last component of the name that this process was started by, or the name that it has set since.
pub fn short_name<'a>() -> Option<&'a [u8]> {
    unsafe extern "C" {
        static __progname: *const c_char;
    }
    // SAFETY: the C library's variable, which is there from the start.
    let name = unsafe { (&raw const __progname).read() };
    // SAFETY: NULL, or NUL-terminated: whoever changes it keeps it so, and does not while others log.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_bytes())
}
