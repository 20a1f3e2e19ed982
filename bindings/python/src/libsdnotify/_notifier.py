"""The class of the package ``sdnotify``."""

from __future__ import annotations

import errno
import os

from . import daemon


class SystemdNotifier:
    """As ``sdnotify.SystemdNotifier`` (0.3.2), but the text is UTF-8 on the wire.

    :param debug: raise errors. By default they are ignored, so that a program runs where no service manager is.
    :raises OSError: with debug: ENOTCONN: ``$NOTIFY_SOCKET`` is not set.
    """

    def __init__(self, debug: bool = False) -> None:
        self.debug = debug
        if debug and not os.environ.get("NOTIFY_SOCKET"):
            raise _not_set()

    def notify(self, state: str) -> None:
        """Send assignments, one a line, to the service manager: see :func:`libsdnotify.daemon.notify`.

        :raises Exception: with debug only: as :func:`libsdnotify.daemon.notify`; ENOTCONN: ``$NOTIFY_SOCKET`` is not
            set.
        """
        try:
            if not daemon.notify(state) and self.debug:
                raise _not_set()
        except Exception:
            if self.debug:
                raise


def _not_set() -> OSError:
    return OSError(errno.ENOTCONN, "$NOTIFY_SOCKET is not set")
