//! `sdn_connect()` and its relatives, and the prototypes of those in variadic/notify.c, which only cbindgen reads.

use super::notify::message;
use super::{leave, store};
use crate::result::to_c;
use core::ffi::{c_char, c_int};
use core::ptr::null;
use libsdnotify_engine::result::{Result, Stop, ensure};
use libsdnotify_engine::{Fd, channel, env, watchdog};

/// A channel as C gives it; -1 is none, and then there is nothing to do.
fn opened(channel: c_int) -> Result<Fd> {
    ensure(channel != -1, Stop::NO)?;
    Fd::from_c(channel)
}

/// Opens a channel to the service manager: a datagram socket connected to $NOTIFY_SOCKET, close-on-exec, never one of
/// the descriptors 0 to 2. It is the caller's, who closes it with close(2).
///
/// unset_environment: not 0 removes $NOTIFY_SOCKET, regardless of the result, so that child processes do not have it.
/// channel: receives the descriptor; -1 if the result is not 1. Not NULL.
///
/// Returns 1 if there is a channel, 0 if $NOTIFY_SOCKET is not set, or a negative errno: -EINVAL (channel is NULL; the
/// address is malformed), -EPROTO (not an address of a known kind), -ENAMETOOLONG, -ERANGE (a vsock number),
/// -EAFNOSUPPORT (a vsock address: see above), -ECONNREFUSED or -ENOENT (nobody listens), -EACCES, -EMFILE or another
/// of socket(2), connect(2) and fcntl(2).
///
/// Thread-safe and async-signal-safe as long as nothing changes the environment at the same time: unset_environment
/// itself does.
/// The caller guarantees: channel is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sdn_connect(unset_environment: c_int, channel: *mut c_int) -> c_int {
    let connected = ensure(!channel.is_null(), Stop::EINVAL).and_then(|()| channel::connect());
    // SAFETY: the caller's promise about channel.
    unsafe { store(channel, connected.map_or(-1, Fd::number)) };
    leave(unset_environment, env::NOTIFY, to_c(connected.map(|_| ())))
}

/// Sends a message: assignments, one a line, as for sd_notify(): "READY=1", "STOPPING=1", "WATCHDOG=1", ... It is
/// sent as it is, in one system call, sendto(2).
///
/// channel: from sdn_connect(); -1 sends nothing.
/// state: not NULL.
///
/// Returns 1 if the message was sent, 0 if the channel is -1, or a negative errno: -EINVAL (state is NULL), -EBADF or
/// -ENOTSOCK (not a channel), -ECONNREFUSED (the manager's socket is gone, see above), -EAGAIN (the channel is
/// non-blocking and the manager's queue full), -EINTR (a signal came while waiting for room there), -EMSGSIZE or
/// -ENOBUFS (too long), -EIO (sent in part: not a channel), or another of send(2). A message is never sent when the
/// result is not 1.
///
/// Thread-safe, async-signal-safe.
/// The caller guarantees: state is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sdn_send(channel: c_int, state: *const c_char) -> c_int {
    // SAFETY: the caller's promise about state; no descriptors.
    unsafe { send(channel, state, null(), 0) }
}

/// As sdn_send(), with a text formatted as by printf(3).
///
/// Texts of up to 4096 bytes take no heap memory. Returns as sdn_send(); -EINVAL also for a NULL format, -ENOMEM if
/// the text cannot be formatted or stored. Thread-safe; not async-signal-safe, as printf() is not.
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 3)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sdn_sendf(channel: c_int, format: *const c_char, _: ...) -> c_int {}

/// As sdn_send(), with file descriptors: for "FDSTORE=1", whose descriptors the manager keeps, also over a restart of
/// the service ("FDNAME=..." names them). One system call, sendmsg(2).
///
/// fds: n_fds open descriptors, at most 253, which stay the caller's; NULL only if n_fds is 0.
///
/// Returns as sdn_send(); also -EINVAL (no fds, but n_fds), -E2BIG (more than 253), -EBADF (one is not open).
/// Thread-safe, async-signal-safe.
/// The caller guarantees: state is NULL or NUL-terminated; fds is NULL or an array of n_fds numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sdn_send_with_fds(
    channel: c_int,
    state: *const c_char,
    fds: *const c_int,
    n_fds: usize,
) -> c_int {
    // SAFETY: the caller's promises about state and fds.
    unsafe { send(channel, state, fds, n_fds) }
}

/// # Safety
/// As for sdn_send_with_fds().
unsafe fn send(channel: c_int, state: *const c_char, fds: *const c_int, n_fds: usize) -> c_int {
    // SAFETY: as the caller promises.
    let message = unsafe { message(0, state, fds, n_fds) };
    to_c(message.and_then(|message| channel::send(opened(channel)?, message.state.to_bytes(), message.fds)))
}

