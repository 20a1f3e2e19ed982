//! systemd's service protocols without libsystemd: a service says that it is ready, alive or about to stop, and
//! receives sockets from its manager. The C library libsdnotify is this crate behind `extern "C"`.
//!
//! Rust programs use [`daemon`], with the feature `std`:
//!
//! ```toml
//! [dependencies]
//! libsdnotify-engine = { version = "0.2", features = ["std"] }
//! ```
//!
//! # Ready
//!
//! ```
//! use libsdnotify_engine::daemon;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::os::{linux::net::SocketAddrExt, unix::net::{SocketAddr, UnixDatagram}};
//! # let name = format!("libsdnotify-engine/{}", std::process::id());
//! # let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
//! # // SAFETY: there is no other thread.
//! # unsafe { std::env::set_var("NOTIFY_SOCKET", format!("@{name}")) };
//! # let received = || {
//! #     let mut message = [0; 100];
//! #     manager.recv(&mut message).map(|len| String::from_utf8_lossy(&message[..len]).into_owned())
//! # };
//! // ... open whatever clients need ...
//! daemon::notify(c"READY=1")?;
//! daemon::status(&format!("Serving {} clients", 12))?;
//! # assert_eq!((received()?.as_str(), received()?.as_str()), ("READY=1", "STATUS=Serving 12 clients"));
//! # Ok(())
//! # }
//! ```
//!
//! Without a service manager nothing is sent and the result is `Ok(false)`, so the same program runs in a terminal.
//!
//! # The watchdog
//!
//! Send `WATCHDOG=1` from the loop that does the work, not from a separate thread, which would carry on when the work hangs.
//!
//! ```
//! use libsdnotify_engine::daemon;
//! use std::sync::mpsc::{RecvTimeoutError, channel};
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::os::{linux::net::SocketAddrExt, unix::net::{SocketAddr, UnixDatagram}};
//! # let name = format!("libsdnotify-engine/{}", std::process::id());
//! # let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
//! # // SAFETY: there is no other thread.
//! # unsafe { std::env::set_var("NOTIFY_SOCKET", format!("@{name}")) };
//! # let received = || {
//! #     let mut message = [0; 100];
//! #     manager.recv(&mut message).map(|len| String::from_utf8_lossy(&message[..len]).into_owned())
//! # };
//! # // SAFETY: there is no other thread.
//! # unsafe { std::env::set_var("WATCHDOG_USEC", "20000") };
//! let (sender, jobs) = channel::<Box<dyn FnOnce() + Send>>();
//! # std::thread::spawn(move || {
//! #     sender.send(Box::new(|| ())).expect("a loop that works");
//! #     std::thread::sleep(Duration::from_millis(30));
//! # });
//! // Half the interval after which the manager considers the service hung.
//! let beat = daemon::watchdog_interval()?.map_or(Duration::MAX, |interval| interval / 2);
//! # assert_eq!(beat, Duration::from_millis(10));
//! loop {
//!     match jobs.recv_timeout(beat) {
//!         Ok(job) => job(),
//!         Err(RecvTimeoutError::Timeout) => {}
//!         Err(RecvTimeoutError::Disconnected) => break,
//!     }
//!     daemon::notify(c"WATCHDOG=1")?;
//! }
//! daemon::notify(c"STOPPING=1")?;
//! # assert_eq!(received()?, "WATCHDOG=1");
//! # while received()? != "STOPPING=1" {}
//! # Ok(())
//! # }
//! ```
//!
//! # Sockets
//!
#![cfg_attr(feature = "std", doc = "```")]
#![cfg_attr(not(feature = "std"), doc = "```text")]
//! use libsdnotify_engine::daemon;
//! use std::net::TcpListener;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::os::fd::IntoRawFd;
//! # let bound = TcpListener::bind("0.0.0.0:0")?;
//! # let address = bound.local_addr()?;
//! # // SAFETY: there is no other thread, and nothing in this process owns descriptor 3.
//! # unsafe {
//! #     libc::dup2(bound.into_raw_fd(), 3);
//! #     std::env::set_var("LISTEN_PID", std::process::id().to_string());
//! #     std::env::set_var("LISTEN_FDS", "1");
//! #     std::env::set_var("LISTEN_FDNAMES", "http");
//! # }
//! // The first socket that the manager passed, or our own if it passed none.
//! let listener = match daemon::take_fds()?.into_iter().next() {
//!     Some(passed) => TcpListener::from(passed.fd),
//!     None => TcpListener::bind("127.0.0.1:8080")?,
//! };
//! # assert_eq!(listener.local_addr()?, address);
//! # assert!(daemon::take_fds()?.is_empty(), "they are taken");
//! # Ok(())
//! # }
//! ```
//!
//! A complete service is in `examples/greeter.rs`.
//!
//! # The modules
//!
//! In reading order: [`notify`] (messages to the service manager, and the barrier), [`watchdog`], [`listen`] (passed
//! sockets) and [`fdtype`] (the type of a file descriptor), with [`pidfd`] and [`boot`]; [`channel`] (a connection that
//! is opened once); [`journal`] (log entries). They build on pure modules (`address`, `number`, [`result`],
//! [`symbols`]), [`env`](mod@env) and the system calls.
//!
//! Without the feature `std` the crate is `no_std`. No function keeps state between calls (except for the number of the
//! journal socket), allocates memory (except [`listen::fds_with_names()`], from the C heap), starts a thread, or leaves a
//! descriptor open (except the journal socket, and those of [`channel::connect()`] and [`journal::stream`], which the
//! caller owns). In a release build, no function can panic; the link of the C library proves it.
#![cfg_attr(not(any(test, feature = "std")), no_std)]

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

/// The examples of the README, for `cargo test`.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;

pub use address::UNIX_PATH;
pub use sys::errno::Kept as KeptErrno;
pub use sys::fd::Fd;
pub use sys::heap::StringArray;
pub use sys::iovec::Bytes;
pub use sys::socket::MAX_FDS;
