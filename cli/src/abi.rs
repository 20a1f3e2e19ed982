//! libsdnotify's functions, which are linked into this program, as safe ones. Errors are what they return.

use nix::errno::Errno;
use std::ffi::{CStr, c_char, c_int, c_uint};
use std::os::fd::{AsFd, AsRawFd};

unsafe extern "C" {
    fn sd_pid_notify_with_fds(
        pid: nix::libc::pid_t,
        unset_environment: c_int,
        state: *const c_char,
        fds: *const c_int,
        n_fds: c_uint,
    ) -> c_int;
    fn sd_pid_notify_barrier(pid: nix::libc::pid_t, unset_environment: c_int, timeout: u64) -> c_int;
    fn sd_booted() -> c_int;
    fn sd_pidfd_get_inode_id(pidfd: c_int, id: *mut u64) -> c_int;
}

/// A negative errno, or whether the answer is more than 0.
fn answer(result: c_int) -> Result<bool, Errno> {
    if result < 0 { Err(Errno::from_raw(-result)) } else { Ok(result > 0) }
}

/// Sends a message on behalf of a process (0: this one). False if $NOTIFY_SOCKET is not set.
pub fn notify(pid: i32, state: &CStr, fds: &[c_int]) -> Result<bool, Errno> {
    let count = c_uint::try_from(fds.len()).map_err(|_| Errno::E2BIG)?;
    // SAFETY: the text ends with a NUL byte, and the array is as long as said.
    answer(unsafe { sd_pid_notify_with_fds(pid, 0, state.as_ptr(), fds.as_ptr(), count) })
}

/// Waits until the manager has read what was sent. False if $NOTIFY_SOCKET is not set.
pub fn barrier(pid: i32, timeout_usec: u64) -> Result<bool, Errno> {
    // SAFETY: only numbers.
    answer(unsafe { sd_pid_notify_barrier(pid, 0, timeout_usec) })
}

/// Whether the machine was booted with systemd.
pub fn booted() -> Result<bool, Errno> {
    // SAFETY: nothing to promise.
    answer(unsafe { sd_booted() })
}

/// The inode number that tells a process from another of the same id.
pub fn pidfd_inode(pidfd: &impl AsFd) -> Option<u64> {
    let mut id = 0;
    // SAFETY: the descriptor is open, and the number there to be written.
    answer(unsafe { sd_pidfd_get_inode_id(pidfd.as_fd().as_raw_fd(), &raw mut id) }).ok().map(|_| id)
}
