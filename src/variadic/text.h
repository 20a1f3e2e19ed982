/* What the printf-style functions share. */
#ifndef LIBSDNOTIFY_TEXT_H
#define LIBSDNOTIFY_TEXT_H

#include <stdarg.h>

#ifdef TRAMPOLINES
#define EXPORTED(name) libsdnotify_c_##name
#else
#define EXPORTED(name) __attribute__((visibility("default"))) name
#endif

/* Texts up to this length are formatted on the stack; only longer ones take the heap. */
#define STACK_TEXT 4096

/* Room before each text, for what the caller puts there. */
#define BEFORE_TEXT 8

struct text {
        char stack[BEFORE_TEXT + STACK_TEXT + 1], *heap;
        /* What vsnprintf() said. */
        int length;
        int failed;
};

/* The formatted text, valid until free(text->heap); NULL for a NULL format. One of `limit` bytes or more is not stored. */
__attribute__((format(printf, 3, 0)))
char *libsdnotify_format_text(struct text *text, int limit, const char *format, va_list arguments);

#endif
