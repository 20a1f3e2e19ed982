/* SPDX-License-Identifier: MIT */
/**
 * @file
 * sdnotify.h of libsdnotify: a notification channel that is opened once, and safe ways to use it. libsystemd has
 * none of this, so a program that uses it must link libsdnotify (pkg-config --cflags --libs libsdnotify).
 *
 *      int channel, r = sdn_connect(1, &channel);       // early, before dropping privileges
 *
 *      if (r < 0)
 *              fprintf(stderr, "no notification channel: %s\n", strerror(-r));
 *      sdn_send(channel, "READY=1");                    // does nothing without a service manager
 *      sdn_statusf(channel, "Serving %s", name_from_the_network);
 *
 * A channel is a plain file descriptor; the library keeps no state for it. It works after chroot(2) and setuid(2),
 * under seccomp filters, and in child processes. sdnotify.h(3) says what happens when the manager's socket goes away
 * or its queue is full.
 *
 * Errors are returned as a negative errno; the variable errno means nothing afterwards.
 */
#ifndef LIBSDNOTIFY_SDNOTIFY_H
#define LIBSDNOTIFY_SDNOTIFY_H


/* Generated from src/abi/channel.rs by `make header`; do not edit. */


#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define LIBSDNOTIFY_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))
#else
#define LIBSDNOTIFY_PRINTF(format, first)
#endif