/// Sends "STATUS=" and a line for people, made from any text, untrusted text too: nothing in it can become another
/// assignment, end the line, or speak to a terminal. Each byte of a control character (a line feed, an escape, U+0085)
/// becomes a space, each one that is not UTF-8 a question mark. The line is cut, between two characters, where the
/// message would be longer than the 4096 bytes that systemd reads.
///
/// Returns as sdn_send(); -EINVAL for a NULL line. Thread-safe, async-signal-safe.
/// The caller guarantees: line is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sdn_status(channel: c_int, line: *const c_char) -> c_int {
    // SAFETY: the caller's promise about line.
    unsafe { status(channel, line) }
}

/// # Safety
/// As for sdn_status().
unsafe fn status(channel: c_int, line: *const c_char) -> c_int {
    // SAFETY: as the caller promises; no descriptors.
    let message = unsafe { message(0, line, null(), 0) };
    to_c(message.and_then(|message| channel::status(opened(channel)?, message.state.to_bytes())))
}

/// As sdn_status(), with a line formatted as by printf(3): see sdn_sendf(). What the arguments bring along is
/// neutralised too.
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 3)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sdn_statusf(channel: c_int, format: *const c_char, _: ...) -> c_int {}

/// Says that the service begins to reload its configuration: "RELOADING=1" with MONOTONIC_USEC, the time of
/// CLOCK_MONOTONIC, which a unit with Type=notify-reload must send. To be called before anything is read again; when
/// all is done, send "READY=1".
///
/// Returns as sdn_send(). Thread-safe, async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C" fn sdn_reloading(channel: c_int) -> c_int {
    to_c(opened(channel).and_then(channel::reloading))
}

/// Waits until the service manager has dealt with all messages sent before. A process that is about to end needs it: a
/// message whose sender is gone can often not be attributed to its unit, and is lost.
///
/// timeout: in microseconds; 0 only looks, UINT64_MAX waits indefinitely.
///
/// Returns 1 when the manager is done, 0 if the channel is -1, or a negative errno: as sdn_send(), -ETIMEDOUT, -EINTR
/// (a signal came while waiting), -EMFILE or -ENFILE (no descriptors for a pipe). A full queue is waited for without
/// regard to the timeout, unless the channel is non-blocking. Thread-safe, async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C" fn sdn_barrier(channel: c_int, timeout: u64) -> c_int {
    to_c(opened(channel).and_then(|fd| channel::barrier(fd, timeout)))
}

/// Returns how often to send "WATCHDOG=1": half the interval after which the manager considers
/// the service hung, as sd_watchdog_enabled() returns it.
///
/// unset_environment: not 0 removes $WATCHDOG_USEC and $WATCHDOG_PID, regardless of the result.
/// usec: receives the time between two heartbeats in microseconds, at least 1; 0, which disarms timerfd_settime(2),
/// setitimer(2) and alarm(2), if none are expected. Not NULL.
///
/// Returns 1 if heartbeats are expected, 0 if not ($WATCHDOG_USEC is not set, or $WATCHDOG_PID is another process), or
/// a negative errno: -EINVAL (usec is NULL; not a number, or an interval of 0 or 2^64-1), -ERANGE.
///
/// Thread-safe and async-signal-safe as long as nothing changes the environment at the same time: unset_environment
/// itself does.
/// The caller guarantees: usec is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sdn_heartbeat_interval(unset_environment: c_int, usec: *mut u64) -> c_int {
    let half = ensure(!usec.is_null(), Stop::EINVAL).and_then(|()| watchdog::interval()).map(|usec| (usec / 2).max(1));
    // SAFETY: the caller's promise about usec.
    unsafe { store(usec, half.unwrap_or(0)) };
    leave(unset_environment, env::WATCHDOG, to_c(half.map(|_| ())))
}

/// What the printf-style functions do once the text is formatted, or could not be.
///
/// # Safety
/// `text` is NULL or NUL-terminated.
pub unsafe extern "C" fn formatted(
    channel: c_int,
    text: *const c_char,
    is_status: c_int,
    out_of_memory: c_int,
) -> c_int {
    match (out_of_memory, is_status) {
        // SAFETY: the C caller's promise about text, passed on by variadic/notify.c.
        (0, 0) => unsafe { send(channel, text, null(), 0) },
        // SAFETY: the same.
        (0, _) => unsafe { status(channel, text) },
        _ => to_c(Err(Stop::ENOMEM)),
    }
}
