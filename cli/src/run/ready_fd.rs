//! `--ready-fd`: tells a supervisor like s6, dinit or OpenRC that the service is ready.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::write;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

pub struct ReadyFd(OwnedFd);

impl ReadyFd {
    /// Takes over a descriptor from the caller. Must be called before this program opens any.
    pub fn take(number: RawFd) -> Result<ReadyFd, Errno> {
        // SAFETY: the number is used for these calls only, which fail if it is not open.
        let fd = unsafe { BorrowedFd::borrow_raw(number) };
        let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
        if flags.contains(OFlag::O_PATH) || flags & OFlag::O_ACCMODE == OFlag::O_RDONLY {
            return Err(Errno::EBADF);
        }
        fcntl(fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        // SAFETY: it is open, and nothing else in this program knows it.
        Ok(ReadyFd(unsafe { OwnedFd::from_raw_fd(number) }))
    }

    /// Writes a newline and closes the descriptor.
    pub fn announce(self) -> Result<(), Errno> {
        // A full pipe must not stop supervision, and O_NONBLOCK would affect other processes that share it.
        let mut fds = [PollFd::new(self.0.as_fd(), PollFlags::POLLOUT)];
        if poll(&mut fds, PollTimeout::ZERO)? == 0 {
            return Err(Errno::EAGAIN);
        }
        write(&self.0, b"\n").map(drop)
    }
}
