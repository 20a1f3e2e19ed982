/* send LIBRARY: times messages as told on standard input, one line each; the answer is the nanoseconds a message took,
 * or "missing" where the library does not have the function.
 *
 *   notify SIZE COUNT | notifyf SIZE COUNT | fds SIZE COUNT | channel SIZE COUNT
 *        The receiver's queue is emptied between a few messages, and the clock stands meanwhile: the time is the sender's
 *        alone.
 *   threads THREADS COUNT WORK
 *        So many threads send COUNT messages by sd_notify(); one more receives them, and is busy for WORK nanoseconds
 *        with each. The time goes on from the first message to the last.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 64

static int (*sd_notify)(int, const char *);
static int (*sd_notifyf)(int, const char *, ...);
static int (*sd_pid_notify_with_fds)(pid_t, int, const char *, const int *, unsigned);
static int (*sdn_connect)(int, int *);
static int (*sdn_send)(int, const char *);

static int receiver;

static uint64_t now(void) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000000 + (uint64_t) t.tv_nsec;
}

static void die(const char *what) {
        perror(what);
        exit(1);
}

/* As a service manager has it, with the senders' credentials. */
static void open_receiver(void) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        char name[64];
        int n = snprintf(name, sizeof name, "@sdnotify-bench/%d", (int) getpid());

        memcpy(a.sun_path + 1, name + 1, (size_t) n - 1);
        receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (bind(receiver, (struct sockaddr *) &a, (socklen_t) (offsetof(struct sockaddr_un, sun_path) + (size_t) n)) < 0)
                die("bind");
        setsockopt(receiver, SOL_SOCKET, SO_PASSCRED, &(int) { 1 }, sizeof(int));
        setenv("NOTIFY_SOCKET", name, 1);
}

static void receive(size_t size) {
        static char buffer[2 << 20];
        ssize_t n = recv(receiver, buffer, sizeof buffer, 0);
        if (n != (ssize_t) size)
                die("recv");
}

static double time_messages(const char *what, size_t size, unsigned count) {
        /* The shortest queue a kernel is configured with takes 10 and one more. */
        const unsigned batch = size > 100000 ? 1 : 8;
        char *state = malloc(size + 1);
        uint64_t total = 0;
        int channel = -1;

        memset(state, 'x', size);
        memcpy(state, "STATUS=", size < 7 ? size : 7);
        state[size] = 0;
        if (!strcmp(what, "channel") && sdn_connect(0, &channel) != 1)
                die("sdn_connect");
        for (unsigned done = 0; done < count; done += batch) {
                uint64_t start = now();
                int failed = 0;
                if (!strcmp(what, "notify"))
                        for (unsigned i = 0; i < batch; i++)
                                failed |= sd_notify(0, state) != 1;
                else if (!strcmp(what, "notifyf"))
                        for (unsigned i = 0; i < batch; i++)
                                failed |= sd_notifyf(0, "%s", state) != 1;
                else if (!strcmp(what, "fds"))
                        for (unsigned i = 0; i < batch; i++)
                                failed |= sd_pid_notify_with_fds(0, 0, state, &receiver, 1) != 1;
                else
                        for (unsigned i = 0; i < batch; i++)
                                failed |= sdn_send(channel, state) != 1;
                total += now() - start;
                if (failed)
                        die(what);
                for (unsigned i = 0; i < batch; i++)
                        receive(size);
        }
        free(state);
        close(channel);
        return (double) total / ((count + batch - 1) / batch * batch);
}

static atomic_long to_send;

static void *send_some(void *argument) {
        (void) argument;
        while (atomic_fetch_sub(&to_send, 1) > 0)
                if (sd_notify(0, "READY=1") != 1)
                        die("sd_notify");
        return NULL;
}

static double time_threads(unsigned threads, unsigned count, uint64_t work) {
        pthread_t ids[MAX_THREADS];
        uint64_t start = now();

        to_send = count;
        for (unsigned i = 0; i < threads; i++)
                if (pthread_create(ids + i, NULL, send_some, NULL))
                        die("pthread_create");
        for (unsigned i = 0; i < count; i++) {
                receive(strlen("READY=1"));
                for (uint64_t until = now() + work; work && now() < until; )
                        ;
        }
        uint64_t total = now() - start;
        for (unsigned i = 0; i < threads; i++)
                pthread_join(ids[i], NULL);
        return (double) total / count;
}

int main(int argc, char **argv) {
        char what[16];
        unsigned long first, count, work;
        void *library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW | RTLD_LOCAL);

        if (!library) {
                fprintf(stderr, "send: %s\n", dlerror());
                return 1;
        }
        *(void **) &sd_notify = dlsym(library, "sd_notify");
        *(void **) &sd_notifyf = dlsym(library, "sd_notifyf");
        *(void **) &sd_pid_notify_with_fds = dlsym(library, "sd_pid_notify_with_fds");
        *(void **) &sdn_connect = dlsym(library, "sdn_connect");
        *(void **) &sdn_send = dlsym(library, "sdn_send");
        open_receiver();
        for (;;) {
                if (scanf("%15s %lu %lu", what, &first, &count) != 3)
                        return 0;
                if (!strcmp(what, "threads")) {
                        if (scanf("%lu", &work) != 1 || first > MAX_THREADS)
                                return 1;
                        printf("%.1f\n", time_threads((unsigned) first, (unsigned) count, work));
                } else if (!strcmp(what, "channel") && !sdn_connect)
                        puts("missing");
                else
                        printf("%.1f\n", time_messages(what, first, (unsigned) count));
                fflush(stdout);
        }
}
