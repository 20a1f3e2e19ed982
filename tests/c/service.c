/* service [VERB ARG]...: a service that does as its arguments say, one after the other; the unit files of the tests script
 * it. A call that does not return what it should ends it with status 1 and a line on standard error.
 *
 *   notify TEXT      sends TEXT
 *   sleep SECONDS    hangs: it beats no more
 *   beat SECONDS     sends WATCHDOG=1 every half WATCHDOG_USEC for so long
 */

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <systemd/sd-daemon.h>

static void expect(int result, int wanted, const char *what) {
        if (result == wanted)
                return;
        fprintf(stderr, "service: %s: %d\n", what, result);
        exit(1);
}

static void pause_for(uint64_t usec) {
        struct timespec t = { (time_t) (usec / 1000000), (long) (usec % 1000000) * 1000 };
        while (nanosleep(&t, &t) < 0)
                ;
}

static uint64_t now(void) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

static uint64_t seconds(const char *text) {
        return (uint64_t) (strtod(text, NULL) * 1e6);
}

static void beat(uint64_t usec) {
        uint64_t period, end = now() + usec;
        expect(sd_watchdog_enabled(0, &period), 1, "sd_watchdog_enabled");
        while (now() < end) {
                expect(sd_notify(0, "WATCHDOG=1"), 1, "sd_notify");
                pause_for(period / 2);
        }
}

int main(int argc, char **argv) {
        for (int i = 1; i + 1 < argc; i += 2) {
                const char *verb = argv[i], *argument = argv[i + 1];
                if (!strcmp(verb, "notify"))
                        expect(sd_notify(0, argument), 1, "sd_notify");
                else if (!strcmp(verb, "sleep"))
                        pause_for(seconds(argument));
                else if (!strcmp(verb, "beat"))
                        beat(seconds(argument));
                else
                        expect(-1, 0, verb);
        }
        return 0;
}
