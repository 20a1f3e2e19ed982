//! Sockets: to send on, and to ask about.

use super::fd::{Fd, OwnedFd};
use super::{check, last_error};
use crate::address::UNIX_PATH;
use crate::result::{Result, Stop, ensure};
use core::ffi::{c_int, c_void};
use core::mem::{ManuallyDrop, MaybeUninit, offset_of, size_of};

/// The most descriptors that the kernel takes with one message (its `SCM_MAX_FD`).
pub const MAX_FDS: usize = 253;

/// What goes along with a message's bytes.
#[derive(Clone, Copy)]
pub struct Ancillary<'a> {
    pub fds: &'a [c_int],
    pub credentials: Option<libc::ucred>,
}

impl Ancillary<'_> {
    pub const NONE: Ancillary<'static> = Ancillary { fds: &[], credentials: None };
}

/// An address as the kernel wants it: `len` bytes of it are initialised.
pub struct SocketAddress {
    bytes: MaybeUninit<AddressBytes>,
    len: libc::socklen_t,
}

#[repr(C)]
union AddressBytes {
    unix: libc::sockaddr_un,
    vsock: libc::sockaddr_vm,
}

impl SocketAddress {
    /// Of a path, or of an abstract name with `@` for its leading NUL; shorter than [`UNIX_PATH`], or cut to that.
    pub fn unix(name: &[u8]) -> SocketAddress {
        let mut bytes = MaybeUninit::<AddressBytes>::uninit();
        let len = name.len().min(UNIX_PATH - 1);
        let unix: *mut libc::sockaddr_un = bytes.as_mut_ptr().cast();
        // SAFETY: all is written inside the structure: the family, then at most UNIX_PATH bytes with the NUL.
        let len = unsafe {
            (&raw mut (*unix).sun_family).write(libc::AF_UNIX as _);
            let path: *mut u8 = (&raw mut (*unix).sun_path).cast();
            path.copy_from_nonoverlapping(name.as_ptr(), len);
            path.add(len).write(0);
            // A path counts with its NUL; an abstract name has none at its end, and one at its beginning.
            if *path == b'@' {
                path.write(0);
                len
            } else {
                len + 1
            }
        };
        SocketAddress { bytes, len: (offset_of!(libc::sockaddr_un, sun_path) + len) as libc::socklen_t }
    }

    pub fn vsock(cid: u32, port: u32) -> SocketAddress {
        // SAFETY: all zero bytes are a valid sockaddr_vm, and its reserved fields have to be zero.
        let mut vsock: libc::sockaddr_vm = unsafe { core::mem::zeroed() };
        vsock.svm_family = libc::AF_VSOCK as _;
        vsock.svm_cid = cid;
        vsock.svm_port = port;
        let bytes = MaybeUninit::new(AddressBytes { vsock });
        SocketAddress { bytes, len: size_of::<libc::sockaddr_vm>() as libc::socklen_t }
    }

    fn as_ptr(&self) -> *const libc::sockaddr {
        self.bytes.as_ptr().cast()
    }
}

/// A close-on-exec socket of our own.
pub struct Socket(OwnedFd);

impl Socket {
    pub fn open(domain: c_int, kind: c_int) -> Result<Socket> {
        // SAFETY: three integers, no memory.
        let fd = check(unsafe { libc::socket(domain, kind | libc::SOCK_CLOEXEC, 0) })?;
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
        check(unsafe { libc::bind(self.number(), local.as_ptr(), local.len) }).map(|_| ())
    }

    pub fn connect(&self, to: &SocketAddress) -> Result<()> {
        // SAFETY: the address is alive during the call and as long as it says.
        check(unsafe { libc::connect(self.number(), to.as_ptr(), to.len) }).map(|_| ())
    }

