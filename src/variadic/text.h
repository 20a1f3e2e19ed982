/* Shared by the printf-style functions. */
#ifndef LIBSDNOTIFY_TEXT_H
#define LIBSDNOTIFY_TEXT_H

#include "arguments.h"
#include "linkage.h"

#include <stddef.h>

/* Texts up to this length are formatted on the stack, longer ones on the heap. */
#define STACK_TEXT 4096

/* Room before each text for the caller to use. */
#define BEFORE_TEXT 8

struct text {
        char stack[BEFORE_TEXT + STACK_TEXT + 1], *heap;
        /* The result of vsnprintf(). */
        int length;
};

/* Returns the formatted text, valid until free(text->heap); NULL for a NULL format, or if it cannot be formatted or stored.
 * A text of `limit` bytes or more is not stored. */
INTERNAL char *libsdnotify_format_text(struct text *text, int limit, const char *format, struct arguments *arguments);

/* vsnprintf(), but faster for the plain texts that most are: literals, and %s, %d, %i and %u, also with l or z. It also
 * says in the list whether that was so. */
INTERNAL int libsdnotify_format(char *text, size_t room, const char *format, struct arguments *arguments);

#endif
