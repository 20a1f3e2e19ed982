/* speaker [VERB ARG]...: a service that behaves as well or as badly as its arguments say, one after the other; the tests
 * script it. A call that does not return what it should ends it with status 99 and a line on standard error.
 *
 *   say TEXT          sends TEXT
 *   flood COUNT       sends STATUS=1 to STATUS=COUNT, one message each
 *   barriers COUNT    so many barriers
 *   long BYTES        sends the longest message that the kernel delivers, of at most so many bytes; prints its length
 *   reloading 1       sends RELOADING=1 with MONOTONIC_USEC
 *   await SIGNAL      waits for a signal (TERM, HUP, USR1 or a number), which is blocked from the start
 *   deaf 0            ignores SIGTERM
 *   sleep TIME        does nothing, so many milliseconds; with an s behind the number, seconds
 *   beat TIME         sends WATCHDOG=1 every half WATCHDOG_USEC for so long
 *   write FILE        writes "done" to FILE
 *   exit STATUS       ends; KILL, RTMIN, RTMAX as status: by that signal
 *
 * With other processes (speaker_process.c):
 *
 *   child TEXT        a child sends TEXT, waits for the barrier and ends
 *   hasty-child TEXT  the same without the barrier
 *   for-parent TEXT   a child sends TEXT in the name of this process
 *   hand-over END     a child goes on in its place as main process and this one ends; END 0: this one stays and reaps it
 *   orphan COUNT      so many processes without parent appear and end
 *   daemon FILE       a process in a session of its own goes on indefinitely; its id is written to FILE
 *   fork FILE         goes on in the background; that writes its id to FILE (none for -), and this one ends with status 0
 *   fork-first FILE   the same, but the id is written a while after this one has ended
 *   fork-twice 0      the same without a file, and there are two of them
 *   helper MS         a child ends after so long, deaf to SIGTERM
 *
 * With descriptors (speaker_fds.c):
 *
 *   store NAME        puts a new anonymous file with NAME in it into the manager's store, as NAME
 *   drop NAME         takes it out
 *   fds COUNT         stores so many new descriptors with one message, as "some"
 *   same COUNT        stores one new descriptor so many times, with one message, as "same"
 *   stored KIND       stores a descriptor that is trouble to keep: path (O_PATH) or linger (a socket whose close() waits)
 *   given FILE        appends a line to FILE: "LISTEN_FDS TYPE-OF-EACH-OPEN-DESCRIPTOR..."
 *   passed FILE       writes to FILE a line "NUMBER NAME KIND" for each descriptor that was passed
 *   answer COUNT      answers that many connections to the sockets passed, each with the socket's name
 *
 * With the functions of sdnotify.h (speaker_channel.c):
 *
 *   connect UNSET     opens the channel; 1: without $NOTIFY_SOCKET afterwards
 *   chroot DIR        another root directory
 *   user UID          another user
 *   channel TEXT      sends TEXT
 *   channel-status LINE, channel-long-status LENGTH, channel-reloading 1, channel-store NAME, channel-barrier 1
 */

#define _GNU_SOURCE
#include "speaker.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <systemd/sd-daemon.h>

void expect(long result, long wanted, const char *what) {
        if (result == wanted)
                return;
        fprintf(stderr, "speaker: %s: %ld\n", what, result);
        exit(99);
}

void say(const char *text) {
        expect(sd_notify(0, text), 1, "sd_notify");
}

void wait_for_manager(void) {
        expect(sd_notify_barrier(0, UINT64_MAX), 1, "sd_notify_barrier");
}

void pause_for(uint64_t ms) {
        struct timespec t = { (time_t) (ms / 1000), (long) (ms % 1000) * 1000000 };
        while (nanosleep(&t, &t) < 0 && errno == EINTR)
                ;
}

static uint64_t now(void) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

static uint64_t milliseconds(const char *text) {
        char *unit;
        uint64_t number = strtoull(text, &unit, 10);
        return *unit == 's' ? number * 1000 : number;
}

static void flood(const char *count) {
        for (long i = 1; i <= strtol(count, NULL, 10); i++)
                expect(sd_notifyf(0, "STATUS=%ld", i), 1, "sd_notifyf");
}

static void barriers(const char *count) {
        for (long i = strtol(count, NULL, 10); i > 0; i--)
                wait_for_manager();
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

static void reloading(const char *unused) {
        (void) unused;
        expect(sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now()), 1, "sd_notifyf");
}

static int signal_number(const char *name) {
        if (!strcmp(name, "TERM"))
                return SIGTERM;
        if (!strcmp(name, "HUP"))
                return SIGHUP;
        return !strcmp(name, "USR1") ? SIGUSR1 : atoi(name);
}

static void nothing(int number) {
        (void) number;
}

static void await(const char *name) {
        sigset_t set;
        int number;
        sigemptyset(&set);
        sigaddset(&set, signal_number(name));
        sigwait(&set, &number);
}

static void deaf(const char *unused) {
        (void) unused;
        signal(SIGTERM, SIG_IGN);
}

static void sleep_for(const char *time) {
        pause_for(milliseconds(time));
}

static void beat(const char *time) {
        uint64_t period, end = now() + milliseconds(time) * 1000;
        expect(sd_watchdog_enabled(0, &period), 1, "sd_watchdog_enabled");
        while (now() < end) {
                say("WATCHDOG=1");
                pause_for(period / 2000);
        }
}

static void write_done(const char *path) {
        FILE *file = fopen(path, "we");
        fputs("done\n", file);
        fclose(file);
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

static const struct verb verbs[] = {
        { "say", say }, { "flood", flood }, { "barriers", barriers }, { "long", send_long }, { "reloading", reloading },
        { "await", await },
        { "deaf", deaf }, { "sleep", sleep_for }, { "beat", beat }, { "write", write_done }, { "exit", end },
        { NULL, NULL },
};

static void act(const char *verb, const char *argument) {
        const struct verb *const parts[] = { verbs, process_verbs, fds_verbs, channel_verbs };
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
                for (const struct verb *v = parts[i]; v->name; v++)
                        if (!strcmp(v->name, verb)) {
                                v->act(argument);
                                return;
                        }
        expect(-1, 0, verb);
}

int main(int argc, char **argv) {
        sigset_t awaited;
        sigemptyset(&awaited);
        for (int i = 1; i + 1 < argc; i += 2)
                if (!strcmp(argv[i], "await")) {
                        sigaddset(&awaited, signal_number(argv[i + 1]));
                        /* Never called; but systemd looks whether a service could take a signal before it sends it. */
                        signal(signal_number(argv[i + 1]), nothing);
                }
        sigprocmask(SIG_BLOCK, &awaited, NULL);
        for (int i = 1; i + 1 < argc; i += 2)
                act(argv[i], argv[i + 1]);
        return 0;
}
