/* speaker [VERB ARG]...: a service that behaves as badly as its arguments say, one after the other. A call that does not
 * return what it should ends it with status 99 and a line on standard error.
 *
 *   say TEXT       sends TEXT
 *   flood COUNT    sends STATUS=1 to STATUS=COUNT, one message each
 *   long BYTES     sends the longest message that the kernel delivers, of at most so many bytes; prints its length
 *   fds COUNT      puts so many new descriptors into the manager's store with one message, as "some"
 *   same COUNT     stores one new descriptor so many times, with one message, as "same"
 *   stored KIND    stores a descriptor that is trouble to keep: path (O_PATH) or linger (a socket whose close() waits)
 *   given FILE     appends a line to FILE: "LISTEN_FDS TYPE-OF-EACH-OPEN-DESCRIPTOR..."
 *   child TEXT     a child sends TEXT, waits for the barrier and ends
 *   hand-over END  a child goes on in its place as main process and this one ends; END 0: this one stays and reaps it
 *   orphan COUNT   so many processes without parent appear and end
 *   daemon FILE    a process in a session of its own goes on indefinitely; its id is written to FILE
 *   deaf 0         ignores SIGTERM
 *   await SIGNAL   waits for that signal number, which is blocked from then on
 *   sleep MS       does nothing
 *   exit STATUS    ends; KILL, RTMIN, RTMAX as status: by that signal
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <systemd/sd-daemon.h>

static void expect(long result, long wanted, const char *what) {
        if (result == wanted)
                return;
        fprintf(stderr, "speaker: %s: %ld\n", what, result);
        exit(99);
}

static void say(const char *text) {
        expect(sd_notify(0, text), 1, "sd_notify");
}

static void flood(const char *count) {
        for (long i = 1; i <= strtol(count, NULL, 10); i++)
                expect(sd_notifyf(0, "STATUS=%ld", i), 1, "sd_notifyf");
}

static void send_long(const char *bytes) {
        size_t bad = strtoul(bytes, NULL, 10) + 1, good = 0;
        char *text = malloc(bad);
        while (bad - good > 1) {
                size_t length = good ? good + (bad - good) / 2 : bad - 1;
                memset(text, 'x', length);
                memcpy(text, "STATUS=", 7);
                text[length] = 0;
                if (sd_notify(0, text) == 1)
                        good = length;
                else
                        bad = length;
        }
        free(text);
        printf("%zu\n", good);
        fflush(stdout);
}

static void fds(const char *count) {
        int array[253], n = atoi(count);
        for (int i = 0; i < n; i++)
                array[i] = memfd_create("some", MFD_CLOEXEC);
        expect(sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=some", array, (unsigned) n), 1, "with_fds");
        for (int i = 0; i < n; i++)
                close(array[i]);
}

static void same(const char *count) {
        int array[253], n = atoi(count), fd = memfd_create("same", MFD_CLOEXEC);
        for (int i = 0; i < n; i++)
                array[i] = fd;
        expect(sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=same", array, (unsigned) n), 1, "with_fds");
        close(fd);
}

/* A connection whose other end takes nothing, and that waits for that when it is closed. */
static int lingering(void) {
        static const char data[65536];
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t length = sizeof to;
        int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        expect(bind(listening, (struct sockaddr *) &to, length) | listen(listening, 1), 0, "listen");
        expect(getsockname(listening, (struct sockaddr *) &to, &length), 0, "getsockname");
        expect(connect(fd, (struct sockaddr *) &to, length), 0, "connect");
        while (send(fd, data, sizeof data, MSG_DONTWAIT) > 0)
                ;
        expect(setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger) { 1, 30 }, sizeof(struct linger)), 0, "linger");
        return fd;
}

