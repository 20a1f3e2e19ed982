/* The part of speaker that speaks through a channel of sdnotify.h. */

#define _GNU_SOURCE
#include "confine.h"
#include "speaker.h"

#include <sdnotify.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int channel = -1;

static void connect_to_manager(const char *unset_environment) {
        expect(sdn_connect(atoi(unset_environment), &channel), 1, "sdn_connect");
}

static void chroot_to(const char *directory) {
        expect(confine("chroot", directory), 0, "chroot");
}

static void become_user(const char *uid) {
        expect(confine("user", uid), 0, "user");
}

static void send_text(const char *text) {
        expect(sdn_send(channel, text), 1, "sdn_send");
}

static void send_status(const char *line) {
        expect(sdn_status(channel, line), 1, "sdn_status");
}

static void send_long_status(const char *length) {
        expect(sdn_statusf(channel, "%0*d", atoi(length), 7), 1, "sdn_statusf");
}

static void announce_reload(const char *unused) {
        (void) unused;
        expect(sdn_reloading(channel), 1, "sdn_reloading");
}

static void store_channel(const char *name) {
        const char *const parts[] = { "FDSTORE=1\nFDNAME=", name };
        char state[64] = "";

        for (int i = 0; i < 2; i++)
                strncat(state, parts[i], sizeof state - strlen(state) - 1);
        expect(sdn_send_with_fds(channel, state, (const int[]) { STDIN_FILENO }, 1), 1, "sdn_send_with_fds");
}

static void barrier(const char *unused) {
        (void) unused;
        expect(sdn_barrier(channel, 30000000), 1, "sdn_barrier");
}

const struct verb channel_verbs[] = {
        { "connect", connect_to_manager }, { "chroot", chroot_to }, { "user", become_user }, { "channel", send_text },
        { "channel-status", send_status }, { "channel-long-status", send_long_status },
        { "channel-reloading", announce_reload }, { "channel-store", store_channel },
        { "channel-barrier", barrier }, { NULL, NULL },
};
