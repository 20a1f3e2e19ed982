/* The variables that systemd knows, and the values that have an effect. */
#ifndef SYSTEMD_DAEMON_VARIABLE_H
#define SYSTEMD_DAEMON_VARIABLE_H

#include "values.h"

enum kind {
        TEXT,
        STATUS_TEXT, /* cut where the message would be too long */
        NUMBER,
        ERROR_NUMBER, /* a number, or a name such as ENOENT */
        ONE, /* has an effect as 1 only */
        ACCESS,
        DESCRIPTOR_NAME,
        SWITCH, /* sent as 1, or not at all */
        RELOADING, /* a switch that goes with the time */
        RELOADING_TIME,
        WATCHDOG, /* a switch that can also be "trigger" */
        PID,
        UNSET,
        FDS,
        CHANNEL
};

struct variable {
        const char *name;
        STRLEN length;
        enum kind kind;
        uint64_t lowest;
        uint64_t highest;
};

/* The variable or option of a name; one of kind TEXT if it is not known. */
const struct variable *sd_variable(const char *name, STRLEN length);

/* Croaks if systemd would ignore the value, or could not read it. text ends with a NUL. */
void sd_check(pTHX_ const struct variable *variable, const char *text, STRLEN length);

#endif
