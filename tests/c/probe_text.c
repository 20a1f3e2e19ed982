/* The part of probe that reads texts: see the top of probe.c. */

#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned long long own_pidfd_inode(void) {
        struct stat st = { 0 };
        int fd = (int) syscall(SYS_pidfd_open, getpid(), 0);

        fstat(fd, &st);
        close(fd);
        return st.st_ino;
}

/* Appends what one part of a text stands for. */
static void decode_part(char *part, FILE *out) {
        char *star;

        if (!strcmp(part, "@pid"))
                fprintf(out, "%d", (int) getpid());
        else if (!strcmp(part, "@pidfdid"))
                fprintf(out, "%llu", own_pidfd_inode());
        else if (!strncmp(part, "@name:", 6)) {
                struct sockaddr_storage a = { 0 };
                fwrite(&a, 1, socket_name(atoi(part + 6), &a, sizeof a), out);
        } else if (*part == '=')
                fputs(part + 1, out);
        else if (*part == 'x')
                for (char *p = part + 1; p[0] && p[1]; p += 2) {
                        char digits[] = { p[0], p[1], 0 };
                        fputc((int) strtol(digits, NULL, 16), out);
                }
        else if ((star = strchr(part, '*'))) {
                int byte = (int) strtol(star + 1, NULL, 16);
                char block[4096];
                unsigned long long n = strtoull(part, NULL, 10);

                memset(block, byte, sizeof block);
                for (size_t some; n > 0; n -= some) {
                        some = n < sizeof block ? (size_t) n : sizeof block;
                        fwrite(block, 1, some, out);
                }
        }
}

/* The kernel keeps a long datagram in contiguous memory, and says ENOBUFS while a busy machine has none. Sends one of the
 * same length to itself until that works, so that the call to come is answered by its length alone. */
static void make_room(const char *text, size_t length) {
        enum { AT_ONCE = 128 << 10, LONGEST = 4263616, BUFFER = 8 << 20, TRIES = 100 };
        int pair[2], size = BUFFER, compact;

        if (length < AT_ONCE || length > LONGEST || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
                return;
        if (setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0)
                setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        for (int i = 0; i < TRIES && send(pair[0], text, length, MSG_DONTWAIT) < 0 && errno == ENOBUFS; i++) {
                compact = open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC);
                if (compact >= 0) {
                        (void) !write(compact, "1", 1);
                        close(compact);
                }
                usleep(20000);
        }
        close(pair[0]);
        close(pair[1]);
}

char *decode_text(const char *word, size_t *length) {
        char *text = NULL, *parts, *next, *part;
        FILE *out;

        *length = 0;
        if (!strcmp(word, "-"))
                return NULL;
        out = open_memstream(&text, length);
        next = parts = strdup(word);
        while ((part = strsep(&next, "|")))
                decode_part(part, out);
        free(parts);
        fclose(out);
        make_room(text, *length);
        return text;
}

void print_bytes(const char *bytes, size_t n) {
        uint64_t hash = 14695981039346656037U;

        if (n <= 256) {
                putchar('x');
                for (size_t i = 0; i < n; i++)
                        printf("%02x", (unsigned char) bytes[i]);
                return;
        }
        /* FNV-1a */
        for (size_t i = 0; i < n; i++)
                hash = (hash ^ (unsigned char) bytes[i]) * 1099511628211U;
        printf("%zu#%016llx", n, (unsigned long long) hash);
}

void print_text(const char *text, const char *set_from) {
        char own[32], *at;

        sprintf(own, "%llu", own_pidfd_inode());
        if (strstr(set_from, "@pidfdid") && !strcmp(text, own)) {
                printf("@pidfdid");
                return;
        }
        sprintf(own, "%d", (int) getpid());
        if (!strstr(set_from, "@pid") || !(at = strstr(text, own))) {
                print_bytes(text, strlen(text));
                return;
        }
        print_bytes(text, (size_t) (at - text));
        printf("@pid");
        print_bytes(at + strlen(own), strlen(at + strlen(own)));
}
