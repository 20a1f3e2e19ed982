"""``systemd.daemon`` of systemd-python, on libsdnotify: ``from libsdnotify import daemon`` is the whole change.

Names, defaults, results and exceptions are systemd-python's; :func:`is_special`, :func:`watchdog_enabled` and
:func:`barrier` are more than it has. Every function raises :class:`OSError` with the errno of the C function of the
same name unless it says otherwise, :class:`MemoryError` for ENOMEM, and :class:`OverflowError` for a number that is
none of C's ``int``.

``unset_environment`` removes the variables from the environment that the process itself and its children see.
:data:`os.environ` is a copy that Python made at its start, and keeps them: pass no copy of it on to a child that
should not have them.

All functions are thread-safe as long as nothing changes the environment at the same time. They may wait for the
service manager when it is slow to read; other threads run meanwhile.
"""

import errno
import os
import time

from . import _library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol, SupportsIndex, Union

    class HasFileno(Protocol):
        def fileno(self) -> int: ...

    FileDescriptor = Union[SupportsIndex, HasFileno]
    Path = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]

__all__ = [
    "LISTEN_FDS_START",
    "barrier",
    "booted",
    "is_fifo",
    "is_mq",
    "is_socket",
    "is_socket_inet",
    "is_socket_sockaddr",
    "is_socket_unix",
    "is_special",
    "listen_fds",
    "listen_fds_with_names",
    "notify",
    "watchdog_enabled",
]

LISTEN_FDS_START = 3
"""The first file descriptor that the service manager hands over."""

_FOR_EVER = 2**64 - 1


def notify(
    status: str,
    unset_environment: bool = False,
    pid: int = 0,
    fds: "Sequence[FileDescriptor] | None" = None,
) -> bool:
    """Tell the service manager about the state of this service, in one message to ``$NOTIFY_SOCKET``.

    :param status: assignments, one a line, sent as they are, in UTF-8: ``"READY=1"``, ``"STATUS=..."``,
        ``"WATCHDOG=1"`` and the others of sd_notify(3). Text of others does not belong here unchecked: a line break
        in it begins another assignment. :func:`libsdnotify.status` refuses one.
    :param unset_environment: remove ``$NOTIFY_SOCKET``, whatever the result, so that later calls do nothing.
    :param pid: speak for this process; 0 is the caller. The kernel lets only a privileged process do so, for others
        the message goes out in their own name.
    :param fds: at most 253 descriptors to go along, for ``"FDSTORE=1"``.
    :returns: whether the message was sent; False: ``$NOTIFY_SOCKET`` is not set.
    :raises TypeError: status is not a str.
    :raises ValueError: status has a NUL character, or a lone surrogate.
    :raises OverflowError: pid is negative.
    :raises OSError: EINVAL, EPROTO, ENAMETOOLONG (a malformed ``$NOTIFY_SOCKET``), E2BIG (too many descriptors), EBADF,
        ECONNREFUSED, ENOENT (nobody listens), EMSGSIZE, ENOBUFS (too long), ...

    A signal that arrives while the message waits does not end the call (PEP 475). Wraps sd_notify(3) and
    sd_pid_notify_with_fds(3).
    """
    state = _text(status)
    pid = _int(pid)
    if pid < 0:
        raise OverflowError("pid must not be negative")
    numbers = None if fds is None else [_fd(fds[index]) for index in range(len(fds))]
    try:
        while True:
            if numbers is not None:
                array = _library.fd_array(numbers)
                result = _library.sd_pid_notify_with_fds(pid, 0, state, array, len(numbers))
            elif pid != 0:
                result = _library.sd_pid_notify(pid, 0, state)
            else:
                result = _library.sd_notify(0, state)
            if result >= 0:
                return bool(result)
            if result != -errno.EINTR:
                raise _error(result)
    finally:
        if unset_environment:
            os.unsetenv("NOTIFY_SOCKET")


