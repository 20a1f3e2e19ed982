/* SPDX-License-Identifier: MIT */
/**
 * @file
 * sd-daemon.h of libsdnotify: the functions and constants of libsystemd's header of the same name. Each function
 * behaves like its namesake in systemd 262; COMPAT.md in the sources lists the exceptions.
 *
 * Errors are returned as a negative errno; the variable errno means nothing afterwards.
 *
 * unset_environment removes variables from the C environment. Go, Java, Perl and Python keep a copy, which still has
 * them: see libsdnotify(7).
 */
#ifndef LIBSDNOTIFY_SYSTEMD_SD_DAEMON_H
#define LIBSDNOTIFY_SYSTEMD_SD_DAEMON_H


/* Generated from src/abi/ by `make header`; do not edit. */


#include <inttypes.h>
#include <sys/socket.h>
#include <sys/types.h>

/* The first file descriptor that the service manager passes. */
#define SD_LISTEN_FDS_START 3

/* Log level prefixes for lines on standard error: fprintf(stderr, SD_NOTICE "Hello\n"). */
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


/**
 * Sends state assignments to the service manager, in one datagram to the socket that $NOTIFY_SOCKET names ("/path",
 * "@abstract" or "vsock:CID:PORT"). Waits while the manager's queue is full.
 *
 * @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
 * @param state assignments, one per line, sent unchanged: "READY=1" (start or reload is complete), "RELOADING=1"
 *   with "MONOTONIC_USEC=...", "STOPPING=1", "STATUS=a human-readable line", "WATCHDOG=1" (the heartbeat),
 *   "WATCHDOG=trigger", "WATCHDOG_USEC=...", "EXTEND_TIMEOUT_USEC=...", "MAINPID=...", "ERRNO=..." and others. Not
 *   NULL.
 *
 * @return 1 if the message was sent; 0 if $NOTIFY_SOCKET is not set, so there is no service manager to notify; or a
 *   negative errno:
 *   - -EINVAL: state is NULL, or the address is malformed;
 *   - -EPROTO: neither a Unix nor a vsock address;
 *   - -ENAMETOOLONG: the path has 108 bytes or more; -ERANGE: a vsock number exceeds 32 bits;
 *   - -ECONNREFUSED, -ENOENT: nothing listens there; -EACCES: this user may not write to the socket;
 *   - -EMSGSIZE, -ENOBUFS: the message is too long, even for an enlarged send buffer;
 *   - -EINTR: interrupted by a signal while waiting; -EIO: the kernel accepted only part of the message;
 *   - other errors of socket(2), connect(2) and sendmsg(2), such as -EMFILE.
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
 *   Uses no heap memory, leaves no descriptor open and keeps no state.
 * @pre state is NULL or NUL-terminated.
 * @see sd_notify(3)
 */
int sd_notify(int unset_environment, const char *state);

/**
 * Sends state assignments like sd_notify(), on behalf of another process. Only a privileged process may name another
 * as the sender; a message from any other process carries its own credentials.
 *
 * @param pid the process on whose behalf to send; 0: this one.
 * @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
 * @param state see sd_notify().
 *
 * @return like sd_notify().
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
 * @pre state is NULL or NUL-terminated.
 * @see sd_notify(3)
 */
int sd_pid_notify(pid_t pid, int unset_environment, const char *state);

/**
 * Sends state assignments like sd_pid_notify(), along with file descriptors: for "FDSTORE=1", whose descriptors the
 * manager keeps, even across a restart ("FDNAME=..." names them), and for "BARRIER=1", which takes exactly one.
 *
 * @param pid the process on whose behalf to send; 0: this one.
 * @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
 * @param state see sd_notify().
 * @param fds n_fds open descriptors, which remain the caller's; may be NULL only if n_fds is 0.
 * @param n_fds number of descriptors, at most 253.
 *
 * @return like sd_notify(); also:
 *   - -EINVAL: fds is NULL and n_fds is not 0;
 *   - -E2BIG: more than 253 descriptors; -EBADF: one of them is not open.
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
 * @pre state is NULL or NUL-terminated.
 * @pre fds is NULL or an array of n_fds numbers.
 * @see sd_notify(3)
 */
int sd_pid_notify_with_fds(pid_t pid, int unset_environment, const char *state, const int *fds, unsigned int n_fds);

