//! `sd_watchdog_enabled()`.

use super::{leave, store};
use crate::result::to_c;
use core::ffi::c_int;
use libsdnotify_engine::{env, watchdog};

/// Returns whether the service manager expects heartbeats ("WATCHDOG=1") from this process, and how often.
///
/// @param unset_environment if not 0, removes $WATCHDOG_USEC and $WATCHDOG_PID, regardless of the result.
/// @param usec receives the interval in microseconds after which the manager considers the service hung; send a
///   heartbeat every half interval. Written only if the result is positive. May be NULL.
///
/// @return a positive number if heartbeats are expected; 0 if not: $WATCHDOG_USEC is not set, or $WATCHDOG_PID is
///   another process; or a negative errno:
///   - -EINVAL: a variable is not a number, or the interval is 0 or 2^64-1;
///   - -ERANGE: a number is out of range.
///
/// @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
/// @pre usec is NULL or may be written to.
/// @see sd_watchdog_enabled(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_watchdog_enabled(unset_environment: c_int, usec: *mut u64) -> c_int {
    // SAFETY: the caller's promise about usec.
    let stored = watchdog::interval().map(|value| unsafe { store(usec, value) });
    leave(unset_environment, env::WATCHDOG, to_c(stored))
}
