//! Messages out of a virtual machine, to the host's service manager.

use super::{Message, send_first};
use crate::address::{Kind, VsockAddress};
use crate::status::{Result, Stop};
use crate::sys::socket::{Ancillary, Socket, SocketAddress};

/// The highest of the ports that only a privileged process can bind to.
const PRIVILEGED_PORT: u32 = 1023;

/// Sends a message and, on a connection, waits until the other side has read it.
pub fn send(address: &VsockAddress, message: &Message) -> Result<()> {
    let (socket, kind) = open(address.kind)?;
    bind_privileged(&socket)?;

    let target = SocketAddress::vsock(address.cid, address.port);
    let to = if kind == Kind::Datagram {
        Some(&target)
    } else {
        socket.connect(&target)?;
        None
    };

    let bytes = message.state.to_bytes();
    let sent = send_first(&socket, to, bytes, message)?;
    match bytes.get(sent..) {
        None | Some([]) => {}
        Some(rest) if kind == Kind::Stream => send_rest(&socket, rest)?,
        Some(_) => return Err(Stop::EIO),
    }
    if kind == Kind::Datagram {
        return Ok(());
    }
    // The end of the connection is the end of the message; the reader closes its side when it has it.
    socket.shut_down_writing()?;
    socket.wait_for_end()
}

/// Where the address leaves the type open: datagrams, and what connects where the kernel or hypervisor has none.
fn open(kind: Option<Kind>) -> Result<(Socket, Kind)> {
    if let Some(kind) = kind {
        return Ok((Socket::vsock(kind)?, kind));
    }
    let datagram = match Socket::vsock(Kind::Datagram) {
        Err(error) if error.is_not_supported() || error == Stop::ENODEV => None,
        result => Some(result?),
    };
    if let Some(socket) = datagram {
        return Ok((socket, Kind::Datagram));
    }
    match Socket::vsock(Kind::SeqPacket) {
        Err(error) if error.is_not_supported() => Ok((Socket::vsock(Kind::Stream)?, Kind::Stream)),
        result => Ok((result?, Kind::SeqPacket)),
    }
}

/// A privileged local port tells the host that the message comes from a privileged process. Who may not have one
/// sends from any port.
fn bind_privileged(socket: &Socket) -> Result<()> {
    for port in (1..=PRIVILEGED_PORT).rev() {
        match socket.bind_vsock_port(port) {
            Err(Stop::EADDRINUSE) => {}
            Err(error) if error.is_privilege() => return Ok(()),
            result => return result,
        }
    }
    Err(Stop::EADDRINUSE)
}

/// The rest of a message that the stream did not take at once.
fn send_rest(socket: &Socket, bytes: &[u8]) -> Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let sent = socket.send(None, rest, Ancillary::NONE)?;
        rest = match rest.get(sent..) {
            Some(left) if sent > 0 => left,
            _ => return Err(Stop::EIO),
        };
    }
    Ok(())
}
