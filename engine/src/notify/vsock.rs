//! Messages from a virtual machine to the host's service manager.

use super::{Message, send_all};
use crate::address::{SocketType, VsockAddress};
use crate::result::{Result, Stop};
use crate::sys::sockaddr::SocketAddress;
use crate::sys::socket::Socket;

/// The highest port that only a privileged process can bind to.
const PRIVILEGED_PORT: u32 = 1023;

/// Sends a message and, on a connection, waits until the peer has read it.
pub fn send(address: &VsockAddress, message: &Message) -> Result<()> {
    let (socket, kind) = open(address.kind)?;
    bind_privileged(&socket)?;

    let target = SocketAddress::vsock(address.cid, address.port);
    if kind == SocketType::Datagram {
        return send_all(&socket, Some(&target), message, kind);
    }
    socket.connect(&target)?;
    send_all(&socket, None, message, kind)?;
    // Shutting the connection down ends the message; the reader closes its side once it has read it.
    socket.shut_down_writing()?;
    socket.wait_for_end()
}

/// If the address leaves the type open: datagrams, or a connection if the kernel or hypervisor has no datagrams.
fn open(wanted: Option<SocketType>) -> Result<(Socket, SocketType)> {
    let mut kind = wanted.unwrap_or(SocketType::Datagram);
    loop {
        kind = match (Socket::open(libc::AF_VSOCK, kind), kind) {
            (Ok(socket), _) => return Ok((socket, kind)),
            (Err(error), _) if wanted.is_some() => return Err(error),
            (Err(error), SocketType::Datagram) if error.is_not_supported() || error == Stop::ENODEV => {
                SocketType::SeqPacket
            }
            (Err(error), SocketType::SeqPacket) if error.is_not_supported() => SocketType::Stream,
            (Err(error), _) => return Err(error),
        };
    }
}

/// A privileged local port tells the host that the message comes from a privileged process. A process that may not bind
/// to one sends from any port.
fn bind_privileged(socket: &Socket) -> Result<()> {
    let mut port = PRIVILEGED_PORT;
    loop {
        match socket.bind_vsock_port(port) {
            Err(Stop::EADDRINUSE) if port > 1 => port -= 1,
            Err(error) if error.is_privilege() => return Ok(()),
            result => return result,
        }
    }
}
