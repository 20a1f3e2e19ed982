#include "message.h"
#include "variable.h"

#include <time.h>

/* systemd drops a longer message, all of it. */
#define MESSAGE_MAX 4096

/* The stack may move whenever code of a value runs. */
#define ARGUMENT(index) PL_stack_base[ax + (index)]

/* Does what sv_catpvn() does, without its checks. */
static void put(pTHX_ SV *state, const char *text, STRLEN length) {
        STRLEN end = SvCUR(state);

        if (SvLEN(state) < end + length + 1)
                sv_grow(state, 2 * (end + length + 1));
        memcpy(SvPVX(state) + end, text, length);
        SvCUR_set(state, end + length);
}

/* Appends "NAME=". Names are letters, digits and _: anything else could smuggle in another assignment. */
static const struct variable *add_name(pTHX_ SV *state, SV *value) {
        STRLEN length;
        const char *name = SvPV_const(value, length);
        const STRLEN start = SvCUR(state);
        const struct variable *variable;
        STRLEN good = 0;

        while (good < length && isWORDCHAR_A(name[good]))
                good++;
        if (length == 0 || good < length)
                croak("notify: not the name of a variable: %s", sd_quoted(aTHX_ newSVpvn_flags(name, length, SVs_TEMP | SvUTF8(value))));
        put(aTHX_ state, name, length);
        put(aTHX_ state, STR_WITH_LEN("="));
        variable = sd_variable(name, length);
        /* A handler of warnings can change the name. */
        if (variable->kind == TEXT && isLOWER_A(name[0]))
                Perl_ck_warner(aTHX_ packWARN(WARN_MISC), "notify: %.*s is sent as it is; systemd's variables are in capitals",
                               (int) length, SvPVX_const(state) + start);
        return variable;
}

/* The end of state is the name, which start is the offset of: no code of the caller's can have changed it there. */
static void add_text(pTHX_ SV *state, STRLEN start, SV *value, const struct variable *variable) {
        STRLEN length = SvCUR(state) - start - 1;
        const char *text;
        char what[80];

        my_snprintf(what, sizeof what, "notify: the value of %.*s", length < 50 ? (int) length : 50,
                    SvPVX_const(state) + start);
        if (SvROK(value) && !SvAMAGIC(value))
                croak("%s is a reference", what);
        text = sd_text(aTHX_ value, what, &length);
        /* systemd takes either for the end of an assignment. */
        if (memchr(text, '\n', length) != NULL)
                croak("%s contains a newline", what);
        if (memchr(text, '\r', length) != NULL)
                croak("%s contains a carriage return", what);
        sd_check(aTHX_ variable, text, length);
        put(aTHX_ state, text, length);
        put(aTHX_ state, STR_WITH_LEN("\n"));
}

static bool is_trigger(pTHX_ SV *value) {
        STRLEN length;
        const char *text = SvPV_nomg_const(value, length);

        return length == 7 && memEQ(text, "trigger", 7);
}

static void add_time(pTHX_ SV *state, STRLEN place) {
        struct timespec now;
        char text[80];
        int length;

        clock_gettime(CLOCK_MONOTONIC, &now);
        length = my_snprintf(text, sizeof text, "MONOTONIC_USEC=%" UVuf "%06ld\n", (UV) now.tv_sec, now.tv_nsec / 1000);
        sv_insert(state, place, 0, text, length);
}

/* Cuts the text of STATUS, the last one first, between two characters, until systemd reads the message. */
static bool fit(SV *state) {
        while (SvCUR(state) > MESSAGE_MAX) {
                const STRLEN excess = SvCUR(state) - MESSAGE_MAX;
                char *const start = SvPVX(state);
                char *end = start + SvCUR(state); /* of a line, at its newline */
                char *line;
                char *cut;

                for (;;) {
                        if (end == start)
                                return false;
                        end--;
                        for (line = end; line > start && line[-1] != '\n'; line--)
                                ;
                        if (end - line > 7 && memEQ(line, "STATUS=", 7))
                                break;
                        end = line;
                }
                cut = (STRLEN) (end - line - 7) > excess ? end - excess : line + 7;
                while (UTF8_IS_CONTINUATION((U8) *cut))
                        cut--;
                Move(end, cut, start + SvCUR(state) - end, char);
                SvCUR_set(state, SvCUR(state) - (end - cut));
        }
        return true;
}

static void add_option(pTHX_ struct message *message, enum kind kind, SV *value) {
        switch (kind) {
        case PID:
                message->pid = SvOK(value) ? sd_int(aTHX_ value, "notify: pid") : 0;
                break;
        case UNSET:
                message->unset = SvTRUE_nomg(value);
                break;
        case CHANNEL:
                message->by_channel = true;
                message->channel = sd_channel_of(aTHX_ value);
                break;
        default:
                message->fds = sd_fds_of(aTHX_ value, &message->n_fds);
        }
}

void sd_message(pTHX_ SSize_t ax, SSize_t count, struct message *message) {
        SV *state = sv_2mortal(newSV(128));
        STRLEN reloading = 0;
        bool has_time = false;

        if (count % 2 != 0)
                croak("notify: the last variable has no value");
        memset(message, 0, sizeof *message);
        SvPOK_on(state);
        SvCUR_set(state, 0);
        for (SSize_t index = 0; index < count; index += 2) {
                STRLEN start = SvCUR(state);
                const struct variable *variable = add_name(aTHX_ state, ARGUMENT(index));
                SV *value = ARGUMENT(index + 1);

                SvGETMAGIC(value);
                switch (variable->kind) {
                case PID:
                case UNSET:
                case FDS:
                case CHANNEL:
                        SvCUR_set(state, start);
                        add_option(aTHX_ message, variable->kind, value);
                        break;
                case SWITCH:
                case RELOADING:
                case WATCHDOG:
                        if (!SvTRUE_nomg(value)) {
                                SvCUR_set(state, start);
                        } else if (variable->kind == WATCHDOG && is_trigger(aTHX_ value)) {
                                put(aTHX_ state, STR_WITH_LEN("trigger\n"));
                        } else {
                                put(aTHX_ state, STR_WITH_LEN("1\n"));
                                if (variable->kind == RELOADING && reloading == 0)
                                        reloading = SvCUR(state);
                        }
                        break;
                case RELOADING_TIME:
                        has_time = true;
                        /* FALLTHROUGH */
                default:
                        add_text(aTHX_ state, start, value, variable);
                }
        }
        if (message->by_channel && message->pid != 0)
                croak("notify: a channel cannot speak for another pid");
        if (reloading != 0 && !has_time)
                add_time(aTHX_ state, reloading);
        message->too_long = !fit(state);
        *SvEND(state) = '\0';
        message->state = SvPVX_const(state);
}
