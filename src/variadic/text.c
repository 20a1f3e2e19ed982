/* Formats texts with the C library. */

#include "text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

char *libsdnotify_format_text(struct text *text, int limit, const char *format, va_list arguments) {
        char *formatted = text->stack + BEFORE_TEXT;
        size_t room = STACK_TEXT + 1;

        text->heap = NULL;
        text->failed = 0;
        if (!format)
                return NULL;

        for (;;) {
                va_list again;

                va_copy(again, arguments);
                text->length = vsnprintf(formatted, room, format, again);
                va_end(again);
                if (text->length <= STACK_TEXT || text->heap)
                        break;
                room = (size_t) text->length + 1;
                text->heap = text->length < limit ? malloc(BEFORE_TEXT + room) : NULL;
                if (!text->heap)
                        break;
                formatted = text->heap + BEFORE_TEXT;
        }
        text->failed = text->length < 0 || (text->length > STACK_TEXT && !text->heap);
        return formatted;
}
