//! `sd_pidfd_get_inode_id()`.

use super::store;
use crate::result::number_to_c;
use core::ffi::c_int;
use libsdnotify_engine::{Fd, pidfd};

/// Returns the inode ID of a pidfd, a number that identifies one process until the next boot. A process ID, by
/// contrast, can be reused.
///
/// @param pidfd from pidfd_open(2), clone(2) and the like.
/// @param ret receives the ID if the result is 0. May be NULL.
///
/// @return 0; or a negative errno:
///   - -EBADF: pidfd is not an open pidfd;
///   - -EOPNOTSUPP: the kernel has no such numbers (Linux before 6.9, before 6.14 on 32-bit machines);
///   - other errors of fstatfs(2) and fstat(2).
///
/// @note Thread-safe and async-signal-safe.
/// @pre ret is NULL or may be written to.
/// @see sd_pidfd_get_inode_id(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_pidfd_get_inode_id(pidfd: c_int, ret: *mut u64) -> c_int {
    // SAFETY: the caller's promise about ret.
    let stored = Fd::from_c(pidfd).and_then(pidfd::inode_id).map(|value| unsafe { store(ret, value) });
    number_to_c(stored.map(|()| 0))
}
