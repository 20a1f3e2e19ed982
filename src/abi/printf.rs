//! The prototypes of variadic/notify.c for the header: read by cbindgen, never by rustc.

use core::ffi::{c_char, c_int};

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 3)
/// Sends formatted state assignments like sd_notify().
///
/// @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param format as for printf(3), followed by the arguments. Not NULL.
///
/// @return like sd_notify(); also:
///   - -EINVAL: format is NULL;
///   - -ENOMEM: the text could not be formatted or stored.
///
/// @note Thread-safe while nothing changes the environment; not async-signal-safe, like printf(3). Texts of up to
///   4096 bytes use no heap memory.
/// @pre format is NULL or NUL-terminated, and the arguments match it.
/// @see sd_notify(3)
#[no_mangle]
pub unsafe extern "C" fn sd_notifyf(unset_environment: c_int, format: *const c_char, ...) -> c_int {}

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(3, 4)
/// Sends formatted state assignments like sd_pid_notify().
///
/// @param pid the process on whose behalf to send; 0: this one.
/// @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param format as for printf(3), followed by the arguments. Not NULL.
///
/// @return like sd_notifyf().
///
/// @note Thread-safe while nothing changes the environment; not async-signal-safe, like printf(3). Texts of up to
///   4096 bytes use no heap memory.
/// @pre format is NULL or NUL-terminated, and the arguments match it.
/// @see sd_notify(3)
#[no_mangle]
pub unsafe extern "C" fn sd_pid_notifyf(
    pid: libc::pid_t,
    unset_environment: c_int,
    format: *const c_char,
    ...
) -> c_int {
}

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(5, 6)
/// Sends formatted state assignments like sd_pid_notify_with_fds(). Note that the descriptors come before the format,
/// and that n_fds is a size_t.
///
/// @param pid the process on whose behalf to send; 0: this one.
/// @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param fds n_fds open descriptors, which remain the caller's; may be NULL only if n_fds is 0.
/// @param n_fds number of descriptors, at most 253.
/// @param format as for printf(3), followed by the arguments. Not NULL.
///
/// @return like sd_pid_notify_with_fds() and sd_notifyf().
///
/// @note Thread-safe while nothing changes the environment; not async-signal-safe, like printf(3). Texts of up to
///   4096 bytes use no heap memory.
/// @pre format is NULL or NUL-terminated, and the arguments match it.
/// @pre fds is NULL or an array of n_fds numbers.
/// @see sd_notify(3)
#[no_mangle]
pub unsafe extern "C" fn sd_pid_notifyf_with_fds(
    pid: libc::pid_t,
    unset_environment: c_int,
    fds: *const c_int,
    n_fds: usize,
    format: *const c_char,
    ...
) -> c_int {
}
