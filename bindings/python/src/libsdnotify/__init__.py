"""systemd's service protocols for Python: readiness, status, watchdog, socket activation.

- The functions below: what a service tells its manager, one call each.
- :mod:`libsdnotify.daemon`: ``systemd.daemon`` of systemd-python, by the same names.
- :mod:`libsdnotify.aio`: a heartbeat and a barrier for asyncio, trio and anyio.
- :mod:`libsdnotify.outbox`: the same messages for any other event loop; it never waits for the service manager.
- :mod:`libsdnotify.channel`: a connection that is opened once, and works where a later one would not.
- :mod:`libsdnotify.journal`: the writing half of ``systemd.journal``, and a handler for :mod:`logging`.
- :class:`SystemdNotifier`: like the class of the package ``sdnotify``.

All of it calls libsdnotify.so.0 (:mod:`libsdnotify.journal`: libsdjournal.so.0), a C library of a few kilobytes, and
does nothing where there is no service manager to notify: then ``$NOTIFY_SOCKET`` is not set, and the functions return
False.

A service does not end because its manager cannot be told: what cannot be sent is a warning of the logger
``libsdnotify`` (on standard error, unless logging is configured) that names the address, and the function returns
False. :func:`libsdnotify.daemon.notify` raises :class:`OSError` instead. A wrong argument is an exception everywhere,
whether or not there is a service manager.

The functions may be called from any thread. They wait while the service manager is slow to read, other threads run
meanwhile. They are not for event loops (``aio``, ``outbox``); a handler of :mod:`signal` may call them.
"""

import time

from . import daemon
from .daemon import barrier, notify, watchdog_enabled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._notifier import SystemdNotifier as SystemdNotifier

__all__ = [
    "SystemdNotifier",
    "barrier",
    "daemon",
    "extend_timeout",
    "notify",
    "ready",
    "reloading",
    "status",
    "stopping",
    "watchdog",
    "watchdog_enabled",
]


def ready(status: "str | None" = None) -> bool:
    """Tell the service manager that the service is up, or that its reload is complete: ``READY=1``.

    The manager listens to the process that it started (``NotifyAccess=main``, the default of ``Type=notify``). A
    worker of a prefork server is not that process: its message is ignored, unless the unit says ``NotifyAccess=all``.

    :param status: one human-readable line in the same message, see :func:`status`.
    :returns: whether it was sent; False: ``$NOTIFY_SOCKET`` is not set, or sending failed, and a warning says why.
    """
    return _say(_with_status(b"READY=1", status))


def reloading(status: "str | None" = None) -> bool:
    """Tell the service manager that the service reloads its configuration; :func:`ready` ends it.

    Sends ``RELOADING=1`` and ``MONOTONIC_USEC=``, the time of now, without which ``Type=notify-reload`` of systemd
    253 and later takes no notice. Arguments and result as for :func:`ready`.
    """
    usec = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    return _say(_with_status(b"RELOADING=1\nMONOTONIC_USEC=%d" % usec, status))


def stopping(status: "str | None" = None) -> bool:
    """Tell the service manager that the service is shutting down: ``STOPPING=1``.

    There is no way back: from now on ``TimeoutStopSec=`` (90 seconds, unless configured) is running, and when it is
    over, the service is killed. A service that drains for longer calls :func:`extend_timeout` again and again.
    A process that ends right after it calls :func:`barrier` first. Arguments and result as for :func:`ready`.
    """
    return _say(_with_status(b"STOPPING=1", status))


def status(text: str) -> bool:
    """Give the service manager one human-readable line, which ``systemctl status`` shows: ``STATUS=``.

    :param text: may come from anywhere: it cannot become a second assignment, such as ``MAINPID=``. What is longer
        than systemd reads, 4,096 bytes for the whole message, is cut off between two characters.
    :returns: as :func:`ready`.
    :raises ValueError: text has a line break (LF, CR), a NUL character or a lone surrogate.
    """
    from ._message import status_line

    return _say(status_line(text))


def watchdog() -> bool:
    """Tell the service manager that the service is alive: ``WATCHDOG=1``.

    To be called every half of :func:`watchdog_enabled`, from the main loop. Result as for :func:`ready`.
    """
    return _say(b"WATCHDOG=1")


def extend_timeout(seconds: float) -> bool:
    """Ask the service manager for more time to start, to reload or to stop: ``EXTEND_TIMEOUT_USEC=``.

    :param seconds: from now on; before they are over, the service is done or asks again.
    :returns: as :func:`ready`.
    :raises ValueError: seconds is negative, not a number, or less than a microsecond, which systemd ignores.
    :raises OverflowError: seconds is infinite, or beyond what systemd reads.
    """
    from ._message import extend_timeout as assignment

    return _say(assignment(seconds))


def _with_status(state: bytes, status: "str | None") -> bytes:
    if status is None:
        return state
    from ._message import with_status

    return with_status(state, status)


# The error that the last message ended with, 0 if none: beats that fail each second are one warning, not one each.
_failing = 0


def _say(state: bytes) -> bool:
    """Sends a message; says loudly when it cannot be sent, and goes on."""
    global _failing
    try:
        sent = daemon._send(state)
    except OSError as error:
        if error.errno != _failing or not state.startswith((b"WATCHDOG=", b"STATUS=")):
            _warn(state, error)
        _failing = error.errno or 0
        return False
    _failing = 0
    return sent


def _warn(state: bytes, error: OSError) -> None:
    import logging

    what = state.partition(b"\n")[0].decode()
    logging.getLogger(__name__).warning("the service manager could not be sent %.80s: %s", what, error)


def __getattr__(name: str) -> object:
    """What only some need, and takes time to import."""
    if name == "SystemdNotifier":
        from ._notifier import SystemdNotifier

        globals()[name] = SystemdNotifier
        return SystemdNotifier
    if name == "__version__":
        from importlib.metadata import version

        return version("libsdnotify")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
