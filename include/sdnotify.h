/* SPDX-License-Identifier: MIT */
/**
 * @file
 * sdnotify.h of libsdnotify: a notification channel that is opened once, and safe ways to use it. None of this is in
 * libsystemd; a program that uses it links libsdnotify itself (pkg-config --cflags --libs libsdnotify).
 *
 *      int channel, r = sdn_connect(1, &channel);       // early, before privileges are dropped
 *
 *      if (r < 0)
 *              fprintf(stderr, "no notification channel: %s\n", strerror(-r));
 *      sdn_send(channel, "READY=1");                    // does nothing where there is no service manager
 *      sdn_statusf(channel, "Serving %s", name_from_the_network);
 *
 * A channel is a plain file descriptor, and the library keeps no state about it. It works after chroot(2) and setuid(2),
 * under seccomp filters, and in child processes; what happens when the manager's socket goes or its queue is full, is in
 * sdnotify.h(3).
 *
 * An error is returned as a negative errno; the variable errno means nothing afterwards.
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
 * Opens a channel to the service manager: a datagram socket connected to $NOTIFY_SOCKET, close-on-exec, and never one
 * of the descriptors 0 to 2. It is the caller's, who closes it with close(2).
 *
 * @param unset_environment not 0 removes $NOTIFY_SOCKET, regardless of the result, so child processes do not have it.
 * @param channel receives the descriptor; -1 if the result is not 1. Not NULL.
 *
 * @return 1 if there is a channel; 0 if $NOTIFY_SOCKET is not set: there is no service manager to notify; or a
 *   negative errno:
 *   - -EINVAL: channel is NULL, or the address is malformed;
 *   - -EPROTO: the address is neither a Unix nor a vsock one;
 *   - -ENAMETOOLONG: the path has 108 bytes or more; -ERANGE: a vsock number has more than 32 bits;
 *   - -EAFNOSUPPORT: a vsock address, where a message may be a connection of its own; sd_notify() sends there;
 *   - -ECONNREFUSED, -ENOENT: nobody listens; -EACCES: the socket is not for this user;
 *   - others of socket(2), connect(2) and fcntl(2), such as -EMFILE.
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; unset_environment itself does.
 * @pre channel is NULL or may be written to.
 * @see sdnotify.h(3)
 */
int sdn_connect(int unset_environment, int *channel);

/**
 * Sends state assignments, as they are, in one system call: sendto(2). Waits while the manager's queue is full,
 * unless the channel is non-blocking.
 *
 * @param channel from sdn_connect(); -1: there is nothing to send to.
 * @param state assignments, one on each line: "READY=1", "STOPPING=1", "WATCHDOG=1", ...: see sd_notify(). Not NULL.
 *
 * @return 1 if the message was sent; 0 if the channel is -1; or a negative errno, and then nothing was sent:
 *   - -EINVAL: state is NULL;
 *   - -EBADF, -ENOTSOCK: channel is not from sdn_connect();
 *   - -ECONNREFUSED: the manager's socket is gone; open another channel;
 *   - -EAGAIN: the channel is non-blocking and the manager's queue is full;
 *   - -EINTR: a signal came while waiting for room in the queue;
 *   - -EMSGSIZE, -ENOBUFS: the message is too long;
 *   - others of send(2).
 *
 *   A stream socket is no channel: it may take a part of the message, which is -EIO.
 *
 * @note Thread-safe and async-signal-safe.
 * @pre state is NULL or NUL-terminated.
 * @see sdnotify.h(3)
 */
int sdn_send(int channel, const char *state);

/**
 * Sends a formatted text like sdn_send().
 *
 * @param channel from sdn_connect(); -1: there is nothing to send to.
 * @param format as for printf(3), followed by its arguments. Not NULL.
 *
 * @return like sdn_send(); also:
 *   - -EINVAL: format is NULL;
 *   - -ENOMEM: the text cannot be formatted or stored.
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Texts of up to 4096 bytes use no heap memory.
 * @pre format is NULL or NUL-terminated, and the arguments are those that it names.
 * @see sdnotify.h(3)
 */
int sdn_sendf(int channel, const char *format, ...) LIBSDNOTIFY_PRINTF(2, 3);

