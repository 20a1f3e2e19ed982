//! `sd_pidfd_get_inode_id()`.

use super::store;
use crate::result::number_to_c;
use core::ffi::c_int;
use libsdnotify_engine::{Fd, pidfd};

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
