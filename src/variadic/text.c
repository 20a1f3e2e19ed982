/* Formats texts, with the C library or without. */

#include "text.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *libsdnotify_format_text(struct text *text, int limit, const char *format, struct arguments *arguments) {
        char *formatted = text->stack + BEFORE_TEXT;
        size_t room = STACK_TEXT + 1;

        text->heap = NULL;
        if (!format)
                return NULL;

        for (;;) {
                text->length = libsdnotify_format(formatted, room, format, arguments);
                if (text->length <= STACK_TEXT || text->heap)
                        break;
                room = (size_t) text->length + 1;
                text->heap = text->length < limit ? malloc(BEFORE_TEXT + room) : NULL;
                if (!text->heap)
                        return NULL;
                formatted = text->heap + BEFORE_TEXT;
        }
        return text->length < 0 ? NULL : formatted;
}

/* Room for the digits of a 64-bit number and its sign. */
#define DIGITS 20

/* Writes a number in front of `end`; returns where it begins. */
static char *decimal(char *end, unsigned long number, int is_negative) {
        if (is_negative)
                number = -number;
        do
                *--end = (char) ('0' + number % 10);
        while (number /= 10);
        if (is_negative)
                *--end = '-';
        return end;
}

/* Returns the length of the whole text, of which it writes as much as there is room for, and advances the list past its
 * arguments; or -1, if vsnprintf() is needed: the format has another conversion, an argument is NULL, or the text is too long
 * for an int. */
static int format_plainly(char *text, size_t room, const char *format, struct arguments *arguments) {
        size_t total = 0;

        while (*format) {
                const char *piece = format;
                size_t length;
                char digits[DIGITS];

                if (*format != '%') {
                        do
                                format++;
                        while (*format && *format != '%');
                        length = (size_t) (format - piece);
                } else if (*++format == 's') {
                        format++;
                        piece = va_arg(arguments->list, const char *);
                        if (!piece)
                                return -1;
                        length = strlen(piece);
                } else {
                        unsigned long most = UINT_MAX, magnitude;
                        long number;

                        if (*format == 'l' || *format == 'z') {
                                format++;
                                most = ULONG_MAX;
                        }
                        if (*format != 'd' && *format != 'i' && *format != 'u')
                                return -1;
                        if (most == ULONG_MAX)
                                number = va_arg(arguments->list, long);
                        else
                                number = va_arg(arguments->list, int);
                        magnitude = (unsigned long) number;
                        if (*format++ == 'u') {
                                magnitude &= most;
                                number = 0;
                        }
                        piece = decimal(digits + DIGITS, magnitude, number < 0);
                        length = (size_t) (digits + DIGITS - piece);
                }
                /* No overflow: neither is more than half of the address space. */
                if (total + length < room)
                        memcpy(text + total, piece, length);
                total += length;
                if (total > INT_MAX)
                        return -1;
        }
        if (total < room)
                text[total] = 0;
        return (int) total;
}

int libsdnotify_format(char *text, size_t room, const char *format, struct arguments *arguments) {
        va_list before;
        int n;

        va_copy(before, arguments->list);
        n = format_plainly(text, room, format, arguments);
        /* A negative number is more than there is room for, too. */
        arguments->passed = (size_t) n < room;
        if (!arguments->passed) {
                va_end(arguments->list);
                va_copy(arguments->list, before);
                if (n < 0)
                        n = vsnprintf(text, room, format, before);
        }
        va_end(before);
        return n;
}
