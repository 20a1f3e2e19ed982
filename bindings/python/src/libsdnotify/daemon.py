"""``systemd.daemon`` of systemd-python, on libsdnotify: to switch, write ``from libsdnotify import daemon``.

Names, defaults, results and exceptions are systemd-python's; :func:`is_special`, :func:`watchdog_enabled` and
:func:`barrier` are additions. Unless it says otherwise, a function raises :class:`OSError` with the errno of the C
function of the same name, :class:`MemoryError` for ENOMEM, and :class:`OverflowError` for a number that does not fit
into C's ``int``. An error of the connection has the address, ``$NOTIFY_SOCKET``, as its ``filename``.

``unset_environment`` removes the variables from the environment of the process and from :data:`os.environ`, Python's
copy of it, so that a child gets them neither by inheritance nor through ``env=dict(os.environ, ...)``. (systemd-python
leaves them in os.environ.)

All functions are thread-safe as long as nothing changes the environment at the same time. Python's signal handlers may
call them; C signal handlers may not. They wait while the service manager is slow to read, and other threads run
meanwhile. An event loop that must not wait uses :mod:`libsdnotify.aio` or :class:`libsdnotify.outbox.Outbox`.
"""

import errno
import os
import time

from . import _abi

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
"""The first file descriptor that the service manager passes."""

_FOREVER = 2**64 - 1
# The messages of every day, which need no look, and no module that looks.
_PLAIN = {"READY=1": b"READY=1", "WATCHDOG=1": b"WATCHDOG=1", "STOPPING=1": b"STOPPING=1"}
_LISTEN = ("LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES")


def notify(
    status: str,
    unset_environment: bool = False,
    pid: int = 0,
    fds: "Sequence[FileDescriptor] | None" = None,
) -> bool:
    """Tell the service manager about the state of this service, in one message to ``$NOTIFY_SOCKET``.

    :param status: assignments, one per line, sent verbatim in UTF-8: ``"READY=1"``, ``"STATUS=..."``, ``"WATCHDOG=1"``
        and the others of sd_notify(3). Do not put untrusted text here: a line break in it begins another assignment.
        :func:`libsdnotify.status` refuses line breaks.
    :param unset_environment: remove ``$NOTIFY_SOCKET``, regardless of the result, so that later calls do nothing.
    :param pid: send on behalf of this process; 0 is the caller. That takes privileges; without them, the message is
        sent with the caller's own pid.
    :param fds: at most 253 descriptors to send along, for ``"FDSTORE=1"``.
    :returns: True if the message was sent; False if ``$NOTIFY_SOCKET`` is not set.
    :raises TypeError: status is not a str.
    :raises ValueError: status has a NUL character or a lone surrogate, or a field has a value that systemd ignores or
        cannot read: ``MAINPID=``, ``ERRNO=``, ``*_USEC=`` (integers in range), ``READY=`` and the like (1),
        ``FDNAME=``.
    :raises OverflowError: pid is negative.
    :raises OSError: EINVAL, EPROTO, ENAMETOOLONG (a malformed ``$NOTIFY_SOCKET``), E2BIG (too many descriptors), EBADF,
        ECONNREFUSED, ENOENT (nobody listens), EMSGSIZE (more than the 4,096 bytes that systemd reads), ...

    A signal that arrives while the message waits does not end the call (PEP 475). Wraps sd_notify(3) and
    sd_pid_notify_with_fds(3).
    """
    state = _PLAIN.get(status) if type(status) is str else None
    if state is None:
        from ._message import message

        state = message(status)
    pid = _int(pid)
    if pid < 0:
        raise OverflowError("pid must not be negative")
    numbers = None if fds is None else [_fd(fds[index]) for index in range(len(fds))]
    return _send(state, unset_environment, pid, numbers)


def _send(state: bytes, unset_environment: bool = False, pid: int = 0, fds: "list[int] | None" = None) -> bool:
    """A message that has been checked."""
    try:
        while True:
            if fds is not None:
                result = _abi.sd_pid_notify_with_fds(pid, 0, state, fds)
            elif pid != 0:
                result = _abi.sd_pid_notify(pid, 0, state)
            else:
                result = _abi.sd_notify(0, state)
            if result >= 0:
                return bool(result)
            if result != -errno.EINTR:
                raise _error(result, _address(result))
    finally:
        if unset_environment:
            _unset("NOTIFY_SOCKET")


