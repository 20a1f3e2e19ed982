//! `$NOTIFY_SOCKET` as an address: `/path`, `@abstract` or `vsock:CID:PORT`.
#![forbid(unsafe_code)]

use crate::number;
use crate::status::{Errno, Result};

/// The bytes of `sun_path` (108 on every Linux architecture).
pub const UNIX_PATH: usize = 108;

const CID_ANY: u32 = u32::MAX;
const CID_HYPERVISOR: u32 = 0;
const CID_LOCAL: u32 = 1;
const CID_HOST: u32 = 2;
const PORT_ANY: u32 = u32::MAX;

/// Where a message goes.
pub enum Address {
    Unix(UnixAddress),
    Vsock(VsockAddress),
}

/// A Unix socket address, ready to be copied to `sun_path`.
pub struct UnixAddress {
    pub path: [u8; UNIX_PATH],
    /// The bytes that count: a path's with its NUL, an abstract name's with its leading NUL and no trailing one.
    pub len: usize,
}

/// A vsock address; never with the wildcard CID.
pub struct VsockAddress {
    pub cid: u32,
    pub port: u32,
    /// The socket type the address asks for; `None` leaves it to what the kernel offers.
    pub kind: Option<Kind>,
}

/// The socket types of the protocol.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Datagram,
    SeqPacket,
    Stream,
}

/// Parses the value of `$NOTIFY_SOCKET`.
///
/// `EPROTO`: neither a Unix nor a vsock address. `EINVAL`: too short, too long an abstract name, a malformed vsock
/// address, or one without a specific CID. `ENAMETOOLONG`: too long a path. `ERANGE`: a vsock number over 32 bits.
pub fn parse(text: &[u8]) -> Result<Address> {
    match text.first() {
        Some(b'/' | b'@') => unix(text).map(Address::Unix),
        _ => vsock(text).map(Address::Vsock),
    }
}

fn unix(text: &[u8]) -> Result<UnixAddress> {
    let is_abstract = text.first() == Some(&b'@');
    if text.len() < 2 {
        return Err(Errno::EINVAL);
    }
    // One byte is kept for a NUL, for abstract names too: the kernel would take 108 bytes, other readers of such an
    // address may not.
    if text.len() >= UNIX_PATH {
        return Err(if is_abstract { Errno::EINVAL } else { Errno::ENAMETOOLONG });
    }
    let mut path = [0; UNIX_PATH];
    for (to, from) in path.iter_mut().zip(text) {
        *to = *from;
    }
    if is_abstract {
        path[0] = 0;
        Ok(UnixAddress { path, len: text.len() })
    } else {
        Ok(UnixAddress { path, len: text.len() + 1 })
    }
}

fn vsock(text: &[u8]) -> Result<VsockAddress> {
    let (kind, rest) = None
        .or_else(|| Some((None, text.strip_prefix(b"vsock:")?)))
        .or_else(|| Some((Some(Kind::Datagram), text.strip_prefix(b"vsock-dgram:")?)))
        .or_else(|| Some((Some(Kind::SeqPacket), text.strip_prefix(b"vsock-seqpacket:")?)))
        .or_else(|| Some((Some(Kind::Stream), text.strip_prefix(b"vsock-stream:")?)))
        .ok_or(Errno::EPROTO)?;

    let mut parts = rest.splitn(2, |byte| *byte == b':');
    let (Some(cid), Some(port)) = (parts.next(), parts.next()) else {
        return Err(Errno::EINVAL);
    };
    let port = number::unsigned32(port)?;
    if port == PORT_ANY {
        return Err(Errno::EINVAL);
    }
    let cid = match cid {
        b"" | b"any" | b"-1" => CID_ANY,
        b"hypervisor" => CID_HYPERVISOR,
        b"local" => CID_LOCAL,
        b"host" => CID_HOST,
        number => number::unsigned32(number)?,
    };
    // A listener may be bound to any CID, a message must name the one it goes to.
    if cid == CID_ANY { Err(Errno::EINVAL) } else { Ok(VsockAddress { cid, port, kind }) }
}
