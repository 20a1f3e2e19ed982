//! A connection to the journal whose lines become entries.

use super::identifier;
use crate::address::{SocketType, UNIX_PATH};
use crate::env;
use crate::result::{Result, Stop, ensure};
use crate::sys::fd::Fd;
use crate::sys::file;
use crate::sys::memory::Buffer;
use crate::sys::sockaddr::SocketAddress;
use crate::sys::socket::{Ancillary, Socket};
use core::ffi::{CStr, c_int};

/// A stream as the caller wants it.
pub struct Stream<'a> {
    /// The program's name, as the journal shows it.
    pub identifier: &'a [u8],
    /// Of lines without a level of their own: 0 to 7.
    pub priority: c_int,
    /// Lines may begin with `<3>` and the like.
    pub level_prefix: bool,
}

const STDOUT: &[u8] = b"/run/systemd/journal/stdout";
const NAMESPACE: &[u8] = b"/run/systemd/journal.";
const IN_NAMESPACE: &[u8] = b"/stdout";

/// Room for a path with its NUL, or for a header.
type Text = Buffer<512>;

/// Connects, to the journal or one of its namespaces, and leaves the descriptor to the caller.
pub fn open(stream: &Stream, namespace: Option<&[u8]>) -> Result<Fd> {
    ensure((0..=7).contains(&stream.priority), Stop::EINVAL)?;
    let mut text = Text::new();
    path(namespace, &mut text)?;
    let socket = Socket::open(libc::AF_UNIX, SocketType::Stream)?;
    connect(&socket, text.bytes().unwrap_or_default())?;
    socket.shut_down_reading()?;
    socket.grow_send_buffer();
    greet(&socket, stream, &mut text)?;
    Ok(socket.into_inner().into_inner())
}

/// Where a namespace's journal listens. A process that is in a namespace reaches that one alone, by the ordinary path.
fn path(namespace: Option<&[u8]>, path: &mut Text) -> Result<()> {
    match (namespace, env::get_secure(c"LOG_NAMESPACE")) {
        (Some(name), Some(own)) if name != own => return Err(Stop::EREMOTE),
        (Some(name), None) => {
            ensure(identifier::is_namespace(name), Stop::EINVAL)?;
            path.append(NAMESPACE);
            path.append(name);
            path.append(IN_NAMESPACE);
        }
        _ => path.append(STDOUT),
    }
    path.append(b"\0");
    Ok(())
}
fn connect(socket: &Socket, path: &[u8]) -> Result<()> {
    let path = CStr::from_bytes_with_nul(path).map_err(|_| Stop::ENAMETOOLONG)?;
    if path.to_bytes().len() < UNIX_PATH {
        return socket.connect(&SocketAddress::unix(path.to_bytes()));
    }
    // Too long for a socket's address, so that the kernel gets there by another name.
    let place = file::open_path(path)?;
    let mut name = Text::new();
    name.append(b"/proc/self/fd/");
    name.append(decimal(place.fd().number().unsigned_abs(), &mut [0; 10]));
    socket.connect(&SocketAddress::unix(name.bytes().unwrap_or_default()))
}

/// Tells journald what the lines are: whose, of no unit, how important, and that nobody else gets them.
fn greet(socket: &Socket, stream: &Stream, header: &mut Text) -> Result<()> {
    let level = b'0' + stream.priority as u8;
    let level_prefix = b'0' + u8::from(stream.level_prefix);
    let rest = [b'\n', b'\n', level, b'\n', level_prefix, b'\n', b'0', b'\n', b'0', b'\n', b'0', b'\n'];
    header.clear();
    header.append(stream.identifier);
    header.append(&rest);
    match header.bytes() {
        Some(header) => send_all(socket, header),
        None => {
            send_all(socket, stream.identifier)?;
            send_all(socket, &rest)
        }
    }
}

#[inline(never)]
fn send_all(socket: &Socket, mut rest: &[u8]) -> Result<()> {
    while !rest.is_empty() {
        let sent = match socket.send(None, rest, Ancillary::NONE) {
            Err(Stop::EINTR) => continue,
            result => result?,
        };
        ensure(sent > 0, Stop::EIO)?;
        rest = rest.get(sent..).unwrap_or_default();
    }
    Ok(())
}

/// The digits of a number.
fn decimal(mut number: u32, buffer: &mut [u8; 10]) -> &[u8] {
    let mut digits = 0;
    for slot in buffer.iter_mut().rev() {
        *slot = b'0' + (number % 10) as u8;
        number /= 10;
        digits += 1;
        if number == 0 {
            break;
        }
    }
    buffer.get(buffer.len().saturating_sub(digits)..).unwrap_or_default()
}
