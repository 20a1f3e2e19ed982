//! `$WATCHDOG_USEC` and `$WATCHDOG_PID`: does the service manager wait for heartbeats, and how often?

use crate::env;
use crate::number;
use crate::result::{Result, Stop, ensure};
use crate::sys::process;

/// The watchdog interval in microseconds; `NO` when heartbeats are not asked for, or of another process.
pub fn interval() -> Result<u64> {
    let usec = number::unsigned64(env::get(env::WATCHDOG_USEC)?)?;
    ensure(!matches!(usec, 0 | u64::MAX), Stop::EINVAL)?;
    if let Ok(pid) = env::get(env::WATCHDOG_PID) {
        process::is_own(number::pid(pid)?)?;
    }
    Ok(usec)
}
