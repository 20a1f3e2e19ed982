//! The environment: the only callers of `getenv` and `unsetenv`.
//!
//! Neither is safe while another thread changes the environment. That is the C library's contract, and the public
//! documentation passes it on.

use crate::result::{Result, Stop};
use core::ffi::{CStr, c_char};

/// The variables of a protocol: NUL-terminated names, with another NUL at the end. A list of pointers would need
/// relocations when the library is loaded.
#[derive(Clone, Copy)]
pub struct Variables(&'static [u8]);

/// The variable of `sd_notify()`.
pub const NOTIFY: Variables = Variables(b"NOTIFY_SOCKET\0\0");
/// The variables of `sd_watchdog_enabled()`.
pub const WATCHDOG: Variables = Variables(b"WATCHDOG_USEC\0WATCHDOG_PID\0\0");
/// The variables of `sd_listen_fds()`.
pub const LISTEN: Variables = Variables(b"LISTEN_PID\0LISTEN_PIDFDID\0LISTEN_FDS\0LISTEN_FDNAMES\0\0");

/// The variables of all protocols, which a program does not pass on to its children.
pub fn names() -> impl Iterator<Item = &'static str> {
    [NOTIFY, WATCHDOG, LISTEN].into_iter().flat_map(Variables::names)
}

impl Variables {
    fn names(self) -> impl Iterator<Item = &'static str> {
        let names = self.0.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        names.filter_map(|name| core::str::from_utf8(name).ok())
    }

    /// One of the names, as part of the list.
    const fn name(&self, index: usize) -> &'static CStr {
        let mut rest = self.0;
        let mut skipped = 0;
        loop {
            let Ok(name) = CStr::from_bytes_until_nul(rest) else {
                return c"";
            };
            if skipped == index {
                return name;
            }
            (_, rest) = rest.split_at(name.count_bytes() + 1);
            skipped += 1;
        }
    }
}

pub(crate) const NOTIFY_SOCKET: &CStr = NOTIFY.name(0);
pub(crate) const WATCHDOG_USEC: &CStr = WATCHDOG.name(0);
pub(crate) const WATCHDOG_PID: &CStr = WATCHDOG.name(1);
pub(crate) const LISTEN_PID: &CStr = LISTEN.name(0);
pub(crate) const LISTEN_PIDFDID: &CStr = LISTEN.name(1);
pub(crate) const LISTEN_FDS: &CStr = LISTEN.name(2);
pub(crate) const LISTEN_FDNAMES: &CStr = LISTEN.name(3);

/// The value of a variable, without its NUL; `NO` if it is not set. Valid until the environment is changed.
pub(crate) fn get<'a>(name: &CStr) -> Result<&'a [u8]> {
    // SAFETY: name is NUL-terminated by its type; getenv() only reads.
    let value = unsafe { libc::getenv(name.as_ptr()) };
    if value.is_null() {
        return Err(Stop::NO);
    }
    // SAFETY: what getenv() returns is a NUL-terminated string; that it stays as it is while it is looked at is the
    // caller's promise not to change the environment from another thread. This crate clears variables last.
    Ok(unsafe { CStr::from_ptr(value) }.to_bytes())
}

/// Like [`get`], but `NO` in a process that gained privileges from its executable: its environment is not trusted.
pub(crate) fn get_secure<'a>(name: &CStr) -> Option<&'a [u8]> {
    // The libc crate declares it for few systems; both C libraries on Linux have it.
    unsafe extern "C" {
        fn secure_getenv(name: *const c_char) -> *const c_char;
    }
    // SAFETY: name is NUL-terminated by its type; secure_getenv() only reads.
    let value = unsafe { secure_getenv(name.as_ptr()) };
    // SAFETY: as in get().
    (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) }.to_bytes())
}

/// Removes the variables of a protocol from the environment.
///
/// # Safety
/// No other thread reads or changes the environment at the same time.
pub unsafe fn clear(variables: Variables) {
    let mut name = variables.0.as_ptr();
    // SAFETY: the caller answers for other threads. The text ends with an empty name; until there each name ends with a
    // NUL and the next one follows it, so the pointer stays inside and unsetenv() gets NUL-terminated names, which it cannot refuse.
    unsafe {
        while *name != 0 {
            libc::unsetenv(name.cast());
            name = name.add(libc::strlen(name.cast()) + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_once() {
        let names: std::vec::Vec<_> = names().collect();
        assert_eq!(
            names,
            [
                "NOTIFY_SOCKET",
                "WATCHDOG_USEC",
                "WATCHDOG_PID",
                "LISTEN_PID",
                "LISTEN_PIDFDID",
                "LISTEN_FDS",
                "LISTEN_FDNAMES"
            ]
        );
    }

    #[test]
    fn clear_removes_those_of_its_protocol_alone() {
        for name in names() {
            // SAFETY: no other test of this program uses these variables.
            unsafe { std::env::set_var(name, "1") };
        }
        // SAFETY: as above.
        unsafe { clear(LISTEN) };
        let left: std::vec::Vec<_> = names().filter(|name| std::env::var_os(name).is_some()).collect();
        assert_eq!(left, ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]);
        // SAFETY: as above.
        unsafe {
            clear(WATCHDOG);
            clear(NOTIFY);
        }
        assert!(names().all(|name| std::env::var_os(name).is_none()));
    }
}
