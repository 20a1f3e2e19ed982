//! `errno`, for functions that preserve it.

use core::ffi::c_int;

/// Restores `errno` when it goes out of scope.
pub struct Kept(c_int);

impl Kept {
    /// Saves the current `errno`.
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