    /// Makes room for messages as large as libsystemd's functions can send: beyond the system's limit if the caller may,
    /// else up to it.
    pub fn grow_send_buffer(&self) {
        // What libsystemd asks for.
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

    /// Sends one message, to `to` or along the connection; how much of it went is returned.
    pub fn send(&self, to: Option<&SocketAddress>, bytes: &[u8], with: Ancillary) -> Result<usize> {
        let sent = if with.fds.is_empty() && with.credentials.is_none() {
            let (address, len) = to.map_or((core::ptr::null(), 0), |to| (to.as_ptr(), to.len));
            let data: *const c_void = bytes.as_ptr().cast();
            // SAFETY: the bytes and the address (or null) are alive during the call and as long as they say.
            unsafe { libc::sendto(self.number(), data, bytes.len(), libc::MSG_NOSIGNAL, address, len) }
        } else {
            send_with(self.number(), to, bytes, with)?
        };
        usize::try_from(sent).map_err(|_| last_error())
    }

    /// Says that nothing more will be sent.
    pub fn shut_down_writing(&self) -> Result<()> {
        // SAFETY: two integers, no memory.
        check(unsafe { libc::shutdown(self.number(), libc::SHUT_WR) }).map(|_| ())
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
    /// The kernel reads a cmsghdr at the start, which has size_t in it.
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
        message.msg_namelen = to.len;
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

/// The address a socket is bound to: `len` bytes of it are initialised.
pub struct LocalAddress {
    storage: MaybeUninit<libc::sockaddr_storage>,
    len: libc::socklen_t,
}

impl LocalAddress {
    pub fn new() -> LocalAddress {
        LocalAddress { storage: MaybeUninit::uninit(), len: 0 }
    }

    pub fn read(&mut self, fd: Fd) -> Result<()> {
        const ROOM: libc::socklen_t = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        let mut len = ROOM;
        // SAFETY: room for as many bytes as len says.
        check(unsafe { libc::getsockname(fd.number(), self.storage.as_mut_ptr().cast(), &raw mut len) })?;
        // The kernel tells the whole length, also of what it had to cut.
        self.len = len.min(ROOM);
        ensure(self.len as usize >= size_of::<libc::sa_family_t>(), Stop::EINVAL)
    }

    pub fn family(&self) -> c_int {
        match self.bytes() {
            [low, high, ..] => libc::sa_family_t::from_ne_bytes([*low, *high]).into(),
            _ => libc::AF_UNSPEC,
        }
    }

    /// The bytes of a Unix socket's name: a path's with its NUL, an abstract one's with its leading NUL; empty if it
    /// has none.
    pub fn unix_name(&self) -> &[u8] {
        self.bytes().get(offset_of!(libc::sockaddr_un, sun_path)..).unwrap_or_default()
    }

    pub fn inet(&self) -> Option<Inet> {
        Inet::from_bytes(self.family(), self.bytes())
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the first len bytes of the storage are initialised, by the kernel, and borrowed as long as the slice.
        unsafe { core::slice::from_raw_parts(self.storage.as_ptr().cast(), self.len as usize) }
    }
}

/// An Internet address of either family; what a family does not have is 0.
pub struct Inet {
    /// In network byte order.
    pub port: u16,
    pub flow: u32,
    pub address: [u8; 16],
    pub scope: u32,
}

impl Inet {
    /// Reads a `sockaddr_in` or `sockaddr_in6`; none if the bytes are too few for the family, or it is another.
    pub fn from_bytes(family: c_int, bytes: &[u8]) -> Option<Inet> {
        if family == libc::AF_INET && bytes.len() >= size_of::<libc::sockaddr_in>() {
            let mut address = [0; 16];
            // SAFETY: there are enough bytes, and any bytes are a valid sockaddr_in.
            let v4 = unsafe { bytes.as_ptr().cast::<libc::sockaddr_in>().read_unaligned() };
            for (to, from) in address.iter_mut().zip(v4.sin_addr.s_addr.to_ne_bytes()) {
                *to = from;
            }
            Some(Inet { port: v4.sin_port, flow: 0, address, scope: 0 })
        } else if family == libc::AF_INET6 && bytes.len() >= size_of::<libc::sockaddr_in6>() {
            // SAFETY: there are enough bytes, and any bytes are a valid sockaddr_in6.
            let v6 = unsafe { bytes.as_ptr().cast::<libc::sockaddr_in6>().read_unaligned() };
            let address = v6.sin6_addr.s6_addr;
            Some(Inet { port: v6.sin6_port, flow: v6.sin6_flowinfo, address, scope: v6.sin6_scope_id })
        } else {
            None
        }
    }
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
