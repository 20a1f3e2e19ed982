//! `sd_is_fifo()` to `sd_is_mq()`. Callers promise that every string is NUL-terminated.

use super::string;
use crate::result::to_c;
use core::ffi::{c_char, c_int, c_uint};
use libsdnotify_engine::fdtype::{self, UnixName, Wanted};
use libsdnotify_engine::result::{Result, Stop};
use libsdnotify_engine::{Fd, UNIX_PATH};

/// A number as C gives it: 0 is any.
fn if_given(value: c_int) -> Option<c_int> {
    (value != 0).then_some(value)
}

/// The requirements for a socket, as C gives them; a negative `listening` is either.
fn wanted(kind: c_int, listening: c_int) -> Wanted {
    Wanted { kind: if_given(kind), listening: (listening >= 0).then_some(listening > 0) }
}

/// Checks whether fd is a FIFO and, if path is not NULL, whether it is the one at that path.
///
/// @param fd the descriptor.
/// @param path NULL: any.
///
/// @return 1 if so; 0 if not, or if nothing exists at the path; or a negative errno:
///   - -EBADF: fd is not open;
///   - other errors of stat(2).
///
/// @note Thread-safe and async-signal-safe.
/// @pre path is NULL or NUL-terminated.
/// @see sd_is_fifo(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_is_fifo(fd: c_int, path: *const c_char) -> c_int {
    // SAFETY: the caller's promise about path.
    let path = unsafe { string(path) };
    to_c(Fd::from_c(fd).and_then(|fd| fdtype::is_fifo(fd, path)))
}

/// Checks whether fd is a regular file or a character device and, if path is not NULL, whether it is the file at that
/// path or the device of the node at that path.
///
/// @param fd the descriptor.
/// @param path NULL: any.
///
/// @return 1 if so; 0 if not, or if nothing exists at the path; or a negative errno:
///   - -EBADF: fd is not open;
///   - other errors of stat(2).
///
/// @note Thread-safe and async-signal-safe.
/// @pre path is NULL or NUL-terminated.
/// @see sd_is_special(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_is_special(fd: c_int, path: *const c_char) -> c_int {
    // SAFETY: the caller's promise about path.
    let path = unsafe { string(path) };
    to_c(Fd::from_c(fd).and_then(|fd| fdtype::is_special(fd, path)))
}

