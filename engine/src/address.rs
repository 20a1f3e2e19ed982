//! `$NOTIFY_SOCKET` as an address: `/path`, `@abstract` or `vsock:CID:PORT`.
#![forbid(unsafe_code)]

use crate::number;
use crate::result::{Result, Stop};
use core::ffi::c_int;

/// The bytes of `sun_path` (108 on every Linux architecture).
pub const UNIX_PATH: usize = 108;

/// The wildcard CID; the wildcard port is the same number.
const ANY: u32 = u32::MAX;

/// The destination of a message.
pub enum Address<'a> {
    /// A path, or an abstract name with `@` for its leading NUL; shorter than [`UNIX_PATH`].
    Unix(&'a [u8]),
    Vsock(VsockAddress),
}

/// A vsock address; never with the wildcard CID.
pub struct VsockAddress {
    pub cid: u32,
    pub port: u32,
    /// The socket type that the address names; `None` leaves the choice to the kernel.
    pub kind: Option<SocketType>,
}

/// The type of a vsock socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SocketType {
    Datagram,
    SeqPacket,
    Stream,
}

impl SocketType {
    /// As `socket(2)` wants it.
    pub fn to_c(self) -> c_int {
        match self {
            SocketType::Datagram => libc::SOCK_DGRAM,
            SocketType::SeqPacket => libc::SOCK_SEQPACKET,
            SocketType::Stream => libc::SOCK_STREAM,
        }
    }
}

/// Parses the value of `$NOTIFY_SOCKET`.
///
/// `EPROTO`: neither a Unix nor a vsock address. `EINVAL`: the address is too short, its abstract name is too long, or
/// its vsock address is malformed or lacks a specific CID. `ENAMETOOLONG`: the path is too long. `ERANGE`: a vsock
/// number exceeds 32 bits.
pub fn parse(text: &[u8]) -> Result<Address<'_>> {
    // One byte is reserved for a NUL, even in abstract names: the kernel would accept 108 bytes, but other readers of
    // such an address may not.
    match text {
        [b'/' | b'@'] => Err(Stop::EINVAL),
        [b'@', ..] if text.len() >= UNIX_PATH => Err(Stop::EINVAL),
        [b'/', ..] if text.len() >= UNIX_PATH => Err(Stop::ENAMETOOLONG),
        [b'/' | b'@', ..] => Ok(Address::Unix(text)),
        _ => vsock(text).map(Address::Vsock),
    }
}

fn vsock(text: &[u8]) -> Result<VsockAddress> {
    let (kind, rest) = text.strip_prefix(b"vsock").and_then(until_colon).ok_or(Stop::EPROTO)?;
    // Not by patterns, which would be compared byte by byte, in twice the code.
    let kind = if kind.is_empty() {
        None
    } else if kind == b"-dgram" {
        Some(SocketType::Datagram)
    } else if kind == b"-seqpacket" {
        Some(SocketType::SeqPacket)
    } else if kind == b"-stream" {
        Some(SocketType::Stream)
    } else {
        return Err(Stop::EPROTO);
    };
    let (cid, port) = until_colon(rest).ok_or(Stop::EINVAL)?;
    let port = number::unsigned32(port)?;
    if port == ANY {
        return Err(Stop::EINVAL);
    }
    let cid = if cid == b"hypervisor" {
        libc::VMADDR_CID_HYPERVISOR
    } else if cid == b"local" {
        libc::VMADDR_CID_LOCAL
    } else if cid == b"host" {
        libc::VMADDR_CID_HOST
    } else if cid.is_empty() || cid == b"any" || cid == b"-1" {
        ANY
    } else {
        number::unsigned32(cid)?
    };
    // A listener may bind to any CID; a message must name its destination.
    if cid == ANY { Err(Stop::EINVAL) } else { Ok(VsockAddress { cid, port, kind }) }
}

/// The text before the first colon, and the text after it.
fn until_colon(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = text.iter().position(|byte| *byte == b':')?;
    Some((text.get(..colon)?, text.get(colon.checked_add(1)?..)?))
}

#[cfg(test)]
mod tests;
