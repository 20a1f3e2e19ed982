#include "variable.h"

#include <errno.h>

#define NAMED(name) STR_WITH_LEN(name)
#define FOREVER UINT64_MAX

/* 0 turns a watchdog off, and extends nothing. */
static const struct variable variables[] = {
        { NAMED("READY"), SWITCH, 0, 0 },
        { NAMED("STATUS"), STATUS_TEXT, 0, 0 },
        { NAMED("WATCHDOG"), WATCHDOG, 0, 0 },
        { NAMED("STOPPING"), SWITCH, 0, 0 },
        { NAMED("RELOADING"), RELOADING, 0, 0 },
        { NAMED("MONOTONIC_USEC"), RELOADING_TIME, 1, FOREVER - 1 },
        { NAMED("EXTEND_TIMEOUT_USEC"), NUMBER, 1, FOREVER - 1 },
        { NAMED("WATCHDOG_USEC"), NUMBER, 0, FOREVER },
        { NAMED("MAINPID"), NUMBER, 1, INT_MAX },
        { NAMED("MAINPIDFDID"), NUMBER, 1, FOREVER },
        { NAMED("ERRNO"), ERROR_NUMBER, 0, 4095 },
        { NAMED("EXIT_STATUS"), NUMBER, 0, 255 },
        { NAMED("FDSTORE"), SWITCH, 0, 0 },
        { NAMED("FDNAME"), DESCRIPTOR_NAME, 0, 0 },
        { NAMED("FDPOLL"), NUMBER, 0, 1 },
        { NAMED("FDSTOREREMOVE"), ONE, 0, 0 },
        { NAMED("MAINPIDFD"), ONE, 0, 0 },
        { NAMED("RESTART_RESET"), ONE, 0, 0 },
        { NAMED("NOTIFYACCESS"), ACCESS, 0, 0 },
        { NAMED("pid"), PID, 0, 0 },
        { NAMED("unset"), UNSET, 0, 0 },
        { NAMED("fds"), FDS, 0, 0 },
        { NAMED("channel"), CHANNEL, 0, 0 },
};

const struct variable *sd_variable(const char *name, STRLEN length) {
        static const struct variable other = { NULL, 0, TEXT, 0, 0 };

        for (size_t index = 0; index < C_ARRAY_LENGTH(variables); index++)
                if (variables[index].length == length && memEQ(variables[index].name, name, length))
                        return &variables[index];
        return &other;
}

/* As systemd reads a number: by strtoull(3), all of it, without a sign that would wrap it around. */
static bool is_number(const char *text, STRLEN length, uint64_t lowest, uint64_t highest) {
        const char *digits = text + strspn(text, " \t\n\r");
        unsigned long long number;
        char *end;

        if (!isDIGIT_A(*digits) && *digits != '+')
                return false;
        errno = 0;
        number = strtoull(digits, &end, 0);
        return errno == 0 && end != digits && end == text + length && number >= lowest && number <= highest;
}

static bool is_error_name(const char *text, STRLEN length) {
        STRLEN good = 1;

        if (length < 2 || text[0] != 'E')
                return false;
        while (good < length && (isUPPER_A(text[good]) || isDIGIT_A(text[good])))
                good++;
        return good == length;
}

static bool is_descriptor_name(const char *text, STRLEN length) {
        for (STRLEN index = 0; index < length; index++)
                if (!isPRINT_A(text[index]) || text[index] == ':')
                        return false;
        return length <= 255;
}

static bool is_access(const char *text) {
        return strEQ(text, "none") || strEQ(text, "main") || strEQ(text, "exec") || strEQ(text, "all");
}

void sd_check(pTHX_ const struct variable *variable, const char *text, STRLEN length) {
        const uint64_t lowest = variable->lowest;
        const uint64_t highest = variable->highest;
        SV *given;

        switch (variable->kind) {
        case NUMBER:
        case RELOADING_TIME:
                if (is_number(text, length, lowest, highest))
                        return;
                break;
        case ERROR_NUMBER:
                if (is_number(text, length, lowest, highest) || is_error_name(text, length))
                        return;
                break;
        case ONE:
                if (length == 1 && text[0] == '1')
                        return;
                break;
        case ACCESS:
                if (is_access(text))
                        return;
                break;
        case DESCRIPTOR_NAME:
                if (is_descriptor_name(text, length))
                        return;
                break;
        default:
                return;
        }
        given = newSVpvn_flags(text, length, SVs_TEMP);
        if (variable->kind == ONE)
                croak("notify: %s must be 1, not %s", variable->name, sd_quoted(aTHX_ given));
        if (variable->kind == ACCESS)
                croak("notify: %s must be none, main, exec or all, not %s", variable->name, sd_quoted(aTHX_ given));
        if (variable->kind == DESCRIPTOR_NAME)
                croak("notify: %s must be at most 255 printable ASCII characters without a colon, not %s", variable->name,
                      sd_quoted(aTHX_ given));
        croak("notify: %s must be an integer from %" UVuf " to %" UVuf ", not %s", variable->name, (UV) lowest, (UV) highest,
              sd_quoted(aTHX_ given));
}
