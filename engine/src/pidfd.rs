//! The inode ID of a pidfd: the number that identifies a process until the next boot.

use crate::result::{Result, Stop};
use crate::sys::fd::Fd;
use crate::sys::{file, process};

/// The inode ID of a pidfd. `EBADF`: not a pidfd; `EOPNOTSUPP`: the kernel's pidfds have no inodes of their own.
pub fn inode_id(pidfd: Fd) -> Result<u64> {
    if let Err(error) = file::is_on_pidfs(pidfd) {
        // A pidfd of our own shows whether the caller is at fault. Only a caller in error pays for this.
        let supported = process::own_pidfd().and_then(|own| file::is_on_pidfs(own.fd()));
        return Err(supported.map_or(Stop::EOPNOTSUPP, |()| error));
    }
    match file::pidfd_handle(pidfd) {
        // Linux before 6.14 has no handles for pidfds, and a sandbox may refuse the call.
        Err(error) if error.is_not_supported() || error.is_privilege() || error == Stop::EINVAL => inode_number(pidfd),
        result => result,
    }
}

#[cfg(target_pointer_width = "64")]
fn inode_number(pidfd: Fd) -> Result<u64> {
    Ok(file::of_fd(pidfd)?.inode())
}

/// A 32-bit inode number may be ambiguous.
#[cfg(not(target_pointer_width = "64"))]
fn inode_number(_: Fd) -> Result<u64> {
    Err(Stop::EOPNOTSUPP)
}
