/* The printf-style functions of sd-daemon.h and sdnotify.h. Stable Rust cannot define C-variadic functions, so C
 * formats the text and passes it to a Rust function, which does everything else. */

#include "text.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/types.h>

/* src/abi/notify.rs; `out_of_memory` means that the text could not be formatted. */
IN_RUST int libsdnotify_formatted(pid_t pid, int unset_environment, const char *state, const int *fds, size_t n_fds,
                                  int out_of_memory);
/* src/abi/channel.rs */
IN_RUST int libsdnotify_channel_formatted(int channel, const char *text, int is_status, int out_of_memory);

static int notify_formatted(pid_t pid, int unset_environment, const int *fds, size_t n_fds, const char *format,
                            struct arguments *arguments) {
        struct text text;
        const char *state = libsdnotify_format_text(&text, INT_MAX, format, arguments);
        int r = libsdnotify_formatted(pid, unset_environment, state, fds, n_fds, format && !state);

        free(text.heap);
        return r;
}

static int channel_formatted(int channel, int is_status, const char *format, struct arguments *arguments) {
        struct text text;
        const char *formatted = libsdnotify_format_text(&text, INT_MAX, format, arguments);
        int r = libsdnotify_channel_formatted(channel, formatted, is_status, format && !formatted);

        free(text.heap);
        return r;
}

__attribute__((format(printf, 2, 3)))
int EXPORTED(sd_notifyf)(int unset_environment, const char *format, ...) {
        struct arguments arguments;
        int r;

        va_start(arguments.list, format);
        r = notify_formatted(0, unset_environment, NULL, 0, format, &arguments);
        va_end(arguments.list);
        return r;
}

__attribute__((format(printf, 3, 4)))
int EXPORTED(sd_pid_notifyf)(pid_t pid, int unset_environment, const char *format, ...) {
        struct arguments arguments;
        int r;

        va_start(arguments.list, format);
        r = notify_formatted(pid, unset_environment, NULL, 0, format, &arguments);
        va_end(arguments.list);
        return r;
}

__attribute__((format(printf, 5, 6)))
int EXPORTED(sd_pid_notifyf_with_fds)(pid_t pid, int unset_environment, const int *fds, size_t n_fds,
                                      const char *format, ...) {
        struct arguments arguments;
        int r;

        va_start(arguments.list, format);
        r = notify_formatted(pid, unset_environment, fds, n_fds, format, &arguments);
        va_end(arguments.list);
        return r;
}

__attribute__((format(printf, 2, 3)))
int EXPORTED(sdn_sendf)(int channel, const char *format, ...) {
        struct arguments arguments;
        int r;

        va_start(arguments.list, format);
        r = channel_formatted(channel, 0, format, &arguments);
        va_end(arguments.list);
        return r;
}

__attribute__((format(printf, 2, 3)))
int EXPORTED(sdn_statusf)(int channel, const char *format, ...) {
        struct arguments arguments;
        int r;

        va_start(arguments.list, format);
        r = channel_formatted(channel, 1, format, &arguments);
        va_end(arguments.list);
        return r;
}
