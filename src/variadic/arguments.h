/* A list of arguments that several formats consume one after another. */
#ifndef LIBSDNOTIFY_ARGUMENTS_H
#define LIBSDNOTIFY_ARGUMENTS_H

#include "linkage.h"

#include <stdarg.h>
#include <stdbool.h>

/* In a structure: on some architectures a va_list is an array, and a callee advances the list of its caller. */
struct arguments {
        va_list list;
        /* Whether formatting has advanced the list past the arguments of the format. */
        bool passed;
};

/* Advances the list past the arguments that a format takes. Returns 0, or -EINVAL if they are not known. */
INTERNAL int libsdnotify_skip_arguments(const char *format, struct arguments *arguments);

#endif
