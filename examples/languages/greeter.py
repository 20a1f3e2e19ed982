"""A socket-activated service in Python by cffi, for programs that have cffi already. The package libsdnotify
(bindings/python) needs nothing and does more.

    sdnotify run --watchdog 2s --listen /tmp/greeter.sock -- python3 greeter.py /usr/include/libsdnotify/sdnotify.ffi.h
"""

import os
import select
import signal
import socket
import sys

import cffi

ffi = cffi.FFI()
with open(sys.argv[1]) as declarations:
    ffi.cdef(declarations.read())
sd = ffi.dlopen("libsdnotify.so.0")


def say(what, result):
    """Says what went wrong, and goes on: the service must run without its manager too."""
    if result < 0:
        print(f"{what}: {os.strerror(-result)}", file=sys.stderr, flush=True)
    return result


# 1: the variables are removed from the environment of C, so children do not have them. os.environ is a copy and still
# has them; they are removed there below, for children that get env=dict(os.environ, ...).
channel = ffi.new("int *", -1)
say(f"sdn_connect to {os.environ.get('NOTIFY_SOCKET')}", sd.sdn_connect(1, channel))
usec = ffi.new("uint64_t *")
say("WATCHDOG_USEC", sd.sdn_heartbeat_interval(1, usec))
if sd.sd_listen_fds(1) != 1:
    sys.exit("one socket is needed: start this by a .socket unit, or with sdnotify run --listen")
for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID"):
    os.environ.pop(name, None)

server = socket.socket(fileno=3)
stop, wake = socket.socketpair()
wake.setblocking(False)
signal.set_wakeup_fd(wake.fileno())
signal.signal(signal.SIGTERM, lambda *_: None)
say("READY=1", sd.sdn_send(channel[0], b"READY=1\nSTATUS=Waiting for guests"))
greeted = 0
while True:
    ready, _, _ = select.select([server, stop], [], [], usec[0] / 1e6 if usec[0] else None)
    if stop in ready:
        break
    if server in ready:
        guest, _ = server.accept()
        with guest:
            guest.sendall(b"Hello from Python\n")
        greeted += 1
        say("status", sd.sdn_status(channel[0], f"{greeted} greeted \N{CHECK MARK}".encode()))
    if usec[0]:
        say("WATCHDOG=1", sd.sdn_send(channel[0], b"WATCHDOG=1"))
say("STOPPING=1", sd.sdn_send(channel[0], b"STOPPING=1"))
