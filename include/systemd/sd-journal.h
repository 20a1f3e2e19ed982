/* SPDX-License-Identifier: MIT */
/* sd-journal.h of libsdnotify: the functions of libsystemd's header of the same name that write. Reading the journal is
 * not covered. */
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


/*
 Writes an entry to the journal: the text, as formatted by printf(3), is the field MESSAGE.

 priority: LOG_EMERG to LOG_DEBUG, for the field PRIORITY. format: not NULL. Blanks at the end of the text are cut; if
 nothing is left of it, nothing is written.

 Returns 0, also where there is no journal, or a negative errno: -EINVAL (another priority, no format), -ENOBUFS (a
 text of a mebibyte or more), -ENOMEM, or what socket(2), sendmsg(2) and memfd_create(2) report. errno stays as it is.
 A full journal makes the call wait; a signal then ends it with -EINTR.
 Texts of up to 4096 bytes take no heap memory. Thread-safe; not async-signal-safe, as printf() is not.

 */
int sd_journal_print(int priority, const char *format, ...) LIBSDNOTIFY_PRINTF(2, 3);

/*
 As sd_journal_print(), with the arguments in a list.

 */
int sd_journal_printv(int priority, const char *format, va_list ap) LIBSDNOTIFY_PRINTF(2, 0);

/*
 Writes an entry of any fields: "MESSAGE=%s", each a format followed by its arguments; NULL ends the list.

 Blanks at the end of each field are cut. journald drops fields whose names are not of A-Z, 0-9 and _, begin with _ or a
 digit, or have more than 64 characters. SYSLOG_IDENTIFIER is added if it is not there.

 Returns as sd_journal_sendv(); -EINVAL also for an empty list, and -ENOMEM if a text cannot be formatted or stored.
 Up to 32 fields, and texts of 4096 bytes together, take no heap memory. Thread-safe; not async-signal-safe.

 */
int sd_journal_send(const char *format,
                    ...)
LIBSDNOTIFY_PRINTF(1, 0) LIBSDNOTIFY_SENTINEL;

/*
 Writes an entry of fields that are formatted already: "NAME=value", with any bytes in the value.

 iov: n fields. SYSLOG_IDENTIFIER, with the program's name, is added if it is not there.

 Returns 0, also where there is no journal, or a negative errno: -EINVAL (no fields; a field without a name, or too
 many: 510 are not), or what socket(2), sendmsg(2), memfd_create(2) and writev(2) report; -EIO (an entry that is too
 long for a datagram was written in part). errno stays as it is. A full journal makes the call wait; a signal then ends
 it with -EINTR.

 Thread-safe, async-signal-safe; no heap memory is used. The first call opens a socket, which stays open.
 The caller guarantees: iov is NULL or has n structures, each of which has the bytes it says.
 */
int sd_journal_sendv(const struct iovec *iov,
                     int n);

/*
 Writes an entry with the caller's errno: PRIORITY is LOG_ERR, MESSAGE the message, a colon and what strerror(3) says,
 ERRNO the number.

 message: NULL or "" for what strerror(3) says alone.

 Returns as sd_journal_print(). Thread-safe; not async-signal-safe.
 */
int sd_journal_perror(const char *message);

/*
 As sd_journal_print(), with the place in the source. The macro of the name without _with_location calls this.

 file, line: whole fields, "CODE_FILE=..." and "CODE_LINE=...". func: the value of CODE_FUNC alone.

 */
int sd_journal_print_with_location(int priority,
                                   const char *file,
                                   const char *line,
                                   const char *func,
                                   const char *format,
                                   ...)
LIBSDNOTIFY_PRINTF(5, 6);

/*
 As sd_journal_printv(), with the place in the source: see sd_journal_print_with_location().

 */
int sd_journal_printv_with_location(int priority,
                                    const char *file,
                                    const char *line,
                                    const char *func,
                                    const char *format,
                                    va_list ap)
LIBSDNOTIFY_PRINTF(5, 0);

/*
 As sd_journal_send(), with the place in the source: see sd_journal_print_with_location().

 */
int sd_journal_send_with_location(const char *file,
                                  const char *line,
                                  const char *func,
                                  const char *format,
                                  ...)
LIBSDNOTIFY_PRINTF(4, 0) LIBSDNOTIFY_SENTINEL;

/*
 As sd_journal_sendv(), with the place in the source: see sd_journal_print_with_location().
 The caller guarantees: as for sd_journal_sendv(), and the strings are NULL or NUL-terminated.
 */
int sd_journal_sendv_with_location(const char *file,
                                   const char *line,
                                   const char *func,
                                   const struct iovec *iov,
                                   int n);

/*
 As sd_journal_perror(), with the place in the source: see sd_journal_print_with_location().
 */
int sd_journal_perror_with_location(const char *file, const char *line, const char *func, const char *message);

/*
 Opens a stream to the journal, for dup2(2) onto standard output and error: each line becomes an entry.

 identifier: for SYSLOG_IDENTIFIER; NULL: none. priority: LOG_EMERG to LOG_DEBUG. level_prefix: not 0 if lines may
 begin with "<3>" and the like.

 Returns a close-on-exec descriptor, which is the caller's, or a negative errno: -EINVAL (another priority), -ENOENT
 or -ECONNREFUSED (no journal), or another of socket(2), connect(2) and sendto(2). Thread-safe, async-signal-safe.
 The caller guarantees: identifier is NULL or NUL-terminated.
 */
int sd_journal_stream_fd(const char *identifier, int priority, int level_prefix);

/*
 As sd_journal_stream_fd(), to the journal of a namespace.

 name_space: NULL: none. Where $LOG_NAMESPACE is set, this process is in that namespace and reaches no other.

 Returns as sd_journal_stream_fd(); -EINVAL also for what cannot be a namespace's name, and -EREMOTE for another one
 than $LOG_NAMESPACE.
 The caller guarantees: name_space and identifier are NULL or NUL-terminated.
 */
int sd_journal_stream_fd_with_namespace(const char *name_space,
                                        const char *identifier,
                                        int priority,
                                        int level_prefix);

/* An entry tells where in the source it was written, unless SD_JOURNAL_SUPPRESS_LOCATION is defined before this header is
 * included. (sd_journal_print)(...) is the function itself. */
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
