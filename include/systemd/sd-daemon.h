/* SPDX-License-Identifier: MIT */
/* sd-daemon.h of libsdnotify: the functions and constants of libsystemd's header of the same name.
 *
 * unset_environment removes variables from the environment of C. From other languages: Go and Java (and Python, Perl) have
 * a copy that keeps them. In Go children inherit the copy, so call os.Unsetenv() as well; in Java they do if
 * ProcessBuilder.environment() is used. Ruby, Node.js, PHP and LuaJIT use C's own. More: libsdnotify(7). */
#ifndef LIBSDNOTIFY_SYSTEMD_SD_DAEMON_H
#define LIBSDNOTIFY_SYSTEMD_SD_DAEMON_H


/* Generated from src/abi/ by `make header`; do not edit. */


#include <inttypes.h>
#include <sys/socket.h>
#include <sys/types.h>

/* The first file descriptor that the service manager passes. */
#define SD_LISTEN_FDS_START 3

/* Log levels, to stand at the beginning of a line on standard error: fprintf(stderr, SD_NOTICE "Hello\n"). */
#define SD_EMERG   "<0>"
#define SD_ALERT   "<1>"
#define SD_CRIT    "<2>"
#define SD_ERR     "<3>"
#define SD_WARNING "<4>"
#define SD_NOTICE  "<5>"
#define SD_INFO    "<6>"
#define SD_DEBUG   "<7>"

#if defined(__GNUC__) || defined(__clang__)
#define LIBSDNOTIFY_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))
#else
#define LIBSDNOTIFY_PRINTF(format, first)
#endif

