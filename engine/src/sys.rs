//! The system calls, each as a safe function. `msghdr`, `cmsghdr`, `stat` and the like never leave these modules.

pub mod clock;
pub mod errno;
pub mod fd;
pub mod file;
pub mod heap;
pub mod iovec;
pub mod journal;
pub mod memfd;
pub mod memory;
pub mod process;
pub mod sockaddr;
pub mod socket;
#[cfg_attr(
    all(target_pointer_width = "64", any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")),
    path = "sys/stat_by_number.rs"
)]
mod stat;

use crate::result::{Result, Stop};
use core::ffi::c_int;

/// The result of a system call that returns -1 and sets `errno` if it fails.
fn check(result: c_int) -> Result<c_int> {
    if result < 0 { Err(last_error()) } else { Ok(result) }
}

#[cold]
#[inline(never)]
fn last_error() -> Stop {
    // SAFETY: the C library's errno of this thread is always there.
    Stop::from_errno(unsafe { *libc::__errno_location() })
}
