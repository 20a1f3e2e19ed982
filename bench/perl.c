/* The C call that the Perl bindings are measured against: ns a message, and ns a call without a service manager.
 * Arguments: batches of messages, calls. $NOTIFY_SOCKET names a socket of ours, which is standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>

static double now(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

int main(int argc, char **argv) {
        long batches = argc > 2 ? atol(argv[1]) : 0, calls = argc > 2 ? atol(argv[2]) : 0;
        double time = 0, start;
        char buffer[64];

        for (long batch = 0; batch < batches; batch++) {
                start = now();
                for (int i = 0; i < 8; i++)
                        if (sd_notify(0, "WATCHDOG=1\n") != 1)
                                return 1;
                time += now() - start;
                for (int i = 0; i < 8; i++)
                        if (recv(0, buffer, sizeof buffer, 0) != 11)
                                return 1;
        }
        unsetenv("NOTIFY_SOCKET");
        start = now();
        for (long call = 0; call < calls; call++)
                sd_notify(0, "WATCHDOG=1\n");
        printf("%f %f\n", time / (double) batches / 8, (now() - start) / (double) calls);
        return 0;
}
