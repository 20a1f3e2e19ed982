/* The C functions of sd-daemon.h and sdnotify.h under their own names, and notify(). */
#include "message.h"

#include <errno.h>
#include <sdnotify.h>
#include <systemd/sd-daemon.h>

static const char *const notify_variables[] = { "NOTIFY_SOCKET", NULL };
static const char *const listen_variables[] = { "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES", NULL };
static const char *const watchdog_variables[] = { "WATCHDOG_USEC", "WATCHDOG_PID", NULL };

/* The variables are not removed by the C functions: the strings in the environment are Perl's, and would be lost. */
#define KEEP 0
#define FORGET(variables) \
        if (unset) \
                sd_forget(aTHX_ variables)

/* No function may take a pointer out of an argument that the code of another can release. */
#undef dXSARGS
#define dXSARGS \
        dSP; \
        dAXMARK; \
        dITEMS; \
        sd_hold(aTHX_ ax, items)

/* Ends a call that sent to $NOTIFY_SOCKET. The address is kept for notify_error(). */
static int told(pTHX_ int result, sd_flag unset) {
        const char *address = unset ? getenv("NOTIFY_SOCKET") : NULL;

        if (address != NULL)
                sv_setpv(get_sv("Systemd::Daemon::_address", GV_ADD), address);
        FORGET(notify_variables);
        return result;
}

/* Text made by Perl's sprintf: NULL for a format that is undef. */
static const char *formatted(pTHX_ SV *format, SSize_t ax, SSize_t count) {
        SV **arguments;
        SV *pattern;
        SV *text;

        SvGETMAGIC(format);
        if (!SvOK(format))
                return NULL;
        /* Copies: what the arguments do while they are formatted may change the format, or move the stack. */
        pattern = sv_newmortal();
        sv_setsv_nomg(pattern, format);
        (void) SvPV_force_nolen(pattern);
        arguments = (SV **) SvPVX(sv_2mortal(newSV((count + 1) * sizeof *arguments)));
        Copy(PL_stack_base + ax, arguments, count, SV *);
        text = newSVpvs_flags("", SVs_TEMP | SvUTF8(pattern));
        sv_vcatpvfn(text, SvPVX_const(pattern), SvCUR(pattern), NULL, arguments, count, NULL);
        return sd_state_of(aTHX_ text);
}

static int tell(const struct message *message) {
        if (message->too_long && (message->by_channel ? message->channel != -1 : getenv("NOTIFY_SOCKET") != NULL))
                return -EMSGSIZE;
        if (!message->by_channel)
                return sd_pid_notify_with_fds(message->pid, KEEP, message->state, message->fds, message->n_fds);
        /* A seccomp filter may allow sendto() alone. */
        return message->fds == NULL
                       ? sdn_send(message->channel, message->state)
                       : sdn_send_with_fds(message->channel, message->state, message->fds, message->n_fds);
}

MODULE = Systemd::Daemon        PACKAGE = Systemd::Daemon

PROTOTYPES: DISABLE

int
notify(...)
    PREINIT:
        struct message message;
    CODE:
        sd_message(aTHX_ ax, items, &message);
        RETVAL = told(aTHX_ tell(&message), message.unset);
    OUTPUT:
        RETVAL

int
sd_notify(sd_flag unset, sd_state state)
    CODE:
        RETVAL = told(aTHX_ sd_notify(KEEP, state), unset);
    OUTPUT:
        RETVAL

int
sd_pid_notify(pid_t pid, sd_flag unset, sd_state state)
    CODE:
        RETVAL = told(aTHX_ sd_pid_notify(pid, KEEP, state), unset);
    OUTPUT:
        RETVAL

int
sd_pid_notify_with_fds(pid_t pid, sd_flag unset, SV *state, SV *fds)
    PREINIT:
        int *numbers;
        size_t count;
    CODE:
        /* The text last: objects among fds run code, which could change it. */
        numbers = sd_fds_of(aTHX_ fds, &count);
        RETVAL = told(aTHX_ sd_pid_notify_with_fds(pid, KEEP, sd_state_of(aTHX_ state), numbers, count), unset);
    OUTPUT:
        RETVAL

int
sd_notifyf(sd_flag unset, SV *format, ...)
    PREINIT:
        const char *text;
    CODE:
        text = formatted(aTHX_ format, ax + 2, items - 2);
        RETVAL = told(aTHX_ sd_notifyf(KEEP, text != NULL ? "%s" : NULL, text), unset);
    OUTPUT:
        RETVAL

int
sd_pid_notifyf(pid_t pid, sd_flag unset, SV *format, ...)
    PREINIT:
        const char *text;
    CODE:
        text = formatted(aTHX_ format, ax + 3, items - 3);
        RETVAL = told(aTHX_ sd_pid_notifyf(pid, KEEP, text != NULL ? "%s" : NULL, text), unset);
    OUTPUT:
        RETVAL

int
sd_pid_notifyf_with_fds(pid_t pid, sd_flag unset, SV *fds, SV *format, ...)
    PREINIT:
        const char *text;
        int *numbers;
        size_t count;
    CODE:
        numbers = sd_fds_of(aTHX_ fds, &count);
        text = formatted(aTHX_ format, ax + 4, items - 4);
        RETVAL = told(aTHX_ sd_pid_notifyf_with_fds(pid, KEEP, numbers, count, text != NULL ? "%s" : NULL, text), unset);
    OUTPUT:
        RETVAL

int
sd_notify_barrier(sd_flag unset, sd_usec timeout = UINT64_MAX)
    CODE:
        RETVAL = told(aTHX_ sd_notify_barrier(KEEP, timeout), unset);
    OUTPUT:
        RETVAL

