//! Socket addresses: destinations, and those that sockets are bound to.

use super::check;
use super::fd::Fd;
use crate::address::UNIX_PATH;
use crate::result::{Result, Stop, ensure};
use core::ffi::c_int;
use core::mem::{MaybeUninit, offset_of, size_of};

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
    /// From a path, or an abstract name with `@` for its leading NUL; shorter than [`UNIX_PATH`], or truncated to that.
    #[inline(never)]
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
            // The length of a path includes its NUL; an abstract name has none at its end, but one at its beginning.
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

    /// Its first byte, of [`len`](Self::len).
    pub(super) fn as_ptr(&self) -> *const libc::sockaddr {
        self.bytes.as_ptr().cast()
    }

    pub(super) fn len(&self) -> libc::socklen_t {
        self.len
    }
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
        // The kernel reports the full length, even of an address that it truncated.
        self.len = len.min(ROOM);
        ensure(self.len as usize >= size_of::<libc::sa_family_t>(), Stop::EINVAL)
    }

    pub fn family(&self) -> c_int {
        match self.bytes() {
            [low, high, ..] => libc::sa_family_t::from_ne_bytes([*low, *high]).into(),
            _ => libc::AF_UNSPEC,
        }
    }

    /// The bytes of a Unix socket's name: a path with its NUL, or an abstract name with its leading NUL; empty if it
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

/// An Internet address of either family; fields that a family lacks are 0.
pub struct Inet {
    /// In network byte order.
    pub port: u16,
    pub flow: u32,
    pub address: [u8; 16],
    pub scope: u32,
}

impl Inet {
    /// Reads a `sockaddr_in` or `sockaddr_in6`; `None` if the family is another one or needs more bytes.
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

#[cfg(test)]
mod tests;
