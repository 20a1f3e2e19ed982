//! What kind of file descriptor is this? The predicates `sd_is_fifo()` to `sd_is_mq()`.

use crate::status::{Errno, Result};
use crate::sys::fd::Fd;
use crate::sys::file::{self, Status};
use crate::sys::socket::{self, LocalAddress};
use core::ffi::{CStr, c_int};

/// A FIFO; with a path, the one at that path.
pub fn is_fifo(fd: Fd, path: Option<&CStr>) -> Result<bool> {
    let status = file::of_fd(fd)?;
    if !status.is_fifo() {
        return Ok(false);
    }
    match path {
        Some(path) => Ok(at(path)?.is_some_and(|found| found.same_inode(&status))),
        None => Ok(true),
    }
}

/// A regular file or character device; with a path, that file, or a node of the same device.
pub fn is_special(fd: Fd, path: Option<&CStr>) -> Result<bool> {
    let status = file::of_fd(fd)?;
    if !status.is_regular() && !status.is_character_device() {
        return Ok(false);
    }
    let Some(path) = path else {
        return Ok(true);
    };
    Ok(at(path)?.is_some_and(|found| {
        if status.is_regular() {
            found.same_inode(&status)
        } else {
            found.is_character_device() && found.same_device(&status)
        }
    }))
}

/// What is at a path, if anything is.
fn at(path: &CStr) -> Result<Option<Status>> {
    match file::of_path(path) {
        Ok(status) => Ok(Some(status)),
        Err(Errno::ENOENT | Errno::ENOTDIR) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a caller wants of a socket, whatever its family.
pub struct Wanted {
    /// As `SOCK_STREAM`; 0 for any, negative is `EINVAL`.
    pub kind: c_int,
    /// Positive: it must listen; 0: it must not; negative: either.
    pub listening: c_int,
}

impl Wanted {
    fn is(&self, fd: Fd) -> Result<bool> {
        if self.kind < 0 {
            return Err(Errno::EINVAL);
        }
        if !file::of_fd(fd)?.is_socket() {
            return Ok(false);
        }
        if self.kind != 0 && socket::kind(fd)? != self.kind {
            return Ok(false);
        }
        Ok(self.listening < 0 || socket::is_listening(fd)? == (self.listening != 0))
    }

    /// The address of a socket that is as wanted.
    fn address(&self, fd: Fd) -> Result<Option<LocalAddress>> {
        if self.is(fd)? { LocalAddress::of(fd).map(Some) } else { Ok(None) }
    }
}

/// A socket; of a family if that is not 0.
pub fn is_socket(fd: Fd, family: c_int, wanted: &Wanted) -> Result<bool> {
    if family < 0 {
        return Err(Errno::EINVAL);
    }
    if family == 0 {
        return wanted.is(fd);
    }
    Ok(wanted.address(fd)?.is_some_and(|address| address.family() == family))
}

/// An Internet socket; of one family if that is not 0, on a port if that is not 0.
pub fn is_socket_inet(fd: Fd, family: c_int, wanted: &Wanted, port: u16) -> Result<bool> {
    if !matches!(family, 0 | libc::AF_INET | libc::AF_INET6) {
        return Err(Errno::EINVAL);
    }
    let Some(address) = wanted.address(fd)? else {
        return Ok(false);
    };
    if !matches!(address.family(), libc::AF_INET | libc::AF_INET6) || (family != 0 && family != address.family()) {
        return Ok(false);
    }
    let own = address.inet().map(|a| a.sin_port).or(address.inet6().map(|a| a.sin6_port)).unwrap_or(0);
    Ok(port == 0 || u16::from_be(own) == port)
}

/// An address given by C, as much of it as was given.
pub enum InetAddress {
    V4(Option<libc::sockaddr_in>),
    V6(Option<libc::sockaddr_in6>),
}

/// An Internet socket bound to an address; port, flow and scope count only where they are not 0.
pub fn is_socket_sockaddr(fd: Fd, wanted: &Wanted, address: &InetAddress) -> Result<bool> {
    let Some(own) = wanted.address(fd)? else {
        return Ok(false);
    };
    match address {
        InetAddress::V4(_) if own.family() != libc::AF_INET => Ok(false),
        InetAddress::V4(want) => {
            let (own, want) = own.inet().zip(*want).ok_or(Errno::EINVAL)?;
            Ok((want.sin_port == 0 || own.sin_port == want.sin_port) && own.sin_addr.s_addr == want.sin_addr.s_addr)
        }
        InetAddress::V6(_) if own.family() != libc::AF_INET6 => Ok(false),
        InetAddress::V6(want) => {
            let (own, want) = own.inet6().zip(*want).ok_or(Errno::EINVAL)?;
            Ok((want.sin6_port == 0 || own.sin6_port == want.sin6_port)
                && (want.sin6_flowinfo == 0 || own.sin6_flowinfo == want.sin6_flowinfo)
                && (want.sin6_scope_id == 0 || own.sin6_scope_id == want.sin6_scope_id)
                && own.sin6_addr.s6_addr == want.sin6_addr.s6_addr)
        }
    }
}

/// A name to compare a Unix socket's with.
pub enum UnixName<'a> {
    Any,
    /// Not bound to any name.
    Unnamed,
    /// Bound to this path; the byte behind the path's end, its NUL as a rule, is part of the comparison.
    Path(&'a [u8]),
    /// Bound to this abstract name, its leading NUL included.
    Abstract(&'a [u8]),
    /// Longer than any name can be.
    TooLong,
}

/// A Unix socket; with a name, the one bound to it.
pub fn is_socket_unix(fd: Fd, wanted: &Wanted, name: &UnixName) -> Result<bool> {
    let Some(address) = wanted.address(fd)? else {
        return Ok(false);
    };
    if address.family() != libc::AF_UNIX {
        return Ok(false);
    }
    let own = address.unix_name();
    Ok(match name {
        UnixName::Any => true,
        UnixName::Unnamed => own.is_empty(),
        UnixName::Path(path) => own.starts_with(path),
        UnixName::Abstract(name) => own == *name,
        UnixName::TooLong => false,
    })
}

/// A POSIX message queue; with a name, the queue of that name.
pub fn is_mq(fd: Fd, name: Option<&CStr>) -> Result<bool> {
    /// Where systemd, like others, mounts the file system of message queues.
    const QUEUES: &[u8] = b"/dev/mqueue";
    const PATH_MAX: usize = libc::PATH_MAX as usize;

    fd.must_be_open()?;
    if !file::is_message_queue(fd)? {
        return Ok(false);
    }
    let Some(name) = name.map(CStr::to_bytes_with_nul) else {
        return Ok(true);
    };
    if name.first() != Some(&b'/') {
        return Err(Errno::EINVAL);
    }
    let mut path = [0; PATH_MAX];
    if QUEUES.len() + name.len() > PATH_MAX {
        return Err(Errno::ENAMETOOLONG);
    }
    for (to, from) in path.iter_mut().zip(QUEUES.iter().chain(name)) {
        *to = *from;
    }
    let path = CStr::from_bytes_until_nul(&path).map_err(|_| Errno::ENAMETOOLONG)?;
    Ok(file::of_fd(fd)?.same_inode(&file::of_path(path)?))
}
