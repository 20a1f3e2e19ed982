/* The part of probe that writes to the journal from elsewhere than its only thread.
 *
 *   at-once N FIELD         a forked child, in which N threads send FIELD at the same time: what the calls returned, how many
 *                           more descriptors are open then, and what the child received
 */

#define _GNU_SOURCE
#include "probe.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 16 };

static int (*sendv)(const struct iovec *, int);
static struct iovec field;
static pthread_barrier_t start;

static void *send_one(void *result) {
        pthread_barrier_wait(&start);
        *(int *) result = sendv(&field, 1);
        return NULL;
}

static int open_descriptors(void) {
        int n = 0;

        for (int fd = 0; fd < RECEIVER_FD; fd++)
                n += fcntl(fd, F_GETFD) >= 0;
        return n;
}

static void send_at_once(unsigned n) {
        int before = open_descriptors(), results[MOST];
        pthread_t threads[MOST];

        pthread_barrier_init(&start, NULL, n);
        for (unsigned i = 0; i < n; i++)
                if (pthread_create(threads + i, NULL, send_one, results + i)) {
                        puts("failed: pthread_create");
                        return;
                }
        for (unsigned i = 0; i < n; i++)
                pthread_join(threads[i], NULL);
        printf("ret=");
        for (unsigned i = 0; i < n; i++)
                printf("%d,", results[i]);
        printf(" descriptors=%d ", open_descriptors() - before);
        receiver_drain();
}

void threads_call(void *library, struct words *w) {
        unsigned n = (unsigned) strtoul(next_word(w), NULL, 0);
        size_t length;
        int status;
        pid_t child;

        field.iov_base = decode_text(next_word(w), &length);
        field.iov_len = length;
        *(void **) &sendv = dlsym(library, "sd_journal_sendv");
        if (!sendv || n > MOST)
                puts(sendv ? "failed: too many threads" : "missing");
        else {
                fflush(stdout);
                child = fork();
                if (child == 0) {
                        send_at_once(n);
                        fflush(stdout);
                        _exit(0);
                }
                if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
                        puts("failed: the child");
        }
        free(field.iov_base);
}
