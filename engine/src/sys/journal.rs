//! The one socket of this process to the journal.

use super::fd::{Fd, OwnedFd};
use super::iovec::Bytes;
use super::last_error;
use super::socket::Socket;
use crate::address::SocketType;
use crate::result::{Result, Stop};
use core::ffi::c_int;
use core::num::NonZeroUsize;
use once_cell::race::OnceNonZeroUsize;

/// The socket's number and one: all that the library remembers. A fork shares it, an exec drops it.
static SOCKET: OnceNonZeroUsize = OnceNonZeroUsize::new();

/// Where journald reads. The path is looked up at each message, so that a journald that starts later, or again, gets it.
static ADDRESS: Address = Address { family: libc::AF_UNIX as _, path: *b"/run/systemd/journal/socket\0" };

/// As much of a `struct sockaddr_un` as the kernel looks at.
#[repr(C)]
struct Address {
    family: libc::sa_family_t,
    path: [u8; 28],
}

/// Along with [`libc::MSG_NOSIGNAL`]. Datagram sockets do not look at it. A TCP socket that is connected refuses the
/// message then, instead of sending it along its connection without a look at the address.
const ADDRESSED: c_int = libc::MSG_FASTOPEN;

/// Sends one datagram, with a file along with it if wanted.
///
/// Nobody tells us when our socket is closed and its number used again, as daemons do that close all they do not know.
/// The kernel then says what our own socket never gets, and a socket for this message alone sends it. The number
/// belongs to somebody else, and is left alone.
pub fn send(pieces: &[Bytes], file: Option<Fd>) -> Result<()> {
    match send_on(open()?, pieces, file, libc::MSG_NOSIGNAL | ADDRESSED) {
        Err(
            Stop::EBADF
            | Stop::ENOTSOCK
            | Stop::EAFNOSUPPORT
            | Stop::EDESTADDRREQ
            | Stop::EINVAL
            | Stop::EISCONN
            | Stop::ENOTCONN
            | Stop::EOPNOTSUPP
            | Stop::EPIPE,
        ) => send_alone(pieces, file),
        result => result,
    }
}

#[cold]
#[inline(never)]
fn send_alone(pieces: &[Bytes], file: Option<Fd>) -> Result<()> {
    let socket = new_socket()?;
    send_on(socket.fd(), pieces, file, libc::MSG_NOSIGNAL)
}

/// The socket, opened when it is first needed.
pub fn open() -> Result<Fd> {
    match SOCKET.get() {
        Some(stored) => Ok(number(stored)),
        None => open_first(),
    }
}

fn number(stored: NonZeroUsize) -> Fd {
    Fd::from_stored(stored.get() as c_int - 1)
}

#[cold]
#[inline(never)]
fn open_first() -> Result<Fd> {
    let socket = new_socket()?;
    let stored = NonZeroUsize::MIN.saturating_add(socket.fd().number() as usize);
    match SOCKET.set(stored) {
        Ok(()) => Ok(socket.into_inner()),
        // Another thread was faster: ours is closed.
        Err(()) => SOCKET.get().map(number).ok_or(Stop::EBADF),
    }
}

/// Enlarged at once: the size of its buffer also decides how many entries can wait for journald.
fn new_socket() -> Result<OwnedFd> {
    let socket = Socket::open(libc::AF_UNIX, SocketType::Datagram)?;
    socket.grow_send_buffer();
    Ok(socket.into_inner())
}

fn send_on(socket: Fd, pieces: &[Bytes], file: Option<Fd>, flags: c_int) -> Result<()> {
    // SAFETY: CMSG_SPACE() only computes.
    const ROOM: usize = unsafe { libc::CMSG_SPACE(size_of::<c_int>() as u32) as usize };
    /// The kernel reads a cmsghdr at the start, which has size_t in it.
    #[repr(C, align(8))]
    struct Control([u8; ROOM]);

    let mut control = Control([0; ROOM]);
    // SAFETY: all zero bytes are a valid msghdr: no name, no data, no control messages.
    let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
    message.msg_name = (&raw const ADDRESS).cast_mut().cast();
    message.msg_namelen = size_of_val(&ADDRESS) as libc::socklen_t;
    message.msg_iov = pieces.as_ptr().cast_mut().cast();
    message.msg_iovlen = pieces.len() as _;
    if let Some(file) = file {
        message.msg_control = (&raw mut control).cast();
        message.msg_controllen = ROOM as _;
        // SAFETY: the control buffer is zeroed, aligned for cmsghdr, and has room for a header and one number.
        unsafe {
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            if !header.is_null() {
                (*header).cmsg_level = libc::SOL_SOCKET;
                (*header).cmsg_type = libc::SCM_RIGHTS;
                (*header).cmsg_len = libc::CMSG_LEN(size_of::<c_int>() as u32) as _;
                libc::CMSG_DATA(header).cast::<c_int>().write_unaligned(file.number());
            }
        }
    }
    // SAFETY: the header points to the address, the pieces (which have the layout of iovecs) and the control buffer, all
    // alive during the call; the kernel only reads them.
    let sent = unsafe { libc::sendmsg(socket.number(), &raw const message, flags) };
    if sent < 0 { Err(last_error()) } else { Ok(()) }
}
