//! The engine's functions for the command's own messages, with nix's `Errno` for errors.
#![forbid(unsafe_code)]

use libsdnotify_engine::daemon;
use nix::errno::Errno;
use std::ffi::{CStr, c_int};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

fn errno(error: daemon::Error) -> Errno {
    Errno::from_raw(error.raw_os_error())
}

/// Sends a message on behalf of a process (0: this one). False if $NOTIFY_SOCKET is not set.
pub fn notify(pid: i32, state: &CStr, fds: &[c_int]) -> Result<bool, Errno> {
    daemon::notify_with_fds((pid != 0).then_some(pid), state, fds).map_err(errno)
}

/// Waits until the manager has read everything sent so far. False if $NOTIFY_SOCKET is not set.
pub fn barrier(pid: i32, timeout_usec: u64) -> Result<bool, Errno> {
    daemon::barrier((pid != 0).then_some(pid), Duration::from_micros(timeout_usec)).map_err(errno)
}

/// The interval in which the manager expects heartbeats from this process.
pub fn watchdog_interval() -> Result<Option<Duration>, Errno> {
    daemon::watchdog_interval().map_err(errno)
}

/// Whether the machine was booted with systemd.
pub fn booted() -> Result<bool, Errno> {
    daemon::booted().map_err(errno)
}

/// The inode number that distinguishes processes with the same ID.
pub fn pidfd_inode(pidfd: &impl AsFd) -> Option<u64> {
    daemon::pidfd_inode_id(pidfd.as_fd().as_raw_fd()).ok()
}
