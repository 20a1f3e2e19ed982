//! `sdn_connect()` and its relatives, and the prototypes of those in variadic/notify.c, which only cbindgen reads.

use super::notify::message;
use super::{leave, store};
use crate::result::to_c;
use core::ffi::{c_char, c_int};
use core::ptr::null;
use libsdnotify_engine::result::{Result, Stop, ensure};
use libsdnotify_engine::{Fd, channel, env, watchdog};

/// A channel as C gives it; -1 is none, with nothing to do.
fn opened(channel: c_int) -> Result<Fd> {
    ensure(channel != -1, Stop::NO)?;
    Fd::from_c(channel)
}

/// Opens a channel to the service manager: a datagram socket connected to $NOTIFY_SOCKET, close-on-exec and never one
/// of descriptors 0 to 2. It belongs to the caller, who closes it with close(2).
///
/// @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so child processes do not
///   inherit it.
/// @param channel receives the descriptor, or -1 if the result is not 1. Not NULL.
///
/// @return 1 if there is a channel; 0 if $NOTIFY_SOCKET is not set, so there is no service manager to notify; or a
///   negative errno:
///   - -EINVAL: channel is NULL, or the address is malformed;
///   - -EPROTO: neither a Unix nor a vsock address;
///   - -ENAMETOOLONG: the path has 108 bytes or more; -ERANGE: a vsock number exceeds 32 bits;
///   - -EAFNOSUPPORT: a vsock address, where each message may need its own connection; use sd_notify();
///   - -ECONNREFUSED, -ENOENT: nothing listens there; -EACCES: this user may not write to the socket;
///   - other errors of socket(2), connect(2) and fcntl(2), such as -EMFILE.
///
/// @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
/// @pre channel is NULL or may be written to.
/// @see sdnotify.h(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sdn_connect(unset_environment: c_int, channel: *mut c_int) -> c_int {
    let connected = ensure(!channel.is_null(), Stop::EINVAL).and_then(|()| channel::connect());
    // SAFETY: the caller's promise about channel.
    unsafe { store(channel, connected.map_or(-1, Fd::number)) };
    leave(unset_environment, env::NOTIFY, to_c(connected.map(|_| ())))
}

/// Sends state assignments unchanged, in one system call, sendto(2). Waits while the manager's queue is full, unless
/// the channel is non-blocking.
///
/// @param channel from sdn_connect(); -1: send nothing.
/// @param state assignments, one per line: "READY=1", "STOPPING=1", "WATCHDOG=1", ...: see sd_notify(). Not NULL.
///
/// @return 1 if the message was sent; 0 if the channel is -1; or a negative errno, in which case nothing was sent:
///   - -EINVAL: state is NULL;
///   - -EBADF, -ENOTSOCK: channel is not from sdn_connect();
///   - -ECONNREFUSED: the manager's socket is gone; open a new channel;
///   - -EAGAIN: the channel is non-blocking and the manager's queue is full;
///   - -EINTR: interrupted by a signal while waiting for room in the queue;
///   - -EMSGSIZE, -ENOBUFS: the message is too long;
///   - other errors of send(2).
///
///   A stream socket is not a channel: it may accept part of the message, and the result is -EIO.
///
/// @note Thread-safe and async-signal-safe.
/// @pre state is NULL or NUL-terminated.
/// @see sdnotify.h(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sdn_send(channel: c_int, state: *const c_char) -> c_int {
    // SAFETY: the caller's promise about state; no descriptors.
    unsafe { send(channel, state, null(), 0) }
}

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 3)
/// Sends formatted state assignments like sdn_send().
///
/// @param channel from sdn_connect(); -1: send nothing.
/// @param format as for printf(3), followed by the arguments. Not NULL.
///
/// @return like sdn_send(); also:
///   - -EINVAL: format is NULL;
///   - -ENOMEM: the text could not be formatted or stored.
///
/// @note Thread-safe; not async-signal-safe, like printf(3). Texts of up to 4096 bytes use no heap memory.
/// @pre format is NULL or NUL-terminated, and the arguments match it.
/// @see sdnotify.h(3)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sdn_sendf(channel: c_int, format: *const c_char, _: ...) -> c_int {}

/// Sends state assignments along with file descriptors, in one system call, sendmsg(2): for "FDSTORE=1", whose
/// descriptors the manager keeps, even across a restart of the service ("FDNAME=..." names them).
///
/// @param channel from sdn_connect(); -1: send nothing.
/// @param state see sdn_send().
/// @param fds n_fds open descriptors, which remain the caller's; may be NULL only if n_fds is 0.
/// @param n_fds number of descriptors, at most 253.
///
/// @return like sdn_send(); also:
///   - -EINVAL: fds is NULL and n_fds is not 0;
///   - -E2BIG: more than 253 descriptors; -EBADF: one of them is not open.
///
/// @note Thread-safe and async-signal-safe.
/// @pre state is NULL or NUL-terminated.
/// @pre fds is NULL or an array of n_fds numbers.
/// @see sdnotify.h(3)
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

/// Sends "STATUS=" and a human-readable line. Any text is safe, even untrusted text: nothing in it can become another
/// assignment, end the line or control a terminal. Each byte of a control character (a line feed, an escape, U+0085)
/// becomes a space, and each byte that is not UTF-8 a question mark. The line is truncated, between two characters,
/// if the message would exceed the 4096 bytes that systemd reads.
///
/// @param channel from sdn_connect(); -1: send nothing.
/// @param line any text. Not NULL.
///
/// @return like sdn_send(); -EINVAL if line is NULL.
///
/// @note Thread-safe and async-signal-safe.
/// @pre line is NULL or NUL-terminated.
/// @see sdnotify.h(3)
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

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 3)
/// Sends a formatted status line like sdn_status(). Text from the arguments is made safe too.
///
/// @param channel from sdn_connect(); -1: send nothing.
/// @param format as for printf(3), followed by the arguments. Not NULL.
///
/// @return like sdn_sendf().
///
/// @note Thread-safe; not async-signal-safe, like printf(3). Texts of up to 4096 bytes use no heap memory.
/// @pre format is NULL or NUL-terminated, and the arguments match it.
/// @see sdnotify.h(3)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sdn_statusf(channel: c_int, format: *const c_char, _: ...) -> c_int {}

