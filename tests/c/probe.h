/* What the parts of probe share. */
#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

/* From here on descriptors are the probe's own. */
#define RECEIVER_FD 900

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

/* probe_text.c: a length and its text; NULL for "-". The caller frees. */
char *decode_text(const char *word, size_t *length);
/* In hexadecimal digits; many bytes as their number and a hash. */
void print_bytes(const char *bytes, size_t n);
/* The same, with this process's own numbers as @pid and @pidfdid where the text was made from those words. */
void print_text(const char *text, const char *set_from);

/* probe.c: valid until the next one. */
int *decode_fds(const char *word);

/* probe_fd.c */
socklen_t socket_name(int fd, void *name, socklen_t room);
void open_fd(struct words *w);
void predicate_call(void *library, const char *f, struct words *w);

/* probe_format.c */
void format_call(void *library, struct words *w);
void own_conversion(struct words *w);

/* probe_receive.c */
void receiver_open(struct words *w);
void receiver_close(void);
int receiver_fd(void);
void receiver_drain(void);
void receiver_answer(struct words *w);

/* probe_journal.c */
int journal_call(void *library, const char *f, struct words *w);

/* probe_threads.c */
void threads_call(void *library, struct words *w);

/* probe_process.c */
int refuse_call(struct words *w);
int process_call(const char *f, struct words *w);

#endif