/**
 * Waits until the service manager has processed all messages that this process has sent. Call it before the process
 * exits: a message whose sender is gone often cannot be attributed to its unit and is lost.
 *
 * @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
 * @param timeout in microseconds; 0: do not wait; UINT64_MAX: wait indefinitely.
 *
 * @return 1 when the manager has processed them; 0 if $NOTIFY_SOCKET is not set; or a negative errno: those of
 *   sd_notify(), and
 *   - -ETIMEDOUT: the manager did not finish in time;
 *   - -EINTR: interrupted by a signal while waiting;
 *   - -EMFILE, -ENFILE: no descriptor is available for a pipe.
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
 * @see sd_notify_barrier(3)
 */
int sd_notify_barrier(int unset_environment, uint64_t timeout);

/**
 * Waits like sd_notify_barrier(), on behalf of another process: see sd_pid_notify().
 *
 * @param pid the process on whose behalf to send; 0: this one.
 * @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
 * @param timeout in microseconds; 0: do not wait; UINT64_MAX: wait indefinitely.
 *
 * @return like sd_notify_barrier().
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
 * @see sd_notify_barrier(3)
 */
int sd_pid_notify_barrier(pid_t pid, int unset_environment, uint64_t timeout);

/**
 * Sends formatted state assignments like sd_notify().
 *
 * @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
 * @param format as for printf(3), followed by the arguments. Not NULL.
 *
 * @return like sd_notify(); also:
 *   - -EINVAL: format is NULL;
 *   - -ENOMEM: the text could not be formatted or stored.
 *
 * @note Thread-safe while nothing changes the environment; not async-signal-safe, like printf(3). Texts of up to
 *   4096 bytes use no heap memory.
 * @pre format is NULL or NUL-terminated, and the arguments match it.
 * @see sd_notify(3)
 */
int sd_notifyf(int unset_environment, const char *format, ...) LIBSDNOTIFY_PRINTF(2, 3);

/**
 * Sends formatted state assignments like sd_pid_notify().
 *
 * @param pid the process on whose behalf to send; 0: this one.
 * @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
 * @param format as for printf(3), followed by the arguments. Not NULL.
 *
 * @return like sd_notifyf().
 *
 * @note Thread-safe while nothing changes the environment; not async-signal-safe, like printf(3). Texts of up to
 *   4096 bytes use no heap memory.
 * @pre format is NULL or NUL-terminated, and the arguments match it.
 * @see sd_notify(3)
 */
int sd_pid_notifyf(pid_t pid, int unset_environment, const char *format, ...) LIBSDNOTIFY_PRINTF(3, 4);

/**
 * Sends formatted state assignments like sd_pid_notify_with_fds(). Note that the descriptors come before the format,
 * and that n_fds is a size_t.
 *
 * @param pid the process on whose behalf to send; 0: this one.
 * @param unset_environment if not 0, removes $NOTIFY_SOCKET, regardless of the result, so later calls send nothing.
 * @param fds n_fds open descriptors, which remain the caller's; may be NULL only if n_fds is 0.
 * @param n_fds number of descriptors, at most 253.
 * @param format as for printf(3), followed by the arguments. Not NULL.
 *
 * @return like sd_pid_notify_with_fds() and sd_notifyf().
 *
 * @note Thread-safe while nothing changes the environment; not async-signal-safe, like printf(3). Texts of up to
 *   4096 bytes use no heap memory.
 * @pre format is NULL or NUL-terminated, and the arguments match it.
 * @pre fds is NULL or an array of n_fds numbers.
 * @see sd_notify(3)
 */
int sd_pid_notifyf_with_fds(pid_t pid,
                            int unset_environment,
                            const int *fds,
                            size_t n_fds,
                            const char *format,
                            ...)
LIBSDNOTIFY_PRINTF(5, 6);

/**
 * Returns whether the service manager expects heartbeats ("WATCHDOG=1") from this process, and how often.
 *
 * @param unset_environment if not 0, removes $WATCHDOG_USEC and $WATCHDOG_PID, regardless of the result.
 * @param usec receives the interval in microseconds after which the manager considers the service hung; send a
 *   heartbeat every half interval. Written only if the result is positive. May be NULL.
 *
 * @return a positive number if heartbeats are expected; 0 if not: $WATCHDOG_USEC is not set, or $WATCHDOG_PID is
 *   another process; or a negative errno:
 *   - -EINVAL: a variable is not a number, or the interval is 0 or 2^64-1;
 *   - -ERANGE: a number is out of range.
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
 * @pre usec is NULL or may be written to.
 * @see sd_watchdog_enabled(3)
 */
