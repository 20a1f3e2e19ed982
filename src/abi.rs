//! The C boundary: every exported function converts its arguments, calls, and converts the result back.
//!
//! Their documentation is the C header's too (`make header`), and so is written for C.

use core::ffi::{CStr, c_char};

mod activation;
/// The functions of sdnotify.h, which is generated from this file alone.
///
/// cbindgen:ignore
pub mod channel;
pub mod notify;
mod predicates;
#[cfg(cbindgen)]
mod printf;
mod state;

/// A C string that may be NULL.
///
/// # Safety
/// `text` is NULL or NUL-terminated, and stays as it is during the call it was passed to.
unsafe fn string<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: as the caller promises.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}
