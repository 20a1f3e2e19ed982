"""The class of the package ``sdnotify``."""

from __future__ import annotations

import errno

from ._channel import Channel


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
        self._channel: Channel | None = None
        try:
            self._channel = Channel()
        except Exception:
            if debug:
                raise
        if debug and not self._channel:
            raise OSError(errno.ENOTCONN, "$NOTIFY_SOCKET is not set")

    def notify(self, state: str) -> None:
        """Send assignments, one a line, to the service manager: see :func:`libsdnotify.daemon.notify`.

        :raises Exception: with debug only: as :func:`libsdnotify.daemon.notify`; ECONNREFUSED: the manager made itself
            a new socket.
        """
        try:
            if self._channel is not None:
                self._channel.send(state)
        except Exception:
            if self.debug:
                raise