int sd_watchdog_enabled(int unset_environment, uint64_t *usec);

/**
 * Returns how many file descriptors the service manager passed to this process. The first is SD_LISTEN_FDS_START
 * (3); the others follow it. They are made close-on-exec and belong to the caller.
 *
 * @param unset_environment if not 0, removes $LISTEN_PID, $LISTEN_PIDFDID, $LISTEN_FDS and $LISTEN_FDNAMES,
 *   regardless of the result.
 *
 * @return their number; 0 if there are none: $LISTEN_PID or $LISTEN_FDS is not set, or they are for another process;
 *   or a negative errno:
 *   - -EINVAL: a variable is not a number, or $LISTEN_FDS is not positive;
 *   - -ERANGE: a number is out of range; -EBADF: one of the descriptors is not open.
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment; a nonzero unset_environment does.
 * @see sd_listen_fds(3)
 */
int sd_listen_fds(int unset_environment);

/**
 * Returns how many file descriptors were passed, like sd_listen_fds(), and stores the name of each:
 * FileDescriptorName= of the socket unit, FDNAME= of the descriptor store, or "unknown".
 *
 * @param unset_environment if not 0, removes $LISTEN_PID, $LISTEN_PIDFDID, $LISTEN_FDS and $LISTEN_FDNAMES,
 *   regardless of the result.
 * @param names receives a NULL-terminated array with one string per descriptor. The caller frees each string and
 *   then the array with free(3). Written only if the result is positive. May be NULL.
 *
 * @return like sd_listen_fds(); also:
 *   - -EINVAL: the names are malformed, or not as many as the descriptors;
 *   - -ENOMEM: out of memory.
 *
 * @note Thread-safe while nothing changes the environment; not async-signal-safe, because it allocates memory.
 * @pre names is NULL or may be written to.
 * @see sd_listen_fds(3)
 */
int sd_listen_fds_with_names(int unset_environment, char ***names);

/**
 * Checks whether fd is a FIFO and, if path is not NULL, whether it is the one at that path.
 *
 * @param fd the descriptor.
 * @param path NULL: any.
 *
 * @return 1 if so; 0 if not, or if nothing exists at the path; or a negative errno:
 *   - -EBADF: fd is not open;
 *   - other errors of stat(2).
 *
 * @note Thread-safe and async-signal-safe.
 * @pre path is NULL or NUL-terminated.
 * @see sd_is_fifo(3)
 */
int sd_is_fifo(int fd, const char *path);

/**
 * Checks whether fd is a regular file or a character device and, if path is not NULL, whether it is the file at that
 * path or the device of the node at that path.
 *
 * @param fd the descriptor.
 * @param path NULL: any.
 *
 * @return 1 if so; 0 if not, or if nothing exists at the path; or a negative errno:
 *   - -EBADF: fd is not open;
 *   - other errors of stat(2).
 *
 * @note Thread-safe and async-signal-safe.
 * @pre path is NULL or NUL-terminated.
 * @see sd_is_special(3)
 */
int sd_is_special(int fd, const char *path);

/**
 * Checks whether fd is a socket.
 *
 * @param fd the descriptor.
 * @param family AF_INET, AF_UNIX, ...; 0: any.
 * @param type SOCK_STREAM, SOCK_DGRAM, ...; 0: any.
 * @param listening positive: it must be listening; 0: it must not be; negative: either.
 *
 * @return 1 if so; 0 if not; or a negative errno:
 *   - -EINVAL: family or type is negative;
 *   - -EBADF: fd is not open;
 *   - other errors of fstat(2), getsockopt(2) and getsockname(2).
 *
 * @note Thread-safe and async-signal-safe.
 * @see sd_is_socket(3)
 */
int sd_is_socket(int fd, int family, int type, int listening);

