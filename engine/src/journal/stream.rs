//! A stream to the journal, in which each line becomes an entry.

use super::identifier;
use crate::address::{SocketType, UNIX_PATH};
use crate::env;
use crate::result::{Result, Stop, ensure};
use crate::sys::fd::Fd;
use crate::sys::file;
use crate::sys::memory::Buffer;
use crate::sys::sockaddr::SocketAddress;
use crate::sys::socket::{Ancillary, Socket};
use core::ffi::c_int;

/// The parameters of a stream.
pub struct Stream<'a> {
    /// The program's name, as the journal shows it.
    pub identifier: &'a [u8],
    /// The priority of lines without their own level, from 0 to 7.
    pub priority: c_int,
    /// Whether lines may begin with a level such as `<3>`.
    pub level_prefix: bool,
}

const STDOUT: &[u8] = b"/run/systemd/journal/stdout\0";
const NAMESPACE: &[u8] = b"/run/systemd/journal.";
const IN_NAMESPACE: &[u8] = b"/stdout\0";

/// Room for a path with its NUL, or for a header.
type Text = Buffer<512>;
/// A longer identifier is sent separately from the rest of the header.
const IDENTIFIER_MAX: usize = 500;

/// Connects to the journal or one of its namespaces and returns the descriptor, which the caller owns.
pub fn open(stream: &Stream, namespace: Option<&[u8]>) -> Result<Fd> {
    ensure((0..=7).contains(&stream.priority), Stop::EINVAL)?;
    let mut text = Text::new();
    path(namespace, &mut text)?;
    let socket = Socket::open(libc::AF_UNIX, SocketType::Stream)?;
    connect(&socket, &mut text)?;
    socket.shut_down_reading()?;
    socket.grow_send_buffer();
    greet(&socket, stream, &mut text)?;
    Ok(socket.into_inner().into_inner())
}

/// The NUL-terminated path on which a namespace's journal listens. A process in a namespace can reach only that one, at
/// the ordinary path.
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
    Ok(())
}

fn connect(socket: &Socket, text: &mut Text) -> Result<()> {
    let path = text.bytes().unwrap_or_default();
    let _place;
    if path.len() > UNIX_PATH {
        // Too long for a socket address: reach it by another name.
        let place = file::open_path(path)?;
        text.clear();
        text.append(b"/proc/self/fd/");
        append_number(text, place.fd().number().unsigned_abs());
        text.append(b"\0");
        _place = place;
    }
    let (_, path) = text.bytes().and_then(<[u8]>::split_last).ok_or(Stop::ENAMETOOLONG)?;
    socket.connect(&SocketAddress::unix(path))
}

/// Tells journald whose the lines are, of no unit, with which priority, and not to forward them.
fn greet(socket: &Socket, stream: &Stream, header: &mut Text) -> Result<()> {
    let mut rest = *b"\n\n0\n0\n0\n0\n0\n";
    rest[2] += stream.priority as u8;
    rest[4] += u8::from(stream.level_prefix);
    header.clear();
    if stream.identifier.len() > IDENTIFIER_MAX {
        send_all(socket, stream.identifier)?;
    } else {
        header.append(stream.identifier);
    }
    header.append(&rest);
    send_all(socket, header.bytes().unwrap_or_default())
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

/// Appends the digits of a number.
fn append_number(text: &mut Text, number: u32) {
    if number > 9 {
        append_number(text, number / 10);
    }
    text.append(&[b'0' + (number % 10) as u8]);
}
