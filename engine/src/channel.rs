//! A notification channel: one connected socket, opened early and kept by the caller.
//!
//! Opening the socket needs the environment, a path, a privilege and the right to open sockets. After that, a message
//! is one system call, which works wherever the descriptor does.

use crate::address::{self, Address, SocketType};
use crate::result::{Result, Stop, ensure};
use crate::sys::clock;
use crate::sys::fd::Fd;
use crate::sys::sockaddr::SocketAddress;
use crate::sys::socket::{Ancillary, Socket};
use crate::{env, notify};
use core::ffi::c_int;

pub(crate) mod text;

/// Connects to `$NOTIFY_SOCKET` and returns the descriptor, which the caller owns; `NO` if the variable is not set.
///
/// `EAFNOSUPPORT`: a vsock address, where each message may need its own connection.
pub fn connect() -> Result<Fd> {
    let Address::Unix(name) = address::parse(env::get(env::NOTIFY_SOCKET)?)? else {
        return Err(Stop::EAFNOSUPPORT);
    };
    let socket = Socket::open(libc::AF_UNIX, SocketType::Datagram)?;
    socket.connect(&SocketAddress::unix(name))?;
    // Now, while it may still be permitted: sending never changes the socket.
    socket.grow_send_buffer();
    // A program without standard streams must not print into the channel.
    Ok(socket.into_inner().above_stdio()?.into_inner())
}

/// Sends one message unchanged.
pub fn send(channel: Fd, message: &[u8], fds: &[c_int]) -> Result<()> {
    match Socket::borrow(channel).send(None, message, Ancillary { fds, credentials: None }) {
        Ok(sent) => ensure(sent >= message.len(), Stop::EIO),
        // The kernel reports ECONNREFUSED once and disconnects the socket.
        Err(Stop::ENOTCONN) => Err(Stop::ECONNREFUSED),
        Err(error) => Err(error),
    }
}

/// Sends any text as a status line.
pub fn status(channel: Fd, line: &[u8]) -> Result<()> {
    send(channel, text::status(line, &mut [0; text::MESSAGE_MAX]), &[])
}

/// Announces that the service begins to reload its configuration, with the time.
pub fn reloading(channel: Fd) -> Result<()> {
    send(channel, text::reloading(clock::monotonic_usec(), &mut [0; text::RELOADING_MAX]), &[])
}

/// Waits until the service manager has read everything sent so far; `ETIMEDOUT` after `timeout_usec`.
pub fn barrier(channel: Fd, timeout_usec: u64) -> Result<()> {
    notify::wait_for_reader(timeout_usec, |end| send(channel, notify::BARRIER.to_bytes(), &[end]))
}

#[cfg(test)]
mod tests;
