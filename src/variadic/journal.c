/* The printf-style functions of sd-journal.h, and those that are called like them. C formats the fields; a Rust function
 * does everything else. */

#define _GNU_SOURCE
#include "arguments.h"
#include "text.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

/* Where in the source an entry comes from: two whole fields, and a value. */
struct location {
        const char *file, *line, *func;
};

/* src/abi/journal.rs; `location` may be NULL, and stands before the fields or behind them. */
int libsdnotify_journal_entry(const struct iovec *fields, size_t n, const struct location *location, int first);

/* The length of a text without the blanks at its end. */
static size_t without_blanks(const char *text) {
        size_t n = strlen(text);

        while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t' || text[n - 1] == '\n' || text[n - 1] == '\r'))
                n--;
        return n;
}

static struct iovec bytes(const char *text, size_t n) {
        return (struct iovec) { (void *) (uintptr_t) text, n };
}

/* --- one text: print ------------------------------------------------------- */

#define MESSAGE "MESSAGE="
/* Of the bytes before it. */
#define MESSAGE_SIZE (sizeof MESSAGE - 1)
/* libsystemd has neither more room for a text at first, nor takes a text of this length. */
#define FIRST_ROOM 2048
#define TEXT_LIMIT ((1 << 20) - (int) MESSAGE_SIZE)

__attribute__((format(printf, 3, 0)))
static int print(int priority, const struct location *location, const char *format, va_list arguments) {
        char stack[MESSAGE_SIZE + STACK_TEXT + 1] = MESSAGE, *heap = NULL, *message = stack;
        char level[] = "PRIORITY=0";
        struct iovec fields[2];
        va_list again;
        size_t length;
        int n, r;

        if (priority < 0 || priority > 7 || !format)
                return -EINVAL;
        va_copy(again, arguments);
        n = vsnprintf(stack + MESSAGE_SIZE, STACK_TEXT + 1, format, arguments);
        if (n < 0)
                /* What came before that which cannot be formatted is good. */
                stack[MESSAGE_SIZE + FIRST_ROOM - 1] = 0;
        else if (n > STACK_TEXT && n < TEXT_LIMIT && (heap = malloc(MESSAGE_SIZE + (size_t) n + 1))) {
                message = heap;
                memcpy(message, MESSAGE, MESSAGE_SIZE);
                vsnprintf(message + MESSAGE_SIZE, (size_t) n + 1, format, again);
        }
        va_end(again);
        if (n >= TEXT_LIMIT)
                return -ENOBUFS;
        if (n > STACK_TEXT && !heap)
                return -ENOMEM;

        length = without_blanks(message);
        level[sizeof level - 2] = (char) ('0' + priority);
        fields[0] = bytes(message, length);
        fields[1] = bytes(level, sizeof level - 1);
        r = length == MESSAGE_SIZE ? 0 : libsdnotify_journal_entry(fields, 2, location, 0);
        free(heap);
        return r;
}

/* --- a list of texts: send ------------------------------------------------- */

/* Up to this many fields need no heap. */
#define STACK_FIELDS 32

/* A text that is too long for the stack. */
struct block {
        struct block *next;
        char text[];
};

struct fields {
        struct iovec *array, *heap;
        size_t n, room, used;
        struct block *blocks;
        struct iovec stack[STACK_FIELDS];
        char text[STACK_TEXT];
};

/* Makes room for one more field. */
static int grow(struct fields *f) {
        struct iovec *more;

        if (f->n < f->room)
                return 0;
        /* reallocarray() would need a newer C library than all the rest. */
        more = f->room <= SIZE_MAX / (2 * sizeof *more) ? realloc(f->heap, f->room * 2 * sizeof *more) : NULL;
        if (!more)
                return -ENOMEM;
        if (!f->heap)
                memcpy(more, f->stack, sizeof f->stack);
        f->array = f->heap = more;
        f->room *= 2;
        return 0;
}

/* The formatted text; NULL if it cannot be formatted or stored. */
__attribute__((format(printf, 2, 0)))
static const char *format_field(struct fields *f, const char *format, va_list arguments) {
        char *text = f->text + f->used;
        size_t room = sizeof f->text - f->used;
        struct block *block;
        va_list again;
        int n;

        va_copy(again, arguments);
        n = vsnprintf(text, room, format, arguments);
        if (n < 0)
                text = NULL;
        else if ((size_t) n < room)
                f->used += (size_t) n + 1;
        else if ((block = malloc(sizeof *block + (size_t) n + 1))) {
                block->next = f->blocks;
                f->blocks = block;
                text = block->text;
                if (vsnprintf(text, (size_t) n + 1, format, again) < 0)
                        text = NULL;
        } else
                text = NULL;
        va_end(again);
        return text;
}

