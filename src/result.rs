//! The only place that converts results to the integers of the C interface.
#![forbid(unsafe_code)]

use core::ffi::c_int;
use libsdnotify_engine::result::Result;

/// The C result of a number: the number, or why there is none.
pub fn number_to_c(result: Result<c_int>) -> c_int {
    result.unwrap_or_else(|stop| stop.answer())
}

/// The C result of a success: 1.
#[inline(never)]
pub fn to_c(result: Result<()>) -> c_int {
    number_to_c(result.map(|()| 1))
}

/// The C result of a success of the journal's functions: 0.
pub fn done_to_c(result: Result<()>) -> c_int {
    number_to_c(result.map(|()| 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use libsdnotify_engine::result::Stop;

    #[test]
    fn a_success_is_1_or_0_and_no_is_0() {
        assert_eq!([to_c(Ok(())), to_c(Err(Stop::NO)), to_c(Err(Stop::EINVAL))], [1, 0, -libc::EINVAL]);
        assert_eq!([done_to_c(Ok(())), done_to_c(Err(Stop::EIO))], [0, -libc::EIO]);
        assert_eq!([number_to_c(Ok(253)), number_to_c(Err(Stop::ERANGE))], [253, -libc::ERANGE]);
    }
}