def barrier(timeout: "float | None" = None, unset_environment: bool = False) -> bool:
    """Wait until the service manager has processed all messages that this process sent before.

    Call it before the process ends: the manager often cannot attribute a message to its unit once the sender is gone,
    and the message is lost.

    :param timeout: in seconds; 0 only checks, None waits indefinitely.
    :param unset_environment: as for :func:`notify`.
    :returns: True, or False if ``$NOTIFY_SOCKET`` is not set.
    :raises TimeoutError: the manager did not answer in time.
    :raises ValueError: timeout is negative or not a number.
    :raises OSError: as :func:`notify`; also EMFILE, ENFILE (no descriptors for a pipe).

    It blocks its thread, and under gevent all greenlets. In asyncio and trio, use :func:`libsdnotify.aio.barrier`; in
    gevent, ``gevent.get_hub().threadpool.apply(barrier, (5,))``.

    A signal that arrives meanwhile does not end the call (PEP 475). Does what sd_notify_barrier(3) does, but the time
    during which the manager's queue is full counts too.
    """
    usec = _timeout(timeout)
    from .channel import Channel

    try:
        with Channel(blocking=False) as channel:
            return channel.barrier(timeout) if channel.connected else False
    except OSError as error:
        if error.errno != errno.EAFNOSUPPORT:
            raise
        # An address of vsock, which cannot be kept open.
        return _barrier(usec)
    finally:
        if unset_environment:
            _unset("NOTIFY_SOCKET")