/**
 * Checks whether fd is an Internet socket.
 *
 * @param fd the descriptor.
 * @param family AF_INET or AF_INET6; 0: either.
 * @param type SOCK_STREAM, SOCK_DGRAM, ...; 0: any.
 * @param listening positive: it must be listening; 0: it must not be; negative: either.
 * @param port the port that it is bound to, in host byte order; 0: any.
 *
 * @return like sd_is_socket(); -EINVAL also if family is another one.
 *
 * @note Thread-safe and async-signal-safe.
 * @see sd_is_socket_inet(3)
 */
int sd_is_socket_inet(int fd, int family, int type, int listening, uint16_t port);

/**
 * Checks whether fd is an Internet socket bound to a given address.
 *
 * @param fd the descriptor.
 * @param type SOCK_STREAM, SOCK_DGRAM, ...; 0: any.
 * @param addr a struct sockaddr_in or sockaddr_in6. Its port, flow information and scope are compared only if they
 *   are not 0.
 * @param addr_len its size in bytes.
 * @param listening positive: it must be listening; 0: it must not be; negative: either.
 *
 * @return like sd_is_socket(); also:
 *   - -EINVAL: addr is NULL, or shorter than its family needs;
 *   - -ENOBUFS: addr_len is too small to hold a family;
 *   - -EPFNOSUPPORT: its family is neither AF_INET nor AF_INET6.
 *
 * @note Thread-safe and async-signal-safe.
 * @pre addr is NULL or has addr_len bytes.
 * @see sd_is_socket_sockaddr(3)
 */
int sd_is_socket_sockaddr(int fd, int type, const struct sockaddr *addr, unsigned int addr_len, int listening);

/**
 * Checks whether fd is a Unix socket and, if path is not NULL, whether it is bound to that name.
 *
 * @param fd the descriptor.
 * @param type SOCK_STREAM, SOCK_DGRAM, ...; 0: any.
 * @param listening positive: it must be listening; 0: it must not be; negative: either.
 * @param path a path; "" for an unbound socket; or an abstract name with its leading NUL byte. NULL: any.
 * @param length of path in bytes, including the leading NUL byte of an abstract name; 0: strlen(path).
 *
 * @return like sd_is_socket().
 *
 * @note Thread-safe and async-signal-safe.
 * @pre path is NULL, or NUL-terminated, or has length bytes (length + 1 if it does not begin with NUL).
 * @see sd_is_socket_unix(3)
 */
int sd_is_socket_unix(int fd, int type, int listening, const char *path, size_t length);

/**
 * Checks whether fd is a POSIX message queue and, if path is not NULL, whether it is the queue of that name.
 *
 * @param fd the descriptor.
 * @param path the queue's name: "/name", looked up in /dev/mqueue. NULL: any.
 *
 * @return 1 if so; 0 if not; or a negative errno:
 *   - -EBADF: fd is not open;
 *   - -EINVAL: path does not begin with "/"; -ENAMETOOLONG: it is too long;
 *   - -ENOENT: there is no such queue;
 *   - other errors of stat(2).
 *
 * @note Thread-safe and async-signal-safe.
 * @pre path is NULL or NUL-terminated.
 * @see sd_is_mq(3)
 */
int sd_is_mq(int fd, const char *path);

/**
 * Checks whether the machine was booted with systemd: whether /run/systemd/system/ exists.
 *
 * @return 1 if so; 0 if not; or a negative errno of stat(2), such as -EACCES.
 *
 * @note Thread-safe and async-signal-safe.
 * @see sd_booted(3)
 */
int sd_booted(void);

/**
 * Returns the inode ID of a pidfd, a number that identifies one process until the next boot. A process ID, by
 * contrast, can be reused.
 *
 * @param pidfd from pidfd_open(2), clone(2) and the like.
 * @param ret receives the ID if the result is 0. May be NULL.
 *
 * @return 0; or a negative errno:
 *   - -EBADF: pidfd is not an open pidfd;
 *   - -EOPNOTSUPP: the kernel has no such numbers (Linux before 6.9, before 6.14 on 32-bit machines);
 *   - other errors of fstatfs(2) and fstat(2).
 *
 * @note Thread-safe and async-signal-safe.
 * @pre ret is NULL or may be written to.
 * @see sd_pidfd_get_inode_id(3)
 */
int sd_pidfd_get_inode_id(int pidfd, uint64_t *ret);

#ifdef __cplusplus
}
#endif

#undef LIBSDNOTIFY_PRINTF

#endif
