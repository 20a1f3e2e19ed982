//! This process: its ids and its pidfd.

use super::fd::OwnedFd;
use super::last_error;
use crate::result::{Result, Stop, ensure};
use core::ffi::{CStr, c_char, c_int};

/// The process id. Asked of the kernel each time, so that a fork cannot make it stale.
pub fn id() -> libc::pid_t {
    // SAFETY: getpid() has no precondition and cannot fail.
    unsafe { libc::getpid() }
}

/// Whether a process id is this process's: goes on, or `NO`.
pub fn is_own(pid: libc::pid_t) -> Result<()> {
    ensure(pid == id(), Stop::NO)
}

/// The real user and group id.
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

/// The last part of the name that this process was started by, or what it says since then.
pub fn short_name<'a>() -> Option<&'a [u8]> {
    unsafe extern "C" {
        static program_invocation_short_name: *const c_char;
    }
    // SAFETY: the C library's variable, which is there from the start.
    let name = unsafe { (&raw const program_invocation_short_name).read() };
    // SAFETY: NULL, or NUL-terminated: whoever changes it keeps it so, and does not while others log.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_bytes())
}