static int collect(struct fields *f, const char *format, struct arguments *arguments) {
        for (; format; format = va_arg(arguments->list, const char *)) {
                const char *text = format;
                int r = grow(f);

                if (r < 0)
                        return r;
                if (strchr(format, '%')) {
                        va_list list;

                        va_copy(list, arguments->list);
                        text = format_field(f, format, list);
                        va_end(list);
                        if (!text)
                                return -ENOMEM;
                        r = libsdnotify_skip_arguments(format, arguments);
                        if (r < 0)
                                return r;
                }
                f->array[f->n++] = bytes(text, without_blanks(text));
        }
        return 0;
}

static int send_fields(const struct location *location, const char *format, struct arguments *arguments) {
        struct fields f;
        int saved = errno, r;

        f.array = f.stack;
        f.heap = NULL;
        f.blocks = NULL;
        f.n = f.used = 0;
        f.room = STACK_FIELDS;
        r = collect(&f, format, arguments);
        if (r == 0)
                r = f.n > 0 || location ? libsdnotify_journal_entry(f.array, f.n, location, 1) : -EINVAL;
        while (f.blocks) {
                struct block *next = f.blocks->next;

                free(f.blocks);
                f.blocks = next;
        }
        free(f.heap);
        errno = saved;
        return r;
}

/* --- errno: perror --------------------------------------------------------- */

__attribute__((format(printf, 2, 3)))
static const char *format(struct text *text, const char *format, ...) {
        const char *formatted;
        va_list arguments;

        va_start(arguments, format);
        formatted = libsdnotify_format_text(text, format, arguments);
        va_end(arguments);
        return formatted;
}

static int send_error(const struct location *location, const char *message) {
        int error = errno, r = -ENOMEM;
        struct text text;
        const char *formatted = message && *message ? format(&text, MESSAGE "%s: %m", message)
                                                    : format(&text, MESSAGE "%m");
        char number[sizeof "ERRNO=-2147483648"];

        if (!text.failed) {
                struct iovec fields[] = {
                        bytes("PRIORITY=3", sizeof "PRIORITY=3" - 1),
                        bytes(formatted, strlen(formatted)),
                        bytes(number, (size_t) sprintf(number, "ERRNO=%d", error)),
                };
                r = libsdnotify_journal_entry(fields, 3, location, 1);
        }
        free(text.heap);
        /* A negative one does not come back from libsystemd. */
        errno = error < 0 ? 0 : error;
        return r;
}

/* --- the functions --------------------------------------------------------- */

__attribute__((format(printf, 2, 0)))
int EXPORTED(sd_journal_printv)(int priority, const char *format, va_list ap) {
        return print(priority, NULL, format, ap);
}

__attribute__((format(printf, 5, 0)))
int EXPORTED(sd_journal_printv_with_location)(int priority, const char *file, const char *line, const char *func,
                                              const char *format, va_list ap) {
        struct location location = { file, line, func };

        return print(priority, &location, format, ap);
}

__attribute__((format(printf, 2, 3)))
int EXPORTED(sd_journal_print)(int priority, const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = print(priority, NULL, format, arguments);
        va_end(arguments);
        return r;
}

__attribute__((format(printf, 5, 6)))
int EXPORTED(sd_journal_print_with_location)(int priority, const char *file, const char *line, const char *func,
                                             const char *format, ...) {
        struct location location = { file, line, func };
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = print(priority, &location, format, arguments);
        va_end(arguments);
        return r;
}

int EXPORTED(sd_journal_send)(const char *format, ...) {
        struct arguments arguments;
        int r;

        va_start(arguments.list, format);
        r = send_fields(NULL, format, &arguments);
        va_end(arguments.list);
        return r;
}

int EXPORTED(sd_journal_send_with_location)(const char *file, const char *line, const char *func, const char *format,
                                            ...) {
        struct location location = { file, line, func };
        struct arguments arguments;
        int r;

        va_start(arguments.list, format);
        r = send_fields(&location, format, &arguments);
        va_end(arguments.list);
        return r;
}

int EXPORTED(sd_journal_perror)(const char *message) {
        return send_error(NULL, message);
}

int EXPORTED(sd_journal_perror_with_location)(const char *file, const char *line, const char *func,
                                              const char *message) {
        struct location location = { file, line, func };

        return send_error(&location, message);
}
