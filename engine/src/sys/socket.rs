//! Sockets: sending, and their properties.

use super::fd::{Fd, OwnedFd};
use super::sockaddr::SocketAddress;
use super::{check, last_error};
use crate::address::SocketType;
use crate::result::{Result, Stop};
use core::ffi::{c_int, c_void};
use core::mem::{ManuallyDrop, size_of};

/// The most descriptors that the kernel accepts with one message (`SCM_MAX_FD`).
pub const MAX_FDS: usize = 253;

/// What is sent with the bytes of a message.
#[derive(Clone, Copy)]
pub struct Ancillary<'a> {
    pub fds: &'a [c_int],
    pub credentials: Option<libc::ucred>,
}

impl Ancillary<'_> {
    pub const NONE: Ancillary<'static> = Ancillary { fds: &[], credentials: None };
}

/// A close-on-exec socket of our own.
pub struct Socket(OwnedFd);

impl Socket {
    pub fn open(domain: c_int, kind: SocketType) -> Result<Socket> {
        // SAFETY: three integers, no memory.
        let fd = check(unsafe { libc::socket(domain, kind.to_c() | libc::SOCK_CLOEXEC, 0) })?;
        Ok(Socket(OwnedFd::new(fd)))
    }

    /// The caller's socket, which stays open.
    pub fn borrow(fd: Fd) -> ManuallyDrop<Socket> {
        ManuallyDrop::new(Socket(OwnedFd::new(fd.number())))
    }

    pub fn into_inner(self) -> OwnedFd {
        self.0
    }

    fn number(&self) -> c_int {
        self.0.fd().number()
    }

    /// Binds a vsock socket to a local port, on any CID.
    pub fn bind_vsock_port(&self, port: u32) -> Result<()> {
        let local = SocketAddress::vsock(libc::VMADDR_CID_ANY, port);
        // SAFETY: the address is alive during the call and as long as it says.
        check(unsafe { libc::bind(self.number(), local.as_ptr(), local.len()) }).map(|_| ())
    }

    pub fn connect(&self, to: &SocketAddress) -> Result<()> {
        // SAFETY: the address is alive during the call and as long as it says.
        check(unsafe { libc::connect(self.number(), to.as_ptr(), to.len()) }).map(|_| ())
    }

    /// Enlarges the send buffer to what libsystemd's functions use: beyond the system's limit if the caller may,
    /// otherwise up to it.
    pub fn grow_send_buffer(&self) {
        // The size that libsystemd requests.
        let bytes: c_int = 8 * 1024 * 1024;
        for option in [libc::SO_SNDBUFFORCE, libc::SO_SNDBUF] {
            // SAFETY: both options take one int, which is alive during the call.
            let result = unsafe {
                libc::setsockopt(
                    self.number(),
                    libc::SOL_SOCKET,
                    option,
                    (&raw const bytes).cast(),
                    size_of::<c_int>() as libc::socklen_t,
                )
            };
            if result == 0 {
                return;
            }
        }
    }

    /// Sends one message, to `to` or along the connection; returns how many bytes were sent.
    pub fn send(&self, to: Option<&SocketAddress>, bytes: &[u8], with: Ancillary) -> Result<usize> {
        let sent = if with.fds.is_empty() && with.credentials.is_none() {
            let (address, len) = to.map_or((core::ptr::null(), 0), |to| (to.as_ptr(), to.len()));
            let data: *const c_void = bytes.as_ptr().cast();
            // SAFETY: the bytes and the address (or null) are alive during the call and as long as they say.
            unsafe { libc::sendto(self.number(), data, bytes.len(), libc::MSG_NOSIGNAL, address, len) }
        } else {
            send_with(self.number(), to, bytes, with)?
        };
        usize::try_from(sent).map_err(|_| last_error())
    }

    /// Shuts down sending.
    pub fn shut_down_writing(&self) -> Result<()> {
        self.shut_down(libc::SHUT_WR)
    }

    /// Shuts down receiving.
    pub fn shut_down_reading(&self) -> Result<()> {
        self.shut_down(libc::SHUT_RD)
    }

    fn shut_down(&self, how: c_int) -> Result<()> {
        // SAFETY: two integers, no memory.
        check(unsafe { libc::shutdown(self.number(), how) }).map(|_| ())
    }

