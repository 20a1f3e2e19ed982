/* The part of probe that calls the functions of sd-journal.h.
 *
 *   journal [bare]                                  /run for this process alone, and journald's socket in it, or not
 *   name TEXT                                       program_invocation_short_name
 *   errno NUMBER                                    errno before each call that follows
 *   sd_journal_sendv N FIELD...                     N structures, whatever the number of fields; FIELD -: NULL
 *   sd_journal_sendv_with_location FILE LINE FUNC N FIELD...
 *   sd_journal_send[_with_location FILE LINE FUNC] FORMAT ARG... FORMAT ARG...
 *   sd_journal_print[v][_with_location] PRIORITY [FILE LINE FUNC] FORMAT ARG...
 *   sd_journal_perror[_with_location FILE LINE FUNC] MESSAGE
 *   sd_journal_stream_fd IDENTIFIER PRIORITY PREFIX
 *   sd_journal_stream_fd_with_namespace NAMESPACE IDENTIFIER PRIORITY PREFIX
 *   listen PATH | accepted                          a listening stream socket, and what was written to it
 *   tcp FD LISTENER | tcp-received LISTENER         a connection to a listening socket, and what came along it
 *   many N FIELD                                    sendv of N times the same field
 *   cached                                          the number of the library's socket
 *
 * An ARG or FORMAT is a TEXT, or i:INT l:LONG L:LONG LONG d:DOUBLE D:LONG DOUBLE.
 */

#define _GNU_SOURCE
#include "probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ffi.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 700, LISTENER_FD = RECEIVER_FD + 1 };

static int errno_before = 18;

union value {
        int i;
        long l;
        long long L;
        double d;
        long double D;
        void *p;
};

static struct {
        ffi_type *types[MOST];
        void *pointers[MOST];
        union value values[MOST];
        unsigned n, fixed;
        char *texts[MOST];
        size_t n_texts;
} call;

static union value *add(ffi_type *type) {
        if (call.n == MOST)
                call.n--;
        call.types[call.n] = type;
        call.pointers[call.n] = &call.values[call.n];
        return &call.values[call.n++];
}

static void add_text(const char *word) {
        size_t n;
        char *text = decode_text(word, &n);

        if (call.n_texts < MOST)
                call.texts[call.n_texts++] = text;
        add(&ffi_type_pointer)->p = text;
}

static void add_int(const char *word) {
        add(&ffi_type_sint)->i = (int) strtoll(word, NULL, 0);
}

static void add_any(const char *word) {
        if (word[0] && word[1] == ':')
                switch (*word) {
                case 'i': add_int(word + 2); return;
                case 'l': add(&ffi_type_slong)->l = (long) strtoull(word + 2, NULL, 0); return;
                case 'L': add(&ffi_type_sint64)->L = (long long) strtoull(word + 2, NULL, 0); return;
                case 'd': add(&ffi_type_double)->d = strtod(word + 2, NULL); return;
                case 'D': add(&ffi_type_longdouble)->D = strtold(word + 2, NULL); return;
                }
        add_text(word);
}

static int mount_run(int bare) {
        static const char *const directories[] = { "/run/systemd", "/run/systemd/journal", NULL };

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
                return -1;
        for (const char *const *d = directories; *d; d++)
                if (mkdir(*d, 0755) < 0)
                        return -1;
        program_invocation_short_name = strdup("probe");
        if (!bare) {
                char arguments[] = "=/run/systemd/journal/socket dgram";

                receiver_open(&(struct words) { arguments });
        } else
                puts("ok");
        return 0;
}

static void open_listener(const char *path) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM, 0), where = -1;

        if (strlen(path) < sizeof a.sun_path)
                strcpy(a.sun_path, path);
        else {
                /* By way of its directory. */
                char *slash = strrchr(path, '/');
                char directory[4096];

                snprintf(directory, sizeof directory, "%.*s", (int) (slash - path), path);
                where = open(directory, O_PATH);
                snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d%s", where, slash);
        }
        dup3(fd, LISTENER_FD, O_CLOEXEC);
        close(fd);
        if (bind(LISTENER_FD, (struct sockaddr *) &a, sizeof a) < 0 || listen(LISTENER_FD, 5) < 0)
                printf("failed: %m\n");
        else
                puts("ok");
        if (where >= 0)
                close(where);
}

