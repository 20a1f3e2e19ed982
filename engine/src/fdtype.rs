//! The type of a file descriptor: the predicates `sd_is_fifo()` to `sd_is_mq()`.

use crate::result::{Result, Stop, ensure};
use crate::sys::fd::Fd;
use crate::sys::file::{self, Stat};
use crate::sys::sockaddr::{Inet, LocalAddress};
use crate::sys::socket;
use core::ffi::{CStr, c_int};

/// A FIFO; with a path, the one at that path.
pub fn is_fifo(fd: Fd, path: Option<&CStr>) -> Result<()> {
    let stat = file::of_fd(fd)?;
    ensure(stat.is_fifo(), Stop::NO)?;
    match path {
        Some(path) => ensure(at(path)?.same_inode(&stat), Stop::NO),
        None => Ok(()),
    }
}

/// A regular file or character device; with a path, that file, or a node of the same device.
pub fn is_special(fd: Fd, path: Option<&CStr>) -> Result<()> {
    let stat = file::of_fd(fd)?;
    ensure(stat.is_regular() || stat.is_character_device(), Stop::NO)?;
    let Some(path) = path else {
        return Ok(());
    };
    let found = at(path)?;
    let same = if stat.is_regular() {
        found.same_inode(&stat)
    } else {
        found.is_character_device() && found.same_device(&stat)
    };
    ensure(same, Stop::NO)
}

/// The status of the file at a path; `NO` if none exists.
fn at(path: &CStr) -> Result<Stat> {
    file::of_path(path).map_err(|error| if matches!(error, Stop::ENOENT | Stop::ENOTDIR) { Stop::NO } else { error })
}

/// What a caller requires of a socket of any family.
pub struct Wanted {
    /// The required socket type, such as `SOCK_STREAM`, if any; a negative one is `EINVAL`.
    pub kind: Option<c_int>,
    /// Whether it must be listening, if that matters.
    pub listening: Option<bool>,
}

impl Wanted {
    fn check(&self, fd: Fd) -> Result<()> {
        ensure(self.kind.is_none_or(|kind| kind >= 0), Stop::EINVAL)?;
        ensure(file::of_fd(fd)?.is_socket(), Stop::NO)?;
        if let Some(kind) = self.kind {
            ensure(socket::kind(fd)? == kind, Stop::NO)?;
        }
        if let Some(listening) = self.listening {
            ensure(socket::is_listening(fd)? == listening, Stop::NO)?;
        }
        Ok(())
    }

    /// Reads the address of a socket, if it meets the requirements.
    fn read(&self, fd: Fd, address: &mut LocalAddress) -> Result<()> {
        self.check(fd)?;
        address.read(fd)
    }
}

/// A socket, of the given family if any. `EINVAL`: a negative family.
pub fn is_socket(fd: Fd, family: Option<c_int>, wanted: &Wanted) -> Result<()> {
    let Some(family) = family else {
        return wanted.check(fd);
    };
    ensure(family >= 0, Stop::EINVAL)?;
    let mut own = LocalAddress::new();
    wanted.read(fd, &mut own)?;
    ensure(own.family() == family, Stop::NO)
}

/// An Internet socket, of the given family and on the given port if any. `EINVAL`: another family.
pub fn is_socket_inet(fd: Fd, family: Option<c_int>, wanted: &Wanted, port: Option<u16>) -> Result<()> {
    ensure(matches!(family, None | Some(libc::AF_INET | libc::AF_INET6)), Stop::EINVAL)?;
    let mut own = LocalAddress::new();
    wanted.read(fd, &mut own)?;
    let inet = own.inet().ok_or(Stop::NO)?;
    ensure(
        family.is_none_or(|family| family == own.family()) && port.is_none_or(|port| port.to_be() == inet.port),
        Stop::NO,
    )
}

/// An Internet socket bound to an address of a family. Port, flow and scope are compared only if not 0.
///
/// `address` is what C passed, with the family that it claims; `EINVAL` if it is too short for that family.
pub fn is_socket_sockaddr(fd: Fd, wanted: &Wanted, family: c_int, address: &[u8]) -> Result<()> {
    let mut own = LocalAddress::new();
    wanted.read(fd, &mut own)?;
    ensure(own.family() == family, Stop::NO)?;
    let want = Inet::from_bytes(family, address).ok_or(Stop::EINVAL)?;
    let own = own.inet().ok_or(Stop::EINVAL)?;
    let same = (want.port == 0 || own.port == want.port)
        && (want.flow == 0 || own.flow == want.flow)
        && (want.scope == 0 || own.scope == want.scope)
        && own.address == want.address;
    ensure(same, Stop::NO)
}

/// The name that a Unix socket must have.
pub enum UnixName<'a> {
    /// Any name or none.
    Any,
    /// Not bound to any name.
    Unnamed,
    /// Bound to this path. The byte after the path, normally its NUL, is part of the comparison.
    Path(&'a [u8]),
    /// Bound to this abstract name, its leading NUL included.
    Abstract(&'a [u8]),
    /// Longer than any name that a socket can have.
    TooLong,
}

/// A Unix socket; with a name, the one bound to it.
pub fn is_socket_unix(fd: Fd, wanted: &Wanted, name: &UnixName) -> Result<()> {
    let mut own = LocalAddress::new();
    wanted.read(fd, &mut own)?;
    ensure(own.family() == libc::AF_UNIX, Stop::NO)?;
    let own = own.unix_name();
    let same = match name {
        UnixName::Any => true,
        UnixName::Unnamed => own.is_empty(),
        UnixName::Path(path) => own.starts_with(path),
        UnixName::Abstract(name) => own == *name,
        UnixName::TooLong => false,
    };
    ensure(same, Stop::NO)
}

/// A POSIX message queue; with a name, the queue of that name.
pub fn is_mq(fd: Fd, name: Option<&CStr>) -> Result<()> {
    fd.must_be_open()?;
    // An open descriptor that the call rejects with EBADF is not a queue.
    file::is_message_queue(fd).map_err(|error| if error == Stop::EBADF { Stop::NO } else { error })?;
    let Some(name) = name else {
        return Ok(());
    };
    ensure(name.to_bytes().starts_with(b"/"), Stop::EINVAL)?;
    // Where systemd, like others, mounts the file system of message queues.
    let queue = file::of_path_below(b"/dev/mqueue", name)?;
    ensure(file::of_fd(fd)?.same_inode(&queue), Stop::NO)
}

#[cfg(test)]
mod tests;
