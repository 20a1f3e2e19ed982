/* A service with a heartbeat: cc heartbeat.c $(pkg-config --cflags --libs libsdnotify) */

#include <signal.h>
#include <stdint.h>
#include <systemd/sd-daemon.h>
#include <time.h>

int main(void) {
        sigset_t stop;
        sigemptyset(&stop);
        sigaddset(&stop, SIGTERM);
        sigaddset(&stop, SIGINT);
        sigprocmask(SIG_BLOCK, &stop, NULL);

        /* Half of the interval that the manager asks for; an hour where it asks for none. */
        uint64_t usec;
        if (sd_watchdog_enabled(0, &usec) <= 0)
                usec = UINT64_C(7200000000);
        usec /= 2;
        struct timespec interval = {
                .tv_sec = (time_t) (usec / 1000000),
                .tv_nsec = (long) (usec % 1000000) * 1000,
        };

        sd_notify(0, "READY=1\nSTATUS=Waiting for work");
        for (unsigned beats = 1; sigtimedwait(&stop, NULL, &interval) < 0; beats++)
                sd_notifyf(0, "WATCHDOG=1\nSTATUS=%u heartbeats", beats);
        sd_notify(0, "STOPPING=1\nSTATUS=Good bye");
        return 0;
}
