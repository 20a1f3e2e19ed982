//! The C boundary: every exported function converts its arguments, calls the engine, and converts the result back.
//!
//! Their documentation also becomes that of the C headers (`make header`), so it is written for C.

use core::ffi::{CStr, c_char, c_int};
use libsdnotify_engine::env;

// In the order of the header; the empty lines keep rustfmt from sorting them.
pub mod notify;

#[cfg(cbindgen)]
mod printf;

mod watchdog;

mod listen;

mod fdtype;

mod boot;

mod pidfd;

/// The functions of sdnotify.h, which is generated from this file alone.
///
/// cbindgen:ignore
pub mod channel;
/// The functions of sd-journal.h, which is generated from this file alone.
///
/// cbindgen:ignore
pub mod journal;

/// A C string that may be NULL.
///
/// # Safety
/// `text` is NULL or NUL-terminated, and stays unchanged during the call that it was passed to.
unsafe fn string<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: as the caller promises.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

/// Stores a result at the address that C passed, unless that is NULL. Unaligned, because it may be a field of a packed
/// structure.
///
/// # Safety
/// `to` is NULL, or may be written to.
unsafe fn store<T>(to: *mut T, value: T) {
    if !to.is_null() {
        // SAFETY: not NULL, and then the caller lets us write.
        unsafe { to.write_unaligned(value) };
    }
}

/// The only exit of functions that can clear their variables: they do so last, regardless of the result.
fn leave(unset_environment: c_int, variables: env::Variables, result: c_int) -> c_int {
    if unset_environment != 0 {
        // SAFETY: the C caller answers for other threads, as the header asks of whoever passes anything but 0.
        unsafe { env::clear(variables) };
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ptr::{null, null_mut};

    #[test]
    fn null_is_no_string_and_no_place() {
        // SAFETY: NULL, or a NUL-terminated text.
        unsafe {
            assert_eq!(string(null()), None);
            assert_eq!(string(c"".as_ptr()), Some(c""));
            store(null_mut::<u64>(), 1);
        }
    }

    #[test]
    fn a_place_need_not_be_aligned() {
        let mut bytes = [0_u8; 16];
        for offset in 0..8 {
            // SAFETY: there are eight bytes and more from each of these offsets on.
            unsafe { store(bytes.as_mut_ptr().add(offset).cast::<u64>(), 0x0102_0304_0506_0708) };
            assert_eq!(bytes[offset..offset + 8], 0x0102_0304_0506_0708_u64.to_ne_bytes());
        }
    }

    #[test]
    fn variables_are_removed_last_and_on_request_only() {
        const NAME: &str = "WATCHDOG_USEC";
        // SAFETY: no other test of this program uses the variable.
        unsafe { std::env::set_var(NAME, "1") };
        assert_eq!(leave(0, env::WATCHDOG, -libc::EINVAL), -libc::EINVAL);
        assert!(std::env::var_os(NAME).is_some());
        assert_eq!(leave(-1, env::WATCHDOG, -libc::EINVAL), -libc::EINVAL);
        assert!(std::env::var_os(NAME).is_none());
    }
}
