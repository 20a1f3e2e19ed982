//! Descriptors with owners, and errors that `?` converts: what needs the standard library.

use super::{Error, Result, answer};
use crate::listen;
use crate::sys::fd;
use std::os::fd::OwnedFd;
use std::string::String;
use std::vec::Vec;

impl From<Error> for std::io::Error {
    fn from(error: Error) -> std::io::Error {
        std::io::Error::from_raw_os_error(error.raw_os_error())
    }
}

/// A descriptor that the service manager passed to this process.
#[derive(Debug)]
pub struct PassedFd {
    /// `FileDescriptorName=`, or what systemd takes for it: the name of the socket unit. `unknown` where there are no names.
    pub name: String,
    /// Mostly a socket: `TcpListener::from(fd)`, `UnixListener::from(fd)` and so on.
    pub fd: OwnedFd,
}

/// Takes the descriptors that the service manager passed to this process, in the order of the unit's `ListenStream=` and
/// other lines. They are close-on-exec, and closed when they are dropped. Later calls return none.
///
/// `EINVAL`: not as many names (`$LISTEN_FDNAMES`) as descriptors; `EBADF`: one of them is not open. Nothing is taken then.
pub fn take_fds() -> Result<Vec<PassedFd>> {
    let Some(names) = answer(listen::fds_with_names())? else {
        return Ok(Vec::new());
    };
    let count = i32::try_from(names.len()).unwrap_or(0);
    let named = |(name, fd): (&std::ffi::CStr, _)| PassedFd { name: name.to_string_lossy().into_owned(), fd };
    Ok(names.iter().zip(fd::take(listen::START..listen::START + count)).map(named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_of_std() {
        let error = Error(libc::ECONNREFUSED);
        assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::ConnectionRefused);
        assert_eq!(error.to_string(), "Connection refused (os error 111)");
    }
}
