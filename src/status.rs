//! Results, and the only place where they become the integers of the C interface.
#![forbid(unsafe_code)]

use core::ffi::c_int;

/// A positive `errno` value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub c_int);

pub type Result<T> = core::result::Result<T, Errno>;

macro_rules! errno {
    ($($name:ident)*) => {
        impl Errno {
            $(pub const $name: Errno = Errno(libc::$name);)*
        }
    };
}

errno! {
    E2BIG EACCES EADDRINUSE EAFNOSUPPORT EBADF ECONNREFUSED EINVAL EIO EMSGSIZE ENAMETOOLONG ENOBUFS ENODEV ENOENT ENOMEM
    ENOPROTOOPT ENOSYS ENOTCONN ENOTDIR EOPNOTSUPP EPERM EPFNOSUPPORT EPROTO EPROTONOSUPPORT ERANGE ESOCKTNOSUPPORT ETIMEDOUT
}

impl Errno {
    /// The kernel lacks the thing asked for, in one of the many ways it has to say so.
    pub fn is_not_supported(self) -> bool {
        matches!(
            self,
            Errno::EOPNOTSUPP
                | Errno::ENOSYS
                | Errno::EAFNOSUPPORT
                | Errno::EPFNOSUPPORT
                | Errno::EPROTONOSUPPORT
                | Errno::ESOCKTNOSUPPORT
                | Errno::ENOPROTOOPT
        )
    }

    /// The caller lacks a privilege.
    pub fn is_privilege(self) -> bool {
        matches!(self, Errno::EACCES | Errno::EPERM)
    }
}

/// A successful answer of a public function: 0 or a positive number.
pub trait Answer {
    fn number(self) -> c_int;
}

impl Answer for c_int {
    fn number(self) -> c_int {
        self
    }
}

impl Answer for bool {
    fn number(self) -> c_int {
        self.into()
    }
}

/// Converts a result to what C callers see: the answer, or the negative errno.
pub fn to_c<T: Answer>(result: Result<T>) -> c_int {
    match result {
        Ok(answer) => answer.number(),
        Err(Errno(code)) => code.wrapping_neg(),
    }
}
