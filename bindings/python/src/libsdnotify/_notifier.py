"""The class of the package ``sdnotify``."""

from __future__ import annotations

import errno
import os

from ._channel import Channel

_write = os.write


class SystemdNotifier:
    """As ``sdnotify.SystemdNotifier`` (0.3.2), but the text is UTF-8 on the wire.

    It connects to ``$NOTIFY_SOCKET`` once, and so goes on working when the variable is gone, and after chroot(2) and
    setuid(2).

    :param debug: raise errors. By default they are ignored, so that a program runs where no service manager is.
    :raises OSError: with debug: ENOTCONN (``$NOTIFY_SOCKET`` is not set), ECONNREFUSED, ENOENT (nobody listens), and
        others of :func:`libsdnotify.daemon.notify`.
    """

    def __init__(self, debug: bool = False) -> None:
        self.debug = debug
        self._fd = -1
        self._channel: Channel | None = None
        try:
            self._channel = Channel()
            self._fd = self._channel.fd
            if debug and not self._channel.wanted:
                raise OSError(errno.ENOTCONN, "$NOTIFY_SOCKET is not set")
        except Exception:
            if debug:
                raise

    def notify(self, state: str) -> None:
        """Send assignments, one a line, to the service manager: see :func:`libsdnotify.daemon.notify`.

        A NUL character is not refused; systemd ignores a message with one.

        :raises Exception: with debug only: as :func:`libsdnotify.daemon.notify`; AttributeError: state is not a str;
            ECONNREFUSED: the manager made itself a new socket.
        """
        # The whole of the usual case: each check here would cost more than what sdnotify does beside the system call.
        try:
            _write(self._fd, state.encode())
        except Exception:
            if self._fd >= 0:
                if self.debug:
                    raise
            else:
                self._send(state)

    def _send(self, state: str) -> None:
        """Without a connection: to nobody, or to a vsock address."""
        try:
            if self._channel is not None:
                self._channel.send(state)
        except Exception:
            if self.debug:
                raise