/// Checks whether fd is a socket.
///
/// @param fd the descriptor.
/// @param family AF_INET, AF_UNIX, ...; 0: any.
/// @param type SOCK_STREAM, SOCK_DGRAM, ...; 0: any.
/// @param listening positive: it must be listening; 0: it must not be; negative: either.
///
/// @return 1 if so; 0 if not; or a negative errno:
///   - -EINVAL: family or type is negative;
///   - -EBADF: fd is not open;
///   - other errors of fstat(2), getsockopt(2) and getsockname(2).
///
/// @note Thread-safe and async-signal-safe.
/// @see sd_is_socket(3)
#[unsafe(no_mangle)]
pub extern "C" fn sd_is_socket(fd: c_int, family: c_int, r#type: c_int, listening: c_int) -> c_int {
    to_c(Fd::from_c(fd).and_then(|fd| fdtype::is_socket(fd, if_given(family), &wanted(r#type, listening))))
}

/// Checks whether fd is an Internet socket.
///
/// @param fd the descriptor.
/// @param family AF_INET or AF_INET6; 0: either.
/// @param type SOCK_STREAM, SOCK_DGRAM, ...; 0: any.
/// @param listening positive: it must be listening; 0: it must not be; negative: either.
/// @param port the port that it is bound to, in host byte order; 0: any.
///
/// @return like sd_is_socket(); -EINVAL also if family is another one.
///
/// @note Thread-safe and async-signal-safe.
/// @see sd_is_socket_inet(3)
#[unsafe(no_mangle)]
pub extern "C" fn sd_is_socket_inet(fd: c_int, family: c_int, r#type: c_int, listening: c_int, port: u16) -> c_int {
    let port = (port != 0).then_some(port);
    to_c(Fd::from_c(fd).and_then(|fd| fdtype::is_socket_inet(fd, if_given(family), &wanted(r#type, listening), port)))
}

/// Checks whether fd is an Internet socket bound to a given address.
///
/// @param fd the descriptor.
/// @param type SOCK_STREAM, SOCK_DGRAM, ...; 0: any.
/// @param addr a struct sockaddr_in or sockaddr_in6. Its port, flow information and scope are compared only if they
///   are not 0.
/// @param addr_len its size in bytes.
/// @param listening positive: it must be listening; 0: it must not be; negative: either.
///
/// @return like sd_is_socket(); also:
///   - -EINVAL: addr is NULL, or shorter than its family needs;
///   - -ENOBUFS: addr_len is too small to hold a family;
///   - -EPFNOSUPPORT: its family is neither AF_INET nor AF_INET6.
///
/// @note Thread-safe and async-signal-safe.
/// @pre addr is NULL or has addr_len bytes.
/// @see sd_is_socket_sockaddr(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_is_socket_sockaddr(
    fd: c_int,
    r#type: c_int,
    addr: *const libc::sockaddr,
    addr_len: c_uint,
    listening: c_int,
) -> c_int {
    to_c(Fd::from_c(fd).and_then(|fd| {
        // SAFETY: the caller's promise about addr.
        let (family, address) = unsafe { inet_address(addr, addr_len as usize) }?;
        fdtype::is_socket_sockaddr(fd, &wanted(r#type, listening), family, address)
    }))
}

/// # Safety
/// `addr` is NULL or has `len` bytes.
unsafe fn inet_address<'a>(addr: *const libc::sockaddr, len: usize) -> Result<(c_int, &'a [u8])> {
    if addr.is_null() {
        return Err(Stop::EINVAL);
    }
    if len < size_of::<libc::sa_family_t>() {
        return Err(Stop::ENOBUFS);
    }
    // SAFETY: the family is the first thing in any address, and there are enough bytes for it.
    let family = c_int::from(unsafe { addr.cast::<libc::sa_family_t>().read_unaligned() });
    if !matches!(family, libc::AF_INET | libc::AF_INET6) {
        return Err(Stop::EPFNOSUPPORT);
    }
    // Reads no more than the size of the larger of the two.
    let len = len.min(size_of::<libc::sockaddr_in6>());
    // SAFETY: there are len bytes.
    Ok((family, unsafe { core::slice::from_raw_parts(addr.cast(), len) }))
}

/// Checks whether fd is a Unix socket and, if path is not NULL, whether it is bound to that name.
///
/// @param fd the descriptor.
/// @param type SOCK_STREAM, SOCK_DGRAM, ...; 0: any.
/// @param listening positive: it must be listening; 0: it must not be; negative: either.
/// @param path a path; "" for an unbound socket; or an abstract name with its leading NUL byte. NULL: any.
/// @param length of path in bytes, including the leading NUL byte of an abstract name; 0: strlen(path).
///
/// @return like sd_is_socket().
///
/// @note Thread-safe and async-signal-safe.
/// @pre path is NULL, or NUL-terminated, or has length bytes (length + 1 if it does not begin with NUL).
/// @see sd_is_socket_unix(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_is_socket_unix(
    fd: c_int,
    r#type: c_int,
    listening: c_int,
    path: *const c_char,
    length: usize,
) -> c_int {
    to_c(Fd::from_c(fd).and_then(|fd| {
        // SAFETY: the caller's promise about path and length.
        let name = unsafe { unix_name(path, length) };
        fdtype::is_socket_unix(fd, &wanted(r#type, listening), &name)
    }))
}

/// # Safety
/// As for sd_is_socket_unix().
unsafe fn unix_name<'a>(path: *const c_char, length: usize) -> UnixName<'a> {
    if path.is_null() {
        return UnixName::Any;
    }
    let length = match length {
        // SAFETY: without a length the path is NUL-terminated.
        0 => unsafe { libc::strlen(path) },
        length => length,
    };
    if length == 0 {
        return UnixName::Unnamed;
    }
    if length > UNIX_PATH {
        return UnixName::TooLong;
    }
    // SAFETY: there is one byte at least.
    let is_abstract = unsafe { path.read() } == 0;
    let bytes = if is_abstract { length } else { length + 1 };
    // SAFETY: there are length bytes, and one more behind a path: its NUL, or what the caller has there.
    let name = unsafe { core::slice::from_raw_parts(path.cast(), bytes) };
    if is_abstract { UnixName::Abstract(name) } else { UnixName::Path(name) }
}

/// Checks whether fd is a POSIX message queue and, if path is not NULL, whether it is the queue of that name.
///
/// @param fd the descriptor.
/// @param path the queue's name: "/name", looked up in /dev/mqueue. NULL: any.
///
/// @return 1 if so; 0 if not; or a negative errno:
///   - -EBADF: fd is not open;
///   - -EINVAL: path does not begin with "/"; -ENAMETOOLONG: it is too long;
///   - -ENOENT: there is no such queue;
///   - other errors of stat(2).
///
/// @note Thread-safe and async-signal-safe.
/// @pre path is NULL or NUL-terminated.
/// @see sd_is_mq(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_is_mq(fd: c_int, path: *const c_char) -> c_int {
    // SAFETY: the caller's promise about path.
    let path = unsafe { string(path) };
    to_c(Fd::from_c(fd).and_then(|fd| fdtype::is_mq(fd, path)))
}

#[cfg(test)]
mod tests;
