#!/usr/bin/python3
"""heartbeat: a service whose manager notices if its main loop hangs. Its work is to read the machine's load.

The main loop sends the heartbeat, after the work of each iteration: a loop that hangs misses it. A separate thread or
timer would keep beating.
"""

import os
import signal

import libsdnotify

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main() -> None:
    # Without a watchdog (no WatchdogSec=, or no service manager), iterate every 10 s.
    interval = (libsdnotify.watchdog_enabled() or 20) / 2
    # A blocked signal stays pending until the loop takes it, between two iterations.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)

    iterations = 0
    stopping = None
    while stopping is None:
        load = os.getloadavg()[0]
        iterations += 1
        if iterations == 1:
            libsdnotify.ready()
        libsdnotify.daemon.notify(f"WATCHDOG=1\nSTATUS=Load {load:.2f}, iteration {iterations}.")
        stopping = signal.sigtimedwait(SIGNALS, interval)

    libsdnotify.stopping("Stopping.")


if __name__ == "__main__":
    main()
