/* vsock_kernel SCRIPT COMMAND...: runs a command whose vsock system calls this program answers, as a kernel would
 * (seccomp user notification), and prints them on standard error, in order, as one line.
 *
 * SCRIPT, words with commas between them:
 *   no-dgram=ERRNO no-seqpacket=ERRNO no-stream=ERRNO   socket(2) of that type fails
 *   bind=ERRNO:N      the first N bind(2)s fail;  connect=ERRNO   connect(2) fails;  send=ERRNO:N  the first N sends
 *   short=BYTES       each send takes so many bytes at most
 *   shutdown=ERRNO    shutdown(2) fails;  answer=BYTES  the other side writes before it closes
 * An address of its own stands for each vsock socket: one end of a pair of Unix sockets. */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/vm_sockets.h>
#include <stddef.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *script;
static int listener, peer = -1, ours = -1, kind, binds, sends;
static pid_t child;

/* A number of the script, behind `word=`; -1 if it is not in there. The one behind a colon goes to *second. */
static long setting(const char *word, long *second) {
        const char *at = strstr(script, word);
        char *end;
        long value;

        if (!at)
                return -1;
        value = strtol(at + strlen(word), &end, 10);
        if (second)
                *second = *end == ':' ? strtol(end + 1, NULL, 10) : 1000000;
        return value;
}

static void peek(unsigned long long address, void *to, size_t n) {
        struct iovec local = { to, n }, remote = { (void *) (uintptr_t) address, n };
        if (process_vm_readv(child, &local, 1, &remote, 1, 0) != (ssize_t) n)
                memset(to, 0, n);
}

static int open_socket(int type) {
        static const char *const words[] = { [SOCK_STREAM] = "no-stream=", [SOCK_DGRAM] = "no-dgram=",
                                             [SOCK_SEQPACKET] = "no-seqpacket=" };
        static const char *const names[] = { [SOCK_STREAM] = "stream", [SOCK_DGRAM] = "dgram",
                                             [SOCK_SEQPACKET] = "seqpacket" };
        long error;
        int ends[2];

        kind = type & 0xf;
        fprintf(stderr, "socket(%s%s)", names[kind], type & SOCK_CLOEXEC ? ",cloexec" : "");
        if ((error = setting(words[kind], NULL)) > 0) {
                fprintf(stderr, "=%ld ", error);
                return (int) -error;
        }
        if (socketpair(AF_UNIX, kind, 0, ends) < 0)
                return -errno;
        if (peer >= 0)
                close(peer);
        peer = ends[1];
        if (setting("answer=", NULL) > 0 && write(peer, "abcdefgh", (size_t) setting("answer=", NULL)) < 0)
                return -errno;
        fputc(' ', stderr);
        return ends[0];
}

static long send_size(struct seccomp_notif *call, int *with) {
        struct msghdr m;
        struct iovec data;

        *with = 0;
        if (call->data.nr == SYS_sendto)
                return (long) call->data.args[2];
        peek(call->data.args[1], &m, sizeof m);
        peek((uintptr_t) m.msg_iov, &data, sizeof data);
        *with = m.msg_controllen > 0;
        return (long) data.iov_len;
}

