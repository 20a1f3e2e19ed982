//! `$NOTIFY_SOCKET` as an address: `/path`, `@abstract` or `vsock:CID:PORT`.
#![forbid(unsafe_code)]

use crate::number;
use crate::result::{Result, Stop};
use core::ffi::c_int;

/// The bytes of `sun_path` (108 on every Linux architecture).
pub const UNIX_PATH: usize = 108;

/// The wildcard, which is the same number for ports.
const ANY: u32 = u32::MAX;

/// Where a message goes.
pub enum Address<'a> {
    /// A path, or an abstract name with `@` for its leading NUL; shorter than [`UNIX_PATH`].
    Unix(&'a [u8]),
    Vsock(VsockAddress),
}

/// A vsock address; never with the wildcard CID.
pub struct VsockAddress {
    pub cid: u32,
    pub port: u32,
    /// The socket type the address asks for, as `SOCK_DGRAM`; 0 leaves it to what the kernel offers.
    pub kind: c_int,
}

/// Parses the value of `$NOTIFY_SOCKET`.
///
/// `EPROTO`: neither a Unix nor a vsock address. `EINVAL`: too short, too long an abstract name, a malformed vsock
/// address, or one without a specific CID. `ENAMETOOLONG`: too long a path. `ERANGE`: a vsock number over 32 bits.
pub fn parse(text: &[u8]) -> Result<Address<'_>> {
    // One byte is kept for a NUL, for abstract names too: the kernel would take 108 bytes, other readers of such an
    // address may not.
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
    let kind = match position(kind, b":-dgram:-seqpacket:-stream") {
        Some(0) => 0,
        Some(1) => libc::SOCK_DGRAM,
        Some(2) => libc::SOCK_SEQPACKET,
        Some(3) => libc::SOCK_STREAM,
        _ => return Err(Stop::EPROTO),
    };
    let (cid, port) = until_colon(rest).ok_or(Stop::EINVAL)?;
    let port = number::unsigned32(port)?;
    if port == ANY {
        return Err(Stop::EINVAL);
    }
    // The well-known CIDs are 0, 1 and 2.
    let cid = match position(cid, b"hypervisor:local:host::any:-1") {
        Some(known @ 0..=2) => known,
        Some(_) => ANY,
        None => number::unsigned32(cid)?,
    };
    // A listener may be bound to any CID, a message must name the one it goes to.
    if cid == ANY { Err(Stop::EINVAL) } else { Ok(VsockAddress { cid, port, kind }) }
}

/// What stands before the first colon, and what behind it.
fn until_colon(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = text.iter().position(|byte| *byte == b':')?;
    Some((text.get(..colon)?, text.get(colon.checked_add(1)?..)?))
}

/// Which of the words between colons it is.
fn position(word: &[u8], words: &[u8]) -> Option<u32> {
    let mut index = 0;
    let mut rest = words;
    loop {
        let (candidate, next) = until_colon(rest).unwrap_or((rest, &[]));
        if candidate == word {
            return Some(index);
        }
        if next.is_empty() {
            return None;
        }
        rest = next;
        index += 1;
    }
}

#[cfg(test)]
mod tests;
