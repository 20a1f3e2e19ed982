/* The part of probe that has system calls refused, by the kernel.
 *
 *   refuse CALL ERRNO         from now on this call fails so: socket, sendmsg, connect, ... (below)
 */

#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct { const char *name; unsigned number; } calls[] = {
        { "socket", SYS_socket },
        { "connect", SYS_connect },
        { "shutdown", SYS_shutdown },
        { "setsockopt", SYS_setsockopt },
        { "sendmsg", SYS_sendmsg },
        { "memfd_create", SYS_memfd_create },
        { "writev", SYS_writev },
        { "fcntl", SYS_fcntl },
};

/* Of fcntl(2), only what seals a file: the probe itself needs the rest. The architecture is not looked at: this is no
 * sandbox to keep anybody in. */
static int refuse(unsigned number, unsigned error) {
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 2),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_ADD_SEALS, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -1;
        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int refuse_call(struct words *w) {
        const char *name = next_word(w);
        unsigned error = (unsigned) strtoul(next_word(w), NULL, 10);

        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
                if (!strcmp(calls[i].name, name))
                        return refuse(calls[i].number, error);
        errno = EINVAL;
        return -1;
}