#ifdef __cplusplus
extern "C" {
#endif


/*
 Tells the service manager about the state of this service, in one datagram to the socket that $NOTIFY_SOCKET
 names ("/path", "@abstract", "vsock:CID:PORT").

 state: assignments, one a line, sent as they are: "READY=1" (start or reload is complete), "RELOADING=1" together
 with "MONOTONIC_USEC=...", "STOPPING=1", "STATUS=one line for people", "WATCHDOG=1" (the heartbeat),
 "WATCHDOG=trigger", "WATCHDOG_USEC=...", "EXTEND_TIMEOUT_USEC=...", "MAINPID=...", "ERRNO=...", "FDSTORE=1" and
 others; see sd_notify(3). Not NULL.
 unset_environment: not 0 removes $NOTIFY_SOCKET, regardless of the result, so that later calls do nothing.

 Returns 1 if the message was sent, 0 if $NOTIFY_SOCKET is not set, or a negative errno:
 -EINVAL (state is NULL; the address is malformed), -EPROTO (not an address of a known kind), -ENAMETOOLONG,
 -ERANGE (a vsock number), -EIO (sent in part), or what socket(2), connect(2) and sendmsg(2) report: -ECONNREFUSED
 or -ENOENT (nobody listens), -ENOBUFS and -EMSGSIZE (too long), -EMFILE, ...
 A full receiver makes the call wait; a signal then ends it with -EINTR.

 Thread-safe and async-signal-safe as long as nothing changes the environment at the same time: unset_environment
 itself does. No memory is allocated, no file descriptor stays open, nothing is remembered.
 The caller guarantees: state is NULL or NUL-terminated.
 */
int sd_notify(int unset_environment, const char *state);

/*
 As sd_notify(), on behalf of the process pid (0: this one). The kernel lets only a privileged process speak for
 another; for everyone else the message goes out with the sender's own credentials.
 The caller guarantees: state is NULL or NUL-terminated.
 */
int sd_pid_notify(pid_t pid, int unset_environment, const char *state);

/*
 As sd_pid_notify(), with file descriptors: for "FDSTORE=1", whose descriptors the manager keeps, also over a
 restart ("FDNAME=..." names them), and for "BARRIER=1", which takes just one.

 fds: n_fds open descriptors, at most 253, which stay the caller's; NULL only if n_fds is 0.

 Returns as sd_notify(); also -EINVAL (no fds, but n_fds), -E2BIG (more than 253), -EBADF (one is not open).
 The caller guarantees: state is NULL or NUL-terminated; fds is NULL or an array of n_fds numbers.
 */
int sd_pid_notify_with_fds(pid_t pid, int unset_environment, const char *state, const int *fds, unsigned int n_fds);

/*
 Waits until the service manager has dealt with all messages that this process sent before. A process that is about
 to end needs it: a message whose sender is gone can often not be attributed to its unit, and is lost.

 timeout: in microseconds; 0 only looks, UINT64_MAX waits indefinitely.
 unset_environment: as for sd_notify().

 Returns 1 when the manager is done, 0 if $NOTIFY_SOCKET is not set, or a negative errno: as sd_notify(),
 -ETIMEDOUT, -EINTR (a signal came while waiting), -EMFILE or -ENFILE (no descriptors for a pipe).
 Thread- and signal-safe as sd_notify().
 */
int sd_notify_barrier(int unset_environment, uint64_t timeout);

/*
 As sd_notify_barrier(), on behalf of the process pid (0: this one): see sd_pid_notify().
 */
int sd_pid_notify_barrier(pid_t pid, int unset_environment, uint64_t timeout);

/*
 As sd_notify(), with a text formatted as by printf(3).

 Texts of up to 4096 bytes take no heap memory. Returns as sd_notify(); -EINVAL also for a NULL format, -ENOMEM if
 the text cannot be formatted or stored. Thread-safe as sd_notify(); not async-signal-safe, as printf() is not.

 */
int sd_notifyf(int unset_environment, const char *format, ...) LIBSDNOTIFY_PRINTF(2, 3);

/*
 As sd_pid_notify(), with a text formatted as by printf(3): see sd_notifyf().

 */
int sd_pid_notifyf(pid_t pid, int unset_environment, const char *format, ...) LIBSDNOTIFY_PRINTF(3, 4);

/*
 As sd_pid_notify_with_fds(), with a text formatted as by printf(3): see sd_notifyf(). Note that the descriptors
 stand before the format, and that n_fds is a size_t.

 */
int sd_pid_notifyf_with_fds(pid_t pid,
                            int unset_environment,
                            const int *fds,
                            size_t n_fds,
                            const char *format,
                            ...)
LIBSDNOTIFY_PRINTF(5, 6);

/*
 Returns whether the service manager expects heartbeats ("WATCHDOG=1") of this process, and how often.

 usec: receives the interval in microseconds after which the manager considers the service hung; a heartbeat is best
 sent every half of it. Written only if the result is positive. May be NULL.
 unset_environment: not 0 removes $WATCHDOG_USEC and $WATCHDOG_PID, regardless of the result.

 Returns a positive number if heartbeats are expected, 0 if not ($WATCHDOG_USEC is not set, or $WATCHDOG_PID is
 another process), or a negative errno: -EINVAL (not a number, or an interval of 0 or 2^64-1), -ERANGE.

 Thread-safe and async-signal-safe as long as nothing changes the environment at the same time.
 The caller guarantees: usec is NULL or may be written to.
 */
int sd_watchdog_enabled(int unset_environment, uint64_t *usec);

/*
 Returns how many file descriptors the service manager passed to this process. They are SD_LISTEN_FDS_START (3)
 and those that follow; each is made close-on-exec.

 unset_environment: not 0 removes $LISTEN_PID, $LISTEN_PIDFDID, $LISTEN_FDS and $LISTEN_FDNAMES, whatever the
 result.

 Returns their number, 0 if there are none ($LISTEN_PID or $LISTEN_FDS is not set, or they are for another process),
 or a negative errno: -EINVAL and -ERANGE (a malformed number), -EBADF (one of them is not open).

 Thread-safe and async-signal-safe as long as nothing changes the environment at the same time.
 */
int sd_listen_fds(int unset_environment);

/*
 As sd_listen_fds(), with the name of each descriptor: FileDescriptorName= of a socket unit, FDNAME= of the
 descriptor store, "unknown" if there is none.

 names: receives a NULL-terminated array of as many strings as there are descriptors, written only if the result is
 positive. The caller frees each string, and the array, with free(3). NULL: as sd_listen_fds().

 Returns as sd_listen_fds(); also -EINVAL (malformed names, or not as many as descriptors), -ENOMEM. Thread-safe as
 sd_listen_fds(); not async-signal-safe, as it allocates memory.
 The caller guarantees: names is NULL or may be written to.
 */
int sd_listen_fds_with_names(int unset_environment, char ***names);

/*
 Checks whether fd is a FIFO; with a path that is not NULL, whether it is the one at that path.

 Returns 1 if so, 0 if not (also if there is nothing at the path), or a negative errno: -EBADF, or another of
 stat(2). Thread-safe and async-signal-safe.
 The caller guarantees: path is NULL or NUL-terminated.
 */
int sd_is_fifo(int fd, const char *path);

/*
 Checks whether fd is a regular file or a character device; with a path that is not NULL, whether it is the file at
 that path, or the device of the node at that path.

 Returns 1 if so, 0 if not (also if there is nothing at the path), or a negative errno: -EBADF, or another of
 stat(2). Thread-safe and async-signal-safe.
 The caller guarantees: path is NULL or NUL-terminated.
 */
int sd_is_special(int fd, const char *path);

/*
 Checks whether fd is a socket.

 family: AF_INET, ...; 0: any.
 type: SOCK_STREAM, ...; 0: any.
 listening: positive: it must listen; 0: it must not; negative: either.

 Returns 1 if so, 0 if not, or a negative errno: -EBADF, -EINVAL (a negative family or type), or another of fstat(2),
 getsockopt(2) and getsockname(2). Thread-safe and async-signal-safe.
 */
int sd_is_socket(int fd, int family, int type, int listening);

/*
 Checks whether fd is an Internet socket.

 family: AF_INET or AF_INET6; 0: either.
 type, listening: as for sd_is_socket().
 port: the port it is bound to, in the machine's byte order; 0: any.

 Returns as sd_is_socket(); -EINVAL also for another family. Thread-safe and async-signal-safe.
 */
int sd_is_socket_inet(int fd, int family, int type, int listening, uint16_t port);

/*
 Checks whether fd is an Internet socket bound to an address.

 type, listening: as for sd_is_socket().
 addr: a struct sockaddr_in or sockaddr_in6. Its port, flow information and scope count only if they are not 0.
 addr_len: its size in bytes.

 Returns as sd_is_socket(); also -EINVAL (addr is NULL or shorter than its family needs), -ENOBUFS (too short for a
 family), -EPFNOSUPPORT (another family). Thread-safe and async-signal-safe.
 The caller guarantees: addr is NULL or has addr_len bytes.
 */
int sd_is_socket_sockaddr(int fd, int type, const struct sockaddr *addr, unsigned int addr_len, int listening);

/*
 Checks whether fd is a Unix socket; with a path that is not NULL, whether it is bound to that name.

 type, listening: as for sd_is_socket().
 path: a path; "" for a socket that is not bound; an abstract name with its leading NUL byte. NULL: any.
 length: the path's length in bytes; an abstract name's with its leading NUL byte. 0: strlen(path).

 Returns as sd_is_socket(). Thread-safe and async-signal-safe.
 The caller guarantees: path is NULL, or NUL-terminated, or has length bytes (length + 1 if it does not begin with NUL).
 */
int sd_is_socket_unix(int fd,
                      int type,
                      int listening,
                      const char *path,
                      size_t length);

/*
 Checks whether fd is a POSIX message queue; with a path that is not NULL, whether it is the queue of that name
 ("/name", looked up in /dev/mqueue).

 Returns 1 if so, 0 if not, or a negative errno: -EBADF, -EINVAL (the path does not begin with "/"), -ENOENT (there
 is no such queue), -ENAMETOOLONG, or another of stat(2). Thread-safe and async-signal-safe.
 The caller guarantees: path is NULL or NUL-terminated.
 */
int sd_is_mq(int fd, const char *path);

/*
 Checks whether the machine was booted with systemd: whether /run/systemd/system/ exists.

 Returns 1 if so, 0 if not, or a negative errno of stat(2), such as -EACCES. Thread-safe and async-signal-safe.
 */
int sd_booted(void);

/*
 The inode id of a pidfd: a number that names one process for as long as the machine runs, where a process id can
 come again.

 ret: receives the id if the result is 0. May be NULL.

 Returns 0, or a negative errno: -EBADF (not an open pidfd), -EOPNOTSUPP (Linux before 6.9). Thread-safe and
 async-signal-safe.
 The caller guarantees: ret is NULL or may be written to.
 */
int sd_pidfd_get_inode_id(int pidfd, uint64_t *ret);

#ifdef __cplusplus
}
#endif

#undef LIBSDNOTIFY_PRINTF

#endif
