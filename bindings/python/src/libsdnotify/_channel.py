"""A connection to the service manager that is kept: ``sdn_connect()`` of sdnotify.h.

It goes on working when ``$NOTIFY_SOCKET`` is gone, and after chroot(2) and setuid(2); and a message is one system call.
os.write() makes it, not ``sdn_send()``, which does the same on the wire: ctypes takes half as long again as the system
call, and os.write() takes up again what a signal interrupts.
"""

from __future__ import annotations

import errno
import os

from . import _library, daemon

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Channel:
    """:raises OSError: EINVAL, EPROTO, ENAMETOOLONG (a malformed ``$NOTIFY_SOCKET``), ECONNREFUSED, ENOENT (nobody
    listens), EMFILE, ..."""

    fd = -1
    """The connected socket; -1: ``$NOTIFY_SOCKET`` was not set, or names a vsock address, which cannot be kept."""

    def __init__(self) -> None:
        result, self.fd = _library.connect()
        if result != -errno.EAFNOSUPPORT:
            daemon._check(result)
        self.wanted = result != 0
        """Whether ``$NOTIFY_SOCKET`` was set."""

    def send(self, state: str) -> bool:
        """As :func:`libsdnotify.daemon.notify`.

        :raises OSError: also ECONNREFUSED: the manager made itself a new socket.
        """
        if self.fd < 0:
            return self.wanted and daemon.notify(state)
        os.write(self.fd, daemon._text(state))
        return True

    # os may be gone when the interpreter ends.
    def __del__(self, _close: Callable[[int], None] = os.close) -> None:
        if self.fd >= 0:
            _close(self.fd)
            self.fd = -1
