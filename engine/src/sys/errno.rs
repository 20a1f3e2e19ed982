//! `errno`, for functions that leave it as it is.

use core::ffi::c_int;

/// Puts `errno` back when it goes out of scope.
pub struct Kept(c_int);

impl Kept {
    /// Notes `errno` as it is now.
    pub fn now() -> Kept {
        // SAFETY: the C library's errno of this thread is always there.
        Kept(unsafe { *libc::__errno_location() })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { *libc::__errno_location() = self.0 };
    }
}
