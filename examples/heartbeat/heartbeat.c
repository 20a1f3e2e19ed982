/* heartbeat: a service whose manager notices if its main loop hangs. Its work is to read the machine's load.
 *
 *   cc heartbeat.c -o heartbeat $(pkg-config --cflags --libs libsdnotify libsdjournal)
 *
 * The main loop sends the heartbeat, after the work of each iteration: a loop that hangs misses it. A separate thread or
 * timer would keep beating.
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
        /* Without a watchdog (no WatchdogSec=, or no service manager), usec keeps its value: iterate every 10 s. */
        uint64_t usec = 20 * 1000000;
        int r = sd_watchdog_enabled(0, &usec);
        if (r < 0) {
                fprintf(stderr, SD_ERR "the watchdog: %s\n", strerror(-r));
                return 1;
        }
        const uint64_t half = usec / 2;
        const struct timespec interval = { (time_t) (half / 1000000), (long) (half % 1000000) * 1000 };

        /* A blocked signal stays pending until the loop takes it, between two iterations. */
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        sigprocmask(SIG_BLOCK, &signals, NULL);

        unsigned long iterations;
        double load;
        for (iterations = 1;; iterations++) {
                r = read_load(&load);
                if (r < 0) {
                        fprintf(stderr, SD_ERR "/proc/loadavg: %s\n", strerror(-r));
                        return 1;
                }
                r = sd_notifyf(0, "%sWATCHDOG=1\nSTATUS=Load %.2f, iteration %lu.",
                               iterations == 1 ? "READY=1\n" : "", load, iterations);
                if (r < 0)
                        fprintf(stderr, SD_WARNING "the service manager: %s\n", strerror(-r));
                if (sigtimedwait(&signals, NULL, &interval) > 0)
                        break;
        }

        sd_notify(0, "STOPPING=1\nSTATUS=Stopping.");
        /* journalctl finds entries by their fields: journalctl HEARTBEAT_ITERATIONS=3 */
        sd_journal_send("MESSAGE=Stopped in iteration %lu", iterations, "PRIORITY=%d", LOG_INFO,
                        "HEARTBEAT_ITERATIONS=%lu", iterations, "HEARTBEAT_LOAD=%.2f", load, NULL);
        return 0;
}
