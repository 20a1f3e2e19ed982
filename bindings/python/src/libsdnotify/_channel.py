"""A connection to the service manager that is kept: ``sdn_connect()`` and ``sdn_send()`` of sdnotify.h.

It goes on working when ``$NOTIFY_SOCKET`` is gone, and after chroot(2) and setuid(2); and a message is one system call.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from . import _library, daemon


class Channel:
    """:raises OSError: EINVAL, EPROTO, ENAMETOOLONG (a malformed ``$NOTIFY_SOCKET``), ECONNREFUSED, ENOENT (nobody
    listens), EMFILE, ..."""

    _fd = -1

    def __init__(self) -> None:
        result, self._fd = _library.connect()
        # A vsock address cannot be kept.
        self._notify = daemon.notify if result == -errno.EAFNOSUPPORT else None
        if self._notify is None:
            daemon._check(result)

    def __bool__(self) -> bool:
        """Whether anybody asked to be told."""
        return self._fd >= 0 or self._notify is not None

    def send(self, state: str) -> bool:
        """As :func:`libsdnotify.daemon.notify`; False: ``$NOTIFY_SOCKET`` was not set.

        :raises OSError: also ECONNREFUSED: the manager made itself a new socket.
        """
        if self._notify is not None:
            return self._notify(state)
        text = daemon._text(state)
        while True:
            result: int = _library.sdn_send(self._fd, text)
            if result >= 0:
                return result > 0
            if result != -errno.EINTR:
                raise daemon._error(result)

    # os may be gone when the interpreter ends.
    def __del__(self, _close: Callable[[int], None] = os.close) -> None:
        if self._fd >= 0:
            _close(self._fd)
            self._fd = -1
