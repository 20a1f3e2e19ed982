//! The part that needs the standard library: owned descriptors, and errors that `?` converts.

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
    /// `FileDescriptorName=`, by default the name of the socket unit; `unknown` if the manager passed no names.
    pub name: String,
    /// Usually a socket: convert it with `TcpListener::from(fd)`, `UnixListener::from(fd)` and so on.
    pub fd: OwnedFd,
}

/// Takes the descriptors that the service manager passed to this process, in the order of the unit's `ListenStream=`
/// and similar lines. They are close-on-exec, and dropping them closes them. Later calls return none.
///
/// `EINVAL`: the number of names (`$LISTEN_FDNAMES`) is not that of the descriptors; `EBADF`: a descriptor is not open.
/// On error, nothing is taken.
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
