//! Sealed files in memory, for entries too long for a datagram.

use super::fd::{Fd, OwnedFd};
use super::iovec::Bytes;
use super::{check, last_error};
use crate::result::{Result, Stop, ensure};

/// An empty file of this kind. journald accepts no other.
pub fn create() -> Result<OwnedFd> {
    const FLAGS: u32 = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    let create = |flags: u32| {
        // By its number: glibc before 2.27 has no memfd_create().
        // SAFETY: the name is NUL-terminated.
        let file = unsafe { libc::syscall(libc::SYS_memfd_create, c"journal-data".as_ptr(), flags) };
        check(file as libc::c_int).map(OwnedFd::new)
    };
    match create(FLAGS | libc::MFD_NOEXEC_SEAL) {
        // Linux before 6.3 lacks the last flag.
        Err(Stop::EINVAL) => create(FLAGS),
        result => result,
    }
}

/// Writes the pieces; `EIO` if not all of them fit.
pub fn write(file: Fd, pieces: &[Bytes]) -> Result<()> {
    let len = pieces.iter().filter_map(Bytes::get).map(<[u8]>::len).fold(0, usize::saturating_add);
    // SAFETY: Bytes has the layout of an iovec, and its bytes are alive; the number of pieces is small.
    let written = unsafe { libc::writev(file.number(), pieces.as_ptr().cast(), pieces.len() as _) };
    let written = usize::try_from(written).map_err(|_| last_error())?;
    ensure(written == len, Stop::EIO)
}

/// Makes the file unchangeable.
pub fn seal(file: Fd) -> Result<()> {
    const SEALS: libc::c_int = libc::F_SEAL_SEAL | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE;
    // SAFETY: F_ADD_SEALS takes an int and no memory.
    check(unsafe { libc::fcntl(file.number(), libc::F_ADD_SEALS, SEALS) }).map(|_| ())
}
