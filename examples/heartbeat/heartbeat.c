/* heartbeat: a service whose manager notices when its main loop is stuck. Its work is to read the machine's load.
 *
 *   cc heartbeat.c -o heartbeat $(pkg-config --cflags --libs libsdnotify libsdjournal)
 *
 * The beat comes out of the main loop, after the work of each turn: a loop that hangs misses it. A thread or a timer
 * beside the loop would go on beating.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

static int read_load(double *load) {
        FILE *file = fopen("/proc/loadavg", "re");
        if (!file)
                return -errno;
        int fields = fscanf(file, "%lf", load);
        fclose(file);
        return fields == 1 ? 0 : -EIO;
}

int main(void) {
        /* 0: nobody watches (the unit has no WatchdogSec=, or there is no service manager), then each 10 s will do. */
        uint64_t usec = 20 * 1000000;
        int r = sd_watchdog_enabled(0, &usec);
        if (r < 0) {
                fprintf(stderr, SD_ERR "the watchdog: %s\n", strerror(-r));
                return 1;
        }
        const uint64_t half = usec / 2;
        const struct timespec interval = { (time_t) (half / 1000000), (long) (half % 1000000) * 1000 };

        /* A signal that is blocked waits until the loop takes it, between two turns. */
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        sigprocmask(SIG_BLOCK, &signals, NULL);

        unsigned long turns;
        double load;
        for (turns = 1;; turns++) {
                r = read_load(&load);
                if (r < 0) {
                        fprintf(stderr, SD_ERR "/proc/loadavg: %s\n", strerror(-r));
                        return 1;
                }
                r = sd_notifyf(0, "%sWATCHDOG=1\nSTATUS=Load %.2f after %lu turns.", turns == 1 ? "READY=1\n" : "",
                               load, turns);
                if (r < 0)
                        fprintf(stderr, SD_WARNING "the service manager: %s\n", strerror(-r));
                if (sigtimedwait(&signals, NULL, &interval) > 0)
                        break;
        }

        sd_notify(0, "STOPPING=1\nSTATUS=Stopping.");
        /* Fields that journalctl can be asked for: journalctl HEARTBEAT_TURNS=3 */
        sd_journal_send("MESSAGE=Stopped after %lu turns", turns, "PRIORITY=%d", LOG_INFO, "HEARTBEAT_TURNS=%lu", turns,
                        "HEARTBEAT_LOAD=%.2f", load, NULL);
        return 0;
}
