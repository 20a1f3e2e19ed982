"""A notification channel that is opened once: ``sdnotify.h`` of libsdnotify."""

from __future__ import annotations

import errno
import os
import time

from . import _library
from .daemon import _FOR_EVER, _check, _error, _fd, _text, _usec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Any, Callable

    from .daemon import FileDescriptor


class Channel:
    """A connection to the service manager, opened early and kept: a socket that is closed on exec.

    It works after a chroot, under another user, after the environment is cleared, under a seccomp filter without
    ``socket``, and takes one system call a message. Where ``$NOTIFY_SOCKET`` is not set, it is not :attr:`connected`,
    and its methods return False. It is a context manager that closes it.

    A forked child may use it, and speaks for itself. A full queue makes a method wait, unless the channel was made
    non-blocking (``os.set_blocking(channel.fileno(), False)``): then :class:`BlockingIOError`.

    :param unset_environment: remove ``$NOTIFY_SOCKET``, whatever the result, so that child processes do not have it.
    :raises OSError: EINVAL, EPROTO, ENAMETOOLONG (a malformed ``$NOTIFY_SOCKET``), EAFNOSUPPORT (a vsock address),
        ECONNREFUSED, ENOENT (nobody listens), EACCES, EMFILE, ...

    The methods raise :class:`ConnectionRefusedError` when the manager has closed its socket (systemd keeps it when it
    executes itself again): close the channel and open another one, if the environment still allows that. They are
    thread-safe. A signal that arrives while one waits does not end it (PEP 475).
    """

    __slots__ = ("_closed", "_number")

    def __init__(self, unset_environment: bool = False) -> None:
        self._number = -1
        self._closed = False
        result, self._number = _library.connect(1 if unset_environment else 0)
        _check(result)

    @property
    def connected(self) -> bool:
        """Whether there is a service manager to tell."""
        return self._number >= 0

    def fileno(self) -> int:
        """The descriptor; -1 where it is not :attr:`connected`."""
        return self._number

    def send(self, state: str, fds: Sequence[FileDescriptor] = ()) -> bool:
        """Send assignments, one a line, as they are: see :func:`libsdnotify.daemon.notify`.

        :param fds: at most 253 descriptors to go along, for ``"FDSTORE=1"``.
        :returns: whether it was sent.
        :raises OSError: EMSGSIZE, ENOBUFS (too long), E2BIG, EBADF (the descriptors), ...
        """
        text = _text(state)
        numbers = [_fd(fds[index]) for index in range(len(fds))]
        return self._call(_library.sdn_send_with_fds, text, _library.fd_array(numbers), len(numbers))

    def status(self, line: str) -> bool:
        """Send ``STATUS=`` and one line for people, whatever it is made of.

        Line breaks and all other control characters become spaces, what has no UTF-8 becomes question marks, and the
        line ends where systemd would not read the message any more, at 4096 bytes.
        """
        if not isinstance(line, str):
            raise TypeError(f"line must be str, not {type(line).__name__}")
        text = line.replace("\0", " ").encode("utf-8", "surrogatepass")
        return self._call(_library.sdn_status, text)

    def reloading(self) -> bool:
        """Send ``RELOADING=1`` with the time of now, for ``Type=notify-reload``; ``send("READY=1")`` ends it."""
        return self._call(_library.sdn_reloading)

    def barrier(self, timeout: float | None = None) -> bool:
        """Wait until the service manager has dealt with all messages sent before: see :func:`libsdnotify.barrier`.

        :param timeout: in seconds; 0 only looks, None waits for ever.
        :raises TimeoutError: the manager was not done in time.
        :raises ValueError: timeout is negative or not a number.
        """
        usec = _FOR_EVER if timeout is None else _usec(timeout)
        deadline = time.monotonic_ns() // 1000 + usec
        while True:
            result = _library.sdn_barrier(self._open_number(), usec)
            if result >= 0:
                return bool(result)
            if result != -errno.EINTR:
                raise _error(result)
            if timeout is not None:
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
                raise _error(result)

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


def heartbeat_interval(unset_environment: bool = False) -> float | None:
    """How often to send ``WATCHDOG=1``: half of :func:`libsdnotify.watchdog_enabled`, in seconds; None: never.

    :param unset_environment: remove ``$WATCHDOG_USEC`` and ``$WATCHDOG_PID``, whatever the result.
    :raises OSError: EINVAL, ERANGE (the variables are malformed).
    """
    result, usec = _library.heartbeat_usec(1 if unset_environment else 0)
    return usec / 1e6 if _check(result) else None
