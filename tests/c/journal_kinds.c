/* Writes an entry of each kind to the journal, and fails if a call does. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#define LARGE (5 * 1024 * 1024)

static int failures;

static void check(const char *what, int r) {
        if (r < 0) {
                printf("%s: %s\n", what, strerror(-r));
                failures++;
        }
}

static int printv(const char *format, ...) {
        va_list ap;
        int r;

        va_start(ap, format);
        r = sd_journal_printv(LOG_DEBUG, format, ap);
        va_end(ap);
        return r;
}

static void send_large(void) {
        char *large = malloc(LARGE);
        struct iovec fields[] = {
                { "MESSAGE=large", strlen("MESSAGE=large") },
                { large, LARGE },
        };

        if (!large)
                abort();
        memset(large, 'x', LARGE);
        memcpy(large, "X_LARGE=", strlen("X_LARGE="));
        check("large", sd_journal_sendv(fields, 2));
        free(large);
}

static void write_lines(const char *what, int fd, const char *lines) {
        check(what, fd);
        if (fd >= 0 && write(fd, lines, strlen(lines)) < 0)
                check(what, -errno);
        close(fd);
}

/* Streams to a namespace's journal if there is an argument. */
int main(int argc, char **argv) {
        struct iovec binary[] = {
                { "MESSAGE=two\nlines", strlen("MESSAGE=two\nlines") },
                { "X_BINARY=a\0b\n\xff", strlen("X_BINARY=") + 5 },
        };

        if (argc > 1) {
                write_lines("namespace", sd_journal_stream_fd_with_namespace(argv[1], "kinds", LOG_INFO, 0), "inside\n");
                return failures;
        }
        check("print", sd_journal_print(LOG_NOTICE, "print %d  \n", 1));
        check("printv", printv("printv %s", "2"));
        check("send", sd_journal_send("MESSAGE=send", "PRIORITY=%i", LOG_WARNING, "X_RATIO=%.1f", 2.5, "X_NAME=%s", "a=b",
                                      "SYSLOG_IDENTIFIER=another", NULL));
        check("sendv", sd_journal_sendv(binary, 2));
        errno = EADDRINUSE;
        check("perror", sd_journal_perror("perror"));
        check("names", sd_journal_send("MESSAGE=names", "lower=1", "_PID=1", "1A=1", "X_GOOD=1", NULL));
        send_large();
        write_lines("stream", sd_journal_stream_fd("streamed", LOG_INFO, 1), "<3>with a level\nplain\n");
        write_lines("stream", sd_journal_stream_fd("literal", LOG_NOTICE, 0), "<3>no level\n");
        return failures;
}
