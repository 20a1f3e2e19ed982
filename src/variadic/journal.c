/* The printf-style functions of sd-journal.h, with their va_list and perror variants. C formats the fields; a Rust
 * function does everything else. */

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

/* The source location of an entry: two complete fields and a value. */
struct location {
        const char *file, *line, *func;
};

/* src/abi/journal.rs; `location` may be NULL, and goes before the fields or after them. */
IN_RUST int libsdnotify_journal_entry(const struct iovec *fields, size_t n, const struct location *location, int first);

/* The length of a text without trailing whitespace. */
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
#define MESSAGE_SIZE BEFORE_TEXT
/* The size of libsystemd's first buffer for a text, and the length from which it refuses one. */
#define FIRST_ROOM 2048
#define TEXT_LIMIT ((1 << 20) - (int) MESSAGE_SIZE)

static int print(int priority, const struct location *location, const char *format, struct arguments *arguments) {
        char level[] = "PRIORITY=0", *message;
        struct iovec fields[2];
        struct text text;
        size_t length;
        int r;

        if (priority < 0 || priority > 7 || !format)
                return -EINVAL;
        message = libsdnotify_format_text(&text, TEXT_LIMIT, format, arguments);
        if (!message) {
                if (text.length >= 0)
                        return text.length < TEXT_LIMIT ? -ENOMEM : -ENOBUFS;
                /* Send what was formatted before the conversion that failed. */
                message = text.stack + BEFORE_TEXT;
                message[FIRST_ROOM - 1] = 0;
        }

        message = memcpy(message - MESSAGE_SIZE, MESSAGE, MESSAGE_SIZE);
        length = without_blanks(message);
        level[sizeof level - 2] = (char) ('0' + priority);
        fields[0] = bytes(message, length);
        fields[1] = bytes(level, sizeof level - 1);
        r = length > MESSAGE_SIZE ? libsdnotify_journal_entry(fields, 2, location, 0) : 0;
        free(text.heap);
        return r;
}

/* --- a list of texts: send ------------------------------------------------- */

/* Up to this many fields need no heap. */
#define STACK_FIELDS 32

/* Data too long for the stack: a text, or an array of fields. */
struct block {
        struct block *next;
        struct iovec content[];
};

struct fields {
        struct iovec *array;
        size_t n, room, used;
        /* The caller's errno. */
        int error;
        struct block *blocks;
        struct iovec stack[STACK_FIELDS];
        char text[STACK_TEXT];
};

static void *allocate(struct fields *f, size_t size) {
        struct block *block = malloc(sizeof *block + size);

        if (!block)
                return NULL;
        block->next = f->blocks;
        f->blocks = block;
        return block->content;
}

/* Makes room for one more field. */
static int grow(struct fields *f) {
        size_t size = f->room * sizeof *f->array;
        struct iovec *more;

        if (f->n < f->room)
                return 0;
        more = allocate(f, 2 * size);
        if (!more)
                return -ENOMEM;
        f->array = memcpy(more, f->array, size);
        f->room *= 2;
        return 0;
}

/* Stores the formatted text and advances the list past its arguments. */
static int format_field(struct fields *f, const char *format, struct arguments *arguments, const char **formatted) {
        char *start = f->text + f->used, *text = start;
        size_t room = sizeof f->text - f->used;

        for (;;) {
                int n;

                errno = f->error;
                n = libsdnotify_format(text, room, format, arguments);
                if (n < 0)
                        return -ENOMEM;
                if ((size_t) n < room) {
                        if (text == start)
                                f->used += (size_t) n + 1;
                        break;
                }
                room = (size_t) n + 1;
                text = allocate(f, room);
                if (!text)
                        return -ENOMEM;
        }
        *formatted = text;
        return arguments->passed ? 0 : libsdnotify_skip_arguments(format, arguments);
}

static int collect(struct fields *f, const char *format, struct arguments *arguments) {
        for (; format; format = va_arg(arguments->list, const char *)) {
                const char *text = format, *end = format;
                int r;

                if (grow(f) < 0)
                        return -ENOMEM;
                while (*end && *end != '%')
                        end++;
                r = *end ? format_field(f, format, arguments, &text) : 0;
                if (r < 0)
                        return r;
                f->array[f->n++] = bytes(text, without_blanks(text));
        }
        return 0;
}

static int send_fields(const struct location *location, const char *format, struct arguments *arguments) {
        struct fields f;
        int r;

        f.error = errno;
        f.array = f.stack;
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
        errno = f.error;
        return r;
}

/* --- the functions --------------------------------------------------------- */

__attribute__((format(printf, 2, 0)))
int EXPORTED(sd_journal_printv)(int priority, const char *format, va_list ap) {
        struct arguments arguments;
        int r;

        va_copy(arguments.list, ap);
        r = print(priority, NULL, format, &arguments);
        va_end(arguments.list);
        return r;
}

__attribute__((format(printf, 5, 0)))
int EXPORTED(sd_journal_printv_with_location)(int priority, const char *file, const char *line, const char *func,
                                              const char *format, va_list ap) {
        struct location location = { file, line, func };
        struct arguments arguments;
        int r;

        va_copy(arguments.list, ap);
        r = print(priority, &location, format, &arguments);
        va_end(arguments.list);
        return r;
}

__attribute__((format(printf, 2, 3)))
int EXPORTED(sd_journal_print)(int priority, const char *format, ...) {
        struct arguments arguments;
        int r;

        va_start(arguments.list, format);
        r = print(priority, NULL, format, &arguments);
        va_end(arguments.list);
        return r;
}

__attribute__((format(printf, 5, 6)))
int EXPORTED(sd_journal_print_with_location)(int priority, const char *file, const char *line, const char *func,
                                             const char *format, ...) {
        struct location location = { file, line, func };
        struct arguments arguments;
        int r;

        va_start(arguments.list, format);
        r = print(priority, &location, format, &arguments);
        va_end(arguments.list);
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

/* --- errno: perror --------------------------------------------------------- */

#define ABOUT_ERROR "PRIORITY=3", MESSAGE "%s%s%m", message, colon, "ERRNO=%d", error, NULL

/* One function, which GCC would otherwise copy into both of its callers. */
__attribute__((noinline)) static int send_error(const struct location *location, const char *message) {
        int error = errno, r;
        const char *colon = ": ";

        if (!message || !*message)
                message = colon = "";
        if (location)
                r = EXPORTED(sd_journal_send_with_location)(location->file, location->line, location->func,
                                                            ABOUT_ERROR);
        else
                r = EXPORTED(sd_journal_send)(ABOUT_ERROR);
        /* libsystemd does not restore a negative errno. */
        if (error < 0)
                errno = 0;
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
