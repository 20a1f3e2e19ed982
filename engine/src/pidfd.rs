//! The inode id of a pidfd: the one number that names a process for as long as the machine runs.

use crate::result::{Result, Stop};
use crate::sys::fd::Fd;
use crate::sys::{file, process};

/// The inode id of a pidfd. `EBADF`: not a pidfd; `EOPNOTSUPP`: the kernel's pidfds have no inodes of their own.
pub fn inode_id(pidfd: Fd) -> Result<u64> {
    if let Err(error) = file::is_on_pidfs(pidfd) {
        // Whether it is the caller's fault, a pidfd of our own shows. Only a caller who is wrong pays for that.
        let supported = process::own_pidfd().and_then(|own| file::is_on_pidfs(own.fd()));
        return Err(supported.map_or(Stop::EOPNOTSUPP, |()| error));
    }
    match file::pidfd_handle(pidfd) {
        // Linux before 6.14 gives no handles of pidfds, a sandbox may refuse the call.
        Err(error) if error.is_not_supported() || error.is_privilege() || error == Stop::EINVAL => inode_number(pidfd),
        result => result,
    }
}

#[cfg(target_pointer_width = "64")]
fn inode_number(pidfd: Fd) -> Result<u64> {
    Ok(file::of_fd(pidfd)?.inode())
}

/// An inode number of 32 bits may be another process's.
#[cfg(not(target_pointer_width = "64"))]
fn inode_number(_: Fd) -> Result<u64> {
    Err(Stop::EOPNOTSUPP)
}