#ifdef __cplusplus
extern "C" {
#endif


/**
 * Opens a channel to the service manager: a datagram socket connected to $NOTIFY_SOCKET, close-on-exec and never one
 * of descriptors 0 to 2. It belongs to the caller, who closes it with close(2).
 *
 * @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so child processes do not
 *   inherit it.
 * @param channel receives the descriptor, or -1 if the result is not 1. Not NULL.
 *
 * @return 1 if there is a channel; 0 if $NOTIFY_SOCKET is not set, so there is no service manager to notify; or a
 *   negative errno:
 *   - -EINVAL: channel is NULL, or the address is malformed;
 *   - -EPROTO: neither a Unix nor a vsock address;
 *   - -ENAMETOOLONG: the path has 108 bytes or more; -ERANGE: a vsock number exceeds 32 bits;
 *   - -EAFNOSUPPORT: a vsock address, where each message may need its own connection; use sd_notify();
 *   - -ECONNREFUSED, -ENOENT: nothing listens there; -EACCES: this user may not write to the socket;
 *   - other errors of socket(2), connect(2) and fcntl(2), such as -EMFILE.
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
 * @pre channel is NULL or may be written to.
 * @see sdnotify.h(3)
 */
int sdn_connect(int unset_environment, int *channel);

/**
 * Sends state assignments unchanged, in one system call, sendto(2). Waits while the manager's queue is full, unless
 * the channel is non-blocking.
 *
 * @param channel from sdn_connect(); -1: send nothing.
 * @param state assignments, one per line: "READY=1", "STOPPING=1", "WATCHDOG=1", ...: see sd_notify(). Not NULL.
 *
 * @return 1 if the message was sent; 0 if the channel is -1; or a negative errno, in which case nothing was sent:
 *   - -EINVAL: state is NULL;
 *   - -EBADF, -ENOTSOCK: channel is not from sdn_connect();
 *   - -ECONNREFUSED: the manager's socket is gone; open a new channel;
 *   - -EAGAIN: the channel is non-blocking and the manager's queue is full;
 *   - -EINTR: interrupted by a signal while waiting for room in the queue;
 *   - -EMSGSIZE, -ENOBUFS: the message is too long;
 *   - other errors of send(2).
 *
 *   A stream socket is not a channel: it may accept part of the message, and the result is -EIO.
 *
 * @note Thread-safe and async-signal-safe.
 * @pre state is NULL or NUL-terminated.
 * @see sdnotify.h(3)
 */
int sdn_send(int channel, const char *state);

/**
 * Sends formatted state assignments like sdn_send().
 *
 * @param channel from sdn_connect(); -1: send nothing.
 * @param format as for printf(3), followed by the arguments. Not NULL.
 *
 * @return like sdn_send(); also:
 *   - -EINVAL: format is NULL;
 *   - -ENOMEM: the text could not be formatted or stored.
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Texts of up to 4096 bytes use no heap memory.
 * @pre format is NULL or NUL-terminated, and the arguments match it.
 * @see sdnotify.h(3)
 */
int sdn_sendf(int channel, const char *format, ...) LIBSDNOTIFY_PRINTF(2, 3);

/**
 * Sends state assignments along with file descriptors, in one system call, sendmsg(2): for "FDSTORE=1", whose
 * descriptors the manager keeps, even across a restart of the service ("FDNAME=..." names them).
 *
 * @param channel from sdn_connect(); -1: send nothing.
 * @param state see sdn_send().
 * @param fds n_fds open descriptors, which remain the caller's; may be NULL only if n_fds is 0.
 * @param n_fds number of descriptors, at most 253.
 *
 * @return like sdn_send(); also:
 *   - -EINVAL: fds is NULL and n_fds is not 0;
 *   - -E2BIG: more than 253 descriptors; -EBADF: one of them is not open.
 *
 * @note Thread-safe and async-signal-safe.
 * @pre state is NULL or NUL-terminated.
 * @pre fds is NULL or an array of n_fds numbers.
 * @see sdnotify.h(3)
 */
int sdn_send_with_fds(int channel, const char *state, const int *fds, size_t n_fds);

/**
 * Sends "STATUS=" and a human-readable line. Any text is safe, even untrusted text: nothing in it can become another
 * assignment, end the line or control a terminal. Each byte of a control character (a line feed, an escape, U+0085)
 * becomes a space, and each byte that is not UTF-8 a question mark. The line is truncated, between two characters,
 * if the message would exceed the 4096 bytes that systemd reads.
 *
 * @param channel from sdn_connect(); -1: send nothing.
 * @param line any text. Not NULL.
 *
 * @return like sdn_send(); -EINVAL if line is NULL.
 *
 * @note Thread-safe and async-signal-safe.
 * @pre line is NULL or NUL-terminated.
 * @see sdnotify.h(3)
 */
int sdn_status(int channel, const char *line);

/**
 * Sends a formatted status line like sdn_status(). Text from the arguments is made safe too.
 *
 * @param channel from sdn_connect(); -1: send nothing.
 * @param format as for printf(3), followed by the arguments. Not NULL.
 *
 * @return like sdn_sendf().
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Texts of up to 4096 bytes use no heap memory.
 * @pre format is NULL or NUL-terminated, and the arguments match it.
 * @see sdnotify.h(3)
 */
int sdn_statusf(int channel, const char *format, ...) LIBSDNOTIFY_PRINTF(2, 3);

/**
 * Sends "RELOADING=1" with "MONOTONIC_USEC=" and the time of CLOCK_MONOTONIC, as Type=notify-reload requires. Call
 * it before rereading any configuration, and send "READY=1" when the reload is complete.
 *
 * @param channel from sdn_connect(); -1: send nothing.
 *
 * @return like sdn_send().
 *
 * @note Thread-safe and async-signal-safe.
 * @see sdnotify.h(3)
 */
int sdn_reloading(int channel);

/**
 * Waits until the service manager has processed all messages sent so far. Call it before the process exits: a
 * message whose sender is gone often cannot be attributed to its unit and is lost.
 *
 * @param channel from sdn_connect(); -1: send nothing.
 * @param timeout in microseconds; 0: do not wait; UINT64_MAX: wait indefinitely. Time spent waiting for room in the
 *   queue does not count, unless the channel is non-blocking.
 *
 * @return 1 when the manager has processed them; 0 if the channel is -1; or a negative errno: those of sdn_send(),
 *   and
 *   - -ETIMEDOUT: the manager did not finish in time;
 *   - -EINTR: interrupted by a signal while waiting;
 *   - -EMFILE, -ENFILE: no descriptor is available for a pipe.
 *
 * @note Thread-safe and async-signal-safe.
 * @see sdnotify.h(3)
 */
int sdn_barrier(int channel, uint64_t timeout);

/**
 * Returns how often to send "WATCHDOG=1": half the interval after which the manager considers the service hung (see
 * sd_watchdog_enabled()).
 *
 * @param unset_environment if not 0, removes $WATCHDOG_USEC and $WATCHDOG_PID, regardless of the result.
 * @param usec receives the time between two heartbeats in microseconds, at least 1; or 0 if the result is not 1,
 *   which disarms a timer of timerfd_settime(2), setitimer(2) or alarm(2). Not NULL.
 *
 * @return 1 if heartbeats are expected; 0 if not: $WATCHDOG_USEC is not set, or $WATCHDOG_PID is another process; or
 *   a negative errno:
 *   - -EINVAL: usec is NULL, a variable is not a number, or the interval is 0 or 2^64-1;
 *   - -ERANGE: a number is out of range.
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
 * @pre usec is NULL or may be written to.
 * @see sdnotify.h(3)
 */
int sdn_heartbeat_interval(int unset_environment, uint64_t *usec);

#ifdef __cplusplus
}
#endif

#undef LIBSDNOTIFY_PRINTF

#endif
