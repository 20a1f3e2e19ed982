/* SPDX-License-Identifier: MIT */
/* sdnotify.h of libsdnotify: a notification channel that is opened once, and safe ways to use it. None of this is in
 * libsystemd; a program that uses it links libsdnotify itself (pkg-config --cflags --libs libsdnotify).
 *
 *      int channel, r = sdn_connect(1, &channel);       // early, before privileges are dropped
 *
 *      if (r < 0)
 *              fprintf(stderr, "no notification channel: %s\n", strerror(-r));
 *      sdn_send(channel, "READY=1");                    // in silence where there is no service manager
 *      sdn_statusf(channel, "Serving %s", name_from_the_network);
 *
 * A channel is a plain file descriptor, and the library remembers nothing about it. sd_notify() needs, at each message,
 * the environment, the path of the manager's socket, the right to write to it, and a new socket. A channel needs them
 * when it is opened, so that it works
 *  - after chroot(2), pivot_root(2) and unshare(2), after setuid(2), after the environment is cleared;
 *  - under a seccomp filter that allows sendto(2) alone (sdn_send_with_fds(): sendmsg(2); sdn_barrier(): also pipe2(2),
 *    close(2) and ppoll(2); sdn_reloading(): clock_gettime(2), on machines where the vDSO does not have it);
 *  - with all descriptors in use;
 *  - in one system call a message, of any length that sd_notify() can send: the send buffer is enlarged once,
 *    when the channel is opened.
 * A program that closes the descriptors it does not know must know this one.
 *
 * Other processes. A fork(2)ed child may use the channel; the kernel tells the manager who sent a message, not who
 * opened the channel, so that NotifyAccess= applies to the child as it does with sd_notify(). execve(2) closes it.
 *
 * The manager's socket. systemd keeps its socket when it re-executes (systemctl daemon-reexec, an update), so that
 * a channel stays connected, and what was sent meanwhile is read afterwards. Where a manager makes a new socket instead,
 * the channel is at its end: each message gets -ECONNREFUSED. Nothing else is tried, as that would need all that a
 * channel is there to be free of. Close it, and call sdn_connect() again if the environment still allows that.
 *
 * A full queue. A message waits until the manager has room for it, as with sd_notify(). A program that must not wait
 * makes the channel non-blocking (fcntl(2), O_NONBLOCK): then the message gets -EAGAIN, and poll(2) says when there is
 * room (POLLOUT). SO_SNDTIMEO works too.
 *
 * Other languages. unset_environment removes variables from the environment of C, of which Go, Java, Python and Perl have
 * a copy, see <systemd/sd-daemon.h>. sdn_connect() and sdn_heartbeat_interval() read it, so call them before a thread
 * (Go's os.Setenv(), Ruby's ENV[]=) changes it. The other functions do not. More: libsdnotify(7).
 *
 * vsock. $NOTIFY_SOCKET names a vsock address only for the init process of a virtual machine. There a message may be
 * a connection of its own, which cannot be kept: -EAFNOSUPPORT; sd_notify() sends there. */
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


/*
 Opens a channel to the service manager: a datagram socket connected to $NOTIFY_SOCKET, close-on-exec, never one of
 the descriptors 0 to 2. It is the caller's, who closes it with close(2).

 unset_environment: not 0 removes $NOTIFY_SOCKET, regardless of the result, so that child processes do not have it.
 channel: receives the descriptor; -1 if the result is not 1. Not NULL.

 Returns 1 if there is a channel, 0 if $NOTIFY_SOCKET is not set, or a negative errno: -EINVAL (channel is NULL; the
 address is malformed), -EPROTO (not an address of a known kind), -ENAMETOOLONG, -ERANGE (a vsock number),
 -EAFNOSUPPORT (a vsock address: see above), -ECONNREFUSED or -ENOENT (nobody listens), -EACCES, -EMFILE or another
 of socket(2), connect(2) and fcntl(2).

 Thread-safe and async-signal-safe as long as nothing changes the environment at the same time: unset_environment
 itself does.
 The caller guarantees: channel is NULL or may be written to.
 */
int sdn_connect(int unset_environment, int *channel);

