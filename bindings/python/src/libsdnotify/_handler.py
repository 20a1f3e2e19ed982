"""The handlers for :mod:`logging`."""

from __future__ import annotations

import logging
import sys

from . import _entry, journal
from ._sender import Sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["JournalHandler"]

# What a level that is none of logging's own counts as: the next higher one.
_PRIORITIES = (
    (logging.DEBUG, journal.LOG_DEBUG),
    (logging.INFO, journal.LOG_INFO),
    (logging.WARNING, journal.LOG_WARNING),
    (logging.ERROR, journal.LOG_ERR),
    (logging.CRITICAL, journal.LOG_CRIT),
)


class BoundedHandler(logging.Handler):
    """A handler that writes by a :class:`libsdnotify.journal.Sender`."""

    def __init__(self, level: int | str, timeout: float | None) -> None:
        super().__init__(level)
        self._sender = None if timeout is None else Sender(timeout)

    def close(self) -> None:
        """Report what was dropped, on standard error if need be."""
        if self._sender is not None:
            self._sender.close()
        super().close()


class JournalHandler(BoundedHandler):
    """Writes the records of :mod:`logging` to the journal. It has the arguments of systemd.journal's handler::

        logging.getLogger().addHandler(JournalHandler(SYSLOG_IDENTIFIER="my-service"))

    In ``logging.config``: ``{"class": "libsdnotify.journal.JournalHandler", "SYSLOG_IDENTIFIER": "my-service"}``.

    The fields of an entry are ``MESSAGE`` (formatted), ``PRIORITY`` (from the level), ``LOGGER``, ``THREAD_NAME``,
    ``PROCESS_NAME``, ``CODE_FILE``, ``CODE_LINE``, ``CODE_FUNC``; ``EXCEPTION_TEXT`` and ``EXCEPTION_INFO`` of an
    exception; ``CODE_ARGS``, the arguments of the message; those of ``extra=`` whose names are valid field names
    (``MESSAGE_ID``, ``USER_NAME``); and those given here. If names collide, extra wins, then the fields given here.

    It is fit for event loops: it waits for journald at most ``timeout`` seconds at a time, and no more than a tenth of
    the time in the long run. Entries that cannot be written then are dropped, and a later entry says how many.

    :param level: the lowest level.
    :param sender_function: called with the fields instead of writing them, such as :func:`libsdnotify.journal.send`,
        which waits indefinitely.
    :param timeout: see :class:`libsdnotify.journal.Sender`; None waits indefinitely, as systemd.journal does.
    :param kwargs: fields for each entry. ``SYSLOG_IDENTIFIER`` is ``sys.argv[0]`` unless given.
    :raises ValueError: a name is not one that journald accepts.
    """

    def __init__(
        self,
        level: int | str = logging.NOTSET,
        sender_function: Callable[..., object] | None = None,
        *,
        timeout: float | None = 1.0,
        **kwargs: object,
    ) -> None:
        super().__init__(level, timeout if sender_function is None else None)
        for name in kwargs:
            if not _entry.is_name(name):
                raise ValueError(f"Invalid field name: {name[:80]}")
        if "SYSLOG_IDENTIFIER" not in kwargs and getattr(sys, "argv", None):
            kwargs["SYSLOG_IDENTIFIER"] = sys.argv[0]
        if sender_function is not None:
            self.send = sender_function
        else:
            self.send = journal.send if self._sender is None else self._sender.send
        self._extra = kwargs

    @classmethod
    def with_args(cls, config: Mapping[str, Any] | None = None) -> JournalHandler:
        """The handler for these arguments, for :func:`logging.config.fileConfig`."""
        return cls(**(config or {}))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        try:
            message = self.format(record)
            fields: dict[str, object] = {
                "PRIORITY": format(self.map_priority(record.levelno)),
                "LOGGER": record.name,
                "THREAD_NAME": record.threadName,
                "PROCESS_NAME": record.processName,
                "CODE_FILE": record.pathname,
                "CODE_LINE": record.lineno,
                "CODE_FUNC": record.funcName,
                **self._extra,
            }
            if record.exc_text:
                fields["EXCEPTION_TEXT"] = record.exc_text
            if record.exc_info:
                fields["EXCEPTION_INFO"] = record.exc_info
            if record.args:
                fields["CODE_ARGS"] = str(record.args)
            # A record's own attributes are in lower case.
            for key, value in record.__dict__.items():
                if key.isupper() and _entry.is_name(key):
                    fields[key] = value
            self.send(fields.pop("MESSAGE", message), **fields)
        except Exception:
            self.handleError(record)

    @staticmethod
    def map_priority(levelno: int) -> int:
        """The priority of a level."""
        return next((priority for level, priority in _PRIORITIES if levelno <= level), journal.LOG_ALERT)

    mapPriority = map_priority
