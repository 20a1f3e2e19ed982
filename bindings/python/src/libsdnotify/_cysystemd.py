"""What ``cysystemd.journal`` has besides ``send()``: the same names and the same fields."""

from __future__ import annotations

import logging
import re
import sys
import traceback
import uuid
from collections.abc import Mapping
from enum import IntEnum, unique
from typing import Callable

from . import _entry, journal
from ._handler import BoundedHandler, JournalHandler

__all__ = ["Facility", "JournaldLogHandler", "Priority", "write"]


@unique
class Priority(IntEnum):
    PANIC = 0
    ALERT = 1
    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFO = 6
    DEBUG = 7
    NONE = 16


@unique
class Facility(IntEnum):
    KERN = 0
    USER = 1
    MAIL = 2
    DAEMON = 3
    AUTH = 4
    SYSLOG = 5
    LPR = 6
    NEWS = 7
    UUCP = 8
    CLOCK_DAEMON = 9
    AUTHPRIV = 10
    FTP = 11
    NTP = 12
    AUDIT = 13
    ALERT = 14
    CRON = 15
    LOCAL0 = 16
    LOCAL1 = 17
    LOCAL2 = 18
    LOCAL3 = 19
    LOCAL4 = 20
    LOCAL5 = 21
    LOCAL6 = 22
    LOCAL7 = 23


def write(message: object, priority: int = Priority.INFO) -> None:
    """Write an entry with a text and a priority.

    :raises ValueError: no such priority.
    """
    frame = sys._getframe(1)
    journal.send(
        message,
        CODE_FILE=frame.f_code.co_filename,
        CODE_LINE=frame.f_lineno,
        CODE_FUNC=frame.f_code.co_name,
        PRIORITY=int(Priority(int(priority))),
    )


# A record's attributes whose fields have other names.
_RENAMED = {
    "filename": "CODE_FILE",
    "lineno": "CODE_LINE",
    "funcName": "CODE_FUNC",
    "msg": "MESSAGE_RAW",
    "module": "CODE_MODULE",
    "name": "LOGGER_NAME",
    "process": "PID",
    # Spelt so in cysystemd, by which people search.
    "processName": "PROCCESS_NAME",
    "threadName": "THREAD_NAME",
}
_TAKEN_APART = frozenset(("args", "levelno", "relativeCreated"))


class JournaldLogHandler(BoundedHandler):
    """Writes the records of :mod:`logging` to the journal, with the fields of cysystemd's handler of this name.

    Unlike that handler, it accepts every level, and CRITICAL is ``LOG_CRIT``, not ``LOG_EMERG``, which journald writes
    to every terminal. A name in ``extra=`` that is not a valid field name is converted to one, or skipped. It waits
    for journald for a bounded time: see :class:`libsdnotify.journal.JournalHandler`.

    :param identifier: ``SYSLOG_IDENTIFIER``; None means the logger's name.
    :param facility: ``SYSLOG_FACILITY``.
    :param timeout: as for :class:`libsdnotify.journal.JournalHandler`.
    """

    def __init__(
        self, identifier: str | None = None, facility: int = Facility.DAEMON, *, timeout: float | None = 1.0
    ) -> None:
        super().__init__(logging.NOTSET, timeout)
        self._identifier = identifier
        self._facility = int(facility)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        try:
            send: Callable[..., object] = journal.send if self._sender is None else self._sender.send
            send(**self._fields(record))
        except Exception:
            self.handleError(record)

    def _fields(self, record: logging.LogRecord) -> dict[str, object]:
        # Before format(), which leaves texts of its own in the record.
        attributes = dict(record.__dict__)
        message = self.format(record)
        trace = "\n".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        fields: dict[str, object] = {"MESSAGE": message}
        for attribute, value in attributes.items():
            if value is not None and not attribute.startswith("_") and attribute not in _TAKEN_APART:
                _add(fields, _RENAMED.get(attribute, attribute), value)
        fields["MESSAGE"] = message
        fields["PRIORITY"] = JournalHandler.map_priority(record.levelno) if record.levelno else int(Priority.NONE)
        fields["SYSLOG_FACILITY"] = self._facility
        fields["SYSLOG_IDENTIFIER"] = self._identifier or record.name
        fields["MESSAGE_ID"] = _message_id(record, trace)
        fields["ERRNO"] = 255 if record.exc_info else 0
        fields["RELATIVE_TS"] = int(record.relativeCreated * 1_000_000)
        if isinstance(record.args, Mapping):
            for key, value in record.args.items():
                _add(fields, f"argument_{key}", value)
        else:
            for index, value in enumerate(record.args or ()):
                fields[f"ARGUMENT_{index}"] = value
        if trace:
            fields["TRACEBACK"] = trace
        return fields


def _add(fields: dict[str, object], name: str, value: object) -> None:
    name = re.sub(r"[^A-Z0-9_]", "_", name.upper())
    if _entry.is_name(name):
        fields[name] = value


def _message_id(record: logging.LogRecord, trace: str) -> str:
    """An identifier for each record, made as cysystemd makes it."""
    parts = (
        f"{record.getMessage()}\n{trace}",
        record.funcName,
        record.levelno,
        record.process,
        record.processName,
        record.levelname,
        record.pathname,
        record.name,
        record.thread,
        record.lineno,
        int(record.created * 1_000_000),
        trace,
    )
    return uuid.uuid3(uuid.NAMESPACE_OID, "$".join(map(str, parts))).hex