def barrier(timeout: "float | None" = None, unset_environment: bool = False) -> bool:
    """Wait until the service manager has dealt with all messages that this process sent before.

    A process that is about to end needs it: a message whose sender is gone can often not be attributed to its unit,
    and is lost.

    :param timeout: in seconds; 0 only looks, None waits for ever.
    :param unset_environment: as for :func:`notify`.
    :returns: True; False: ``$NOTIFY_SOCKET`` is not set.
    :raises TimeoutError: the manager was not done in time.
    :raises ValueError: timeout is negative or not a number.
    :raises OSError: as :func:`notify`; also EMFILE, ENFILE (no descriptors for a pipe).

    A signal that arrives meanwhile does not end the call (PEP 475). Wraps sd_notify_barrier(3).
    """
    usec = _FOR_EVER if timeout is None else _usec(timeout)
    deadline = time.monotonic_ns() // 1000 + usec
    try:
        while True:
            result = _library.sd_notify_barrier(0, usec)
            if result >= 0:
                return bool(result)
            if result != -errno.EINTR:
                raise _error(result)
            if timeout is not None:
                usec = max(0, deadline - time.monotonic_ns() // 1000)
    finally:
        if unset_environment:
            os.unsetenv("NOTIFY_SOCKET")


def watchdog_enabled(unset_environment: bool = False) -> "float | None":
    """How often the service manager expects ``WATCHDOG=1`` of this process: the interval in seconds, None: never.

    After an interval without one, the manager takes the service for dead. A heartbeat is best sent every half of it.

    :param unset_environment: remove ``$WATCHDOG_USEC`` and ``$WATCHDOG_PID``, whatever the result.
    :raises OSError: EINVAL, ERANGE (the variables are malformed).

    Wraps sd_watchdog_enabled(3), whose unit is the microsecond.
    """
    result, usec = _library.watchdog_usec(1 if unset_environment else 0)
    return usec / 1e6 if _check(result) else None


def booted() -> bool:
    """Whether the machine was booted with systemd. Wraps sd_booted(3)."""
    return bool(_check(_library.sd_booted()))


def listen_fds(unset_environment: bool = True) -> "list[int]":
    """The file descriptors that the service manager handed over to this process; each is now close-on-exec.

    :param unset_environment: remove ``$LISTEN_PID``, ``$LISTEN_PIDFDID``, ``$LISTEN_FDS`` and ``$LISTEN_FDNAMES``,
        whatever the result.
    :raises OSError: EINVAL, ERANGE (the variables are malformed), EBADF (a descriptor is not open).

    Wraps sd_listen_fds(3).
    """
    count = _check(_library.sd_listen_fds(1 if unset_environment else 0))
    return list(range(LISTEN_FDS_START, LISTEN_FDS_START + count))


def listen_fds_with_names(unset_environment: bool = True) -> "dict[int, str]":
    """As :func:`listen_fds`, with the name of each descriptor: ``FileDescriptorName=`` of a socket unit, ``FDNAME=``
    of the descriptor store, ``"unknown"`` if there is none.

    :raises OSError: as :func:`listen_fds`; also EINVAL (malformed names, or not as many as descriptors).

    Wraps sd_listen_fds_with_names(3).
    """
    result, names = _library.listen_names(1 if unset_environment else 0)
    _check(result)
    return {LISTEN_FDS_START + index: os.fsdecode(name) for index, name in enumerate(names)}


def is_fifo(fileobj: "FileDescriptor", path: "Path | None" = None) -> bool:
    """Whether fileobj, a descriptor or an object that has one, is a FIFO; with a path, the one at that path.

    Wraps sd_is_fifo(3).
    """
    fd, name = _fd(fileobj), _path(path)
    return bool(_check(_library.sd_is_fifo(fd, name), path))


def is_special(fileobj: "FileDescriptor", path: "Path | None" = None) -> bool:
    """Whether fileobj is a regular file or a character device; with a path, the file or device at that path.

    Wraps sd_is_special(3).
    """
    fd, name = _fd(fileobj), _path(path)
    return bool(_check(_library.sd_is_special(fd, name), path))


def is_mq(fileobj: "FileDescriptor", path: "Path | None" = None) -> bool:
    """Whether fileobj is a POSIX message queue; with a path, the queue of that name (``"/name"``).

    Wraps sd_is_mq(3).
    """
    fd, name = _fd(fileobj), _path(path)
    return bool(_check(_library.sd_is_mq(fd, name), path))


def is_socket(fileobj: "FileDescriptor", family: int = 0, type: int = 0, listening: int = -1) -> bool:
    """Whether fileobj is a socket.

    :param family: ``socket.AF_INET``, ...; 0: any.
    :param type: ``socket.SOCK_STREAM``, ...; 0: any.
    :param listening: positive: it must listen; 0: it must not; negative: either.

    Wraps sd_is_socket(3).
    """
    return bool(_check(_library.sd_is_socket(_fd(fileobj), _int(family), _int(type), _int(listening))))


def is_socket_inet(
    fileobj: "FileDescriptor", family: int = 0, type: int = 0, listening: int = -1, port: int = 0
) -> bool:
    """Whether fileobj is an Internet socket; with a port, one bound to that port.

    :param family: ``socket.AF_INET``, ``socket.AF_INET6``; 0: either.
    :param port: 0: any.
    :raises ValueError: port is not 0 .. 65535.

    The others as for :func:`is_socket`. Wraps sd_is_socket_inet(3).
    """
    fd, family, type, listening, port = _fd(fileobj), _int(family), _int(type), _int(listening), _int(port)
    if not 0 <= port <= 65535:
        raise ValueError("port must fit into uint16_t")
    return bool(_check(_library.sd_is_socket_inet(fd, family, type, listening, port)))


def is_socket_sockaddr(
    fileobj: "FileDescriptor", address: str, type: int = 0, flowinfo: int = 0, listening: int = -1
) -> bool:
    """Whether fileobj is an Internet socket bound to an address.

    :param address: an address with a port or without one: ``"127.0.0.1:80"``, ``"[::1]:80"``, ``"[::1]"``; ``"80"``:
        the IPv6 address ``::``; ``"eth0:80"``: the same, on that interface.
    :param flowinfo: of an IPv6 address; 0: any.
    :raises ValueError: not an address, or flowinfo with one that is not IPv6.
    :raises OSError: also ERANGE (the port is negative, or larger than C's ``unsigned``).

    The others as for :func:`is_socket`. Wraps sd_is_socket_sockaddr(3).
    """
    from ._address import parse

    fd = _fd(fileobj)
    packed = parse(address, _int(flowinfo))
    return bool(_check(_library.sd_is_socket_sockaddr(fd, _int(type), packed, len(packed), _int(listening))))


def is_socket_unix(fileobj: "FileDescriptor", type: int = 0, listening: int = -1, path: "Path | None" = None) -> bool:
    r"""Whether fileobj is a Unix socket; with a path, one bound to that name.

    :param path: a path, ``""`` for a socket that is not bound, or an abstract name after a NUL (``"\0name"``).

    The others as for :func:`is_socket`. Wraps sd_is_socket_unix(3).
    """
    fd, type, listening = _fd(fileobj), _int(type), _int(listening)
    # Only a name that begins with NUL may have one.
    name = os.fsencode(path) if path else None
    if name is None or not name.startswith(b"\0"):
        name = _path(path)
    return bool(_check(_library.sd_is_socket_unix(fd, type, listening, name, len(name or b"")), path))


def _text(status: str) -> bytes:
    try:
        text = str.encode(status)
    except TypeError:
        raise TypeError(f"status must be str, not {type(status).__name__}") from None
    if b"\0" in text:
        raise ValueError("embedded null character")
    return text


def _path(path: "Path | None") -> "bytes | None":
    if path is None:
        return None
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError("embedded null byte")
    return name


def _int(value: "SupportsIndex") -> int:
    if not isinstance(value, int):
        from operator import index

        value = index(value)
    if not -(2**31) <= value < 2**31:
        raise OverflowError("the number does not fit into C's int")
    return value


def _fd(fileobj: "FileDescriptor") -> int:
    fileno = getattr(fileobj, "fileno", None)
    return _int(fileobj if fileno is None else fileno())  # type: ignore[arg-type]


def _usec(seconds: float) -> int:
    if not seconds >= 0:
        raise ValueError("the time must not be negative")
    # 2^64 - 1 is for ever.
    return _FOR_EVER if seconds >= _FOR_EVER // 10**6 else int(seconds * 1e6)


def _check(result: int, path: "Path | None" = None) -> int:
    if result < 0:
        raise _error(result, path)
    return result


def _error(result: int, path: "Path | None" = None) -> Exception:
    if result == -errno.ENOMEM:
        return MemoryError("not enough memory")
    text = os.strerror(-result)
    return OSError(-result, text) if path is None else OSError(-result, text, path)