/*
 Sends a message: assignments, one a line, as for sd_notify(): "READY=1", "STOPPING=1", "WATCHDOG=1", ... It is
 sent as it is, in one system call, sendto(2).

 channel: from sdn_connect(); -1 sends nothing.
 state: not NULL.

 Returns 1 if the message was sent, 0 if the channel is -1, or a negative errno: -EINVAL (state is NULL), -EBADF or
 -ENOTSOCK (not a channel), -ECONNREFUSED (the manager's socket is gone, see above), -EAGAIN (the channel is
 non-blocking and the manager's queue full), -EINTR (a signal came while waiting for room there), -EMSGSIZE or
 -ENOBUFS (too long), -EIO (sent in part: not a channel), or another of send(2). A message is never sent when the
 result is not 1.

 Thread-safe, async-signal-safe.
 The caller guarantees: state is NULL or NUL-terminated.
 */
int sdn_send(int channel, const char *state);

/*
 As sdn_send(), with a text formatted as by printf(3).

 Texts of up to 4096 bytes take no heap memory. Returns as sdn_send(); -EINVAL also for a NULL format, -ENOMEM if
 the text cannot be formatted or stored. Thread-safe; not async-signal-safe, as printf() is not.

 */
int sdn_sendf(int channel, const char *format, ...) LIBSDNOTIFY_PRINTF(2, 3);

/*
 As sdn_send(), with file descriptors: for "FDSTORE=1", whose descriptors the manager keeps, also over a restart of
 the service ("FDNAME=..." names them). One system call, sendmsg(2).

 fds: n_fds open descriptors, at most 253, which stay the caller's; NULL only if n_fds is 0.

 Returns as sdn_send(); also -EINVAL (no fds, but n_fds), -E2BIG (more than 253), -EBADF (one is not open).
 Thread-safe, async-signal-safe.
 The caller guarantees: state is NULL or NUL-terminated; fds is NULL or an array of n_fds numbers.
 */
int sdn_send_with_fds(int channel, const char *state, const int *fds, size_t n_fds);

/*
 Sends "STATUS=" and a line for people, made from any text, untrusted text too: nothing in it can become another
 assignment, end the line, or speak to a terminal. Each byte of a control character (a line feed, an escape, U+0085)
 becomes a space, each one that is not UTF-8 a question mark. The line is cut, between two characters, where the
 message would be longer than the 4096 bytes that systemd reads.

 Returns as sdn_send(); -EINVAL for a NULL line. Thread-safe, async-signal-safe.
 The caller guarantees: line is NULL or NUL-terminated.
 */
int sdn_status(int channel, const char *line);

/*
 As sdn_status(), with a line formatted as by printf(3): see sdn_sendf(). What the arguments bring along is
 neutralised too.

 */
int sdn_statusf(int channel, const char *format, ...) LIBSDNOTIFY_PRINTF(2, 3);

/*
 Says that the service begins to reload its configuration: "RELOADING=1" with MONOTONIC_USEC, the time of
 CLOCK_MONOTONIC, which a unit with Type=notify-reload must send. To be called before anything is read again; when
 all is done, send "READY=1".

 Returns as sdn_send(). Thread-safe, async-signal-safe.
 */
int sdn_reloading(int channel);

/*
 Waits until the service manager has dealt with all messages sent before. A process that is about to end needs it: a
 message whose sender is gone can often not be attributed to its unit, and is lost.

 timeout: in microseconds; 0 only looks, UINT64_MAX waits indefinitely.

 Returns 1 when the manager is done, 0 if the channel is -1, or a negative errno: as sdn_send(), -ETIMEDOUT, -EINTR
 (a signal came while waiting), -EMFILE or -ENFILE (no descriptors for a pipe). A full queue is waited for without
 regard to the timeout, unless the channel is non-blocking. Thread-safe, async-signal-safe.
 */
int sdn_barrier(int channel, uint64_t timeout);

/*
 Returns how often to send "WATCHDOG=1": half the interval after which the manager considers
 the service hung, as sd_watchdog_enabled() returns it.

 unset_environment: not 0 removes $WATCHDOG_USEC and $WATCHDOG_PID, regardless of the result.
 usec: receives the time between two heartbeats in microseconds, at least 1; 0, which disarms timerfd_settime(2),
 setitimer(2) and alarm(2), if none are expected. Not NULL.

 Returns 1 if heartbeats are expected, 0 if not ($WATCHDOG_USEC is not set, or $WATCHDOG_PID is another process), or
 a negative errno: -EINVAL (usec is NULL; not a number, or an interval of 0 or 2^64-1), -ERANGE.

 Thread-safe and async-signal-safe as long as nothing changes the environment at the same time: unset_environment
 itself does.
 The caller guarantees: usec is NULL or may be written to.
 */
int sdn_heartbeat_interval(int unset_environment, uint64_t *usec);

#ifdef __cplusplus
}
#endif

#undef LIBSDNOTIFY_PRINTF

#endif
