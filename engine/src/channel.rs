//! A notification channel: one connected socket, opened early and kept by the caller.
//!
//! What the socket needs of the outside world (the environment, a path, a privilege, the right to open sockets) is
//! needed once, when it is opened; a message is then one system call that works wherever the descriptor does.

use crate::address::{self, Address, SocketType};
use crate::result::{Result, Stop, ensure};
use crate::sys::clock;
use crate::sys::fd::Fd;
use crate::sys::sockaddr::SocketAddress;
use crate::sys::socket::{Ancillary, Socket};
use crate::{env, notify};
use core::ffi::c_int;

pub(crate) mod text;

/// Connects to `$NOTIFY_SOCKET` and leaves the descriptor to the caller; `NO` when the variable is not set.
///
/// `EAFNOSUPPORT`: a vsock address, where a message can be a connection of its own.
pub fn connect() -> Result<Fd> {
    let Address::Unix(name) = address::parse(env::get(env::NOTIFY_SOCKET)?)? else {
        return Err(Stop::EAFNOSUPPORT);
    };
    let socket = Socket::open(libc::AF_UNIX, SocketType::Datagram)?;
    socket.connect(&SocketAddress::unix(name))?;
    // Now, while it may still be allowed; sending never changes the socket.
    socket.grow_send_buffer();
    // A program without standard streams must not print its messages into the channel.
    Ok(socket.into_inner().above_stdio()?.into_inner())
}

/// Sends one message as it is.
pub fn send(channel: Fd, message: &[u8], fds: &[c_int]) -> Result<()> {
    match Socket::borrow(channel).send(None, message, Ancillary { fds, credentials: None }) {
        Ok(sent) => ensure(sent >= message.len(), Stop::EIO),
        // The kernel says ECONNREFUSED once and disconnects the socket.
        Err(Stop::ENOTCONN) => Err(Stop::ECONNREFUSED),
        Err(error) => Err(error),
    }
}

/// Sends a status line made from any text.
pub fn status(channel: Fd, line: &[u8]) -> Result<()> {
    send(channel, text::status(line, &mut [0; text::MESSAGE_MAX]), &[])
}

/// Says that the service reloads its configuration, and since when.
pub fn reloading(channel: Fd) -> Result<()> {
    send(channel, text::reloading(clock::monotonic_usec(), &mut [0; text::RELOADING_MAX]), &[])
}

/// Waits until the service manager has read all that was sent before; `ETIMEDOUT` after `timeout_usec`.
pub fn barrier(channel: Fd, timeout_usec: u64) -> Result<()> {
    notify::wait_for_reader(timeout_usec, |end| send(channel, notify::BARRIER.to_bytes(), &[end]))
}

#[cfg(test)]
mod tests;
