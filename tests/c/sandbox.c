/* sandbox NAME...: makes every kind of call where no other system calls are allowed than these, those of the C library's
 * heap, and what this program itself needs to say how it went. Any other ends it. */

#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static void allow(scmp_filter_ctx filter, const char *name) {
        int number = seccomp_syscall_resolve_name(name);

        /* Negative: this architecture has it under another name. */
        if (number == __NR_SCMP_ERROR || (number >= 0 && seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) < 0)) {
                fprintf(stderr, "%s is no system call\n", name);
                exit(1);
        }
}

int main(int argc, char **argv) {
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        char pid[32], name[64], **names, *large = calloc(1, 1000001);
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), pidfd = (int) syscall(SYS_pidfd_open, getpid(), 0), r;
        uint64_t id = 0;

        memset(large, 'a', 1000000);
        sprintf(name, "@sandbox-%d", (int) getpid());
        strcpy(a.sun_path + 1, name + 1);
        if (bind(fd, (struct sockaddr *) &a, (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(name))) < 0)
                return 1;
        sprintf(pid, "%d", (int) getpid());
        setenv("NOTIFY_SOCKET", name, 1);
        setenv("LISTEN_PID", pid, 1);
        setenv("LISTEN_PIDFDID", "1", 1);
        setenv("LISTEN_FDS", "1", 1);
        for (int i = 1; i < argc; i++)
                allow(filter, argv[i]);
        for (const char *const *own = (const char *const[]) { "brk", "mmap", "munmap", "write", "exit_group", NULL }; *own; own++)
                allow(filter, *own);
        setvbuf(stdout, NULL, _IONBF, 0);
        if (argc < 2 || seccomp_load(filter) < 0)
                return 1;

        r = sd_notify(0, "READY=1") == 1 && sd_notifyf(0, "%s", large) == 1 && sd_pid_notify(1, 0, "A=1") == 1 &&
            sd_pid_notify_with_fds(0, 0, "FDSTORE=1", &fd, 1) == 1 && sd_notify_barrier(0, 1) == -ETIMEDOUT;
        r = r && sd_is_fifo(fd, "/") == 0 && sd_is_special(fd, "/") == 0 && sd_is_special(0, "/dev/null") >= 0 &&
            sd_is_mq(fd, "/x") == 0 && sd_is_socket(fd, AF_UNIX, SOCK_DGRAM, 0) == 1 &&
            sd_is_socket_inet(fd, AF_INET, 0, -1, 80) == 0 && sd_is_socket_unix(fd, 0, -1, "/x", 0) == 0;
        r = r && sd_booted() >= 0 && sd_watchdog_enabled(0, &id) == 0 && sd_listen_fds(0) >= 0;
        sd_pidfd_get_inode_id(pidfd, &id);
        sd_listen_fds_with_names(1, &names);
        setenv("NOTIFY_SOCKET", "vsock:1:4294967294", 1);
        sd_notify(1, "READY=1");
        puts(r ? "no other system calls than the documented" : "a call failed");
        return !r;
}
