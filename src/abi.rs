//! The C boundary: every exported function converts its arguments, calls, and converts the result back.
//!
//! Their documentation is the C header's too (`make header`), and so is written for C.

use crate::notify::Message;
use crate::status::{Errno, Result};
use crate::sys::socket::MAX_FDS;
use core::ffi::{CStr, c_char, c_int};

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

/// A message as C gives it; what is wrong with it is found in the order in which libsystemd looks.
///
/// # Safety
/// `state` is NULL or NUL-terminated, `fds` is NULL or an array of `n_fds` numbers; both stay as they are during the
/// call they were passed to.
unsafe fn message<'a>(pid: libc::pid_t, state: *const c_char, fds: *const c_int, n_fds: usize) -> Result<Message<'a>> {
    // SAFETY: as the caller promises.
    let state = unsafe { string(state) }.ok_or(Errno::EINVAL)?;
    let fds = match n_fds {
        0 => &[],
        _ if fds.is_null() => return Err(Errno::EINVAL),
        // SAFETY: the array has n_fds numbers, as the caller promises, and that is not an absurd size.
        1..=MAX_FDS => unsafe { core::slice::from_raw_parts(fds, n_fds) },
        _ => return Err(Errno::E2BIG),
    };
    Ok(Message { pid, state, fds })
}
