//! `sd_notify()` and its relatives.

use super::{leave, string};
use crate::result::to_c;
use core::ffi::{c_char, c_int, c_uint};
use core::ptr::null;
use libsdnotify_engine::notify::{self, Message};
use libsdnotify_engine::result::{Result, Stop};
use libsdnotify_engine::{MAX_FDS, env};

/// What all functions but the barriers do.
///
/// # Safety
/// `state` is NULL or NUL-terminated, `fds` is NULL or an array of `n_fds` numbers; both stay as they are during the
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

/// The process that a message is about, as C gives it: 0 is this one.
fn other(pid: libc::pid_t) -> Option<libc::pid_t> {
    (pid != 0).then_some(pid)
}

/// A message as C gives it; what is wrong with it is found in the order in which libsystemd looks.
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

/// Tells the service manager about the state of this service, in one datagram to the socket that $NOTIFY_SOCKET
/// names ("/path", "@abstract", "vsock:CID:PORT").
///
/// state: assignments, one a line, sent as they are: "READY=1" (start or reload is complete), "RELOADING=1" together
/// with "MONOTONIC_USEC=...", "STOPPING=1", "STATUS=one line for people", "WATCHDOG=1" (the heartbeat),
/// "WATCHDOG=trigger", "WATCHDOG_USEC=...", "EXTEND_TIMEOUT_USEC=...", "MAINPID=...", "ERRNO=...", "FDSTORE=1" and
/// others; see sd_notify(3). Not NULL.
/// unset_environment: not 0 removes $NOTIFY_SOCKET, regardless of the result, so that later calls do nothing.
///
/// Returns 1 if the message was sent, 0 if $NOTIFY_SOCKET is not set, or a negative errno:
/// -EINVAL (state is NULL; the address is malformed), -EPROTO (not an address of a known kind), -ENAMETOOLONG,
/// -ERANGE (a vsock number), -EIO (sent in part), or what socket(2), connect(2) and sendmsg(2) report: -ECONNREFUSED
/// or -ENOENT (nobody listens), -ENOBUFS and -EMSGSIZE (too long), -EMFILE, ...
/// A full receiver makes the call wait; a signal then ends it with -EINTR.
///
/// Thread-safe and async-signal-safe as long as nothing changes the environment at the same time: unset_environment
/// itself does. No memory is allocated, no file descriptor stays open, nothing is remembered.
/// The caller guarantees: state is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_notify(unset_environment: c_int, state: *const c_char) -> c_int {
    // SAFETY: the caller's promise about state; no descriptors.
    unsafe { notify(0, unset_environment, state, null(), 0) }
}

/// As sd_notify(), on behalf of the process pid (0: this one). The kernel lets only a privileged process speak for
/// another; for everyone else the message goes out with the sender's own credentials.
/// The caller guarantees: state is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_pid_notify(pid: libc::pid_t, unset_environment: c_int, state: *const c_char) -> c_int {
    // SAFETY: the caller's promise about state; no descriptors.
    unsafe { notify(pid, unset_environment, state, null(), 0) }
}

/// As sd_pid_notify(), with file descriptors: for "FDSTORE=1", whose descriptors the manager keeps, also over a
/// restart ("FDNAME=..." names them), and for "BARRIER=1", which takes just one.
///
/// fds: n_fds open descriptors, at most 253, which stay the caller's; NULL only if n_fds is 0.
///
/// Returns as sd_notify(); also -EINVAL (no fds, but n_fds), -E2BIG (more than 253), -EBADF (one is not open).
/// The caller guarantees: state is NULL or NUL-terminated; fds is NULL or an array of n_fds numbers.
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

/// Waits until the service manager has dealt with all messages that this process sent before. A process that is about
/// to end needs it: a message whose sender is gone can often not be attributed to its unit, and is lost.
///
/// timeout: in microseconds; 0 only looks, UINT64_MAX waits indefinitely.
/// unset_environment: as for sd_notify().
///
/// Returns 1 when the manager is done, 0 if $NOTIFY_SOCKET is not set, or a negative errno: as sd_notify(),
/// -ETIMEDOUT, -EINTR (a signal came while waiting), -EMFILE or -ENFILE (no descriptors for a pipe).
/// Thread- and signal-safe as sd_notify().
#[unsafe(no_mangle)]
pub extern "C" fn sd_notify_barrier(unset_environment: c_int, timeout: u64) -> c_int {
    barrier(0, unset_environment, timeout)
}

/// As sd_notify_barrier(), on behalf of the process pid (0: this one): see sd_pid_notify().
#[unsafe(no_mangle)]
pub extern "C" fn sd_pid_notify_barrier(pid: libc::pid_t, unset_environment: c_int, timeout: u64) -> c_int {
    barrier(pid, unset_environment, timeout)
}

fn barrier(pid: libc::pid_t, unset_environment: c_int, timeout: u64) -> c_int {
    leave(unset_environment, env::NOTIFY, to_c(notify::barrier(other(pid), timeout)))
}

/// What the printf-style functions do once the text is formatted, or could not be.
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
