//! `fstat(2)` and `stat(2)` by their numbers, where the kernel's structure is the C library's. glibc has functions of these
//! names since 2.33 only: a library that is linked to them needs that, or a newer one.

use core::ffi::{c_char, c_int};

pub use libc::stat as structure;

/// # Safety
/// As the C library's.
pub unsafe fn fstat(fd: c_int, buffer: *mut structure) -> c_int {
    // SAFETY: the caller's buffer is what the kernel fills.
    unsafe { libc::syscall(libc::SYS_fstat, fd, buffer) as c_int }
}

/// # Safety
/// As the C library's.
pub unsafe fn stat(path: *const c_char, buffer: *mut structure) -> c_int {
    // SAFETY: the caller's path and buffer; no flags.
    unsafe { libc::syscall(libc::SYS_newfstatat, libc::AT_FDCWD, path, buffer, 0) as c_int }
}