static void print_accepted(void) {
        char buffer[1 << 16];
        int fd;

        fcntl(LISTENER_FD, F_SETFL, O_NONBLOCK);
        printf("accepted=");
        while ((fd = accept(LISTENER_FD, NULL, NULL)) >= 0) {
                size_t used = 0;
                ssize_t n;

                while (used < sizeof buffer && (n = recv(fd, buffer + used, sizeof buffer - used, MSG_DONTWAIT)) > 0)
                        used += (size_t) n;
                putchar('[');
                print_bytes(buffer, used);
                /* The other end does not read. */
                printf(" reads=%d]", send(fd, "x", 1, MSG_NOSIGNAL) == 1);
                close(fd);
        }
        putchar('\n');
}

static void connect_tcp(int number, int listener) {
        struct sockaddr_storage address;
        socklen_t length = socket_name(listener, &address, sizeof address);
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        if (connect(fd, (struct sockaddr *) &address, length) < 0 || dup3(fd, number, O_CLOEXEC) < 0)
                printf("failed: %m\n");
        else
                puts("ok");
        close(fd);
}

static void print_tcp(int listener) {
        char buffer[4096];
        int fd = accept(listener, NULL, NULL);
        ssize_t n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);

        printf("tcp=");
        print_bytes(buffer, n > 0 ? (size_t) n : 0);
        putchar('\n');
        close(fd);
}

/* The library's socket is the first one of datagrams that is not the receiver. */
static void print_cached(void) {
        for (int fd = 0; fd < RECEIVER_FD; fd++) {
                int type = 0, domain = 0;
                socklen_t n = sizeof type;

                if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_DGRAM &&
                    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain == AF_UNIX) {
                        printf("%d\n", fd);
                        return;
                }
        }
        puts("none");
}

/* A va_list of any arguments for the v functions. */
static int with_list(int (*f)(int, const char *, va_list), int priority, const char *format, ...) {
        va_list list;
        int r;

        va_start(list, format);
        errno = errno_before;
        r = f(priority, format, list);
        va_end(list);
        return r;
}

static int with_list_and_location(int (*f)(int, const char *, const char *, const char *, const char *, va_list),
                                  int priority, const char *file, const char *line, const char *func,
                                  const char *format, ...) {
        va_list list;
        int r;

        va_start(list, format);
        errno = errno_before;
        r = f(priority, file, line, func, format, list);
        va_end(list);
        return r;
}

static void sendv(void (*function)(void), int located, struct words *w, int many) {
        struct iovec iov[MOST];
        char *texts[MOST], *location[3];
        size_t n = 0, length;
        int count, r;
        const char *word;

        for (int i = 0; i < 3; i++)
                location[i] = located ? decode_text(next_word(w), &length) : NULL;
        count = (int) strtol(next_word(w), NULL, 0);
        struct iovec *fields = iov;
        while (n < MOST && *(word = next_word(w))) {
                texts[n] = decode_text(word, &length);
                iov[n] = (struct iovec) { texts[n], length };
                n++;
        }
        if (many) {
                fields = malloc(sizeof *fields * (size_t) count);
                for (int i = 0; i < count; i++)
                        fields[i] = iov[(size_t) i % n];
        }
        if (n == 0)
                fields = NULL;
        errno = errno_before;
        if (located)
                r = ((int (*)(const char *, const char *, const char *, const struct iovec *, int)) function)(
                        location[0], location[1], location[2], fields, count);
        else
                r = ((int (*)(const struct iovec *, int)) function)(fields, count);
        printf("ret=%d errno=%d\n", r, errno);
        if (many)
                free(fields);
        for (int i = 0; i < 3; i++)
                free(location[i]);
        while (n > 0)
                free(texts[--n]);
}

