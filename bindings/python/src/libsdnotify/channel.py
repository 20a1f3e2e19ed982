"""A notification channel that is opened once: ``sdnotify.h`` of libsdnotify."""

from __future__ import annotations

import errno
import os
import select
import time

from . import _abi
from ._message import message
from .daemon import _FOREVER, _check, _check_variables, _error, _fd, _timeout, _unset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Any, Callable

    from .daemon import FileDescriptor


class Channel:
    """A connection to the service manager, opened early and kept: a socket that is closed on exec.

    It works after a chroot, under another user, after the environment is cleared, and under a seccomp filter that
    forbids ``socket``. Each message takes one system call. If ``$NOTIFY_SOCKET`` is not set, the channel is not
    :attr:`connected`, and its methods return False. As a context manager, it closes itself.

    A forked child may use it; its messages carry its own pid. If the queue is full, a method waits, unless the channel
    is non-blocking: then it raises :class:`BlockingIOError`. :class:`libsdnotify.outbox.Outbox` keeps such messages.

    :param unset_environment: remove ``$NOTIFY_SOCKET``, regardless of the result, so that child processes do not
        inherit it.
    :param blocking: wait while the service manager does not read.
    :raises OSError: EINVAL, EPROTO, ENAMETOOLONG (a malformed ``$NOTIFY_SOCKET``), EAFNOSUPPORT (a vsock address),
        ECONNREFUSED, ENOENT (nobody listens), EACCES, EMFILE, ...

    The methods raise :class:`ConnectionRefusedError` if the manager has closed its socket (systemd keeps it open when
    it re-executes): close the channel and open another one, if the environment still allows that. The methods are
    thread-safe. A signal that arrives while one waits does not end the call (PEP 475).
    """

    __slots__ = ("_closed", "_number", "address")

    address: str | None
    """``$NOTIFY_SOCKET`` as it was; errors have it as their ``filename``."""

    def __init__(self, unset_environment: bool = False, blocking: bool = True) -> None:
        self._number = -1
        self._closed = False
        self.address = os.environ.get("NOTIFY_SOCKET")
        try:
            result, self._number = _abi.sdn_connect(0)
        finally:
            if unset_environment:
                _unset("NOTIFY_SOCKET")
        _check(result, self.address)
        if result and not blocking:
            os.set_blocking(self._number, False)

    @property
    def connected(self) -> bool:
        """Whether there is a service manager to notify."""
        return self._number >= 0

    def fileno(self) -> int:
        """The descriptor, or -1 if the channel is not :attr:`connected`."""
        return self._number

    def send(self, state: str, fds: Sequence[FileDescriptor] = ()) -> bool:
        """Send assignments, one per line, verbatim: see :func:`libsdnotify.daemon.notify`.

        :param fds: at most 253 descriptors to send along, for ``"FDSTORE=1"``.
        :returns: whether it was sent.
        :raises ValueError, OSError: as :func:`libsdnotify.daemon.notify`.
        """
        text = message(state)
        if not fds:
            return self._write(text)
        numbers = [_fd(fds[index]) for index in range(len(fds))]
        return self._call(_abi.sdn_send_with_fds, text, numbers)

    def _write(self, text: bytes) -> bool:
        """A message that has been checked.

        By os.write(), not ``sdn_send()``, which does the same on the wire: a call of a C function takes half as long
        again as the system call, and os.write() takes up again what a signal interrupts.
        """
        number = self._open_number()
        if number < 0:
            return False
        try:
            os.write(number, text)
        except OSError as error:
            # Once refused, a socket is no longer connected.
            number = errno.ECONNREFUSED if error.errno == errno.ENOTCONN else error.errno or 0
            raise OSError(number, os.strerror(number), self.address) from None
        return True

    def status(self, line: str) -> bool:
        """Send ``STATUS=`` and one human-readable line, made from any text.

        Line breaks and all other control characters become spaces, what cannot be encoded in UTF-8 becomes question
        marks, and the line is cut so that the message fits the 4096 bytes that systemd reads.
        """
        try:
            text = str.encode(line, "utf-8", "surrogatepass").replace(b"\0", b" ")
        except TypeError:
            raise TypeError(f"line must be str, not {type(line).__name__}") from None
        return self._call(_abi.sdn_status, text)

    def reloading(self) -> bool:
        """Send ``RELOADING=1`` with the current time, for ``Type=notify-reload``; ``send("READY=1")`` ends it."""
        return self._call(_abi.sdn_reloading)

    def barrier(self, timeout: float | None = None) -> bool:
        """Wait until the service manager has processed all messages sent before: see :func:`libsdnotify.barrier`.

        It waits even on a non-blocking channel.

        :param timeout: in seconds; 0 only checks, None waits indefinitely.
        :raises TimeoutError: the manager did not answer in time.
        :raises ValueError: timeout is negative or not a number.
        """
        usec = _timeout(timeout)
        deadline = time.monotonic_ns() // 1000 + usec
        while True:
            number = self._open_number()
            # sdn_barrier() counts the time only after its message is sent.
            if number >= 0 and not _is_writable(number, usec):
                raise _error(-errno.ETIMEDOUT, self.address)
            if usec != _FOREVER:
                usec = max(0, deadline - time.monotonic_ns() // 1000)
            result = _abi.sdn_barrier(number, usec)
            if result >= 0:
                return bool(result)
            # Others may send as well, and be first.
            if result not in (-errno.EINTR, -errno.EAGAIN):
                raise _error(result, self._culprit(result))
            if usec != _FOREVER:
                usec = max(0, deadline - time.monotonic_ns() // 1000)

    def close(self) -> None:
        """Close the channel, once; its methods raise :class:`ValueError` afterwards."""
        number, self._number, self._closed = self._number, -1, True
        if number >= 0:
            os.close(number)

    def _open_number(self) -> int:
        if self._closed:
            raise ValueError("the channel is closed")
        return self._number

    def _call(self, function: Callable[..., int], *arguments: Any) -> bool:
        while True:
            result = function(self._open_number(), *arguments)
            if result >= 0:
                return bool(result)
            if result != -errno.EINTR:
                raise _error(result, self._culprit(result))

    def _culprit(self, result: int) -> str | None:
        """What to name along with an error; None: it is the descriptors' fault."""
        return None if result in (-errno.EBADF, -errno.E2BIG) else self.address

    def __enter__(self) -> Channel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # os may be gone when the interpreter ends.
    def __del__(self, _close: Callable[[int], None] = os.close) -> None:
        if self._number >= 0:
            _close(self._number)
            self._number = -1


def _is_writable(number: int, usec: int) -> bool:
    """Whether the manager's queue has room within a time."""
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    # As far as C's int goes: a month is as good as indefinitely.
    milliseconds = min(-(-usec // 1000), 2**31 - 1)
    return bool(poll.poll(None if usec == _FOREVER else milliseconds))


def heartbeat_interval(unset_environment: bool = False) -> float | None:
    """How often to send ``WATCHDOG=1``, in seconds: half of :func:`libsdnotify.watchdog_enabled`, or None for never.

    :param unset_environment: remove ``$WATCHDOG_USEC`` and ``$WATCHDOG_PID``, regardless of the result.
    :raises OSError: EINVAL, ERANGE (the variables are malformed).
    """
    try:
        result, usec = _abi.sdn_heartbeat_interval(0)
        return usec / 1e6 if _check_variables(result, "WATCHDOG_USEC", "WATCHDOG_PID") else None
    finally:
        if unset_environment:
            _unset("WATCHDOG_USEC", "WATCHDOG_PID")
