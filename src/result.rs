//! The only place where results become the integers of the C interface.
#![forbid(unsafe_code)]

use core::ffi::c_int;
use libsdnotify_engine::result::Result;

/// What C callers see of a number: itself, or why there is none.
pub fn number_to_c(result: Result<c_int>) -> c_int {
    result.unwrap_or_else(|stop| stop.answer())
}

/// What C callers see of a success: 1.
#[inline(never)]
pub fn to_c(result: Result<()>) -> c_int {
    number_to_c(result.map(|()| 1))
}

/// What C callers of the journal's functions see of a success: 0.
pub fn done_to_c(result: Result<()>) -> c_int {
    number_to_c(result.map(|()| 0))
}
