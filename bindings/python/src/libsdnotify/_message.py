"""What a message may say: text to bytes, and no value that systemd ignores or cannot read."""

import errno
import os

MESSAGE_MAX = 4096
"""The longest message that systemd reads, in bytes. It drops a longer one as a whole."""

FOREVER = 2**64 - 1
_INT_MAX = 2**31 - 1
_ERRNO_MAX = 4095

# The smallest and the largest value that has an effect. 0 turns a watchdog off, and extends nothing.
_NUMBERS = {
    b"EXTEND_TIMEOUT_USEC": (1, FOREVER - 1),
    b"MONOTONIC_USEC": (1, FOREVER - 1),
    b"WATCHDOG_USEC": (0, FOREVER),
    b"MAINPID": (1, _INT_MAX),
    b"MAINPIDFDID": (1, FOREVER),
    b"ERRNO": (0, _ERRNO_MAX),
    b"EXIT_STATUS": (0, 255),
}
_BOOLEANS = frozenset(
    (b"1", b"yes", b"y", b"true", b"t", b"on", b"0", b"no", b"n", b"false", b"f", b"off"),
)
_WORDS = {
    b"READY": frozenset((b"1",)),
    b"RELOADING": frozenset((b"1",)),
    b"STOPPING": frozenset((b"1",)),
    b"FDSTORE": frozenset((b"1",)),
    b"FDSTOREREMOVE": frozenset((b"1",)),
    b"MAINPIDFD": frozenset((b"1",)),
    b"RESTART_RESET": frozenset((b"1",)),
    b"WATCHDOG": frozenset((b"1", b"trigger")),
    b"NOTIFYACCESS": frozenset((b"none", b"main", b"exec", b"all")),
}


def encode(state: str) -> bytes:
    """The bytes of a text without NUL characters.

    By str's own method: a subclass may have others.

    :raises TypeError: not a str.
    :raises ValueError: it has a NUL character, or a lone surrogate.
    """
    try:
        text = str.encode(state)
    except TypeError:
        raise TypeError(f"status must be str, not {type(state).__name__}") from None
    if b"\0" in text:
        raise ValueError("embedded null character")
    return text


def message(state: str) -> bytes:
    """A whole message, checked.

    :raises TypeError: not a str.
    :raises ValueError: it has a NUL character or a lone surrogate, or a field's value has no effect.
    :raises OSError: EMSGSIZE: longer than systemd reads.
    """
    text = encode(state)
    check(text)
    return text


def check(text: bytes) -> None:
    """See :func:`message`."""
    if len(text) > MESSAGE_MAX:
        raise OSError(
            errno.EMSGSIZE,
            f"{os.strerror(errno.EMSGSIZE)}: {len(text)} bytes, of which systemd reads none beyond {MESSAGE_MAX}",
        )
    for line in text.replace(b"\r", b"\n").split(b"\n"):
        name, equals, value = line.partition(b"=")
        if equals:
            _check_field(name, value)


def with_status(state: bytes, status: str) -> bytes:
    """A message, and ``STATUS=`` in the room that it leaves."""
    return state + b"\n" + status_line(status, MESSAGE_MAX - len(state) - 1)


def status_line(status: str, room: int = MESSAGE_MAX) -> bytes:
    """``STATUS=`` and a line of text, cut between two characters where the room ends.

    :raises TypeError: not a str.
    :raises ValueError: it has a line break, a NUL character, or a lone surrogate.
    """
    text = b"STATUS=" + encode(status)
    # systemd takes either for the end of an assignment.
    if b"\n" in text or b"\r" in text:
        raise ValueError("a line break in the status would begin another assignment")
    if len(text) <= room:
        return text
    while text[room] & 0xC0 == 0x80:
        room -= 1
    return text[:room]


def extend_timeout(seconds: float) -> bytes:
    """``EXTEND_TIMEOUT_USEC=``.

    :raises ValueError: no time at all.
    :raises OverflowError: more than 64 bits of microseconds.
    """
    usec = microseconds(seconds)
    if usec == 0:
        raise ValueError(f"systemd ignores an extension by less than a microsecond: {seconds!r} s")
    if usec >= FOREVER:
        raise OverflowError(f"systemd cannot read an extension of more than 2^64 - 2 microseconds: {seconds!r} s")
    return b"EXTEND_TIMEOUT_USEC=%d" % usec


def microseconds(seconds: float) -> int:
    """:raises TypeError: not a number.
    :raises ValueError: negative, or NaN.
    :raises OverflowError: infinite."""
    try:
        positive = seconds >= 0
    except TypeError:
        raise TypeError(f"a time is a number of seconds, not {seconds!r}") from None
    except ArithmeticError:  # a Decimal that is NaN
        positive = False
    if not positive:
        raise ValueError(f"a time is a number of seconds that is not negative, not {seconds!r}")
    try:
        return round(seconds * 1_000_000)
    except OverflowError:
        raise OverflowError(f"a time must be finite, not {seconds!r}") from None


def _check_field(name: bytes, value: bytes) -> None:
    if name in _NUMBERS:
        smallest, largest = _NUMBERS[name]
        # systemd takes the names of errors as well: ERRNO=ENOENT.
        if name == b"ERRNO" and value[:1] == b"E" and value.isalnum():
            return
        number = _number(value)
        if number is None or not smallest <= number <= largest:
            raise ValueError(f"{_shown(name)} must be an integer from {smallest} to {largest}, not {_shown(value)!r}")
    elif name in _WORDS and value not in _WORDS[name]:
        allowed = " or ".join(sorted(map(_shown, _WORDS[name])))
        raise ValueError(f"{_shown(name)} must be {allowed}, not {_shown(value)!r}")
    elif name == b"FDPOLL" and value.lower() not in _BOOLEANS:
        raise ValueError(f"FDPOLL must be 0 or 1, not {_shown(value)!r}")
    elif name == b"FDNAME" and not _is_fd_name(value):
        raise ValueError(f"FDNAME must be at most 255 printable ASCII characters without ':', not {_shown(value)!r}")


def _number(text: bytes) -> "int | None":
    """As strtoull(3) with base 0 reads all of it, and systemd; None: not a number."""
    digits = text.lstrip(b" \t\n\r")
    digits = digits[1:] if digits[:1] == b"+" else digits
    if not digits.isalnum():
        return None
    base = 8 if digits[:1] == b"0" and digits.isdigit() else 0
    try:
        return int(digits, base)
    except ValueError:
        return None


def _is_fd_name(name: bytes) -> bool:
    return len(name) <= 255 and all(32 <= byte < 127 and byte != ord(":") for byte in name)


def _shown(text: bytes) -> str:
    return text[:80].decode(errors="replace")
