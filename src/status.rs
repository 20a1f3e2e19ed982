//! Results, and the only place where they become the integers of the C interface.
#![forbid(unsafe_code)]

use core::ffi::c_int;

/// Why a function ends before it has done its work: a C function's answer that is not positive.
///
/// Either 0, "no" or "nothing to do", which is not an error; or a negative `errno`. Both leave by `?`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stop(c_int);

pub type Result<T> = core::result::Result<T, Stop>;

macro_rules! errno {
    ($($name:ident)*) => {
        impl Stop {
            $(pub const $name: Stop = Stop(-libc::$name);)*
        }
    };
}

errno! {
    E2BIG EACCES EADDRINUSE EAFNOSUPPORT EBADF ECONNREFUSED EINVAL EIO EMSGSIZE ENAMETOOLONG ENOBUFS ENODEV ENOENT ENOMEM
    ENOPROTOOPT ENOSYS ENOTCONN ENOTDIR EOPNOTSUPP EPERM EPFNOSUPPORT EPROTO EPROTONOSUPPORT ERANGE ESOCKTNOSUPPORT ETIMEDOUT
}

impl Stop {
    /// The answer is 0.
    pub const NO: Stop = Stop(0);

    /// A failed system call's `errno`.
    pub fn from_errno(errno: c_int) -> Stop {
        Stop(errno.wrapping_neg())
    }

    /// The kernel lacks the thing asked for, in one of the many ways it has to say so.
    pub fn is_not_supported(self) -> bool {
        matches!(
            self,
            Stop::EOPNOTSUPP
                | Stop::ENOSYS
                | Stop::EAFNOSUPPORT
                | Stop::EPFNOSUPPORT
                | Stop::EPROTONOSUPPORT
                | Stop::ESOCKTNOSUPPORT
                | Stop::ENOPROTOOPT
        )
    }

    /// The caller lacks a privilege.
    pub fn is_privilege(self) -> bool {
        matches!(self, Stop::EACCES | Stop::EPERM)
    }
}

/// Goes on if `condition` holds, else stops.
pub fn unless(stop: Stop, condition: bool) -> Result<()> {
    if condition { Ok(()) } else { Err(stop) }
}

/// What C callers see of a number: itself, or why there is none.
pub fn number_to_c(result: Result<c_int>) -> c_int {
    match result {
        Ok(number) => number,
        Err(Stop(answer)) => answer,
    }
}

/// What C callers see of a success: 1.
pub fn to_c(result: Result<()>) -> c_int {
    number_to_c(result.map(|()| 1))
}
