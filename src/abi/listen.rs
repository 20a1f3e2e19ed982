//! `sd_listen_fds()` and `sd_listen_fds_with_names()`.

use super::{leave, store};
use crate::result::number_to_c;
use core::ffi::{c_char, c_int};
use libsdnotify_engine::{env, listen};

/// Returns how many file descriptors the service manager passed to this process. The first is SD_LISTEN_FDS_START
/// (3); the others follow it. They are made close-on-exec and belong to the caller.
///
/// @param unset_environment if not 0, removes $LISTEN_PID, $LISTEN_PIDFDID, $LISTEN_FDS and $LISTEN_FDNAMES,
///   regardless of the result.
///
/// @return their number; 0 if there are none: $LISTEN_PID or $LISTEN_FDS is not set, or they are for another process;
///   or a negative errno:
///   - -EINVAL: a variable is not a number, or $LISTEN_FDS is not positive;
///   - -ERANGE: a number is out of range; -EBADF: one of the descriptors is not open.
///
/// @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
/// @see sd_listen_fds(3)
#[unsafe(no_mangle)]
pub extern "C" fn sd_listen_fds(unset_environment: c_int) -> c_int {
    leave(unset_environment, env::LISTEN, number_to_c(listen::fds()))
}

/// Returns how many file descriptors were passed, like sd_listen_fds(), and stores the name of each:
/// FileDescriptorName= of the socket unit, FDNAME= of the descriptor store, or "unknown".
///
/// @param unset_environment if not 0, removes $LISTEN_PID, $LISTEN_PIDFDID, $LISTEN_FDS and $LISTEN_FDNAMES,
///   regardless of the result.
/// @param names receives a NULL-terminated array with one string per descriptor. The caller frees each string and
///   then the array with free(3). Written only if the result is positive. May be NULL.
///
/// @return like sd_listen_fds(); also:
///   - -EINVAL: the names are malformed, or not as many as the descriptors;
///   - -ENOMEM: out of memory.
///
/// @note Thread-safe while nothing changes the environment; not async-signal-safe, because it allocates memory.
/// @pre names is NULL or may be written to.
/// @see sd_listen_fds(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_listen_fds_with_names(unset_environment: c_int, names: *mut *mut *mut c_char) -> c_int {
    let count = if names.is_null() {
        listen::fds()
    } else {
        listen::fds_with_names().map(|array| {
            let count = array.len() as c_int;
            // SAFETY: the caller's promise about names.
            unsafe { store(names, array.into_raw()) };
            count
        })
    };
    leave(unset_environment, env::LISTEN, number_to_c(count))
}
