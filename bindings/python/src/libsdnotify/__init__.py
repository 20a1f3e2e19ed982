"""systemd's service protocols for Python: readiness, status, watchdog, socket activation.

- The functions below: what a service tells its manager, one call each.
- :mod:`libsdnotify.daemon`: ``systemd.daemon`` of systemd-python, by the same names.
- :mod:`libsdnotify.aio`: a heartbeat for asyncio.
- :mod:`libsdnotify.channel`: a connection that is opened once, and works where a later one would not.
- :class:`SystemdNotifier`: as in the package ``sdnotify``.

All of it calls libsdnotify.so.0, a C library of a few kilobytes, and does nothing where no service manager asked to
be told: then ``$NOTIFY_SOCKET`` is not set, and the functions return False. The errors are those of
:func:`libsdnotify.daemon.notify`.
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
    "watchdog_enabled",
]


def ready(status: "str | None" = None) -> bool:
    """Tell the service manager that the service is up, or that its reload is complete: ``READY=1``.

    :param status: one line for people, see :func:`status`, in the same message.
    :returns: whether it was sent; False: ``$NOTIFY_SOCKET`` is not set.
    """
    return notify(_with_status("READY=1", status))


def reloading(status: "str | None" = None) -> bool:
    """Tell the service manager that the service reloads its configuration; :func:`ready` ends it.

    Sends ``RELOADING=1`` and ``MONOTONIC_USEC=``, the time of now, without which ``Type=notify-reload`` of systemd
    253 and later takes no notice. Arguments and result as for :func:`ready`.
    """
    usec = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    return notify(_with_status(f"RELOADING=1\nMONOTONIC_USEC={usec}", status))


def stopping(status: "str | None" = None) -> bool:
    """Tell the service manager that the service is shutting down: ``STOPPING=1``.

    Arguments and result as for :func:`ready`. A process that ends right after it calls :func:`barrier` first.
    """
    return notify(_with_status("STOPPING=1", status))


def status(text: str) -> bool:
    """Give the service manager one line for people, which ``systemctl status`` shows: ``STATUS=``.

    :param text: may come from anywhere: it cannot become a second assignment, such as ``MAINPID=``.
    :returns: as :func:`ready`.
    :raises ValueError: text has a line break (LF, CR) or a NUL character.
    """
    return notify("STATUS=" + _line(text))


def extend_timeout(seconds: float) -> bool:
    """Ask the service manager for more time to start, to reload or to stop: ``EXTEND_TIMEOUT_USEC=``.

    :param seconds: from now on; before they are over, the service is done or asks again.
    :returns: as :func:`ready`.
    :raises ValueError: seconds is negative or not a number.
    """
    return notify(f"EXTEND_TIMEOUT_USEC={daemon._usec(seconds)}")


def _with_status(state: str, status: "str | None") -> str:
    return state if status is None else f"{state}\nSTATUS={_line(status)}"


def _line(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"status must be str, not {type(text).__name__}")
    # systemd takes either for the end of an assignment.
    if "\n" in text or "\r" in text:
        raise ValueError("a line break in the status would begin another assignment")
    return text


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
