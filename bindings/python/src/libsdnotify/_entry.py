"""Entries of the journal: the names of their fields, and the bytes of their values."""

from __future__ import annotations

import errno
import functools
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CHARACTERS = _LETTERS | frozenset("0123456789_")
_NAME_MAX = 64


def is_name(text: str) -> bool:
    """Whether journald takes a field of this name from a program, and does not drop it."""
    return text[:1] in _LETTERS and len(text) <= _NAME_MAX and _CHARACTERS.issuperset(text)


@functools.lru_cache(maxsize=1024)
def name(text: str) -> bytes:
    """The name of a field; lower case is a way to write upper case.

    :raises ValueError: journald would drop the field.
    """
    upper = text.upper() if text.isascii() else text
    if not is_name(upper):
        raise ValueError(
            f"the journal has no field of this name: {text[:80]!r} (at most {_NAME_MAX} characters of A-Z, 0-9 and _, "
            "a letter first)"
        )
    return upper.encode()


def encode(value: object) -> bytes:
    """The bytes of a value: bytes as they are, anything else as text in UTF-8.

    A file name that is no UTF-8 has the bytes again that it has on disk; other lone surrogates are written as
    backslash sequences.
    """
    if not isinstance(value, str):
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(value)
        value = str(value)
    try:
        return value.encode()
    except UnicodeEncodeError:
        pass
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "backslashreplace")


def field(key: str, value: object) -> bytes:
    """:raises ValueError: as :func:`name`."""
    return name(key) + b"=" + encode(value)


def entry(
    message: object,
    message_id: object,
    code_file: object,
    code_line: object,
    code_func: object,
    more: Mapping[str, object],
) -> list[bytes]:
    """The fields of an entry, in the order of systemd-python.

    :raises TypeError: no message, without which journalctl shows nothing.
    :raises ValueError: as :func:`name`.
    """
    if message is None and "message" not in more:
        raise TypeError("an entry needs a MESSAGE")
    fields = [] if message is None else [b"MESSAGE=" + encode(message)]
    if message_id is not None:
        if not isinstance(message_id, (str, bytes)):
            # uuid.UUID's.
            message_id = getattr(message_id, "hex", message_id)
        fields.append(b"MESSAGE_ID=" + encode(message_id))
    for start, value in ((b"CODE_FILE=", code_file), (b"CODE_LINE=", code_line), (b"CODE_FUNC=", code_func)):
        if value is not None:
            fields.append(start + encode(value))
    fields.extend([field(key, value) for key, value in more.items()])
    return fields


def datagram(fields: Iterable[bytes]) -> bytes:
    """Fields as they go to journald: one a line; one that has a line break in its value comes with its length.

    :raises OSError: EINVAL: none; or one without a name, or with a line break in it. As sd_journal_sendv(3).
    """
    pieces: list[bytes] = []
    for whole in fields:
        if b"\n" not in whole and whole.find(b"=") > 0:
            pieces += (whole, b"\n")
            continue
        key, equals, value = whole.partition(b"=")
        if not key or not equals or b"\n" in key:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        pieces += (key, b"\n", len(value).to_bytes(8, "little"), value, b"\n")
    if not pieces:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return b"".join(pieces)
