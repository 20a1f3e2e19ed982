//! The environment: the only `getenv` and `unsetenv`.
//!
//! Neither is safe against another thread that changes the environment at the same time; that is the C library's
//! contract, and the public documentation passes it on.

use core::ffi::CStr;

/// The variables of the three protocols.
pub const NOTIFY: &[&CStr] = &[c"NOTIFY_SOCKET"];
pub const WATCHDOG: &[&CStr] = &[c"WATCHDOG_USEC", c"WATCHDOG_PID"];
pub const LISTEN: &[&CStr] = &[c"LISTEN_PID", c"LISTEN_PIDFDID", c"LISTEN_FDS", c"LISTEN_FDNAMES"];

/// The value of a variable, without its NUL. It is gone once the environment is changed.
pub fn get<'a>(name: &CStr) -> Option<&'a [u8]> {
    // SAFETY: name is NUL-terminated by its type; getenv() only reads.
    let value = unsafe { libc::getenv(name.as_ptr()) };
    // SAFETY: what getenv() returns is a NUL-terminated string; that it stays as it is while it is looked at is the
    // caller's promise not to change the environment from another thread. This crate clears variables last.
    (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) }.to_bytes())
}

/// Runs `work`, then removes `names` when the caller asked for it, whatever the result was.
pub fn clear_after<T>(unset_environment: i32, names: &[&CStr], work: impl FnOnce() -> T) -> T {
    let result = work();
    if unset_environment != 0 {
        for name in names {
            // SAFETY: name is NUL-terminated by its type. The name is valid, so that unsetenv() cannot fail.
            unsafe { libc::unsetenv(name.as_ptr()) };
        }
    }
    result
}
