//! `sd_listen_fds()` and `sd_listen_fds_with_names()`.

use super::{leave, store};
use crate::result::number_to_c;
use core::ffi::{c_char, c_int};
use libsdnotify_engine::{env, listen};

/// Returns how many file descriptors the service manager passed to this process. They are SD_LISTEN_FDS_START (3)
/// and those that follow; each is made close-on-exec.
///
/// unset_environment: not 0 removes $LISTEN_PID, $LISTEN_PIDFDID, $LISTEN_FDS and $LISTEN_FDNAMES, whatever the
/// result.
///
/// Returns their number, 0 if there are none ($LISTEN_PID or $LISTEN_FDS is not set, or they are for another process),
/// or a negative errno: -EINVAL and -ERANGE (a malformed number), -EBADF (one of them is not open).
///
/// Thread-safe and async-signal-safe as long as nothing changes the environment at the same time.
#[unsafe(no_mangle)]
pub extern "C" fn sd_listen_fds(unset_environment: c_int) -> c_int {
    leave(unset_environment, env::LISTEN, number_to_c(listen::fds()))
}

/// As sd_listen_fds(), with the name of each descriptor: FileDescriptorName= of a socket unit, FDNAME= of the
/// descriptor store, "unknown" if there is none.
///
/// names: receives a NULL-terminated array of as many strings as there are descriptors, written only if the result is
/// positive. The caller frees each string, and the array, with free(3). NULL: as sd_listen_fds().
///
/// Returns as sd_listen_fds(); also -EINVAL (malformed names, or not as many as descriptors), -ENOMEM. Thread-safe as
/// sd_listen_fds(); not async-signal-safe, as it allocates memory.
/// The caller guarantees: names is NULL or may be written to.
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
