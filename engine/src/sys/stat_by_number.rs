//! `fstat(2)` and `stat(2)` by their numbers, where the kernel and the C library share the structure. glibc exports
//! these functions only since 2.33, and a library linked against them would need at least that version.

use core::ffi::{c_char, c_int};

pub use libc::stat as structure;

/// # Safety
/// As for the function of the C library.
pub unsafe fn fstat(fd: c_int, buffer: *mut structure) -> c_int {
    // SAFETY: the caller's buffer is what the kernel fills.
    unsafe { libc::syscall(libc::SYS_fstat, fd, buffer) as c_int }
}

/// # Safety
/// As for the function of the C library.
pub unsafe fn stat(path: *const c_char, buffer: *mut structure) -> c_int {
    // SAFETY: the caller's path and buffer; no flags.
    unsafe { libc::syscall(libc::SYS_newfstatat, libc::AT_FDCWD, path, buffer, 0) as c_int }
}
