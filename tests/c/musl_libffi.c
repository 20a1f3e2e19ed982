/* What Debian's libffi, which is built for glibc, asks of the C library: for the probe on musl. */

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

int __snprintf_chk(char *text, size_t length, int flag, size_t room, const char *format, ...) {
        va_list arguments;
        int n;

        (void) flag;
        (void) room;
        va_start(arguments, format);
        n = vsnprintf(text, length, format, arguments);
        va_end(arguments);
        return n;
}

int __isoc23_sscanf(const char *text, const char *format, ...) {
        va_list arguments;
        int n;

        va_start(arguments, format);
        n = vsscanf(text, format, arguments);
        va_end(arguments);
        return n;
}
