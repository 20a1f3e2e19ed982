/* The part of speaker that has other processes. */

#define _GNU_SOURCE
#include "speaker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <systemd/sd-daemon.h>

/* Returns 1 in a child, which has to end, and 0 in the parent when it has. */
static int in_child(void) {
        int status;
        pid_t child = fork();
        if (child == 0)
                return 1;
        expect(waitpid(child, &status, 0) == child && status == 0, 1, "the child");
        return 0;
}

static void child(const char *text) {
        if (in_child()) {
                say(text);
                wait_for_manager();
                _exit(0);
        }
}

static void hasty_child(const char *text) {
        if (in_child()) {
                say(text);
                _exit(0);
        }
}

static void for_parent(const char *text) {
        if (in_child()) {
                expect(sd_pid_notify(getppid(), 0, text), 1, "sd_pid_notify");
                _exit(0);
        }
}

static void hand_over(const char *how) {
        int status, done[2], stay = how[0] == '0';
        expect(pipe(done), 0, "pipe");
        pid_t parent = getpid(), pid = fork();
        if (pid == 0) {
                close(done[1]);
                expect(read(done[0], &status, 1), 0, "read");
                close(done[0]);
                /* It goes on alone: not before the other is gone. */
                while (!stay && getppid() == parent)
                        pause_for(1);
                return;
        }
        expect(sd_notifyf(0, "MAINPID=%ld", (long) pid), 1, "MAINPID");
        wait_for_manager();
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
                                pause_for(1);
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
                pause_for(1);
}

static void write_pid(const char *path) {
        FILE *file;
        if (!strcmp(path, "-"))
                return;
        file = fopen(path, "we");
        fprintf(file, "%ld\n", (long) getpid());
        fclose(file);
}

/* So that nobody sees the parent's end before the child is there. */
static void into_background(const char *path, int count, int late) {
        int ready[2];
        char byte;
        pid_t parent = getpid();
        expect(pipe(ready), 0, "pipe");
        for (int i = 0; i < count; i++)
                if (fork() == 0) {
                        setsid();
                        close(ready[0]);
                        if (!late)
                                write_pid(path);
                        expect(write(ready[1], "1", 1), 1, "write");
                        while (getppid() == parent)
                                pause_for(1);
                        if (late) {
                                pause_for(300);
                                write_pid(path);
                        }
                        return;
                }
        for (int i = 0; i < count; i++)
                expect(read(ready[0], &byte, 1), 1, "read");
        _exit(0);
}

static void go_background(const char *path) {
        into_background(path, 1, 0);
}

static void go_background_first(const char *path) {
        into_background(path, 1, 1);
}

static void go_background_twice(const char *unused) {
        (void) unused;
        into_background("-", 2, 0);
}

static void helper(const char *ms) {
        /* It is deaf from the start. */
        signal(SIGTERM, SIG_IGN);
        if (fork() == 0) {
                pause_for(strtoul(ms, NULL, 10));
                _exit(0);
        }
        signal(SIGTERM, SIG_DFL);
}

const struct verb process_verbs[] = {
        { "child", child }, { "hasty-child", hasty_child }, { "for-parent", for_parent }, { "hand-over", hand_over },
        { "orphan", orphan }, { "daemon", daemon_at }, { "fork", go_background },
        { "fork-first", go_background_first }, { "fork-twice", go_background_twice }, { "helper", helper }, { NULL, NULL },
};
