//! The functions of `sd-daemon.h` for Rust programs, with Rust's types.
//!
//! None of them changes the environment. They read it, which is safe only while no other thread changes it.
#![forbid(unsafe_code)]

use crate::channel::text;
use crate::result::{Result as Outcome, Stop};
use crate::{Fd, boot, listen, notify, pidfd, watchdog};
use core::ffi::{CStr, c_int};
use core::time::Duration;

#[cfg(feature = "std")]
mod owned;
#[cfg(feature = "std")]
pub use owned::{PassedFd, take_fds};

/// An `errno`, with the meaning that `sd_notify(3)` and its companions give it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Error(c_int);

impl Error {
    /// The `errno`, for `std::io::Error::from_raw_os_error()`.
    pub fn raw_os_error(self) -> i32 {
        self.0
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        #[cfg(feature = "std")]
        return std::io::Error::from(*self).fmt(formatter);
        #[cfg(not(feature = "std"))]
        write!(formatter, "errno {}", self.0)
    }
}

impl core::error::Error for Error {}

/// A success, or an [`Error`].
pub type Result<T> = core::result::Result<T, Error>;

/// Turns "no" into `None`, which is not an error.
fn answer<T>(outcome: Outcome<T>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Stop::NO) => Ok(None),
        Err(stop) => Err(Error(stop.answer().wrapping_neg())),
    }
}

/// Sends state assignments such as `READY=1`, one per line. Returns false if there is no service manager to notify
/// (`$NOTIFY_SOCKET` is not set). Waits while the manager's queue is full.
pub fn notify(state: &CStr) -> Result<bool> {
    notify_with_fds(None, state, &[])
}

/// Sends state assignments on behalf of the process `pid`, or this one, along with file descriptors for `FDSTORE=1`.
///
/// `E2BIG`: more than [`MAX_FDS`](crate::MAX_FDS) descriptors.
pub fn notify_with_fds(pid: Option<libc::pid_t>, state: &CStr, fds: &[c_int]) -> Result<bool> {
    if fds.len() > crate::MAX_FDS {
        return Err(Error(libc::E2BIG));
    }
    answer(notify::send(&notify::Message { pid, state, fds })).map(|sent| sent.is_some())
}

/// Sends any text as a status line (`STATUS=`). Control characters become spaces, so that no text can contain another
/// assignment, and a long line is truncated, between two characters, to the 4,096 bytes that systemd reads. Returns the
/// same as [`notify()`].
pub fn status(line: &str) -> Result<bool> {
    let mut buffer = [0; text::MESSAGE_MAX];
    let message = text::status(line.as_bytes(), &mut buffer);
    // The C string has one more byte.
    let mut state = [0; text::MESSAGE_MAX + 1];
    for (to, from) in state.iter_mut().zip(message) {
        *to = *from;
    }
    notify(CStr::from_bytes_until_nul(&state).unwrap_or_default())
}

/// Waits until the service manager has read everything sent so far, on behalf of the process `pid` or this one. Returns
/// false if there is no service manager; `ETIMEDOUT` after `timeout`.
pub fn barrier(pid: Option<libc::pid_t>, timeout: Duration) -> Result<bool> {
    let usec = u64::try_from(timeout.as_micros()).unwrap_or(u64::MAX);
    answer(notify::barrier(pid, usec)).map(|done| done.is_some())
}

/// Returns the interval after which the service manager considers this process hung, if the manager expects heartbeats
/// (`WATCHDOG=1`). Send two per interval.
pub fn watchdog_interval() -> Result<Option<Duration>> {
    answer(watchdog::interval()).map(|usec| usec.map(Duration::from_micros))
}

/// The descriptors that the service manager passed to this process: consecutive numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Passed {
    count: c_int,
}

impl Passed {
    /// The number of descriptors.
    pub fn len(self) -> usize {
        usize::try_from(self.count).unwrap_or(0)
    }

    /// Whether there are no descriptors.
    pub fn is_empty(self) -> bool {
        self.count == 0
    }

    /// The first descriptor.
    pub fn first(self) -> Option<c_int> {
        self.iter().next()
    }

    /// All descriptors, in the order of the unit's `ListenStream=` and similar lines.
    pub fn iter(self) -> impl Iterator<Item = c_int> {
        listen::START..listen::START.saturating_add(self.count)
    }
}

/// Returns the descriptors that the service manager passed to this process, and makes them close-on-exec. Give each at
/// most one owner, as `take_fds()` of the feature `std` does. A process that the manager did not start itself
/// (`$LISTEN_PID`) has none.
pub fn listen_fds() -> Result<Passed> {
    answer(listen::fds()).map(|count| Passed { count: count.unwrap_or(0) })
}

/// Returns whether the system was booted with systemd.
pub fn booted() -> Result<bool> {
    answer(boot::with_systemd()).map(|yes| yes.is_some())
}

/// Returns the number that identifies the process behind a pidfd until the next boot.
///
/// `EBADF`: not a pidfd; `EOPNOTSUPP`: the kernel has no such numbers.
pub fn pidfd_inode_id(pidfd: c_int) -> Result<u64> {
    let id = Fd::from_c(pidfd).and_then(pidfd::inode_id);
    answer(id)?.ok_or(Error(libc::EOPNOTSUPP))
}
