//! `sd_notify()` and its relatives.

use super::{leave, string};
use crate::result::to_c;
use core::ffi::{c_char, c_int, c_uint};
use core::ptr::null;
use libsdnotify_engine::notify::{self, Message};
use libsdnotify_engine::result::{Result, Stop};
use libsdnotify_engine::{MAX_FDS, env};

/// What every function except the barriers does.
///
/// # Safety
/// `state` is NULL or NUL-terminated, `fds` is NULL or an array of `n_fds` numbers; both stay unchanged during the
/// call.
unsafe fn notify(
    pid: libc::pid_t,
    unset_environment: c_int,
    state: *const c_char,
    fds: *const c_int,
    n_fds: usize,
) -> c_int {
    // SAFETY: as the caller promises.
    let sent = unsafe { message(pid, state, fds, n_fds) }.and_then(|message| notify::send(&message));
    leave(unset_environment, env::NOTIFY, to_c(sent))
}

/// The process on whose behalf a message is sent, as C gives it: 0 is this one.
fn other(pid: libc::pid_t) -> Option<libc::pid_t> {
    (pid != 0).then_some(pid)
}

/// A message as C gives it, checked in the same order as in libsystemd.
///
/// # Safety
/// As for [`notify`].
pub(super) unsafe fn message<'a>(
    pid: libc::pid_t,
    state: *const c_char,
    fds: *const c_int,
    n_fds: usize,
) -> Result<Message<'a>> {
    // SAFETY: as the caller promises.
    let state = unsafe { string(state) }.ok_or(Stop::EINVAL)?;
    let fds = match n_fds {
        0 => &[],
        _ if fds.is_null() => return Err(Stop::EINVAL),
        // SAFETY: the array has n_fds numbers, as the caller promises, and that is not an absurd size.
        1..=MAX_FDS => unsafe { core::slice::from_raw_parts(fds, n_fds) },
        _ => return Err(Stop::E2BIG),
    };
    Ok(Message { pid: other(pid), state, fds })
}

/// Sends state assignments to the service manager, in one datagram to the socket that $NOTIFY_SOCKET names ("/path",
/// "@abstract" or "vsock:CID:PORT"). Waits while the manager's queue is full.
///
/// @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param state assignments, one per line, sent unchanged: "READY=1" (start or reload is complete), "RELOADING=1"
///   with "MONOTONIC_USEC=...", "STOPPING=1", "STATUS=a human-readable line", "WATCHDOG=1" (the heartbeat),
///   "WATCHDOG=trigger", "WATCHDOG_USEC=...", "EXTEND_TIMEOUT_USEC=...", "MAINPID=...", "ERRNO=..." and others. Not
///   NULL.
///
/// @return 1 if the message was sent; 0 if $NOTIFY_SOCKET is not set, so there is no service manager to notify; or a
///   negative errno:
///   - -EINVAL: state is NULL, or the address is malformed;
///   - -EPROTO: neither a Unix nor a vsock address;
///   - -ENAMETOOLONG: the path has 108 bytes or more; -ERANGE: a vsock number exceeds 32 bits;
///   - -ECONNREFUSED, -ENOENT: nothing listens there; -EACCES: this user may not write to the socket;
///   - -EMSGSIZE, -ENOBUFS: the message is too long, even for an enlarged send buffer;
///   - -EINTR: interrupted by a signal while waiting; -EIO: the kernel accepted only part of the message;
///   - other errors of socket(2), connect(2) and sendmsg(2), such as -EMFILE.
///
/// @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
///   Uses no heap memory, leaves no descriptor open and keeps no state.
/// @pre state is NULL or NUL-terminated.
/// @see sd_notify(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_notify(unset_environment: c_int, state: *const c_char) -> c_int {
    // SAFETY: the caller's promise about state; no descriptors.
    unsafe { notify(0, unset_environment, state, null(), 0) }
}

/// Sends state assignments like sd_notify(), on behalf of another process. Only a privileged process may name another
/// as the sender; a message from any other process carries its own credentials.
///
/// @param pid the process on whose behalf to send; 0: this one.
/// @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param state see sd_notify().
///
/// @return like sd_notify().
///
/// @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
/// @pre state is NULL or NUL-terminated.
/// @see sd_notify(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_pid_notify(pid: libc::pid_t, unset_environment: c_int, state: *const c_char) -> c_int {
    // SAFETY: the caller's promise about state; no descriptors.
    unsafe { notify(pid, unset_environment, state, null(), 0) }
}

