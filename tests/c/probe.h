/* What the parts of probe share. */
#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* The rest of a command line; words are taken off its front. */
struct words {
        char *rest;
};

/* The next word; "" when there are no more. */
static inline const char *next_word(struct words *w) {
        char *word = w->rest + strspn(w->rest, " ");
        size_t n = strcspn(word, " ");
        w->rest = word + n;
        if (*w->rest)
                *w->rest++ = 0;
        return word;
}

char *decode_text(const char *word, size_t *length);

/* probe_fd.c */
void open_fd(struct words *w);
void predicate_call(void *library, const char *f, struct words *w);

#endif
