/* notify()'s named arguments, as one message. */
#ifndef SYSTEMD_DAEMON_MESSAGE_H
#define SYSTEMD_DAEMON_MESSAGE_H

#include "values.h"

struct message {
        pid_t pid;
        sd_flag unset;
        bool by_channel;
        sd_channel channel;
        int *fds;
        size_t n_fds;
        const char *state;
        bool too_long; /* systemd would drop it */
};

/* Reads count values from place ax of the Perl stack on, names and values in turn; they are held (see sd_hold()). The
   parts of the message live until the statement ends. */
void sd_message(pTHX_ SSize_t ax, SSize_t count, struct message *message);

#endif
