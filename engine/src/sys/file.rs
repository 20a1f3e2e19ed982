//! Files: what a descriptor or a path refers to.

use super::fd::{Fd, OwnedFd};
use super::stat::{fstat, stat, structure};
use super::{check, last_error};
use crate::result::{Result, Stop, ensure};
use core::ffi::{CStr, c_int, c_long};
use core::mem::MaybeUninit;

/// The result of `stat(2)`.
pub struct Stat {
    device: u64,
    inode: u64,
    special: u64,
    mode: libc::mode_t,
}

impl Stat {
    fn from_c(s: &structure) -> Stat {
        // The fields' types differ between architectures; u64 holds them all.
        #[allow(clippy::unnecessary_cast)]
        Stat { device: s.st_dev as u64, inode: s.st_ino as u64, special: s.st_rdev as u64, mode: s.st_mode }
    }

    fn is(&self, kind: libc::mode_t) -> bool {
        self.mode & libc::S_IFMT == kind
    }

    pub fn is_fifo(&self) -> bool {
        self.is(libc::S_IFIFO)
    }

    pub fn is_socket(&self) -> bool {
        self.is(libc::S_IFSOCK)
    }

    pub fn is_regular(&self) -> bool {
        self.is(libc::S_IFREG)
    }

    pub fn is_character_device(&self) -> bool {
        self.is(libc::S_IFCHR)
    }

    /// Whether both are the same file.
    pub fn same_inode(&self, other: &Stat) -> bool {
        self.device == other.device && self.inode == other.inode && other.is(self.mode & libc::S_IFMT)
    }

    /// Whether both are the same device, regardless of their nodes.
    pub fn same_device(&self, other: &Stat) -> bool {
        self.special == other.special
    }

    #[cfg(target_pointer_width = "64")]
    pub fn inode(&self) -> u64 {
        self.inode
    }
}

/// What an open descriptor refers to.
pub fn of_fd(fd: Fd) -> Result<Stat> {
    // SAFETY: fstat() fills the buffer it is given or fails.
    unsafe { filled(|buffer| fstat(fd.number(), buffer)) }
}

/// What a path refers to, after following symbolic links.
pub fn of_path(path: &CStr) -> Result<Stat> {
    // SAFETY: the path is NUL-terminated by its type; stat() fills the buffer it is given or fails.
    unsafe { filled(|buffer| stat(path.as_ptr(), buffer)) }
}

/// Like [`of_path`], for a path appended to a directory; `ENAMETOOLONG` if the result is too long for the kernel.
pub fn of_path_below(directory: &[u8], path: &CStr) -> Result<Stat> {
    let mut joined = MaybeUninit::<[u8; libc::PATH_MAX as usize]>::uninit();
    let path = path.to_bytes_with_nul();
    if directory.len() + path.len() > size_of_val(&joined) {
        return Err(Stop::ENAMETOOLONG);
    }
    let start: *mut u8 = joined.as_mut_ptr().cast();
    // SAFETY: there is room for both, and what results is NUL-terminated, as path is.
    let joined = unsafe {
        start.copy_from_nonoverlapping(directory.as_ptr(), directory.len());
        start.add(directory.len()).copy_from_nonoverlapping(path.as_ptr(), path.len());
        CStr::from_ptr(start.cast())
    };
    of_path(joined)
}

/// Opens a NUL-terminated path with `O_PATH`: neither for reading nor for writing.
pub fn open_path(path: &[u8]) -> Result<OwnedFd> {
    ensure(path.last() == Some(&0), Stop::EINVAL)?;
    // SAFETY: the path is NUL-terminated.
    check(unsafe { libc::open(path.as_ptr().cast(), libc::O_PATH | libc::O_CLOEXEC) }).map(OwnedFd::new)
}

/// # Safety
/// `call` returns 0 only if it has filled the buffer.
unsafe fn filled(call: impl FnOnce(*mut structure) -> c_int) -> Result<Stat> {
    let mut buffer = MaybeUninit::<structure>::uninit();
    check(call(buffer.as_mut_ptr()))?;
    // SAFETY: the call succeeded, so that the buffer is filled, as the caller of this function promises.
    Ok(Stat::from_c(unsafe { buffer.assume_init_ref() }))
}

/// Succeeds if the descriptor is on the kernel's pidfd file system (Linux 6.9); otherwise `EBADF`.
pub fn is_on_pidfs(fd: Fd) -> Result<()> {
    const PID_FS_MAGIC: u64 = 0x5049_4446;
    let mut buffer = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: fstatfs() fills the buffer it is given or fails.
    check(unsafe { libc::fstatfs(fd.number(), buffer.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so that the buffer is filled.
    let kind = unsafe { buffer.assume_init_ref() }.f_type;
    #[allow(clippy::unnecessary_cast)]
    ensure(kind as u64 == PID_FS_MAGIC, Stop::EBADF)
}

/// The 64-bit file handle of a pidfd (Linux 6.14): its inode number, even on machines with a 32-bit `ino_t`.
pub fn pidfd_handle(fd: Fd) -> Result<u64> {
    /// `struct file_handle` with room for eight bytes.
    #[repr(C)]
    struct Handle {
        bytes: u32,
        kind: c_int,
        handle: [u8; 8],
    }
    let mut handle = Handle { bytes: 8, kind: 0, handle: [0; 8] };
    let mut mount: c_int = 0;
    // SAFETY: an empty path, the handle with the room it says it has, and an int for the mount's id.
    let result = unsafe {
        libc::syscall(
            libc::SYS_name_to_handle_at,
            fd.number(),
            c"".as_ptr(),
            &raw mut handle,
            &raw mut mount,
            libc::AT_EMPTY_PATH,
        )
    };
    if result < 0 { Err(last_error()) } else { Ok(u64::from_ne_bytes(handle.handle)) }
}

/// Succeeds if the descriptor is a POSIX message queue; otherwise `EBADF`. Calls the kernel directly, because older C
/// libraries have the function in another shared object (librt).
pub fn is_message_queue(fd: Fd) -> Result<()> {
    // struct mq_attr: four longs and four reserved ones.
    let mut attributes = [0 as c_long; 8];
    // SAFETY: no new attributes, and room for the old ones.
    let result = unsafe {
        libc::syscall(libc::SYS_mq_getsetattr, fd.number(), core::ptr::null::<c_long>(), attributes.as_mut_ptr())
    };
    if result < 0 { Err(last_error()) } else { Ok(()) }
}
