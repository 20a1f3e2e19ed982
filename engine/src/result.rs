//! Results: what a function did, or why it stopped early.
#![forbid(unsafe_code)]

use core::ffi::c_int;
use core::num::NonZero;

/// Why a function stops early: a result of a C function that is not positive.
///
/// Either 0, for "no" or "nothing to do", which is not an error; or a negative `errno`. Both propagate by `?`.
///
/// The 0 is stored as a 1, so that a `Result<()>` is one number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stop(NonZero<c_int>);

/// The result of every function.
pub type Result<T> = core::result::Result<T, Stop>;

macro_rules! errno {
    ($($name:ident)*) => {
        impl Stop {
            $(#[doc = concat!("`", stringify!($name), "`")] pub const $name: Stop = Stop::from_errno(libc::$name);)*
        }
    };
}

errno! {
    E2BIG EACCES EADDRINUSE EAFNOSUPPORT EAGAIN EBADF ECONNREFUSED EDESTADDRREQ EINTR EINVAL EIO EISCONN EMSGSIZE
    ENAMETOOLONG ENOBUFS ENODEV ENOENT ENOMEM ENOPROTOOPT ENOSYS ENOTCONN ENOTDIR ENOTSOCK EOPNOTSUPP EPERM EPFNOSUPPORT
    EPIPE EPROTO EPROTONOSUPPORT ERANGE EREMOTE ESOCKTNOSUPPORT ETIMEDOUT
}

impl Stop {
    /// The result 0.
    pub const NO: Stop = Stop(NonZero::new(1).unwrap());

    /// A failed system call's `errno`.
    pub const fn from_errno(errno: c_int) -> Stop {
        match NonZero::new(errno.wrapping_neg()) {
            Some(negative) => Stop(negative),
            None => Stop::NO,
        }
    }

    /// What a C function returns: 0 or a negative `errno`.
    pub fn answer(self) -> c_int {
        self.0.get().min(0)
    }

    /// Whether the kernel lacks the requested feature, in any of the ways it reports that.
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

    /// Whether the caller lacks a privilege.
    pub fn is_privilege(self) -> bool {
        matches!(self, Stop::EACCES | Stop::EPERM)
    }
}

/// Continues if `condition` holds, otherwise stops.
pub fn ensure(condition: bool, stop: Stop) -> Result<()> {
    if condition { Ok(()) } else { Err(stop) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::testing::config())]

        #[test]
        fn an_errno_becomes_a_negative_answer(errno in 0..=i32::MAX) {
            let stop = Stop::from_errno(errno);
            prop_assert_eq!(stop.answer(), errno.wrapping_neg());
            prop_assert!(!(stop.is_not_supported() && stop.is_privilege()));
            prop_assert_eq!(stop.is_privilege(), [libc::EACCES, libc::EPERM].contains(&errno));
        }
    }

    #[test]
    fn no_is_zero_and_ensure_says_it() {
        assert_eq!(Stop::NO.answer(), 0);
        assert_eq!(ensure(false, Stop::NO), Err(Stop::NO));
        assert_eq!(ensure(true, Stop::NO), Ok(()));
    }

    #[test]
    fn each_errno_is_the_systems_own() {
        assert_eq!(Stop::EINVAL.answer(), -libc::EINVAL);
        assert_eq!(Stop::from_errno(libc::ENOENT), Stop::ENOENT);
    }
}
