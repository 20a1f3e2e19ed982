//! The prototypes of variadic/notify.c for the header: read by cbindgen, never by rustc.

use core::ffi::{c_char, c_int};

/// As sd_notify(), with a text formatted as by printf(3).
///
/// Texts of up to 4096 bytes take no heap memory. Returns as sd_notify(); -EINVAL also for a NULL format, -ENOMEM if
/// the text cannot be formatted or stored. Thread-safe as sd_notify(); not async-signal-safe, as printf() is not.
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 3)
#[no_mangle]
pub unsafe extern "C" fn sd_notifyf(unset_environment: c_int, format: *const c_char, ...) -> c_int {}

/// As sd_pid_notify(), with a text formatted as by printf(3): see sd_notifyf().
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(3, 4)
#[no_mangle]
pub unsafe extern "C" fn sd_pid_notifyf(
    pid: libc::pid_t,
    unset_environment: c_int,
    format: *const c_char,
    ...
) -> c_int {
}

/// As sd_pid_notify_with_fds(), with a text formatted as by printf(3): see sd_notifyf(). Note that the descriptors
/// stand before the format, and that n_fds is a size_t.
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(5, 6)
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
