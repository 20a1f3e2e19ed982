//! The prototypes of variadic/notify.c for the header: read by cbindgen, never by rustc.

use core::ffi::{c_char, c_int};

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 3)
/// Sends a formatted text like sd_notify().
///
/// @param unset_environment not 0 removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param format as for printf(3), followed by its arguments. Not NULL.
///
/// @return like sd_notify(); also:
///   - -EINVAL: format is NULL;
///   - -ENOMEM: the text cannot be formatted or stored.
///
/// @note Thread-safe while nothing changes the environment; not async-signal-safe, like printf(3). Texts of up to 4096
///   bytes use no heap memory.
/// @pre format is NULL or NUL-terminated, and the arguments are those that it names.
/// @see sd_notify(3)
#[no_mangle]
pub unsafe extern "C" fn sd_notifyf(unset_environment: c_int, format: *const c_char, ...) -> c_int {}

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(3, 4)
/// Sends a formatted text like sd_pid_notify().
///
/// @param pid the process that the message is about; 0: this one.
/// @param unset_environment not 0 removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param format as for printf(3), followed by its arguments. Not NULL.
///
/// @return like sd_notifyf().
///
/// @note Thread-safe while nothing changes the environment; not async-signal-safe, like printf(3). Texts of up to 4096
///   bytes use no heap memory.
/// @pre format is NULL or NUL-terminated, and the arguments are those that it names.
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
/// Sends a formatted text like sd_pid_notify_with_fds(). Note that the descriptors come before the format, and that
/// n_fds is a size_t.
///
/// @param pid the process that the message is about; 0: this one.
/// @param unset_environment not 0 removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param fds n_fds open descriptors, which stay the caller's; NULL only if n_fds is 0.
/// @param n_fds how many: at most 253.
/// @param format as for printf(3), followed by its arguments. Not NULL.
///
/// @return like sd_pid_notify_with_fds() and sd_notifyf().
///
/// @note Thread-safe while nothing changes the environment; not async-signal-safe, like printf(3). Texts of up to 4096
///   bytes use no heap memory.
/// @pre format is NULL or NUL-terminated, and the arguments are those that it names.
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
