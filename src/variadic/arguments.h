/* A list of arguments that several formats use up, one after another. */
#ifndef LIBSDNOTIFY_ARGUMENTS_H
#define LIBSDNOTIFY_ARGUMENTS_H

#include <stdarg.h>

/* A va_list itself is an array on some architectures, and then a callee moves the caller's on, and on others not. */
struct arguments {
        va_list list;
};

/* Moves the list behind the arguments that a format takes: 0, or -EINVAL where that is not known. */
int libsdnotify_skip_arguments(const char *format, struct arguments *arguments);

#endif