/// Sends state assignments like sd_pid_notify(), along with file descriptors: for "FDSTORE=1", whose descriptors the
/// manager keeps, even across a restart ("FDNAME=..." names them), and for "BARRIER=1", which takes exactly one.
///
/// @param pid the process on whose behalf to send; 0: this one.
/// @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param state see sd_notify().
/// @param fds n_fds open descriptors, which remain the caller's; may be NULL only if n_fds is 0.
/// @param n_fds number of descriptors, at most 253.
///
/// @return like sd_notify(); also:
///   - -EINVAL: fds is NULL and n_fds is not 0;
///   - -E2BIG: more than 253 descriptors; -EBADF: one of them is not open.
///
/// @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
/// @pre state is NULL or NUL-terminated.
/// @pre fds is NULL or an array of n_fds numbers.
/// @see sd_notify(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_pid_notify_with_fds(
    pid: libc::pid_t,
    unset_environment: c_int,
    state: *const c_char,
    fds: *const c_int,
    n_fds: c_uint,
) -> c_int {
    // SAFETY: the caller's promises about state and fds.
    unsafe { notify(pid, unset_environment, state, fds, n_fds as usize) }
}

/// Waits until the service manager has processed all messages that this process has sent. Call it before the process
/// exits: a message whose sender is gone often cannot be attributed to its unit and is lost.
///
/// @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param timeout in microseconds; 0: do not wait; UINT64_MAX: wait indefinitely.
///
/// @return 1 when the manager has processed them; 0 if $NOTIFY_SOCKET is not set; or a negative errno: those of
///   sd_notify(), and
///   - -ETIMEDOUT: the manager did not finish in time;
///   - -EINTR: interrupted by a signal while waiting;
///   - -EMFILE, -ENFILE: no descriptor is available for a pipe.
///
/// @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
/// @see sd_notify_barrier(3)
#[unsafe(no_mangle)]
pub extern "C" fn sd_notify_barrier(unset_environment: c_int, timeout: u64) -> c_int {
    barrier(0, unset_environment, timeout)
}

/// Waits like sd_notify_barrier(), on behalf of another process: see sd_pid_notify().
///
/// @param pid the process on whose behalf to send; 0: this one.
/// @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
/// @param timeout in microseconds; 0: do not wait; UINT64_MAX: wait indefinitely.
///
/// @return like sd_notify_barrier().
///
/// @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
/// @see sd_notify_barrier(3)
#[unsafe(no_mangle)]
pub extern "C" fn sd_pid_notify_barrier(pid: libc::pid_t, unset_environment: c_int, timeout: u64) -> c_int {
    barrier(pid, unset_environment, timeout)
}

fn barrier(pid: libc::pid_t, unset_environment: c_int, timeout: u64) -> c_int {
    leave(unset_environment, env::NOTIFY, to_c(notify::barrier(other(pid), timeout)))
}

/// What the printf-style functions do once formatting has succeeded or failed.
///
/// # Safety
/// As for sd_pid_notify_with_fds().
pub unsafe extern "C" fn formatted(
    pid: libc::pid_t,
    unset_environment: c_int,
    state: *const c_char,
    fds: *const c_int,
    n_fds: usize,
    out_of_memory: c_int,
) -> c_int {
    if out_of_memory != 0 {
        return leave(unset_environment, env::NOTIFY, to_c(Err(Stop::ENOMEM)));
    }
    // SAFETY: the C caller's promises about state and fds, passed on by variadic/notify.c.
    unsafe { notify(pid, unset_environment, state, fds, n_fds) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::iter::repeat_n;

    /// What is wrong with a message, if anything.
    fn wrong(state: *const c_char, fds: *const c_int, n_fds: usize) -> Option<Stop> {
        // SAFETY: each test passes NULL, or texts and arrays of the length it says.
        unsafe { message(0, state, fds, n_fds) }.err()
    }

    #[test]
    fn what_is_wrong_is_found_in_libsystemds_order() {
        let state = c"READY=1".as_ptr();
        assert_eq!(wrong(null(), null(), 1), Some(Stop::EINVAL));
        assert_eq!(wrong(null(), null(), 1000), Some(Stop::EINVAL));
        assert_eq!(wrong(state, null(), 1000), Some(Stop::EINVAL), "no array comes before too many");
        assert_eq!(wrong(state, null(), 0), None);
    }

    #[test]
    fn as_many_descriptors_as_the_kernel_takes() {
        let state = c"FDSTORE=1".as_ptr();
        let fds: Vec<c_int> = repeat_n(1, MAX_FDS + 1).collect();
        assert_eq!(wrong(state, fds.as_ptr(), MAX_FDS), None);
        assert_eq!(wrong(state, fds.as_ptr(), MAX_FDS + 1), Some(Stop::E2BIG));
        // An array that is too long is not read.
        assert_eq!(wrong(state, fds.as_ptr(), usize::MAX), Some(Stop::E2BIG));
        // SAFETY: the array has two numbers.
        let message = unsafe { message(7, state, [4, 5].as_ptr(), 2) }.expect("a message");
        assert_eq!((message.pid, message.state, message.fds), (Some(7), c"FDSTORE=1", &[4, 5][..]));
    }

    #[test]
    fn the_process_0_is_this_one() {
        assert_eq!([other(0), other(1), other(-1)], [None, Some(1), Some(-1)]);
    }
}
