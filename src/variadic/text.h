/* Shared by the printf-style functions. */
#ifndef LIBSDNOTIFY_TEXT_H
#define LIBSDNOTIFY_TEXT_H

#include <stdarg.h>

#ifdef TRAMPOLINES
#define EXPORTED(name) libsdnotify_c_##name
#else
#define EXPORTED(name) __attribute__((visibility("default"))) name
#endif

/* Texts up to this length are formatted on the stack, longer ones on the heap. */
#define STACK_TEXT 4096

/* Room before each text for the caller to use. */
#define BEFORE_TEXT 8

struct text {
        char stack[BEFORE_TEXT + STACK_TEXT + 1], *heap;
        /* The result of vsnprintf(). */
        int length;
        int failed;
};

/* Returns the formatted text, valid until free(text->heap); NULL for a NULL format. A text of `limit` bytes or more is
 * not stored. */
__attribute__((format(printf, 3, 0)))
char *libsdnotify_format_text(struct text *text, int limit, const char *format, va_list arguments);

#endif