/* What a system call on a vsock socket returns; 1 << 20 if the pair of Unix sockets may answer itself. */
static long answer(struct seccomp_notif *call) {
        enum { ITSELF = 1 << 20 };
        struct sockaddr_vm a;
        long first = 0, error, size;
        int with;

        switch (call->data.nr) {
        case SYS_bind:
                peek(call->data.args[1], &a, sizeof a);
                error = setting("bind=", &first);
                if (binds++ == 0)
                        fprintf(stderr, "bind(%u:%u)", a.svm_cid, a.svm_port);
                if (error > 0 && binds <= first)
                        return -error;
                fprintf(stderr, "#%d:%u ", binds, a.svm_port);
                return 0;
        case SYS_connect:
                peek(call->data.args[1], &a, sizeof a);
                error = setting("connect=", NULL);
                fprintf(stderr, "connect(%u:%u) ", a.svm_cid, a.svm_port);
                return error > 0 ? -error : 0;
        case SYS_sendto:
        case SYS_sendmsg:
                size = send_size(call, &with);
                error = setting("send=", &first);
                fprintf(stderr, "send(%ld%s%s)", size, with ? ",control" : "",
                        call->data.args[call->data.nr == SYS_sendto ? 3 : 2] == MSG_NOSIGNAL ? "" : ",signal");
                if (error > 0 && sends++ < first) {
                        fprintf(stderr, "=%ld ", error);
                        return -error;
                }
                if (setting("short=", NULL) >= 0 && size > setting("short=", NULL))
                        size = setting("short=", NULL);
                fputc(' ', stderr);
                return size;
        case SYS_shutdown:
                error = setting("shutdown=", NULL);
                fprintf(stderr, "shutdown(%d) ", (int) call->data.args[1]);
                if (error > 0)
                        return -error;
                /* The reader has it all, and closes. */
                close(peer);
                peer = -1;
                return 0;
        }
        fprintf(stderr, "wait ");
        return ITSELF;
}

static void serve(void) {
        struct seccomp_notif call;
        struct seccomp_notif_resp reply;

        for (;;) {
                struct pollfd wait = { .fd = listener, .events = POLLIN };

                if (poll(&wait, 1, -1) > 0 && !(wait.revents & POLLIN))
                        return;
                memset(&call, 0, sizeof call);
                memset(&reply, 0, sizeof reply);
                if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
                        if (errno == EINTR)
                                continue;
                        return;
                }
                reply.id = call.id;
                if (call.data.nr == SYS_socket) {
                        int fd = open_socket((int) call.data.args[1]);
                        struct seccomp_notif_addfd add = { .id = call.id, .srcfd = (__u32) fd, .newfd_flags = 02000000 };
                        if (fd < 0)
                                reply.error = fd;
                        else {
                                reply.val = ours = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
                                close(fd);
                        }
                } else if ((int) call.data.args[0] != ours)
                        reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
                else {
                        long r = answer(&call);
                        if (r == 1 << 20)
                                reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
                        else if (r < 0)
                                reply.error = (int) r;
                        else
                                reply.val = r;
                }
                ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
        }
}

static int filter(void) {
        static const int watched[] = { SYS_bind, SYS_connect, SYS_sendto, SYS_sendmsg, SYS_shutdown, SYS_recvfrom,
                                       SYS_recvmsg };
        enum { N = sizeof watched / sizeof *watched };
        struct sock_filter code[2 * N + 8], *c = code;
        struct sock_fprog program = { .filter = code };

        *c++ = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        for (int i = 0; i < N; i++) {
                *c++ = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32) watched[i], 0, 1);
                *c++ = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
        }
        *c++ = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3);
        *c++ = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args));
        *c++ = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_VSOCK, 0, 1);
        *c++ = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
        *c++ = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        program.len = (unsigned short) (c - code);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        return (int) syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

int main(int argc, char **argv) {
        int fds[2], go[2], number = -1, status;

        if (argc < 3 || pipe(fds) < 0 || pipe(go) < 0)
                return 2;
        script = argv[1];
        child = fork();
        if (child == 0) {
                prctl(PR_SET_PDEATHSIG, 9);
                number = filter();
                /* The listener's descriptor is gone once the command runs. */
                if (write(fds[1], &number, sizeof number) < 0 || read(go[0], &number, sizeof number) < 0)
                        _exit(2);
                execvp(argv[2], argv + 2);
                _exit(127);
        }
        if (read(fds[0], &number, sizeof number) != sizeof number || number < 0) {
                fprintf(stderr, "no seccomp user notification here\n");
                return 77;
        }
        listener = (int) syscall(SYS_pidfd_getfd, (int) syscall(SYS_pidfd_open, child, 0), number, 0);
        if (listener < 0 || write(go[1], &number, sizeof number) < 0)
                return 77;
        serve();
        fputc('\n', stderr);
        waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