int
sd_pid_notify_barrier(pid_t pid, sd_flag unset, sd_usec timeout = UINT64_MAX)
    CODE:
        RETVAL = told(aTHX_ sd_pid_notify_barrier(pid, KEEP, timeout), unset);
    OUTPUT:
        RETVAL

SV *
sd_watchdog_enabled(sd_flag unset = 0)
    PREINIT:
        uint64_t usec = 0;
        int result;
    CODE:
        result = sd_watchdog_enabled(KEEP, &usec);
        FORGET(watchdog_variables);
        RETVAL = result > 0 ? sd_number(aTHX_ usec) : newSViv(result);
    OUTPUT:
        RETVAL

int
sd_listen_fds(sd_flag unset = 0)
    CODE:
        RETVAL = sd_listen_fds(KEEP);
        FORGET(listen_variables);
    OUTPUT:
        RETVAL

void
sd_listen_fds_with_names(sd_flag unset = 0)
    PREINIT:
        char **names = NULL;
        int result;
        int count;
    PPCODE:
        result = sd_listen_fds_with_names(KEEP, &names);
        FORGET(listen_variables);
        SPAGAIN;
        SP -= items;
        count = names != NULL ? result : 0;
        EXTEND(SP, 1 + count);
        mPUSHi(result);
        for (int index = 0; index < count; index++) {
                if (GIMME_V == G_ARRAY)
                        mPUSHp(names[index], strlen(names[index]));
                free(names[index]);
        }
        free(names);

int
sd_is_fifo(sd_fd fd, sd_path path = NULL)

int
sd_is_special(sd_fd fd, sd_path path = NULL)

int
sd_is_mq(sd_fd fd, sd_path path = NULL)

int
sd_is_socket(sd_fd fd, int family = 0, int type = 0, int listening = -1)

int
sd_is_socket_inet(sd_fd fd, int family = 0, int type = 0, int listening = -1, int port = 0)
    CODE:
        if (port < 0 || port > 65535)
                croak("port is out of range: %d", port);
        RETVAL = sd_is_socket_inet(fd, family, type, listening, (uint16_t) port);
    OUTPUT:
        RETVAL

int
sd_is_socket_sockaddr(sd_fd fd, int type, SV *address, int listening = -1)
    PREINIT:
        struct sockaddr_storage aligned = { 0 };
        SV *copy;
        const char *bytes;
        STRLEN length;
    CODE:
        copy = sv_mortalcopy(address);
        if (!SvOK(copy)) {
                RETVAL = sd_is_socket_sockaddr(fd, type, NULL, 0, listening);
        } else {
                bytes = SvPVbyte(copy, length);
                length = length < sizeof aligned ? length : sizeof aligned;
                memcpy(&aligned, bytes, length);
                RETVAL = sd_is_socket_sockaddr(fd, type, (struct sockaddr *) &aligned, length, listening);
        }
    OUTPUT:
        RETVAL

int
sd_is_socket_unix(sd_fd fd, int type = 0, int listening = -1, SV *path = NULL, SV *length = NULL, ...)
    PREINIT:
        const char *bytes = NULL;
        STRLEN count = 0;
        int wanted = 0;
    CODE:
        if (length != NULL)
                wanted = sd_int(aTHX_ length, "length");
        if (path != NULL)
                SvGETMAGIC(path);
        if (path != NULL && SvOK(path)) {
                bytes = SvPV_nomg_const(path, count);
                if (count > 0 && bytes[0] != '\0' && memchr(bytes, '\0', count) != NULL)
                        croak("path contains a NUL");
                if (length != NULL) {
                        if (wanted < 0 || (STRLEN) wanted > count)
                                croak("length is not within the path: %d", wanted);
                        count = wanted != 0 ? (STRLEN) wanted : strlen(bytes);
                }
        }
        RETVAL = sd_is_socket_unix(fd, type, listening, bytes, count);
    OUTPUT:
        RETVAL

int
sd_booted()

SV *
sd_pidfd_get_inode_id(sd_fd pidfd)
    PREINIT:
        uint64_t id = 0;
        int result;
    CODE:
        result = sd_pidfd_get_inode_id(pidfd, &id);
        RETVAL = result >= 0 ? sd_number(aTHX_ id) : newSViv(result);
    OUTPUT:
        RETVAL

SV *
sdn_connect(sd_flag unset = 0)
    PREINIT:
        int channel;
        int result;
    CODE:
        result = told(aTHX_ sdn_connect(KEEP, &channel), unset);
        RETVAL = result == 0 ? newSV(0) : newSViv(result > 0 ? channel : result);
    OUTPUT:
        RETVAL

int
sdn_send(sd_channel channel, sd_state state)

int
sdn_sendf(sd_channel channel, SV *format, ...)
    PREINIT:
        const char *text;
    CODE:
        text = formatted(aTHX_ format, ax + 2, items - 2);
        RETVAL = sdn_send(channel, text);
    OUTPUT:
        RETVAL

int
sdn_send_with_fds(sd_channel channel, sd_state state, SV *fds)
    PREINIT:
        int *numbers;
        size_t count;
    CODE:
        numbers = sd_fds_of(aTHX_ fds, &count);
        RETVAL = sdn_send_with_fds(channel, state, numbers, count);
    OUTPUT:
        RETVAL

int
sdn_status(sd_channel channel, sd_line line)

int
sdn_reloading(sd_channel channel)

int
sdn_barrier(sd_channel channel, sd_usec timeout = UINT64_MAX)

SV *
sdn_heartbeat_interval(sd_flag unset = 0)
    PREINIT:
        uint64_t usec;
        int result;
    CODE:
        result = sdn_heartbeat_interval(unset, &usec);
        FORGET(watchdog_variables);
        RETVAL = result > 0 ? sd_number(aTHX_ usec) : newSViv(result);
    OUTPUT:
        RETVAL
