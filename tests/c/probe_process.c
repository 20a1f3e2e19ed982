/* The part of probe that changes the process it is.
 *
 *   limit NOFILE              at most so many descriptors
 *   filesize BYTES            no file longer than that; what is beyond is not written
 *   ids RUID EUID RGID EGID   real and effective ids; -1 leaves one as it is
 *   chroot PATH | directory PATH | remove PATH | link TARGET PATH | mode PATH OCTAL
 *   node PATH MAJOR MINOR     a node of a character device
 *   queues                    mounts the file system of message queues, for this process alone
 *   refuse CALL ERRNO         see probe_refuse.c
 *   alarm MSEC                a signal, whose handler does nothing, after so long; 0: no more
 */

#define _GNU_SOURCE
#include "probe.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

static void handler(int signal) {
        (void) signal;
}

static long number(struct words *w) {
        return strtol(next_word(w), NULL, 0);
}

static int own_queues(void) {
        if (unshare(CLONE_NEWNS | CLONE_NEWIPC) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return -1;
        mkdir("/dev/mqueue", 01777);
        return mount("mqueue", "/dev/mqueue", "mqueue", 0, NULL);
}

/* 0: not one of these commands. */
int process_call(const char *f, struct words *w) {
        int r = 0;

        if (!strcmp(f, "limit")) {
                struct rlimit limit;
                getrlimit(RLIMIT_NOFILE, &limit);
                limit.rlim_cur = (rlim_t) number(w);
                r = setrlimit(RLIMIT_NOFILE, &limit);
        } else if (!strcmp(f, "filesize")) {
                rlim_t bytes = (rlim_t) number(w);

                r = signal(SIGXFSZ, SIG_IGN) == SIG_ERR ? -1 : setrlimit(RLIMIT_FSIZE, &(struct rlimit) { bytes, bytes });
        } else if (!strcmp(f, "ids")) {
                uid_t ruid = (uid_t) number(w), euid = (uid_t) number(w);
                gid_t rgid = (gid_t) number(w), egid = (gid_t) number(w);
                r = setresgid(rgid, egid, (gid_t) -1) < 0 || setresuid(ruid, euid, (uid_t) -1) < 0 ? -1 : 0;
        } else if (!strcmp(f, "chroot"))
                r = chroot(next_word(w));
        else if (!strcmp(f, "directory"))
                r = mkdir(next_word(w), 0755);
        else if (!strcmp(f, "remove"))
                r = remove(next_word(w));
        else if (!strcmp(f, "link")) {
                const char *target = next_word(w);
                r = symlink(target, next_word(w));
        } else if (!strcmp(f, "mode")) {
                const char *path = next_word(w);
                r = chmod(path, (mode_t) strtol(next_word(w), NULL, 8));
        } else if (!strcmp(f, "node")) {
                const char *path = next_word(w);
                unsigned major = (unsigned) number(w);
                r = mknod(path, S_IFCHR | 0600, makedev(major, (unsigned) number(w)));
        } else if (!strcmp(f, "queues")) {
                r = own_queues();
        } else if (!strcmp(f, "refuse")) {
                r = refuse_call(w);
        } else if (!strcmp(f, "alarm")) {
                long msec = number(w);
                struct itimerval timer = { .it_value = { msec / 1000, msec % 1000 * 1000 } };
                struct sigaction action = { .sa_handler = handler };
                sigaction(SIGALRM, &action, NULL);
                r = setitimer(ITIMER_REAL, &timer, NULL);
        } else
                return 0;
        if (r < 0)
                printf("failed: %m\n");
        else
                puts("ok");
        return 1;
}