/**
 * Sends state assignments along with file descriptors, in one system call, sendmsg(2): for "FDSTORE=1", whose
 * descriptors the manager keeps, even across a restart of the service ("FDNAME=..." names them).
 *
 * @param channel from sdn_connect(); -1: there is nothing to send to.
 * @param state see sdn_send().
 * @param fds n_fds open descriptors, which stay the caller's; NULL only if n_fds is 0.
 * @param n_fds how many: at most 253.
 *
 * @return like sdn_send(); also:
 *   - -EINVAL: fds is NULL although n_fds is not 0;
 *   - -E2BIG: more than 253 descriptors; -EBADF: one of them is not open.
 *
 * @note Thread-safe and async-signal-safe.
 * @pre state is NULL or NUL-terminated.
 * @pre fds is NULL or an array of n_fds numbers.
 * @see sdnotify.h(3)
 */
int sdn_send_with_fds(int channel, const char *state, const int *fds, size_t n_fds);

/**
 * Sends "STATUS=" and a human-readable line, made from any text, untrusted text too: nothing in it can become another
 * assignment, end the line, or control a terminal. Each byte of a control character (a line feed, an escape, U+0085)
 * becomes a space, and each byte that is not UTF-8 a question mark. The line is cut, between two characters, where
 * the message would be longer than the 4096 bytes that systemd reads.
 *
 * @param channel from sdn_connect(); -1: there is nothing to send to.
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
 * Sends a formatted line like sdn_status(). The text of the arguments is neutralised too.
 *
 * @param channel from sdn_connect(); -1: there is nothing to send to.
 * @param format as for printf(3), followed by its arguments. Not NULL.
 *
 * @return like sdn_sendf().
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Texts of up to 4096 bytes use no heap memory.
 * @pre format is NULL or NUL-terminated, and the arguments are those that it names.
 * @see sdnotify.h(3)
 */
int sdn_statusf(int channel, const char *format, ...) LIBSDNOTIFY_PRINTF(2, 3);

/**
 * Sends "RELOADING=1" with "MONOTONIC_USEC=" and the time of CLOCK_MONOTONIC, which a unit with Type=notify-reload
 * must send. Call it before anything is read again, and send "READY=1" when the reload is complete.
 *
 * @param channel from sdn_connect(); -1: there is nothing to send to.
 *
 * @return like sdn_send().
 *
 * @note Thread-safe and async-signal-safe.
 * @see sdnotify.h(3)
 */
int sdn_reloading(int channel);

/**
 * Waits until the service manager has dealt with all messages sent before. Call it before the process ends: a message
 * whose sender is gone often cannot be attributed to its unit, and is lost.
 *
 * @param channel from sdn_connect(); -1: there is nothing to send to.
 * @param timeout in microseconds; 0 only looks, UINT64_MAX waits indefinitely. The timeout does not include the wait
 *   for a full queue, unless the channel is non-blocking.
 *
 * @return 1 when the manager is done; 0 if the channel is -1; or a negative errno: those of sdn_send(), and
 *   - -ETIMEDOUT: the manager was not done in time;
 *   - -EINTR: a signal came while waiting;
 *   - -EMFILE, -ENFILE: no descriptors are left for a pipe.
 *
 * @note Thread-safe and async-signal-safe.
 * @see sdnotify.h(3)
 */
int sdn_barrier(int channel, uint64_t timeout);

/**
 * Returns how often to send "WATCHDOG=1": half the interval after which the manager considers the service hung, which
 * sd_watchdog_enabled() returns.
 *
 * @param unset_environment not 0 removes $WATCHDOG_USEC and $WATCHDOG_PID, regardless of the result.
 * @param usec receives the time between two heartbeats in microseconds, at least 1; 0, which disarms
 *   timerfd_settime(2), setitimer(2) and alarm(2), if the result is not 1. Not NULL.
 *
 * @return 1 if heartbeats are expected; 0 if not: $WATCHDOG_USEC is not set, or $WATCHDOG_PID is another process; or
 *   a negative errno:
 *   - -EINVAL: usec is NULL, a variable is not a number, or the interval is 0 or 2^64-1;
 *   - -ERANGE: a number is out of range.
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; unset_environment itself does.
 * @pre usec is NULL or may be written to.
 * @see sdnotify.h(3)
 */
int sdn_heartbeat_interval(int unset_environment, uint64_t *usec);

#ifdef __cplusplus
}
#endif

#undef LIBSDNOTIFY_PRINTF

#endif
