"""Uses an installed libsdnotify as a service does, and is the manager and the journal too: what is sent is read back.

The standard library, and nothing later than Python 3.9. Argument: the machine that it should run on.
"""

import asyncio
import logging
import os
import platform
import socket
import sys
from pathlib import Path

assert platform.machine() == sys.argv[1], platform.machine()


def receiver(path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bound.bind(path)
    bound.settimeout(60)
    return bound


manager = receiver("/run/use/notify")
entries = receiver("/run/systemd/journal/socket")
os.environ["NOTIFY_SOCKET"] = "/run/use/notify"
os.environ["WATCHDOG_USEC"] = "200000"

import libsdnotify  # noqa: E402
from libsdnotify import aio, daemon, journal  # noqa: E402


def said(expected):
    message = manager.recv(4096).decode()
    assert message == expected, message


# What is loaded is what came with the wheel.
package = Path(libsdnotify.__file__).parent
journal.send("Tea is ready", CUPS=3)
with open("/proc/self/maps") as maps:
    loaded = {line.split()[-1] for line in maps if "/libsd" in line}
assert loaded == {str(package / name) for name in ("libsdnotify.so.0", "libsdjournal.so.0")}, loaded
assert b"CUPS=3\n" in entries.recv(65536)

libsdnotify.ready("Serving ✓")
said("READY=1\nSTATUS=Serving ✓")
daemon.notify("STOPPING=1")
said("STOPPING=1")
assert daemon.listen_fds() == []
assert libsdnotify.watchdog_enabled() == 0.2

handler = journal.JournalHandler(SYSLOG_IDENTIFIER="use")
logging.getLogger("use").addHandler(handler)
logging.getLogger("use").warning("%s is at the door", "Alice", extra={"GUEST": "Alice"})
assert b"GUEST=Alice\n" in entries.recv(65536)


async def beats():
    heartbeat = aio.Heartbeat()
    heartbeat.ready()
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    messages = [await loop.run_in_executor(None, manager.recv, 4096) for _ in range(3)]
    heartbeat.cancel()
    return messages


messages = asyncio.run(beats())
assert any(b"READY=1" in message for message in messages), messages
assert sum(b"WATCHDOG=1" in message for message in messages) >= 2, messages
print("used", libsdnotify.__version__, package)
