/* SPDX-License-Identifier: MIT */
/**
 * @file
 * sd-journal.h of libsdnotify: the functions of libsystemd's header of the same name that write to the journal,
 * without those that read it. Each function behaves like its namesake in systemd 262; COMPAT.md in the sources lists
 * the exceptions.
 *
 * Errors are returned as a negative errno.
 */
#ifndef LIBSDNOTIFY_SYSTEMD_SD_JOURNAL_H
#define LIBSDNOTIFY_SYSTEMD_SD_JOURNAL_H


/* Generated from src/abi/journal.rs by `make header`; do not edit. */


#include <stdarg.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <syslog.h>

#include "sd-id128.h"

#if defined(__GNUC__) || defined(__clang__)
#define LIBSDNOTIFY_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))
#define LIBSDNOTIFY_SENTINEL __attribute__((__sentinel__))
#else
#define LIBSDNOTIFY_PRINTF(format, first)
#define LIBSDNOTIFY_SENTINEL
#endif

#ifdef __cplusplus
extern "C" {
#endif


/**
 * Writes a formatted text to the journal as the field MESSAGE. Trailing whitespace is removed; if nothing is left,
 * nothing is written. Waits while the journal's queue is full.
 *
 * @param priority LOG_EMERG (0) to LOG_DEBUG (7), for the field PRIORITY.
 * @param format as for printf(3), followed by the arguments. Not NULL.
 *
 * @return 0, even if there is no journal; or a negative errno:
 *   - -EINVAL: priority is out of range, or format is NULL;
 *   - -ENOBUFS: the text is 1 MiB or longer; -ENOMEM: it could not be formatted or stored;
 *   - -EINTR: interrupted by a signal while waiting;
 *   - other errors of socket(2), sendmsg(2) and memfd_create(2), such as -EMFILE.
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Texts of up to 4096 bytes use no
 *   heap memory.
 * @pre format is NULL or NUL-terminated, and the arguments match it.
 * @see sd_journal_print(3)
 */
int sd_journal_print(int priority, const char *format, ...) LIBSDNOTIFY_PRINTF(2, 3);

/**
 * Writes a formatted text like sd_journal_print(), with the arguments in a list.
 *
 * @param priority LOG_EMERG (0) to LOG_DEBUG (7), for the field PRIORITY.
 * @param format as for vprintf(3). Not NULL.
 * @param ap its arguments.
 *
 * @return like sd_journal_print().
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Texts of up to 4096 bytes use no
 *   heap memory.
 * @pre format is NULL or NUL-terminated, and ap has the matching arguments.
 * @see sd_journal_print(3)
 */
int sd_journal_printv(int priority, const char *format, va_list ap) LIBSDNOTIFY_PRINTF(2, 0);

/**
 * Writes an entry with any fields. Trailing whitespace is removed from each. SYSLOG_IDENTIFIER is added with the
 * program's name, unless given. journald drops fields whose names contain characters other than A-Z, 0-9 and _,
 * begin with _ or a digit, or are longer than 64 characters.
 *
 * @param format the first field, such as "MESSAGE=%s", followed by its arguments; then further fields, each with its
 *   arguments; then NULL.
 *
 * @return like sd_journal_sendv(); also:
 *   - -EINVAL: there is no field;
 *   - -ENOMEM: a text could not be formatted or stored.
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Up to 32 fields with 4096 bytes
 *   of text in total use no heap memory.
 * @pre each format is NUL-terminated, the arguments match it, and NULL ends the list.
 * @see sd_journal_send(3)
 */
int sd_journal_send(const char *format, ...) LIBSDNOTIFY_PRINTF(1, 0) LIBSDNOTIFY_SENTINEL;

/**
 * Writes an entry with preformatted fields. SYSLOG_IDENTIFIER is added with the program's name, unless given. Waits
 * while the journal's queue is full.
 *
 * @param iov n fields, each "NAME=value" with any bytes in the value. Not NULL.
 * @param n number of fields: 1 to 510, or fewer if values contain newlines.
 *
 * @return 0, even if there is no journal; or a negative errno:
 *   - -EINVAL: iov is NULL, n is not positive, a field has no name, or there are too many fields;
 *   - -EIO: an entry too long for a datagram could be stored only in part and was not sent;
 *   - -EINTR: interrupted by a signal while waiting;
 *   - other errors of socket(2), sendmsg(2) and memfd_create(2), such as -EMFILE.
 *
 * @note Thread-safe and async-signal-safe. Leaves errno unchanged. Uses no heap memory. The first call opens a
 *   socket, which stays open.
 * @pre iov is NULL or has n structures, each with the bytes that it describes.
 * @see sd_journal_sendv(3)
 */
int sd_journal_sendv(const struct iovec *iov, int n);

/**
 * Writes an entry about the caller's errno: PRIORITY is LOG_ERR, MESSAGE is message followed by a colon and the text
 * of strerror(3), and ERRNO is the number.
 *
 * @param message NULL or "": the text of strerror(3) alone.
 *
 * @return like sd_journal_print().
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged.
 * @pre message is NULL or NUL-terminated.
 * @see sd_journal_perror(3)
 */
int sd_journal_perror(const char *message);

/**
 * Writes a formatted text like sd_journal_print(), with its source location. The macro sd_journal_print() calls
 * this.
 *
 * @param priority LOG_EMERG (0) to LOG_DEBUG (7), for the field PRIORITY.
 * @param file a complete field, "CODE_FILE=...". Not NULL.
 * @param line a complete field, "CODE_LINE=...". Not NULL.
 * @param func the value of CODE_FUNC, without its name; NULL: empty.
 * @param format as for printf(3), followed by the arguments. Not NULL.
 *
 * @return like sd_journal_print(); -EINVAL also if file or line is NULL.
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Texts of up to 4096 bytes use no
 *   heap memory.
 * @pre file, line and func are NULL or NUL-terminated.
 * @pre format is NULL or NUL-terminated, and the arguments match it.
 * @see sd_journal_print_with_location(3)
 */
int sd_journal_print_with_location(int priority,
                                   const char *file,
                                   const char *line,
                                   const char *func,
                                   const char *format,
                                   ...)
LIBSDNOTIFY_PRINTF(5, 6);

/**
 * Writes a formatted text like sd_journal_printv(), with its source location.
 *
 * @param priority LOG_EMERG (0) to LOG_DEBUG (7), for the field PRIORITY.
 * @param file a complete field, "CODE_FILE=...". Not NULL.
 * @param line a complete field, "CODE_LINE=...". Not NULL.
 * @param func the value of CODE_FUNC, without its name; NULL: empty.
 * @param format as for vprintf(3). Not NULL.
 * @param ap its arguments.
 *
 * @return like sd_journal_print_with_location().
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Texts of up to 4096 bytes use no
 *   heap memory.
 * @pre file, line and func are NULL or NUL-terminated.
 * @pre format is NULL or NUL-terminated, and ap has the matching arguments.
 * @see sd_journal_print_with_location(3)
 */
int sd_journal_printv_with_location(int priority,
                                    const char *file,
                                    const char *line,
                                    const char *func,
                                    const char *format,
                                    va_list ap)
LIBSDNOTIFY_PRINTF(5, 0);

/**
 * Writes an entry with any fields like sd_journal_send(), with its source location.
 *
 * @param file a complete field, "CODE_FILE=...". Not NULL.
 * @param line a complete field, "CODE_LINE=...". Not NULL.
 * @param func the value of CODE_FUNC, without its name; NULL: empty.
 * @param format the first field; see sd_journal_send().
 *
 * @return like sd_journal_send(); -EINVAL also if file or line is NULL.
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Up to 32 fields with 4096 bytes
 *   of text in total use no heap memory.
 * @pre file, line and func are NULL or NUL-terminated.
 * @pre each format is NUL-terminated, the arguments match it, and NULL ends the list.
 * @see sd_journal_send_with_location(3)
 */
int sd_journal_send_with_location(const char *file,
                                  const char *line,
                                  const char *func,
                                  const char *format,
                                  ...)
LIBSDNOTIFY_PRINTF(4, 0) LIBSDNOTIFY_SENTINEL;

/**
 * Writes an entry with preformatted fields like sd_journal_sendv(), with its source location.
 *
 * @param file a complete field, "CODE_FILE=...". Not NULL.
 * @param line a complete field, "CODE_LINE=...". Not NULL.
 * @param func the value of CODE_FUNC, without its name; NULL: empty.
 * @param iov n fields; see sd_journal_sendv().
 * @param n number of fields; see sd_journal_sendv().
 *
 * @return like sd_journal_sendv(); -EINVAL also if file or line is NULL.
 *
 * @note Thread-safe and async-signal-safe. Leaves errno unchanged. Uses no heap memory. The first call opens a
 *   socket, which stays open.
 * @pre file, line and func are NULL or NUL-terminated.
 * @pre iov is NULL or has n structures, each with the bytes that it describes.
 * @see sd_journal_sendv_with_location(3)
 */
int sd_journal_sendv_with_location(const char *file,
                                   const char *line,
                                   const char *func,
                                   const struct iovec *iov,
                                   int n);

/**
 * Writes an entry about the caller's errno like sd_journal_perror(), with its source location.
 *
 * @param file a complete field, "CODE_FILE=...". Not NULL.
 * @param line a complete field, "CODE_LINE=...". Not NULL.
 * @param func the value of CODE_FUNC, without its name; NULL: empty.
 * @param message NULL or "": the text of strerror(3) alone.
 *
 * @return like sd_journal_print_with_location().
 *
 * @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged.
 * @pre file, line and func are NULL or NUL-terminated.
 * @pre message is NULL or NUL-terminated.
 * @see sd_journal_perror_with_location(3)
 */
int sd_journal_perror_with_location(const char *file, const char *line, const char *func, const char *message);

/**
 * Opens a stream to the journal, in which each line becomes an entry. Use dup2(2) to make it standard output or
 * error.
 *
 * @param identifier for SYSLOG_IDENTIFIER; NULL: none.
 * @param priority of lines without their own level: LOG_EMERG (0) to LOG_DEBUG (7).
 * @param level_prefix not 0: lines may begin with a level, such as "<3>".
 *
 * @return a close-on-exec descriptor, which belongs to the caller; or a negative errno:
 *   - -EINVAL: priority is out of range;
 *   - -ENOENT, -ECONNREFUSED: there is no journal;
 *   - other errors of socket(2), connect(2) and sendto(2), such as -EMFILE.
 *
 * @note Thread-safe and async-signal-safe.
 * @pre identifier is NULL or NUL-terminated.
 * @see sd_journal_stream_fd(3)
 */
int sd_journal_stream_fd(const char *identifier, int priority, int level_prefix);

/**
 * Opens a stream like sd_journal_stream_fd(), to the journal of a namespace.
 *
 * @param name_space the name of the namespace; NULL: none. A process with $LOG_NAMESPACE set is in that namespace
 *   and can reach no other.
 * @param identifier for SYSLOG_IDENTIFIER; NULL: none.
 * @param priority of lines without their own level: LOG_EMERG (0) to LOG_DEBUG (7).
 * @param level_prefix not 0: lines may begin with a level, such as "<3>".
 *
 * @return like sd_journal_stream_fd(); also:
 *   - -EINVAL: name_space is not a valid namespace name;
 *   - -EREMOTE: it is not the one that $LOG_NAMESPACE names.
 *
 * @note Thread-safe and async-signal-safe while nothing changes the environment.
 * @pre name_space and identifier are NULL or NUL-terminated.
 * @see sd_journal_stream_fd_with_namespace(3)
 */
int sd_journal_stream_fd_with_namespace(const char *name_space,
                                        const char *identifier,
                                        int priority,
                                        int level_prefix);

/* Entries carry their source location unless SD_JOURNAL_SUPPRESS_LOCATION is defined before this header is included.
 * (sd_journal_print)(...) calls the function itself, without one. */
#ifndef SD_JOURNAL_SUPPRESS_LOCATION

#define LIBSDNOTIFY_TEXT(x) #x
#define LIBSDNOTIFY_LOCATION(line) "CODE_FILE=" __FILE__, "CODE_LINE=" LIBSDNOTIFY_TEXT(line), __func__

#define sd_journal_print(priority, ...) \
        sd_journal_print_with_location(priority, LIBSDNOTIFY_LOCATION(__LINE__), __VA_ARGS__)
#define sd_journal_printv(priority, format, ap) \
        sd_journal_printv_with_location(priority, LIBSDNOTIFY_LOCATION(__LINE__), format, ap)
#define sd_journal_send(...) \
        sd_journal_send_with_location(LIBSDNOTIFY_LOCATION(__LINE__), __VA_ARGS__)
#define sd_journal_sendv(iov, n) \
        sd_journal_sendv_with_location(LIBSDNOTIFY_LOCATION(__LINE__), iov, n)
#define sd_journal_perror(message) \
        sd_journal_perror_with_location(LIBSDNOTIFY_LOCATION(__LINE__), message)

#endif

#ifdef __cplusplus
}
#endif

#undef LIBSDNOTIFY_PRINTF
#undef LIBSDNOTIFY_SENTINEL

#endif
