//! Messages to the service manager: what is sent, in which order, and what is retried; and the barrier.

use crate::address::{self, Address, SocketType};
use crate::env;
use crate::result::{Result, Stop, ensure};
use crate::sys::fd;
use crate::sys::process;
use crate::sys::sockaddr::SocketAddress;
use crate::sys::socket::{Ancillary, Socket};
use core::ffi::{CStr, c_int};

mod vsock;

/// One message: state assignments and the descriptors sent with them.
pub struct Message<'a> {
    /// The process on whose behalf the message is sent, if not this one.
    pub pid: Option<libc::pid_t>,
    /// Assignments, one per line.
    pub state: &'a CStr,
    /// At most [`MAX_FDS`](crate::MAX_FDS).
    pub fds: &'a [c_int],
}

/// Sends a message to `$NOTIFY_SOCKET`; `NO` if the variable is not set: there is no service manager to notify.
pub fn send(message: &Message) -> Result<()> {
    match address::parse(env::get(env::NOTIFY_SOCKET)?)? {
        Address::Unix(name) => send_unix(name, message),
        Address::Vsock(address) => vsock::send(&address, message),
    }
}

/// Waits until the service manager has read everything sent so far, on behalf of the process `pid` or this one;
/// `ETIMEDOUT` after `timeout_usec`.
pub fn barrier(pid: Option<libc::pid_t>, timeout_usec: u64) -> Result<()> {
    wait_for_reader(timeout_usec, |end| send(&Message { pid, state: BARRIER, fds: &[end] }))
}

/// The message of a barrier, sent with a descriptor.
pub(crate) const BARRIER: &CStr = c"BARRIER=1";

/// Sends one end of a pipe with the message of a barrier, and waits for the service manager to close it.
pub(crate) fn wait_for_reader(timeout_usec: u64, send: impl FnOnce(c_int) -> Result<()>) -> Result<()> {
    let (read, write) = fd::pipe()?;
    send(write.fd().number())?;
    // Our own copy of the write end would keep the pipe open.
    drop(write);
    fd::wait_for_hangup(read.fd(), timeout_usec)
}

fn send_unix(name: &[u8], message: &Message) -> Result<()> {
    let socket = Socket::open(libc::AF_UNIX, SocketType::Datagram)?;
    let to = SocketAddress::unix(name);
    send_all(&socket, Some(&to), message, SocketType::Datagram)
}

/// Sends a message with its descriptors and credentials: at once, or in as many parts as a stream takes.
///
/// If sending with credentials fails, for whatever reason, sends without them. Descriptors and credentials go only with
/// the first bytes.
fn send_all(socket: &Socket, to: Option<&SocketAddress>, message: &Message, kind: SocketType) -> Result<()> {
    let mut rest = message.state.to_bytes();
    let mut with = Ancillary { fds: message.fds, credentials: credentials(message.pid) };
    loop {
        let sent = match send_any_size(socket, to, rest, with) {
            Err(_) if with.credentials.is_some() => {
                with.credentials = None;
                continue;
            }
            result => result?,
        };
        rest = rest.get(sent..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(());
        }
        ensure(kind == SocketType::Stream && sent > 0, Stop::EIO)?;
        with = Ancillary::NONE;
    }
}

/// Sends; if the message does not fit the send buffer, enlarges the buffer and sends again.
fn send_any_size(socket: &Socket, to: Option<&SocketAddress>, bytes: &[u8], with: Ancillary) -> Result<usize> {
    match socket.send(to, bytes, with) {
        Err(Stop::EMSGSIZE) => {
            socket.grow_send_buffer();
            socket.send(to, bytes, with)
        }
        result => result,
    }
}

/// The credentials to send on behalf of `pid`; none for our own.
///
/// If effective and real IDs differ, libsystemd sends its own credentials too: process ID, real user ID, real group ID.
/// The kernel attaches exactly these to a message without credentials (`unix(7)`), so there is no need to.
fn credentials(pid: Option<libc::pid_t>) -> Option<libc::ucred> {
    let pid = pid.filter(|pid| *pid != process::id())?;
    let (uid, gid) = process::real_ids();
    Some(libc::ucred { pid, uid, gid })
}

#[cfg(test)]
mod tests;
