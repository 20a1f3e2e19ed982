"""systemd's service protocols for Python: readiness, status, watchdog, socket activation.

- The functions below: what a service tells its manager, one call each.
- :mod:`libsdnotify.daemon`: ``systemd.daemon`` of systemd-python, by the same names.
- :mod:`libsdnotify.aio`: a heartbeat and a barrier for asyncio, trio and anyio.
- :mod:`libsdnotify.outbox`: the same messages for any other event loop, without waiting for the service manager.
- :mod:`libsdnotify.channel`: a connection that is opened once and works where a later one would not.
- :mod:`libsdnotify.journal`: the writing half of ``systemd.journal``, and a handler for :mod:`logging`.
- :class:`SystemdNotifier`: like the class of the package ``sdnotify``.

The functions call libsdnotify.so.0 (:mod:`libsdnotify.journal`: libsdjournal.so.0), a C library of a few kilobytes. If
there is no service manager to notify, ``$NOTIFY_SOCKET`` is not set: then they do nothing and return False.

A service need not end because its manager cannot be reached. If a message cannot be sent, the logger ``libsdnotify``
warns (on standard error, unless logging is configured) and names the address, and the function returns False.
:func:`libsdnotify.daemon.notify` raises :class:`OSError` instead. A wrong argument raises an exception, with or without
a service manager.

The functions may be called from any thread and from handlers of :mod:`signal`. They wait while the service manager is
slow to read, and other threads run meanwhile. In an event loop, use ``aio`` or ``outbox``.
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

    The manager accepts messages from the process that it started (``NotifyAccess=main``, the default of
    ``Type=notify``). It ignores those of a prefork server's worker, unless the unit says ``NotifyAccess=all``.

    :param status: one human-readable line in the same message, see :func:`status`.
    :returns: True if it was sent; False if ``$NOTIFY_SOCKET`` is not set, or if sending failed: a warning says why.
    """
    return _say(_with_status(b"READY=1", status))


def reloading(status: "str | None" = None) -> bool:
    """Tell the service manager that the service reloads its configuration; :func:`ready` ends it.

    Sends ``RELOADING=1`` and ``MONOTONIC_USEC=``, the current time, which ``Type=notify-reload`` requires (systemd 253
    and later). Arguments and result as for :func:`ready`.
    """
    usec = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    return _say(_with_status(b"RELOADING=1\nMONOTONIC_USEC=%d" % usec, status))


def stopping(status: "str | None" = None) -> bool:
    """Tell the service manager that the service is shutting down: ``STOPPING=1``.

    There is no way back: ``TimeoutStopSec=`` (90 seconds, unless configured) runs from here, and when it expires, the
    service is killed. A service that drains for longer calls :func:`extend_timeout` repeatedly. A process that ends
    right after this message calls :func:`barrier` first. Arguments and result as for :func:`ready`.
    """
    return _say(_with_status(b"STOPPING=1", status))


def status(text: str) -> bool:
    """Give the service manager one human-readable line, which ``systemctl status`` shows: ``STATUS=``.

    :param text: may be untrusted: it cannot become a second assignment, such as ``MAINPID=``. If the message would
        exceed the 4,096 bytes that systemd reads, the text is cut between two characters.
    :returns: as :func:`ready`.
    :raises ValueError: text has a line break (LF, CR), a NUL character or a lone surrogate.
    """
    from ._message import status_line

    return _say(status_line(text))


def watchdog() -> bool:
    """Tell the service manager that the service is alive: ``WATCHDOG=1``.

    Call it from the main loop, every half of :func:`watchdog_enabled`. Result as for :func:`ready`.
    """
    return _say(b"WATCHDOG=1")


def extend_timeout(seconds: float) -> bool:
    """Ask the service manager for more time to start, to reload or to stop: ``EXTEND_TIMEOUT_USEC=``.

    :param seconds: from now; before they are over, the service must be done or ask again.
    :returns: as :func:`ready`.
    :raises ValueError: seconds is negative, not a number, or less than a microsecond, which systemd ignores.
    :raises OverflowError: seconds is infinite, or more than systemd can parse.
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
