/* The arguments that a format takes, which vprintf() does not report. */

#define _GNU_SOURCE
#include "arguments.h"

#include <errno.h>
#include <stddef.h>
#include <wchar.h>

#ifdef __GLIBC__
/* Also knows the conversions that the program has registered. */
#include <printf.h>
#define ARGUMENT_TYPES parse_printf_format
#else
/* src/abi/journal.rs, with the same results. */
IN_RUST size_t libsdnotify_argument_types(const char *format, size_t n, int *types);
#define ARGUMENT_TYPES libsdnotify_argument_types
enum {
        PA_INT, PA_CHAR, PA_WCHAR, PA_STRING, PA_WSTRING, PA_POINTER, PA_FLOAT, PA_DOUBLE,
        PA_FLAG_LONG_LONG = 1 << 8,
        PA_FLAG_LONG_DOUBLE = PA_FLAG_LONG_LONG,
        PA_FLAG_LONG = 1 << 9,
        PA_FLAG_SHORT = 1 << 10,
        PA_FLAG_PTR = 1 << 11
};
#endif

/* libsystemd terminates the process if a format takes more. */
#define MOST 127

int libsdnotify_skip_arguments(const char *format, struct arguments *arguments) {
        /* Numbered arguments can leave gaps, which printf() treats as integers. */
        int types[MOST + 1] = { PA_INT };
        size_t n;

        n = ARGUMENT_TYPES(format, MOST + 1, types);
        if (n > MOST)
                return -EINVAL;
        for (size_t i = 0; i < n; i++) {
                if (types[i] & PA_FLAG_PTR) {
                        (void) va_arg(arguments->list, void *);
                        continue;
                }
                switch (types[i]) {
                case PA_INT:
                case PA_INT | PA_FLAG_SHORT:
                case PA_CHAR:
                case PA_CHAR | PA_FLAG_SHORT:
                        (void) va_arg(arguments->list, int);
                        break;
                case PA_INT | PA_FLAG_LONG:
                        (void) va_arg(arguments->list, long);
                        break;
                case PA_INT | PA_FLAG_LONG_LONG:
                        (void) va_arg(arguments->list, long long);
                        break;
                case PA_WCHAR:
                        (void) va_arg(arguments->list, wint_t);
                        break;
                case PA_STRING:
                case PA_WSTRING:
                case PA_POINTER:
                        (void) va_arg(arguments->list, void *);
                        break;
                case PA_FLOAT:
                case PA_DOUBLE:
                        (void) va_arg(arguments->list, double);
                        break;
                case PA_DOUBLE | PA_FLAG_LONG_DOUBLE:
                        (void) va_arg(arguments->list, long double);
                        break;
                default:
                        return -EINVAL;
                }
        }
        return 0;
}
