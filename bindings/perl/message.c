#include "message.h"

#include <time.h>

/* Variables that are either sent as 1 or not at all. */
static bool is_switch(const char *name) {
        static const char *const switches[] = { "READY", "RELOADING", "STOPPING", "WATCHDOG", "FDSTORE" };

        for (size_t index = 0; index < C_ARRAY_LENGTH(switches); index++)
                if (strEQ(name, switches[index]))
                        return true;
        return false;
}

static const char *name_of(pTHX_ SV *value) {
        STRLEN length;
        const char *name = SvPV_const(value, length);
        size_t index = 0;

        /* Anything else could end the name early, and smuggle another assignment into the message. */
        while (index < length && (isWORDCHAR_A(name[index])))
                index++;
        if (length == 0 || index < length)
                croak("notify: not the name of a variable: \"%" SVf "\"", SVfARG(value));
        return name;
}

static bool is_given(pTHX_ SV **arguments, SSize_t count, const char *name) {
        for (SSize_t index = 0; index < count; index += 2)
                if (strEQ(SvPV_nolen_const(arguments[index]), name))
                        return true;
        return false;
}

static bool is_trigger(pTHX_ SV *value) {
        STRLEN length;
        const char *text = SvPV_nomg_const(value, length);

        return length == 7 && memEQ(text, "trigger", 7);
}

static void add_text(pTHX_ SV *state, const char *name, SV *value) {
        STRLEN length;
        const char *text;
        char what[80];

        my_snprintf(what, sizeof what, "notify: the value of %.50s", name);
        if (SvROK(value) && !SvAMAGIC(value))
                croak("%s is a reference", what);
        text = sd_text(aTHX_ value, what, &length);
        if (memchr(text, '\n', length) != NULL)
                croak("%s contains a newline", what);
        sv_catpvf(state, "%s=", name);
        sv_catpvn(state, text, length);
        sv_catpvs(state, "\n");
}

static void add_reload_time(pTHX_ SV *state) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        sv_catpvf(state, "MONOTONIC_USEC=%" UVuf "\n", (UV) now.tv_sec * 1000000 + (UV) now.tv_nsec / 1000);
}

static void add_switch(pTHX_ SV *state, const char *name, SV *value) {
        if (!SvTRUE_nomg(value))
                return;
        if (strEQ(name, "WATCHDOG") && is_trigger(aTHX_ value))
                sv_catpvs(state, "WATCHDOG=trigger\n");
        else
                sv_catpvf(state, "%s=1\n", name);
}

void sd_message(pTHX_ SV **arguments, SSize_t count, struct message *message) {
        SV *state = sv_2mortal(newSV(128));

        if (count % 2 != 0)
                croak("notify: the last variable has no value");
        memset(message, 0, sizeof *message);
        sv_setpvs(state, "");
        for (SSize_t index = 0; index < count; index += 2) {
                const char *name = name_of(aTHX_ arguments[index]);
                SV *value = arguments[index + 1];

                SvGETMAGIC(value);
                if (strEQ(name, "pid"))
                        message->pid = SvOK(value) ? sd_int(aTHX_ value, "notify: pid") : 0;
                else if (strEQ(name, "unset"))
                        message->unset = SvTRUE_nomg(value);
                else if (strEQ(name, "fds"))
                        message->fds = sd_fds_of(aTHX_ value, &message->n_fds);
                else if (is_switch(name))
                        add_switch(aTHX_ state, name, value);
                else
                        add_text(aTHX_ state, name, value);
                if (strEQ(name, "RELOADING") && SvTRUE_nomg(value) &&
                    !is_given(aTHX_ arguments, count, "MONOTONIC_USEC"))
                        add_reload_time(aTHX_ state);
        }
        message->state = SvPVX_const(state);
}
