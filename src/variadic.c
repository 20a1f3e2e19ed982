/* The three printf-style functions. Rust cannot define C-variadic functions in stable code, so C formats the text
 * and hands it to one Rust function, which does everything else. */

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#ifdef LIBSDNOTIFY_PRIVATE_NAMES
#define EXPORTED(name) libsdnotify_c_##name
#else
#define EXPORTED(name) __attribute__((visibility("default"))) name
#endif

/* Texts up to this length are formatted on the stack; only longer ones take the heap. */
#define STACK_TEXT 4096

/* src/abi.rs; `out_of_memory` stands for a text that could not be formatted. */
int libsdnotify_formatted(pid_t pid, int unset_environment, const char *state, const int *fds, size_t n_fds,
                          int out_of_memory);

__attribute__((format(printf, 5, 0)))
static int notify_formatted(pid_t pid, int unset_environment, const int *fds, size_t n_fds, const char *format,
                            va_list arguments) {
        char stack[STACK_TEXT + 1], *heap = NULL;
        const char *state = NULL;
        int failed = 0;

        if (format) {
                va_list again;
                int n;

                va_copy(again, arguments);
                n = vsnprintf(stack, sizeof stack, format, arguments);
                failed = n < 0;
                state = stack;
                if (n > STACK_TEXT) {
                        state = heap = malloc((size_t) n + 1);
                        failed = !heap || vsnprintf(heap, (size_t) n + 1, format, again) < 0;
                }
                va_end(again);
        }

        int r = libsdnotify_formatted(pid, unset_environment, state, fds, n_fds, failed);
        free(heap);
        return r;
}

__attribute__((format(printf, 2, 3)))
int EXPORTED(sd_notifyf)(int unset_environment, const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = notify_formatted(0, unset_environment, NULL, 0, format, arguments);
        va_end(arguments);
        return r;
}

__attribute__((format(printf, 3, 4)))
int EXPORTED(sd_pid_notifyf)(pid_t pid, int unset_environment, const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = notify_formatted(pid, unset_environment, NULL, 0, format, arguments);
        va_end(arguments);
        return r;
}

__attribute__((format(printf, 5, 6)))
int EXPORTED(sd_pid_notifyf_with_fds)(pid_t pid, int unset_environment, const int *fds, size_t n_fds,
                                      const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = notify_formatted(pid, unset_environment, fds, n_fds, format, arguments);
        va_end(arguments);
        return r;
}