    /// Waits for the peer to close the connection; `EPROTO` if it sends data instead.
    pub fn wait_for_end(&self) -> Result<()> {
        let mut byte = 0_u8;
        // SAFETY: room for the one byte asked for.
        let n = unsafe { libc::recv(self.number(), (&raw mut byte).cast(), 1, libc::MSG_NOSIGNAL) };
        match n {
            0 => Ok(()),
            1.. => Err(Stop::EPROTO),
            _ => Err(last_error()),
        }
    }
}

/// `sendmsg()` with control messages: descriptors first, credentials second.
fn send_with(socket: c_int, to: Option<&SocketAddress>, bytes: &[u8], with: Ancillary) -> Result<isize> {
    const fn space(bytes: usize) -> usize {
        // SAFETY: CMSG_SPACE() only computes.
        unsafe { libc::CMSG_SPACE(bytes as u32) as usize }
    }
    const ROOM: usize = space(MAX_FDS * size_of::<c_int>()) + space(size_of::<libc::ucred>());
    /// The kernel reads a cmsghdr at the start, which contains a size_t.
    #[repr(C, align(8))]
    struct Control([u8; ROOM]);

    if with.fds.len() > MAX_FDS {
        return Err(Stop::E2BIG);
    }
    let fds_size = size_of_val(with.fds);
    let mut control = Control([0; ROOM]);
    let mut data = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: all zero bytes are a valid msghdr: no name, no data, no control messages.
    let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
    message.msg_iov = &raw mut data;
    message.msg_iovlen = 1;
    if let Some(to) = to {
        message.msg_name = to.as_ptr().cast_mut().cast();
        message.msg_namelen = to.len();
    }
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = ((if with.fds.is_empty() { 0 } else { space(fds_size) })
        + with.credentials.map_or(0, |_| space(size_of::<libc::ucred>()))) as _;

    // SAFETY: the control buffer is zeroed, aligned for cmsghdr, and has room for both messages at their largest,
    // so that CMSG_FIRSTHDR and CMSG_NXTHDR stay inside it and what is written to CMSG_DATA fits.
    unsafe {
        let mut next = libc::CMSG_FIRSTHDR(&raw const message);
        if !with.fds.is_empty() && !next.is_null() {
            (*next).cmsg_level = libc::SOL_SOCKET;
            (*next).cmsg_type = libc::SCM_RIGHTS;
            (*next).cmsg_len = libc::CMSG_LEN(fds_size as u32) as _;
            core::ptr::copy_nonoverlapping(with.fds.as_ptr().cast(), libc::CMSG_DATA(next), fds_size);
            next = libc::CMSG_NXTHDR(&raw const message, next);
        }
        if let Some(credentials) = with.credentials
            && !next.is_null()
        {
            (*next).cmsg_level = libc::SOL_SOCKET;
            (*next).cmsg_type = libc::SCM_CREDENTIALS;
            (*next).cmsg_len = libc::CMSG_LEN(size_of::<libc::ucred>() as u32) as _;
            libc::CMSG_DATA(next).cast::<libc::ucred>().write_unaligned(credentials);
        }
    }
    // SAFETY: the header points to the address, the bytes and the control buffer, all alive during the call.
    Ok(unsafe { libc::sendmsg(socket, &raw const message, libc::MSG_NOSIGNAL) })
}

/// The socket's type, as `SOCK_STREAM`.
pub fn kind(fd: Fd) -> Result<c_int> {
    integer_option(fd, libc::SO_TYPE)
}

/// Whether the socket listens.
pub fn is_listening(fd: Fd) -> Result<bool> {
    integer_option(fd, libc::SO_ACCEPTCONN).map(|value| value != 0)
}

fn integer_option(fd: Fd, option: c_int) -> Result<c_int> {
    let mut value: c_int = 0;
    let mut len = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: room for as many bytes as len says.
    check(unsafe { libc::getsockopt(fd.number(), libc::SOL_SOCKET, option, (&raw mut value).cast(), &raw mut len) })?;
    if len as usize == size_of::<c_int>() { Ok(value) } else { Err(Stop::EINVAL) }
}
