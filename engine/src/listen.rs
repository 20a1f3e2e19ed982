//! `$LISTEN_PID`, `$LISTEN_PIDFDID`, `$LISTEN_FDS`, `$LISTEN_FDNAMES`: descriptors that the service manager passed.

use crate::env;
use crate::number;
use crate::pidfd;
use crate::result::{Result, Stop, ensure};
use crate::sys::fd::Fd;
use crate::sys::heap::StringArray;
use crate::sys::process;
use core::ffi::c_int;
use core::ops::Range;

mod names;

/// The first descriptor passed (`SD_LISTEN_FDS_START`).
pub const START: c_int = 3;

/// The number of descriptors passed to this process, from [`START`] on; all are made close-on-exec. Never 0: `NO` if
/// there are none, or they are for another process.
pub fn fds() -> Result<c_int> {
    process::is_own(number::pid(env::get(env::LISTEN_PID)?)?)?;
    if let Ok(id) = env::get(env::LISTEN_PIDFDID) {
        let id = number::unsigned64(id)?;
        // A process ID can be reused; a pidfd's inode cannot. Without our own inode, the process ID has to do.
        if let Ok(own) = own_inode_id() {
            ensure(own == id, Stop::NO)?;
        }
    }
    let passed = range(env::get(env::LISTEN_FDS)?)?;
    let count = passed.end - START;
    for number in passed {
        Fd::from_c(number)?.close_on_exec()?;
    }
    Ok(count)
}

/// The descriptors that `$LISTEN_FDS` counts; `EINVAL` if the count is not positive or exceeds the largest descriptor.
fn range(count: &[u8]) -> Result<Range<c_int>> {
    let count = number::signed32(count)?;
    let end = START.checked_add(count).filter(|_| count > 0).ok_or(Stop::EINVAL)?;
    Ok(START..end)
}

/// Like [`fds`], with the name of each descriptor.
///
/// `EINVAL`: malformed names, which are checked first, or a number of names other than that of the descriptors.
pub fn fds_with_names() -> Result<StringArray> {
    let text = env::get(env::LISTEN_FDNAMES).ok();
    let named = text.map(names::count).transpose()?;
    let count = fds()? as usize;
    ensure(named.is_none_or(|named| named == count), Stop::EINVAL)?;

    let mut array = StringArray::with_capacity(count)?;
    let mut given = names::split(text.unwrap_or_default());
    for _ in 0..count {
        let name = given.next().filter(|_| named.is_some()).unwrap_or(names::UNKNOWN);
        array.push(name.len(), names::unescape(name))?;
    }
    Ok(array)
}

fn own_inode_id() -> Result<u64> {
    pidfd::inode_id(process::own_pidfd()?.fd())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{config, numeral};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_positive_count_begins_at_three(text in numeral()) {
            let expected = match number::signed32(&text) {
                Ok(count) if count > 0 && count <= c_int::MAX - START => Ok(START..START + count),
                Ok(_) => Err(Stop::EINVAL),
                Err(error) => Err(error),
            };
            prop_assert_eq!(range(&text), expected);
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        assert_eq!(range(b"1"), Ok(3..4));
        assert_eq!(range(b"2147483644"), Ok(3..c_int::MAX));
        assert_eq!(range(b"2147483645"), Err(Stop::EINVAL));
        assert_eq!(range(b"0"), Err(Stop::EINVAL));
        assert_eq!(range(b"-1"), Err(Stop::EINVAL));
    }
}
