//! `$WATCHDOG_USEC` and `$WATCHDOG_PID`: does the service manager wait for heartbeats, and how often?

use crate::env;
use crate::number;
use crate::status::{Errno, Result};
use crate::sys::process;

/// The watchdog interval in microseconds; none when heartbeats are not asked for, or of another process.
pub fn interval() -> Result<Option<u64>> {
    let Some(usec) = env::get(c"WATCHDOG_USEC") else {
        return Ok(None);
    };
    let usec = number::unsigned64(usec)?;
    if matches!(usec, 0 | u64::MAX) {
        return Err(Errno::EINVAL);
    }
    match env::get(c"WATCHDOG_PID") {
        Some(pid) if number::pid(pid)? != process::id() => Ok(None),
        _ => Ok(Some(usec)),
    }
}
