/* The part of speaker that has other processes. */

#define _GNU_SOURCE
#include "speaker.h"

#include <stdio.h>
#include <stdlib.h>
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

const struct verb process_verbs[] = {
        { "child", child }, { "hasty-child", hasty_child }, { "for-parent", for_parent }, { "hand-over", hand_over },
        { "orphan", orphan }, { "daemon", daemon_at }, { NULL, NULL },
};
