/* threads LIBRARY: 64 threads, each with messages, barriers and children at the same time. $NOTIFY_SOCKET is the test's,
 * which closes all descriptors it gets. Prints how many messages there were to be, and fails if a call does or a
 * descriptor stays. Every text begins with the process that sends it. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 64, ROUNDS = 20, BARRIERS = 4, CHILDREN = 2 };

static int (*notify)(int, const char *);
static int (*notifyf)(int, const char *, ...);
static int (*barrier)(int, uint64_t);
static pthread_barrier_t start;

static void expect(int condition, const char *what, long value) {
        if (condition)
                return;
        fprintf(stderr, "threads: %s: %ld\n", what, value);
        _exit(1);
}

/* A child has this thread only, and ends without the handlers of its parent. */
static void in_child(long thread, int round) {
        pid_t child = fork();
        int status = 0;

        expect(child >= 0, "fork", child);
        if (child == 0) {
                char text[64];
                snprintf(text, sizeof text, "%d child %ld %d", (int) getpid(), thread, round);
                int r = notify(0, text);
                _exit(r == 1 ? 0 : 1);
        }
        expect(waitpid(child, &status, 0) == child && status == 0, "a child", status);
}

static void *run(void *argument) {
        long thread = (long) (intptr_t) argument;

        pthread_barrier_wait(&start);
        for (int i = 0; i < ROUNDS; i++) {
                char text[64];
                snprintf(text, sizeof text, "%d text %ld %d", (int) getpid(), thread, i);
                int r = notify(0, text);
                expect(r == 1, "sd_notify", r);
                r = notifyf(0, "%d format %ld %d", (int) getpid(), thread, i);
                expect(r == 1, "sd_notifyf", r);
                if (i % (ROUNDS / BARRIERS) == 0) {
                        r = barrier(0, 60 * 1000000);
                        expect(r == 1, "sd_notify_barrier", r);
                }
                if (i % (ROUNDS / CHILDREN) == 1)
                        in_child(thread, i);
        }
        return NULL;
}

static int descriptors(void) {
        int n = 0;
        for (int fd = 0; fd < 1024; fd++)
                n += fcntl(fd, F_GETFD) >= 0;
        return n;
}

int main(int argc, char **argv) {
        pthread_t threads[THREADS];
        void *library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);

        expect(library != NULL, "no library", argc);
        notify = (int (*)(int, const char *)) dlsym(library, "sd_notify");
        notifyf = (int (*)(int, const char *, ...)) dlsym(library, "sd_notifyf");
        barrier = (int (*)(int, uint64_t)) dlsym(library, "sd_notify_barrier");

        int before = descriptors();
        pthread_barrier_init(&start, NULL, THREADS);
        for (intptr_t i = 0; i < THREADS; i++)
                expect(pthread_create(&threads[i], NULL, run, (void *) i) == 0, "pthread_create", (long) i);
        for (int i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        int after = descriptors();
        expect(after == before, "descriptors that stay", after - before);
        printf("%d texts %d barriers %d children\n", 2 * THREADS * ROUNDS, THREADS * BARRIERS, THREADS * CHILDREN);
        return 0;
}
