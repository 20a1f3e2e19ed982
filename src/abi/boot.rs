//! `sd_booted()`.

use crate::result::to_c;
use core::ffi::c_int;
use libsdnotify_engine::boot;

/// Checks whether the machine was booted with systemd: whether /run/systemd/system/ exists.
///
/// @return 1 if so; 0 if not; or a negative errno of stat(2), such as -EACCES.
///
/// @note Thread-safe and async-signal-safe.
/// @see sd_booted(3)
#[unsafe(no_mangle)]
pub extern "C" fn sd_booted() -> c_int {
    to_c(boot::with_systemd())
}
