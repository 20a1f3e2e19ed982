#include "message.h"

#include <time.h>

/* As sv_catpvn(), which does much more. */
static void put(pTHX_ SV *state, const char *text, STRLEN length) {
        STRLEN end = SvCUR(state);

        if (SvLEN(state) < end + length + 1)
                sv_grow(state, 2 * (end + length + 1));
        memcpy(SvPVX(state) + end, text, length);
        SvCUR_set(state, end + length);
}

enum kind {
        TEXT,
        SWITCH, /* sent as 1, or not at all */
        RELOADING, /* a switch that goes with the time */
        WATCHDOG, /* a switch that can also be "trigger" */
        PID,
        UNSET,
        FDS
};

static enum kind kind_of(const char *name, STRLEN length) {
        static const struct {
                const char *name;
                enum kind kind;
        } known[] = {
                { "READY", SWITCH }, { "STOPPING", SWITCH }, { "FDSTORE", SWITCH }, { "RELOADING", RELOADING },
                { "WATCHDOG", WATCHDOG }, { "pid", PID }, { "unset", UNSET }, { "fds", FDS },
        };

        for (size_t index = 0; index < C_ARRAY_LENGTH(known); index++)
                if (strlen(known[index].name) == length && memEQ(known[index].name, name, length))
                        return known[index].kind;
        return TEXT;
}

/* Appends "NAME=". Names are letters, digits and _: anything else could smuggle in another assignment. */
static enum kind add_name(pTHX_ SV *state, SV *value) {
        STRLEN length;
        const char *name = SvPV_const(value, length);
        STRLEN good = 0;
        enum kind kind;

        while (good < length && isWORDCHAR_A(name[good]))
                good++;
        if (length == 0 || good < length)
                croak("notify: not the name of a variable: %s", sd_quoted(aTHX_ value));
        kind = kind_of(name, length);
        if (kind == TEXT && isLOWER_A(name[0]))
                Perl_ck_warner(aTHX_ packWARN(WARN_MISC), "notify: %s is sent as it is; systemd's variables are in capitals",
                               name);
        put(aTHX_ state, name, length);
        put(aTHX_ state, STR_WITH_LEN("="));
        return kind;
}

/* The end of state is the name, which start is the offset of: no code of the caller's can have changed it there. */
static void add_text(pTHX_ SV *state, STRLEN start, SV *value) {
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
        put(aTHX_ state, text, length);
        put(aTHX_ state, STR_WITH_LEN("\n"));
}

static bool is_trigger(pTHX_ SV *value) {
        STRLEN length;
        const char *text = SvPV_nomg_const(value, length);

        return length == 7 && memEQ(text, "trigger", 7);
}

static bool is_given(pTHX_ SV **arguments, SSize_t count, const char *name) {
        for (SSize_t index = 0; index < count; index += 2)
                if (strEQ(SvPV_nolen_const(arguments[index]), name))
                        return true;
        return false;
}

static void add_time(pTHX_ SV *state) {
        struct timespec now;
        char text[80];
        int length;

        clock_gettime(CLOCK_MONOTONIC, &now);
        length = my_snprintf(text, sizeof text, "MONOTONIC_USEC=%" UVuf "%06ld\n", (UV) now.tv_sec, now.tv_nsec / 1000);
        put(aTHX_ state, text, length);
}

void sd_message(pTHX_ SV **arguments, SSize_t count, struct message *message) {
        SV *state = sv_2mortal(newSV(128));

        if (count % 2 != 0)
                croak("notify: the last variable has no value");
        memset(message, 0, sizeof *message);
        SvPOK_on(state);
        SvCUR_set(state, 0);
        for (SSize_t index = 0; index < count; index += 2) {
                STRLEN start = SvCUR(state);
                enum kind kind = add_name(aTHX_ state, arguments[index]);
                SV *value = arguments[index + 1];

                SvGETMAGIC(value);
                if (kind == TEXT) {
                        add_text(aTHX_ state, start, value);
                } else if (kind == PID || kind == UNSET || kind == FDS) {
                        SvCUR_set(state, start);
                        if (kind == PID)
                                message->pid = SvOK(value) ? sd_int(aTHX_ value, "notify: pid") : 0;
                        else if (kind == UNSET)
                                message->unset = SvTRUE_nomg(value);
                        else
                                message->fds = sd_fds_of(aTHX_ value, &message->n_fds);
                } else if (!SvTRUE_nomg(value)) {
                        SvCUR_set(state, start);
                } else if (kind == WATCHDOG && is_trigger(aTHX_ value)) {
                        put(aTHX_ state, STR_WITH_LEN("trigger\n"));
                } else {
                        put(aTHX_ state, STR_WITH_LEN("1\n"));
                        if (kind == RELOADING && !is_given(aTHX_ arguments, count, "MONOTONIC_USEC"))
                                add_time(aTHX_ state);
                }
        }
        *SvEND(state) = '\0';
        message->state = SvPVX_const(state);
}
