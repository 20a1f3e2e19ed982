//! systemd's service protocols without libsystemd: a service says that it is ready, alive or about to stop, and
//! receives sockets from its manager. The C library libsdnotify is this crate behind `extern "C"`.
//!
//! Rust programs use [`daemon`]:
//!
//! ```no_run
//! use libsdnotify_engine::daemon;
//! use std::net::TcpListener;
//! use std::os::fd::FromRawFd;
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), daemon::Error> {
//! // Sockets that the service manager passed, numbered from 3 on.
//! let sockets = daemon::listen_fds()?;
//! let listener = sockets.first().map(|fd| {
//!     // SAFETY: the manager passed this descriptor to us, and nothing else here owns it.
//!     unsafe { TcpListener::from_raw_fd(fd) }
//! });
//!
//! // Half the interval after which the manager considers the service hung; None where it does not watch.
//! let beat: Option<Duration> = daemon::watchdog_interval()?.map(|interval| interval / 2);
//!
//! daemon::notify(c"READY=1\nSTATUS=Serving everyone")?;
//! while let Some(beat) = beat {
//!     // ... work for that long at most ...
//!     std::thread::sleep(beat);
//!     daemon::notify(c"WATCHDOG=1")?;
//! }
//! # drop(listener);
//! # Ok(())
//! # }
//! ```
//!
//! In reading order: [`notify`] (messages to the service manager, and the barrier), [`watchdog`], [`listen`] (passed
//! sockets) and [`fdtype`] (the type of a file descriptor), with [`pidfd`] and [`boot`]; [`channel`] (a connection that
//! is opened once); [`journal`] (log entries). They build on pure modules (`address`, `number`, [`result`],
//! [`symbols`]), [`env`](mod@env) and the system calls.
//!
//! No function keeps state between calls (except for the number of the journal socket), allocates memory (except
//! [`listen::fds_with_names()`], from the C heap), starts a thread, or leaves a descriptor open (except the journal
//! socket, and those of [`channel::connect()`] and [`journal::stream`], which the caller owns). In a release build no
//! function can panic; the link of the C library proves it.
#![cfg_attr(not(test), no_std)]

mod address;
pub mod boot;
pub mod channel;
pub mod daemon;
pub mod env;
pub mod fdtype;
pub mod journal;
pub mod listen;
pub mod notify;
mod number;
pub mod pidfd;
pub mod result;
pub mod symbols;
mod sys;
#[cfg(test)]
mod testing;
mod utf8;
pub mod watchdog;

pub use address::UNIX_PATH;
pub use sys::errno::Kept as KeptErrno;
pub use sys::fd::Fd;
pub use sys::heap::StringArray;
pub use sys::iovec::Bytes;
pub use sys::socket::MAX_FDS;
