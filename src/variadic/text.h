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

struct text {
        char stack[STACK_TEXT + 1], *heap;
        int failed;
};

/* The formatted text, valid until free(text->heap); NULL for a NULL format. */
__attribute__((format(printf, 2, 0)))
const char *libsdnotify_format_text(struct text *text, const char *format, va_list arguments);

#endif
