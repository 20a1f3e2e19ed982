"""The writing half of ``systemd.journal`` and of ``cysystemd.journal``: structured entries in systemd's journal.

To switch, write ``from libsdnotify import journal``. Reading the journal is not covered.

- :func:`send`, :func:`sendv`, :func:`stream`, :func:`stream_fd`: as the C functions. Without a journal they
  do nothing (the streams raise an error). They wait while journald is slow to read, and other threads run meanwhile.
- :class:`JournalHandler`: for :mod:`logging`. It waits for a bounded time, which makes it fit for event loops.
- :class:`Sender`: :func:`send` with that bound.
- ``write``, ``Priority``, ``Facility``, ``JournaldLogHandler``: as in cysystemd.

A value may contain any bytes, including line breaks: it cannot become a second field. A name that journald would drop
raises :class:`ValueError`; lower case is converted to upper case.
"""

from __future__ import annotations

import errno
import os
import sys

from . import _entry
from .daemon import _error, _int

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from ._cysystemd import Facility as Facility
    from ._cysystemd import JournaldLogHandler as JournaldLogHandler
    from ._cysystemd import Priority as Priority
    from ._cysystemd import write as write
    from ._handler import JournalHandler as JournalHandler
    from ._sender import Sender as Sender

__all__ = [
    "LOG_ALERT",
    "LOG_CRIT",
    "LOG_DEBUG",
    "LOG_EMERG",
    "LOG_ERR",
    "LOG_INFO",
    "LOG_NOTICE",
    "LOG_WARNING",
    "Facility",
    "JournalHandler",
    "JournaldLogHandler",
    "Priority",
    "Sender",
    "send",
    "sendv",
    "stream",
    "stream_fd",
    "write",
]

LOG_EMERG, LOG_ALERT, LOG_CRIT, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG = range(8)


def send(
    MESSAGE: object = None,
    MESSAGE_ID: object = None,
    CODE_FILE: object = None,
    CODE_LINE: object = None,
    CODE_FUNC: object = None,
    **kwargs: object,
) -> None:
    """Write an entry: ``send("Hello", PRIORITY=LOG_NOTICE, USER_NAME="somebody")``.

    :param MESSAGE: the text that journalctl shows. In this and all other values, bytes are written as they are,
        anything else as text.
    :param MESSAGE_ID: what kind of message this is: a :class:`uuid.UUID`, or 32 hexadecimal digits.
    :param CODE_FILE: with ``CODE_LINE`` and ``CODE_FUNC``, the place in the source; the caller's if none of the three
        is given.
    :param kwargs: other fields, such as ``PRIORITY``, ``SYSLOG_IDENTIFIER`` and the program's own. The names may be in
        lower case (``message=`` too, as in cysystemd).
    :raises TypeError: no MESSAGE.
    :raises ValueError: a name is not one that journald accepts.
    :raises OSError: the entry could not be written: see sd_journal_sendv(3). It is not an error if there is no journal.
    """
    if CODE_FILE is None and CODE_LINE is None and CODE_FUNC is None:
        frame = sys._getframe(1)
        CODE_FILE, CODE_LINE, CODE_FUNC = frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
    _write(_entry.entry(MESSAGE, MESSAGE_ID, CODE_FILE, CODE_LINE, CODE_FUNC, kwargs))


def sendv(*fields: str | bytes) -> None:
    """Write an entry from whole fields: ``sendv("MESSAGE=Hello", b"DATA=\\xde\\xad")``.

    The names are not checked, and journald drops fields that it does not accept. Never let untrusted text begin one.

    :raises OSError: EINVAL (none; one without a name); as :func:`send`.
    """
    _write([_bytes(field) for field in fields])


def stream_fd(
    identifier: str, priority: int = LOG_INFO, level_prefix: bool = False, namespace: str | None = None
) -> int:
    """Open a stream to the journal: each line becomes an entry.

    :param identifier: the entries' ``SYSLOG_IDENTIFIER``.
    :param priority: their ``PRIORITY``.
    :param level_prefix: whether a line may begin with its own priority, such as ``<3>``.
    :param namespace: a journal namespace other than the default one, see systemd-journald@.service(8).
    :returns: a descriptor, which belongs to the caller.
    :raises ValueError: a text has a NUL character or a lone surrogate, or the identifier a line break.
    :raises OSError: ENOENT, ECONNREFUSED (no journal), EINVAL (priority, namespace), ...
    """
    from . import _abi_journal

    name = _c_string(identifier, "identifier")
    # The next line of the stream's header says something else.
    if b"\n" in name:
        raise ValueError("a line break in the identifier")
    if namespace is None:
        result = _abi_journal.sd_journal_stream_fd(name, _int(priority), bool(level_prefix))
    else:
        space = _c_string(namespace, "namespace")
        result = _abi_journal.sd_journal_stream_fd_with_namespace(space, name, _int(priority), bool(level_prefix))
    if result < 0:
        raise _error(result)
    return result


def stream(identifier: str | None = None, priority: int = LOG_INFO, level_prefix: bool = False) -> TextIO:
    """A file to write lines to, each of which becomes an entry: ``print("Hello", file=stream())``.

    It is buffered by line, in UTF-8. Arguments and exceptions as for :func:`stream_fd`.

    :param identifier: if None, ``sys.argv[0]``, or "python" if there is no program.
    """
    if identifier is None:
        program = sys.argv[0] if getattr(sys, "argv", None) else ""
        identifier = program if program not in ("", "-c") else "python"
    descriptor = stream_fd(identifier, priority, level_prefix)
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="surrogateescape")


def _write(fields: list[bytes]) -> None:
    from . import _abi_journal

    while True:
        result = _abi_journal.sd_journal_sendv(fields)
        if result >= 0:
            return
        # Nothing was written: PEP 475.
        if result != -errno.EINTR:
            raise _error(result)


def _bytes(field: str | bytes) -> bytes:
    if not isinstance(field, (str, bytes)):
        raise TypeError(f"a field must be str or bytes, not {type(field).__name__}")
    return _entry.encode(field)


def _c_string(text: str, what: str) -> bytes:
    encoded = os.fsencode(text)
    if b"\0" in encoded:
        raise ValueError(f"embedded null character in the {what}")
    return encoded


_LAZY = {
    "Facility": "_cysystemd",
    "JournalHandler": "_handler",
    "JournaldLogHandler": "_cysystemd",
    "Priority": "_cysystemd",
    "Sender": "_sender",
    "write": "_cysystemd",
}


def __getattr__(name: str) -> object:
    """What takes time to import: logging, enumerations, sockets."""
    if name in _LAZY:
        from importlib import import_module

        value: object = getattr(import_module(f".{_LAZY[name]}", __package__), name)
        globals()[name] = value
        return value
    raise AttributeError(
        f"module {__name__!r} has no attribute {name!r}"
        + (": reading the journal is not covered" if name in ("Reader", "get_catalog", "Monotonic") else "")
    )