def _barrier(usec: int) -> bool:
    deadline = time.monotonic_ns() // 1000 + usec
    while True:
        result = _abi.sd_notify_barrier(0, usec)
        if result >= 0:
            return bool(result)
        if result != -errno.EINTR:
            raise _error(result, _address(result))
        if usec != _FOREVER:
            usec = max(0, deadline - time.monotonic_ns() // 1000)


def watchdog_enabled(unset_environment: bool = False) -> "float | None":
    """How often the service manager expects ``WATCHDOG=1`` from this process: the interval in seconds; None for never.

    The result is None also in a process that the manager did not start, such as a worker of a prefork server or a child
    of :mod:`multiprocessing`: ``$WATCHDOG_PID`` says whose heartbeat counts. Call it before you fork.

    After an interval without a heartbeat, the manager considers the service hung. Call :func:`libsdnotify.watchdog`
    every half of it.

    :param unset_environment: remove ``$WATCHDOG_USEC`` and ``$WATCHDOG_PID``, regardless of the result.
    :raises OSError: EINVAL, ERANGE (the variables are malformed).

    Wraps sd_watchdog_enabled(3), whose unit is the microsecond.
    """
    try:
        result, usec = _abi.sd_watchdog_enabled(0)
        return usec / 1e6 if _check_variables(result, "WATCHDOG_USEC", "WATCHDOG_PID") else None
    finally:
        if unset_environment:
            _unset("WATCHDOG_USEC", "WATCHDOG_PID")


def booted() -> bool:
    """Whether the machine was booted with systemd. Wraps sd_booted(3)."""
    return bool(_check(_abi.sd_booted()))


def listen_fds(unset_environment: bool = True) -> "list[int]":
    """The file descriptors that the service manager passed to this process; each is now close-on-exec.

    The list is empty also in a process that the manager did not start: ``$LISTEN_PID`` says which process they are
    for. Call it before you fork, and pass the numbers on.

    :param unset_environment: remove ``$LISTEN_PID``, ``$LISTEN_PIDFDID``, ``$LISTEN_FDS`` and ``$LISTEN_FDNAMES``,
        regardless of the result.
    :raises OSError: EINVAL, ERANGE (the variables are malformed), EBADF (a descriptor is not open).

    Wraps sd_listen_fds(3).
    """
    try:
        count = _check_variables(_abi.sd_listen_fds(0), *_LISTEN)
        return list(range(LISTEN_FDS_START, LISTEN_FDS_START + count))
    finally:
        if unset_environment:
            _unset(*_LISTEN)


def listen_fds_with_names(unset_environment: bool = True) -> "dict[int, str]":
    """Like :func:`listen_fds`, with the name of each descriptor: ``FileDescriptorName=`` of a socket unit, ``FDNAME=``
    in the file descriptor store, or ``"unknown"``.

    :raises OSError: as :func:`listen_fds`; also EINVAL (the names are malformed, too few or too many).

    Wraps sd_listen_fds_with_names(3).
    """
    try:
        result, names = _abi.sd_listen_fds_with_names(0)
        _check_variables(result, *_LISTEN)
        return {LISTEN_FDS_START + index: os.fsdecode(name) for index, name in enumerate(names)}
    finally:
        if unset_environment:
            _unset(*_LISTEN)


def is_fifo(fileobj: "FileDescriptor", path: "Path | None" = None) -> bool:
    """Whether fileobj, a descriptor or an object that has one, is a FIFO; with a path, the one at that path.

    Wraps sd_is_fifo(3).
    """
    fd, name = _fd(fileobj), _path(path)
    return bool(_check(_abi.sd_is_fifo(fd, name), path))


def is_special(fileobj: "FileDescriptor", path: "Path | None" = None) -> bool:
    """Whether fileobj is a regular file or a character device; with a path, the file or device at that path.

    Wraps sd_is_special(3).
    """
    fd, name = _fd(fileobj), _path(path)
    return bool(_check(_abi.sd_is_special(fd, name), path))


def is_mq(fileobj: "FileDescriptor", path: "Path | None" = None) -> bool:
    """Whether fileobj is a POSIX message queue; with a path, the queue of that name (``"/name"``).

    Wraps sd_is_mq(3).
    """
    fd, name = _fd(fileobj), _path(path)
    return bool(_check(_abi.sd_is_mq(fd, name), path))


def is_socket(fileobj: "FileDescriptor", family: int = 0, type: int = 0, listening: int = -1) -> bool:
    """Whether fileobj is a socket.

    :param family: ``socket.AF_INET``, ...; 0 matches any.
    :param type: ``socket.SOCK_STREAM``, ...; 0 matches any.
    :param listening: if positive, it must be listening; if 0, it must not be; if negative, either will do.

    Wraps sd_is_socket(3).
    """
    return bool(_check(_abi.sd_is_socket(_fd(fileobj), _int(family), _int(type), _int(listening))))


def is_socket_inet(
    fileobj: "FileDescriptor", family: int = 0, type: int = 0, listening: int = -1, port: int = 0
) -> bool:
    """Whether fileobj is an Internet socket; with a port, one bound to that port.

    :param family: ``socket.AF_INET``, ``socket.AF_INET6``; 0 matches either.
    :param port: 0 matches any.
    :raises ValueError: port is not 0 .. 65535.

    The others as for :func:`is_socket`. Wraps sd_is_socket_inet(3).
    """
    fd, family, type, listening, port = _fd(fileobj), _int(family), _int(type), _int(listening), _int(port)
    if not 0 <= port <= 65535:
        raise ValueError("port must fit into uint16_t")
    return bool(_check(_abi.sd_is_socket_inet(fd, family, type, listening, port)))


def is_socket_sockaddr(
    fileobj: "FileDescriptor", address: str, type: int = 0, flowinfo: int = 0, listening: int = -1
) -> bool:
    """Whether fileobj is an Internet socket bound to an address.

    :param address: an address with a port or without one: ``"127.0.0.1:80"``, ``"[::1]:80"``, ``"[::1]"``; ``"80"``:
        the IPv6 address ``::``; ``"eth0:80"``: the same, on that interface.
    :param flowinfo: of an IPv6 address; 0 matches any.
    :raises ValueError: not an address, or flowinfo with an address that is not IPv6.
    :raises OSError: also ERANGE (the port is negative, or larger than C's ``unsigned``).

    The others as for :func:`is_socket`. Wraps sd_is_socket_sockaddr(3).
    """
    from ._address import parse

    fd = _fd(fileobj)
    packed = parse(address, _int(flowinfo))
    return bool(_check(_abi.sd_is_socket_sockaddr(fd, _int(type), packed, len(packed), _int(listening))))


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
    return bool(_check(_abi.sd_is_socket_unix(fd, type, listening, name), path))


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


def _timeout(seconds: "float | None") -> int:
    """In microseconds."""
    if seconds is None:
        return _FOREVER
    from ._message import microseconds

    try:
        return min(microseconds(seconds), _FOREVER)
    except OverflowError:
        return _FOREVER


def _unset(*names: str) -> None:
    """Removes variables from the environment, and from Python's copy, which may know less than there is."""
    for name in names:
        os.environ.pop(name, None)
        os.unsetenv(name)


def _address(result: int) -> "str | None":
    """What to name along with an error of the connection; None: it is the descriptors' fault."""
    return None if result in (-errno.EBADF, -errno.E2BIG) else os.environ.get("NOTIFY_SOCKET")


def _check(result: int, path: "Path | None" = None) -> int:
    if result < 0:
        raise _error(result, path)
    return result


def _check_variables(result: int, *names: str) -> int:
    if result < 0 and result not in (-errno.EBADF, -errno.ENOMEM):
        values = ", ".join(f"${name}={os.environ[name]!r}" for name in names if name in os.environ)
        raise OSError(-result, f"{os.strerror(-result)}: {values}")
    return _check(result)


def _error(result: int, path: "Path | None" = None) -> Exception:
    if result == -errno.ENOMEM:
        return MemoryError("not enough memory")
    text = os.strerror(-result)
    return OSError(-result, text) if path is None else OSError(-result, text, path)
