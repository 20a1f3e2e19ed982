/* The floor: what a program would write by hand for the case at hand, and no more. No vsock, no credentials, no large
 * messages on their own, no barrier; errors are returned as -1. It is loaded and called as the libraries are. */

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t notify_address(struct sockaddr_un *address) {
        const char *path = getenv("NOTIFY_SOCKET");
        size_t n;

        if (!path || (n = strlen(path)) >= sizeof address->sun_path)
                return 0;
        address->sun_family = AF_UNIX;
        memcpy(address->sun_path, path, n + 1);
        if (*path == '@')
                address->sun_path[0] = 0;
        else
                n++;
        return (socklen_t) (offsetof(struct sockaddr_un, sun_path) + n);
}

/* A message over the default size of a send buffer needs a larger one. */
static void make_room(int fd, size_t n) {
        if (n > 200000)
                setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &(int) { 8 << 20 }, sizeof(int));
}

int sd_notify(int unset_environment, const char *state) {
        struct sockaddr_un address;
        socklen_t length = notify_address(&address);
        size_t n = strlen(state);
        ssize_t r;
        int fd;

        (void) unset_environment;
        if (!length)
                return 0;
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        make_room(fd, n);
        r = sendto(fd, state, n, MSG_NOSIGNAL, (struct sockaddr *) &address, length);
        close(fd);
        return r == (ssize_t) n ? 1 : -1;
}

int sd_notifyf(int unset_environment, const char *format, ...) {
        char stack[4097], *text = stack;
        va_list arguments, again;
        int n, r;

        va_start(arguments, format);
        va_copy(again, arguments);
        n = vsnprintf(stack, sizeof stack, format, arguments);
        if (n >= (int) sizeof stack) {
                text = malloc((size_t) n + 1);
                vsnprintf(text, (size_t) n + 1, format, again);
        }
        va_end(again);
        va_end(arguments);
        r = sd_notify(unset_environment, text);
        if (text != stack)
                free(text);
        return r;
}

int sd_pid_notify_with_fds(pid_t pid, int unset_environment, const char *state, const int *fds, unsigned n_fds) {
        union { char bytes[CMSG_SPACE(8 * sizeof(int))]; struct cmsghdr header; } control;
        struct sockaddr_un address;
        struct iovec data = { (char *) state, strlen(state) };
        struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_name = &address, .msg_control = &control };
        struct cmsghdr *c = &control.header;
        ssize_t r;
        int fd;

        (void) pid, (void) unset_environment;
        message.msg_namelen = notify_address(&address);
        if (!message.msg_namelen || n_fds > 8)
                return 0;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        r = sendmsg(fd, &message, MSG_NOSIGNAL);
        close(fd);
        return r >= 0 ? 1 : -1;
}

int sdn_connect(int unset_environment, int *channel) {
        struct sockaddr_un address;
        socklen_t length = notify_address(&address);

        (void) unset_environment;
        if (!length)
                return 0;
        *channel = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        make_room(*channel, 8 << 20);
        return connect(*channel, (struct sockaddr *) &address, length) < 0 ? -1 : 1;
}

int sdn_send(int channel, const char *state) {
        return send(channel, state, strlen(state), MSG_NOSIGNAL) < 0 ? -1 : 1;
}
