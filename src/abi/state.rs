//! What this process is to the service manager: watchdog, boot, pidfd.

use crate::env;
use crate::status::{number_to_c, to_c};
use crate::sys::fd::Fd;
use crate::{boot, pidfd, watchdog};
use core::ffi::c_int;

/// Asks whether the service manager expects heartbeats ("WATCHDOG=1") of this process, and how often.
///
/// usec: receives the interval in microseconds after which the manager takes the service for dead; a heartbeat is best
/// sent every half of it. Written only if the result is positive. May be NULL.
/// unset_environment: not 0 removes $WATCHDOG_USEC and $WATCHDOG_PID, whatever the result.
///
/// Returns a positive number if heartbeats are expected, 0 if not ($WATCHDOG_USEC is not set, or $WATCHDOG_PID is
/// another process), or a negative errno: -EINVAL (not a number, or an interval of 0 or 2^64-1), -ERANGE.
///
/// Thread-safe and async-signal-safe as long as nothing changes the environment at the same time.
/// The caller guarantees: usec is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_watchdog_enabled(unset_environment: c_int, usec: *mut u64) -> c_int {
    let interval = watchdog::interval();
    env::clear(unset_environment, env::WATCHDOG);
    // SAFETY: the caller's promise about usec.
    to_c(interval.map(|value| unsafe { store(usec, value) }))
}

/// Writes a result that the caller may not want.
///
/// # Safety
/// `to` is NULL or may be written to.
unsafe fn store(to: *mut u64, value: u64) {
    if !to.is_null() {
        // SAFETY: not NULL, and then the caller lets us write.
        unsafe { to.write_unaligned(value) };
    }
}

/// Asks whether the machine was booted with systemd: whether /run/systemd/system/ exists.
///
/// Returns 1 if so, 0 if not, or a negative errno of stat(2), such as -EACCES. Thread-safe and async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C" fn sd_booted() -> c_int {
    to_c(boot::with_systemd())
}

/// The inode id of a pidfd: a number that names one process for as long as the machine runs, where a process id can
/// come again.
///
/// ret: receives the id if the result is 0. May be NULL.
///
/// Returns 0, or a negative errno: -EBADF (not an open pidfd), -EOPNOTSUPP (Linux before 6.9). Thread-safe and
/// async-signal-safe.
/// The caller guarantees: ret is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_pidfd_get_inode_id(pidfd: c_int, ret: *mut u64) -> c_int {
    // SAFETY: the caller's promise about ret.
    let stored = Fd::from_c(pidfd).and_then(pidfd::inode_id).map(|value| unsafe { store(ret, value) });
    number_to_c(stored.map(|()| 0))
}
