//! This process's one socket to the journal.

use super::fd::{Fd, OwnedFd};
use super::iovec::Bytes;
use super::last_error;
use super::socket::Socket;
use crate::address::SocketType;
use crate::result::{Result, Stop};
use core::ffi::c_int;
use core::num::NonZeroUsize;
use once_cell::race::OnceNonZeroUsize;

/// The socket's number plus one, which is all the state the library keeps. It is shared after fork and closed by exec.
static SOCKET: OnceNonZeroUsize = OnceNonZeroUsize::new();

/// Where journald reads. The path is looked up for each message, so a journald that starts later or restarts gets it.
static ADDRESS: Address = Address { family: libc::AF_UNIX as _, path: *b"/run/systemd/journal/socket\0" };

/// The part of a `struct sockaddr_un` that the kernel reads.
#[repr(C)]
struct Address {
    family: libc::sa_family_t,
    path: [u8; 28],
}

/// Used with [`libc::MSG_NOSIGNAL`]. Datagram sockets ignore it. It makes a connected TCP socket refuse the message,
/// instead of ignoring the address and sending the message along its connection.
const ADDRESSED: c_int = libc::MSG_FASTOPEN;

/// Sends one datagram, with a file if given.
///
/// A daemon that closes all descriptors that it does not know closes our socket too, and its number may be reused
/// without our knowledge. The kernel then returns an error that our own socket never gets, and the message is sent
/// through a temporary socket. The descriptor belongs to the program now and is left alone.
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

/// The socket, opened on first use.
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
        // Another thread was faster; ours is closed.
        Err(()) => SOCKET.get().map(number).ok_or(Stop::EBADF),
    }
}

/// Enlarged at once: its buffer size also limits how many entries can wait for journald.
fn new_socket() -> Result<OwnedFd> {
    let socket = Socket::open(libc::AF_UNIX, SocketType::Datagram)?;
    socket.grow_send_buffer();
    Ok(socket.into_inner())
}

fn send_on(socket: Fd, pieces: &[Bytes], file: Option<Fd>, flags: c_int) -> Result<()> {
    // SAFETY: CMSG_SPACE() only computes.
    const ROOM: usize = unsafe { libc::CMSG_SPACE(size_of::<c_int>() as u32) as usize };
    /// The kernel reads a cmsghdr at the start, which contains a size_t.
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
