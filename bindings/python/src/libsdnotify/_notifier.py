"""The class of the package ``sdnotify``."""

from __future__ import annotations

import errno
import os

from . import daemon
from ._message import message
from .channel import Channel

_write = os.write


class SystemdNotifier:
    """Like ``sdnotify.SystemdNotifier`` (0.3.2), but the text is UTF-8 on the wire.

    It connects to ``$NOTIFY_SOCKET`` once, so it keeps working when the variable is gone, and after chroot(2) and
    setuid(2). Only with a vsock address, each message opens a connection.

    :param debug: raise errors. By default they are ignored, so that a program also runs without a service manager.
    :raises OSError: with debug: ENOTCONN (``$NOTIFY_SOCKET`` is not set), ECONNREFUSED, ENOENT (nobody listens), and
        others of :func:`libsdnotify.daemon.notify`.
    """

    def __init__(self, debug: bool = False) -> None:
        self.debug = debug
        self._fd = -1
        self._each_by_itself = False
        self._channel: Channel | None = None
        try:
            self._channel = Channel()
            self._fd = self._channel.fileno()
            if debug and not self._channel.connected:
                raise OSError(errno.ENOTCONN, "$NOTIFY_SOCKET is not set")
        except Exception as error:
            self._each_by_itself = getattr(error, "errno", None) == errno.EAFNOSUPPORT
            if debug and not self._each_by_itself:
                raise

    def notify(self, state: str) -> None:
        """Send assignments, one per line, to the service manager: see :func:`libsdnotify.daemon.notify`.

        Without debug, a message that systemd does not accept (a NUL character, more than 4,096 bytes) is lost.

        :raises Exception: with debug only: as :func:`libsdnotify.daemon.notify`; AttributeError: state is not a str;
            ECONNREFUSED: the manager has created a new socket.
        """
        # The whole of the usual case: each check here would cost more than what sdnotify does besides the system call.
        try:
            if self.debug:
                state.encode()
                message(state)
            _write(self._fd, state.encode())
        except Exception as error:
            if self._each_by_itself:
                self._send(state)
            elif self.debug and self._channel is not None and self._channel.connected:
                if isinstance(error, OSError) and error.filename is None:
                    error.filename = self._channel.address
                raise

    def _send(self, state: str) -> None:
        """To an address that cannot be kept."""
        try:
            daemon.notify(state)
        except Exception:
            if self.debug:
                raise
