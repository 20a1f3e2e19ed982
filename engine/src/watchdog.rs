//! `$WATCHDOG_USEC` and `$WATCHDOG_PID`: whether the service manager expects heartbeats, and how often.

use crate::env;
use crate::number;
use crate::result::{Result, Stop, ensure};
use crate::sys::process;

/// The watchdog interval in microseconds; `NO` if no heartbeats are expected, or those of another process.
pub fn interval() -> Result<u64> {
    parse(env::get(env::WATCHDOG_USEC)?, env::get(env::WATCHDOG_PID).ok())
}

/// The meaning of the two variables for this process.
fn parse(usec: &[u8], pid: Option<&[u8]>) -> Result<u64> {
    let usec = number::unsigned64(usec)?;
    ensure(!matches!(usec, 0 | u64::MAX), Stop::EINVAL)?;
    if let Some(pid) = pid {
        process::is_own(number::pid(pid)?)?;
    }
    Ok(usec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{config, numeral};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_interval_is_a_number_with_two_exceptions(usec in numeral(), pid in numeral()) {
            let expected = number::unsigned64(&usec).and_then(|usec| match usec {
                0 | u64::MAX => Err(Stop::EINVAL),
                usec => Ok(usec),
            });
            prop_assert_eq!(parse(&usec, None), expected);
            prop_assert_eq!(parse(&usec, Some(process::id().to_string().as_bytes())), expected);
            // The interval is checked first, and ignored if it is another process's.
            let of_pid = match number::pid(&pid) {
                Ok(pid) if pid == process::id() => expected,
                Ok(_) => expected.and(Err(Stop::NO)),
                Err(error) => expected.and(Err(error)),
            };
            prop_assert_eq!(parse(&usec, Some(&pid)), of_pid);
        }

        #[test]
        fn what_systemd_sets_is_read(usec in 1..u64::MAX) {
            let pid = process::id();
            prop_assert_eq!(parse(usec.to_string().as_bytes(), Some(pid.to_string().as_bytes())), Ok(usec));
            prop_assert_eq!(parse(usec.to_string().as_bytes(), Some(b"1")), Err(Stop::NO));
        }
    }
}