static void stored(const char *kind) {
        int fd = strcmp(kind, "path") ? lingering() : open("/", O_PATH | O_CLOEXEC);
        expect(sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=trouble", &fd, 1), 1, "with_fds");
        expect(sd_notify_barrier(0, UINT64_MAX), 1, "barrier");
        /* The manager's is the last one now. */
        expect(dup2(STDERR_FILENO, fd), fd, "dup2");
        expect(sd_notify(0, "FDSTOREREMOVE=1\nFDNAME=trouble"), 1, "remove");
        expect(sd_notify_barrier(0, UINT64_MAX), 1, "barrier");
}

static void given(const char *path) {
        FILE *file = fopen(path, "ae");
        struct stat st;
        fprintf(file, "%s", getenv("LISTEN_FDS") ? getenv("LISTEN_FDS") : "-");
        for (int fd = 0; fd < 1024; fd++)
                if (fd != fileno(file) && fstat(fd, &st) == 0)
                        fprintf(file, " %d:%o", fd, (unsigned) st.st_mode & S_IFMT);
        fprintf(file, "\n");
        fclose(file);
}

static void child(const char *text) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
                say(text);
                expect(sd_notify_barrier(0, UINT64_MAX), 1, "barrier");
                _exit(0);
        }
        expect(waitpid(pid, &status, 0) == pid && status == 0, 1, "child");
}

static void hand_over(const char *how) {
        int status, done[2], stay = how[0] == '0';
        expect(pipe(done), 0, "pipe");
        pid_t parent = getpid(), pid = fork();
        if (pid == 0) {
                close(done[1]);
                expect(read(done[0], &status, 1), 0, "read");
                /* It goes on alone: not before the other is gone. */
                while (!stay && getppid() == parent)
                        usleep(1000);
                return;
        }
        expect(sd_notifyf(0, "MAINPID=%ld", (long) pid), 1, "MAINPID");
        expect(sd_notify_barrier(0, UINT64_MAX), 1, "barrier");
        close(done[1]);
        if (stay) {
                waitpid(pid, &status, 0);
                pause();
        }
        _exit(0);
}

static void orphan(const char *count) {
        for (long i = strtol(count, NULL, 10); i > 0; i--) {
                pid_t pid = fork();
                if (pid == 0) {
                        if (fork() == 0)
                                usleep(1000);
                        _exit(0);
                }
                waitpid(pid, NULL, 0);
        }
}

static void daemon_at(const char *path) {
        pid_t pid = fork();
        if (pid == 0) {
                setsid();
                if (fork() != 0)
                        _exit(0);
                FILE *file = fopen(path, "we");
                fprintf(file, "%ld\n", (long) getpid());
                fclose(file);
                for (;;)
                        pause();
        }
        waitpid(pid, NULL, 0);
        while (access(path, F_OK) != 0)
                usleep(1000);
}

static void deaf(const char *unused) {
        (void) unused;
        signal(SIGTERM, SIG_IGN);
}

static void await(const char *number) {
        sigset_t set;
        int taken;
        sigemptyset(&set);
        sigaddset(&set, atoi(number));
        sigprocmask(SIG_BLOCK, &set, NULL);
        say("STATUS=waiting");
        sigwait(&set, &taken);
}

static void pause_for(const char *ms) {
        struct timespec t = { atol(ms) / 1000, atol(ms) % 1000 * 1000000 };
        while (nanosleep(&t, &t) < 0 && errno == EINTR)
                ;
}

static void end(const char *status) {
        if (!strcmp(status, "KILL"))
                raise(SIGKILL);
        if (!strcmp(status, "RTMIN"))
                raise(SIGRTMIN);
        if (!strcmp(status, "RTMAX"))
                raise(SIGRTMAX);
        exit(atoi(status));
}

static const struct {
        const char *name;
        void (*act)(const char *argument);
} verbs[] = {
        { "say", say }, { "flood", flood }, { "long", send_long }, { "fds", fds }, { "same", same },
        { "stored", stored }, { "given", given },
        { "child", child }, { "hand-over", hand_over }, { "orphan", orphan }, { "daemon", daemon_at },
        { "deaf", deaf }, { "await", await }, { "sleep", pause_for }, { "exit", end },
};

static void act(const char *verb, const char *argument) {
        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
                if (!strcmp(verbs[i].name, verb)) {
                        verbs[i].act(argument);
                        return;
                }
        expect(-1, 0, verb);
}

int main(int argc, char **argv) {
        for (int i = 1; i + 1 < argc; i += 2)
                act(argv[i], argv[i + 1]);
        return 0;
}