/// Sends "RELOADING=1" with "MONOTONIC_USEC=" and the time of CLOCK_MONOTONIC, as Type=notify-reload requires. Call
/// it before rereading any configuration, and send "READY=1" when the reload is complete.
///
/// @param channel from sdn_connect(); -1: send nothing.
///
/// @return like sdn_send().
///
/// @note Thread-safe and async-signal-safe.
/// @see sdnotify.h(3)
#[unsafe(no_mangle)]
pub extern "C" fn sdn_reloading(channel: c_int) -> c_int {
    to_c(opened(channel).and_then(channel::reloading))
}

/// Waits until the service manager has processed all messages sent so far. Call it before the process exits: a
/// message whose sender is gone often cannot be attributed to its unit and is lost.
///
/// @param channel from sdn_connect(); -1: send nothing.
/// @param timeout in microseconds; 0: do not wait; UINT64_MAX: wait indefinitely. Time spent waiting for room in the
///   queue does not count, unless the channel is non-blocking.
///
/// @return 1 when the manager has processed them; 0 if the channel is -1; or a negative errno: those of sdn_send(),
///   and
///   - -ETIMEDOUT: the manager did not finish in time;
///   - -EINTR: interrupted by a signal while waiting;
///   - -EMFILE, -ENFILE: no descriptor is available for a pipe.
///
/// @note Thread-safe and async-signal-safe.
/// @see sdnotify.h(3)
#[unsafe(no_mangle)]
pub extern "C" fn sdn_barrier(channel: c_int, timeout: u64) -> c_int {
    to_c(opened(channel).and_then(|fd| channel::barrier(fd, timeout)))
}

/// Returns how often to send "WATCHDOG=1": half the interval after which the manager considers the service hung (see
/// sd_watchdog_enabled()).
///
/// @param unset_environment if not 0, removes $WATCHDOG_USEC and $WATCHDOG_PID, regardless of the result.
/// @param usec receives the time between two heartbeats in microseconds, at least 1; or 0 if the result is not 1,
///   which disarms a timer of timerfd_settime(2), setitimer(2) or alarm(2). Not NULL.
///
/// @return 1 if heartbeats are expected; 0 if not: $WATCHDOG_USEC is not set, or $WATCHDOG_PID is another process; or
///   a negative errno:
///   - -EINVAL: usec is NULL, a variable is not a number, or the interval is 0 or 2^64-1;
///   - -ERANGE: a number is out of range.
///
/// @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
/// @pre usec is NULL or may be written to.
/// @see sdnotify.h(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sdn_heartbeat_interval(unset_environment: c_int, usec: *mut u64) -> c_int {
    let half = ensure(!usec.is_null(), Stop::EINVAL).and_then(|()| watchdog::interval()).map(|usec| (usec / 2).max(1));
    // SAFETY: the caller's promise about usec.
    unsafe { store(usec, half.unwrap_or(0)) };
    leave(unset_environment, env::WATCHDOG, to_c(half.map(|_| ())))
}

/// What the printf-style functions do once formatting has succeeded or failed.
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

#[cfg(test)]
mod tests {
    use super::*;
    use core::ptr::null_mut;

    #[test]
    fn the_channel_minus_1_is_none() {
        assert_eq!(opened(-1).map(Fd::number), Err(Stop::NO));
        assert_eq!(opened(-2).map(Fd::number), Err(Stop::EBADF));
        assert_eq!(opened(0).map(Fd::number), Ok(0));
    }

    #[test]
    fn nothing_is_sent_where_there_is_no_channel() {
        // SAFETY: NULL, or NUL-terminated texts.
        unsafe {
            assert_eq!(sdn_send(-1, c"READY=1".as_ptr()), 0);
            assert_eq!(sdn_status(-1, c"Serving".as_ptr()), 0);
            assert_eq!(sdn_send(-1, null()), -libc::EINVAL, "no message is a mistake all the same");
            assert_eq!(sdn_status(-1, null()), -libc::EINVAL);
            assert_eq!(sdn_send_with_fds(-1, c"FDSTORE=1".as_ptr(), null(), 1), -libc::EINVAL);
        }
        assert_eq!(sdn_reloading(-1), 0);
        assert_eq!(sdn_barrier(-1, u64::MAX), 0);
    }

    #[test]
    fn results_have_to_go_somewhere() {
        // SAFETY: NULL.
        unsafe {
            assert_eq!(sdn_connect(0, null_mut()), -libc::EINVAL);
            assert_eq!(sdn_heartbeat_interval(0, null_mut()), -libc::EINVAL);
        }
    }

    #[test]
    fn a_text_that_could_not_be_formatted() {
        for is_status in [0, 1] {
            // SAFETY: NULL, or a NUL-terminated text.
            unsafe {
                assert_eq!(formatted(-1, null(), is_status, 1), -libc::ENOMEM);
                assert_eq!(formatted(-1, null(), is_status, 0), -libc::EINVAL);
                assert_eq!(formatted(-1, c"x".as_ptr(), is_status, 0), 0);
            }
        }
    }
}
