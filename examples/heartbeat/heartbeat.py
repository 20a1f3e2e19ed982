#!/usr/bin/python3
"""heartbeat: a service whose manager notices when its main loop is stuck. Its work is to read the machine's load.

The beat comes out of the main loop, after the work of each turn: a loop that hangs misses it. A thread or a timer
beside the loop would go on beating.
"""

import os
import signal

import libsdnotify

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main() -> None:
    # None: nobody watches (the unit has no WatchdogSec=, or there is no service manager), then each 10 s will do.
    interval = (libsdnotify.watchdog_enabled() or 20) / 2
    # A signal that is blocked waits until the loop takes it, between two turns.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)

    turns = 0
    stopping = None
    while stopping is None:
        load = os.getloadavg()[0]
        turns += 1
        if turns == 1:
            libsdnotify.ready()
        libsdnotify.daemon.notify(f"WATCHDOG=1\nSTATUS=Load {load:.2f} after {turns} turns.")
        stopping = signal.sigtimedwait(SIGNALS, interval)

    libsdnotify.stopping("Stopping.")


if __name__ == "__main__":
    main()