static void variadic(const char *name, void (*function)(void), struct words *w) {
        int located = strstr(name, "_with_location") != NULL, print = !strncmp(name, "sd_journal_print", 16);
        int list = !strncmp(name, "sd_journal_printv", 17);
        const char *word;
        ffi_cif cif;
        ffi_arg result;

        call.n = 0;
        call.n_texts = 0;
        if (list)
                add(&ffi_type_pointer)->p = (void *) function;
        if (print)
                add_int(next_word(w));
        if (located)
                for (int i = 0; i < 3; i++)
                        add_text(next_word(w));
        add_text(next_word(w));
        call.fixed = call.n;
        while (*(word = next_word(w)))
                add_any(word);
        if (!print)
                add(&ffi_type_pointer)->p = NULL;
        if (list)
                function = located ? (void (*)(void)) with_list_and_location : (void (*)(void)) with_list;
        if (call.n == call.fixed ? ffi_prep_cif(&cif, FFI_DEFAULT_ABI, call.n, &ffi_type_sint, call.types)
                                 : ffi_prep_cif_var(&cif, FFI_DEFAULT_ABI, call.fixed, call.n, &ffi_type_sint, call.types))
                puts("failed: libffi");
        else {
                int after;

                errno = errno_before;
                ffi_call(&cif, function, &result, call.pointers);
                after = errno;
                printf("ret=%d errno=%d\n", (int) result, after);
        }
        while (call.n_texts > 0)
                free(call.texts[--call.n_texts]);
}

static void perror_call(void (*function)(void), int located, struct words *w) {
        char *texts[4] = { NULL };
        size_t length;
        int r;

        for (int i = located ? 0 : 3; i < 4; i++)
                texts[i] = decode_text(next_word(w), &length);
        errno = errno_before;
        if (located)
                r = ((int (*)(const char *, const char *, const char *, const char *)) function)(texts[0], texts[1],
                                                                                                 texts[2], texts[3]);
        else
                r = ((int (*)(const char *)) function)(texts[3]);
        printf("ret=%d errno=%d\n", r, errno);
        for (int i = 0; i < 4; i++)
                free(texts[i]);
}

static void stream(void (*function)(void), int namespaced, struct words *w) {
        size_t length;
        char *name_space = namespaced ? decode_text(next_word(w), &length) : NULL;
        char *identifier = decode_text(next_word(w), &length);
        int priority = (int) strtol(next_word(w), NULL, 0), prefix = (int) strtol(next_word(w), NULL, 0), r;

        if (namespaced)
                r = ((int (*)(const char *, const char *, int, int)) function)(name_space, identifier, priority, prefix);
        else
                r = ((int (*)(const char *, int, int)) function)(identifier, priority, prefix);
        printf("ret=%d", r);
        if (r >= 0) {
                int size = 0;
                socklen_t n = sizeof size;

                getsockopt(r, SOL_SOCKET, SO_SNDBUF, &size, &n);
                printf(" sndbuf=%d", size);
        }
        putchar('\n');
        free(name_space);
        free(identifier);
}

/* 0: not one of these commands. */
int journal_call(void *library, const char *f, struct words *w) {
        void (*function)(void);
        int located = strstr(f, "_with_location") != NULL;
        size_t n;

        if (!strcmp(f, "journal")) {
                if (mount_run(!strcmp(next_word(w), "bare")) < 0)
                        printf("failed: %m\n");
        } else if (!strcmp(f, "name")) {
                program_invocation_short_name = decode_text(next_word(w), &n);
                puts("ok");
        } else if (!strcmp(f, "errno")) {
                errno_before = (int) strtol(next_word(w), NULL, 0);
                puts("ok");
        } else if (!strcmp(f, "listen"))
                open_listener(next_word(w));
        else if (!strcmp(f, "accepted"))
                print_accepted();
        else if (!strcmp(f, "tcp")) {
                int number = (int) strtol(next_word(w), NULL, 0);

                connect_tcp(number, (int) strtol(next_word(w), NULL, 0));
        } else if (!strcmp(f, "tcp-received"))
                print_tcp((int) strtol(next_word(w), NULL, 0));
        else if (!strcmp(f, "cached"))
                print_cached();
        else if (!strcmp(f, "many")) {
                if ((function = (void (*)(void)) dlsym(library, "sd_journal_sendv")))
                        sendv(function, 0, w, 1);
                else
                        puts("missing");
        } else if (!strcmp(f, "at-once"))
                threads_call(library, w);
        else if (strncmp(f, "sd_journal_", 11))
                return 0;
        else if (!(function = (void (*)(void)) dlsym(library, f)))
                puts("missing");
        else if (!strncmp(f, "sd_journal_sendv", 16))
                sendv(function, located, w, 0);
        else if (!strncmp(f, "sd_journal_stream", 17))
                stream(function, strstr(f, "_with_namespace") != NULL, w);
        else if (!strncmp(f, "sd_journal_perror", 17))
                perror_call(function, located, w);
        else
                variadic(f, function, w);
        return 1;
}
