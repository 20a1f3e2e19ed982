/* Formatting, of which the C library does the most. */

#include "text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

const char *libsdnotify_format_text(struct text *text, const char *format, va_list arguments) {
        va_list again;
        int n;

        text->heap = NULL;
        text->failed = 0;
        if (!format)
                return NULL;

        va_copy(again, arguments);
        n = vsnprintf(text->stack, sizeof text->stack, format, arguments);
        text->failed = n < 0;
        if (n > STACK_TEXT) {
                text->heap = malloc((size_t) n + 1);
                text->failed = !text->heap || vsnprintf(text->heap, (size_t) n + 1, format, again) < 0;
        }
        va_end(again);
        return text->heap ? text->heap : text->stack;
}
