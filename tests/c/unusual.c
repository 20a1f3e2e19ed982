/* unusual LIBRARY WHAT: one thing that a service does to sd_notify() and is not everyday. $NOTIFY_SOCKET is the test's.
 * Prints what the test is to know and fails if a call does. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static int (*notify)(int, const char *);
static int (*notifyf)(int, const char *, ...);
static int (*barrier)(int, uint64_t);

/* The heap, counted while a call is looked at. */
static int counting, allocations;
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
void *malloc(size_t n) { allocations += counting; return __libc_malloc(n); }
void *calloc(size_t n, size_t size) { allocations += counting; return __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { allocations += counting; return __libc_realloc(p, n); }

static void expect(int condition, const char *what, long value) {
        if (condition)
                return;
        fprintf(stderr, "unusual: %s: %ld\n", what, value);
        exit(1);
}

static volatile sig_atomic_t handled;

static void on_signal(int number) {
        (void) number;
        handled = notify(0, "STATUS=from a handler");
}

static void in_handler(void) {
        signal(SIGUSR1, on_signal);
        raise(SIGUSR1);
        expect(handled == 1, "in a signal handler", handled);
}

static void in_vfork_child(void) {
        pid_t child = vfork();
        if (child == 0) {
                int r = notify(0, "STATUS=from a vfork child");
                _exit(r == 1 ? 0 : 1);
        }
        int status;
        waitpid(child, &status, 0);
        expect(status == 0, "in a vfork child", status);
        printf("%d\n", child);
}

static void *in_thread(void *index) {
        for (int i = 0; i < 50; i++) {
                int r = notifyf(0, "STATUS=thread %ld message %d", (long) (intptr_t) index, i);
                expect(r == 1, "in a thread", r);
        }
        return NULL;
}

static void in_threads(void) {
        pthread_t threads[64];
        for (intptr_t i = 0; i < 64; i++)
                pthread_create(&threads[i], NULL, in_thread, (void *) i);
        for (int i = 0; i < 64; i++)
                pthread_join(threads[i], NULL);
}

/* No descriptor left: each function that needs one says so, and none hangs or crashes. */
static void without_descriptors(void) {
        struct rlimit limit = { 3, 3 };
        setrlimit(RLIMIT_NOFILE, &limit);
        int r = notify(0, "READY=1");
        expect(r == -EMFILE, "sd_notify without descriptors", r);
        r = barrier(0, 1000);
        expect(r == -EMFILE, "sd_notify_barrier without descriptors", r);
}

static void on_alarm(int number) {
        (void) number;
}

/* The signal comes again and again, so that none can be lost before the call waits. */
static void interrupted(int wait_in_barrier) {
        struct sigaction action = { .sa_handler = on_alarm };
        struct itimerval timer = { { 0, 50000 }, { 0, 50000 } };
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &timer, NULL);
        int r = 1;
        if (wait_in_barrier)
                r = barrier(0, UINT64_MAX);
        else
                for (int i = 0; i < 100000 && r == 1; i++)
                        r = notify(0, "WATCHDOG=1");
        expect(r == -EINTR, "interrupted", r);
}

static void heap(void) {
        char text[4097];
        memset(text, 'x', 4096);
        text[4096] = 0;
        counting = 1;
        notify(0, "READY=1");
        printf("%d ", allocations);
        allocations = 0;
        notifyf(0, "%s", text);
        printf("%d ", allocations);
        allocations = 0;
        notifyf(0, "%s!", text);
        printf("%d\n", allocations);
}

static void *wait_for_ever(void *unused) {
        (void) unused;
        for (;;)
                notify(0, "WATCHDOG=1");
        return NULL;
}

static void at_cleanup(void *unused) {
        (void) unused;
        printf("cleaned up\n");
}

static void *wait_with_cleanup(void *unused) {
        pthread_cleanup_push(at_cleanup, NULL);
        wait_for_ever(unused);
        pthread_cleanup_pop(0);
        return NULL;
}

/* A thread that waits for a full receiver can be cancelled, as in any function that waits. */
static void cancelled(void) {
        pthread_t thread;
        pthread_create(&thread, NULL, wait_with_cleanup, NULL);
        usleep(200000);
        pthread_cancel(thread);
        void *result;
        pthread_join(thread, &result);
        expect(result == PTHREAD_CANCELED, "cancelled", 0);
}

int main(int argc, char **argv) {
        void *library = dlopen(argc > 2 ? argv[1] : "", RTLD_NOW);
        if (!library) {
                fprintf(stderr, "unusual: %s\n", argc > 2 ? dlerror() : "LIBRARY WHAT");
                return 2;
        }
        notify = (int (*)(int, const char *)) dlsym(library, "sd_notify");
        notifyf = (int (*)(int, const char *, ...)) dlsym(library, "sd_notifyf");
        barrier = (int (*)(int, uint64_t)) dlsym(library, "sd_notify_barrier");

        const char *what = argv[2];
        if (!strcmp(what, "handler"))
                in_handler();
        else if (!strcmp(what, "vfork"))
                in_vfork_child();
        else if (!strcmp(what, "threads"))
                in_threads();
        else if (!strcmp(what, "emfile"))
                without_descriptors();
        else if (!strcmp(what, "interrupted-barrier"))
                interrupted(1);
        else if (!strcmp(what, "interrupted-send"))
                interrupted(0);
        else if (!strcmp(what, "heap"))
                heap();
        else if (!strcmp(what, "cancelled"))
                cancelled();
        else if (!strcmp(what, "ten")) {
                for (int i = 0; i < 10; i++)
                        notify(0, "WATCHDOG=1");
        } else if (!strcmp(what, "large")) {
                static char text[300001];
                memset(text, 'x', sizeof text - 1);
                expect(notify(0, text) == 1, "large", 0);
        } else
                return 2;
        return 0;
}
