//! `$LISTEN_PID`, `$LISTEN_PIDFDID`, `$LISTEN_FDS`, `$LISTEN_FDNAMES`: descriptors that the service manager handed over.

use crate::env;
use crate::names;
use crate::number;
use crate::pidfd;
use crate::status::{Errno, Result};
use crate::sys::fd::Fd;
use crate::sys::heap::StringArray;
use crate::sys::process;
use core::ffi::c_int;

/// The first descriptor handed over (`SD_LISTEN_FDS_START`).
pub const START: c_int = 3;

/// How many descriptors, from [`START`] on, were handed over to this process; all are made close-on-exec.
pub fn fds() -> Result<c_int> {
    let Some(pid) = env::get(c"LISTEN_PID") else {
        return Ok(0);
    };
    if number::pid(pid)? != process::id() {
        return Ok(0);
    }
    if let Some(id) = env::get(c"LISTEN_PIDFDID") {
        let id = number::unsigned64(id)?;
        // A process id can come again, a pidfd's inode does not. Where ours is not to be had, the pid must do.
        if own_inode_id().is_ok_and(|own| own != id) {
            return Ok(0);
        }
    }
    let Some(count) = env::get(c"LISTEN_FDS") else {
        return Ok(0);
    };
    let count = number::signed32(count)?;
    let end = START.checked_add(count).filter(|_| count > 0).ok_or(Errno::EINVAL)?;
    for number in START..end {
        Fd::from_c(number)?.close_on_exec()?;
    }
    Ok(count)
}

/// As [`fds`], with each descriptor's name. No array when there are no descriptors.
///
/// `EINVAL`: malformed names, which are looked at first, or not as many names as descriptors.
pub fn fds_with_names() -> Result<(c_int, Option<StringArray>)> {
    let text = env::get(c"LISTEN_FDNAMES");
    let named = text.map(names::count).transpose()?;
    let count = fds()?;
    let Some(expected) = usize::try_from(count).ok().filter(|count| *count > 0) else {
        return Ok((count, None));
    };
    if named.is_some_and(|named| named != expected) {
        return Err(Errno::EINVAL);
    }
    let mut array = StringArray::with_capacity(expected)?;
    match text {
        Some(text) => names::split(text).try_for_each(|name| array.push(names::unescape(name)))?,
        None => (0..expected).try_for_each(|_| array.push(names::UNKNOWN.iter().copied()))?,
    }
    Ok((count, Some(array)))
}

fn own_inode_id() -> Result<u64> {
    pidfd::inode_id(process::own_pidfd()?.fd())
}
