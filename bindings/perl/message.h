/* notify()'s named arguments, as one message. */
#ifndef SYSTEMD_DAEMON_MESSAGE_H
#define SYSTEMD_DAEMON_MESSAGE_H

#include "values.h"

struct message {
        pid_t pid;
        sd_flag unset;
        int *fds;
        size_t n_fds;
        const char *state;
};

/* Reads count values of the Perl stack, names and values in turn. The parts live until the statement ends. */
void sd_message(pTHX_ SV **arguments, SSize_t count, struct message *message);

#endif
