"""Messages to the service manager for event loops: nothing here ever waits for the manager."""

from __future__ import annotations

import errno
import logging
import os
import time

from . import _message, daemon
from .channel import Channel

__all__ = ["Outbox"]

_log = logging.getLogger("libsdnotify")


class Outbox:
    """The messages to the service manager, without blocking.

    If a manager reads nothing for some seconds, because it reloads or is frozen, a few messages fill its queue, and the
    next one would block the caller until it reads again. An outbox keeps that message instead, and :meth:`flush` sends
    it later: first the beat, then the newest status, then the newest of each other kind of message, in order. So it
    never keeps more than a few. Every method below that sends a message calls flush() itself.

    In asyncio, trio and anyio, :class:`libsdnotify.aio.Heartbeat` does all this. In another loop, call flush() from a
    timer, or when :meth:`fileno` becomes writable, as long as something is :attr:`pending`.

    The connection is opened at once and kept open, see :class:`libsdnotify.channel.Channel`. If it breaks, it is opened
    again. An error of the connection raises no exception: the message is kept, and the logger ``libsdnotify`` logs the
    error with the address, once until a message gets through. (With a vsock address, each message opens a connection,
    which may take a moment.) Not thread-safe.
    """

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET")
        self._channel: Channel | None = None
        self._each_by_itself = False
        self._failing: int | None = None
        self._beat = False
        self._status: bytes | None = None
        self._others: dict[bytes, bytes] = {}
        if self.wanted:
            try:
                self._open()
            except OSError as error:
                self._warn(error)

    @property
    def wanted(self) -> bool:
        """Whether there is a service manager to notify: ``$NOTIFY_SOCKET`` was set."""
        return self._address is not None

    @property
    def pending(self) -> bool:
        """Whether something is still to be sent."""
        return self._beat or self._status is not None or bool(self._others)

    def fileno(self) -> int:
        """The socket, to wait for until it is writable, or -1 if there is none at the moment."""
        return self._channel.fileno() if self._channel is not None else -1

    def ready(self, status: str | None = None) -> bool:
        """``READY=1``, see :func:`libsdnotify.ready`.

        :returns: True if everything was sent; False if something is pending, or there is no service manager.
        """
        return self._keep(b"READY=1", status)

    def reloading(self, status: str | None = None) -> bool:
        """``RELOADING=1``, see :func:`libsdnotify.reloading`. Result as for :meth:`ready`."""
        usec = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        return self._keep(b"RELOADING=1\nMONOTONIC_USEC=%d" % usec, status)

    def stopping(self, status: str | None = None) -> bool:
        """``STOPPING=1``, see :func:`libsdnotify.stopping`. Result as for :meth:`ready`."""
        return self._keep(b"STOPPING=1", status)

    def extend_timeout(self, seconds: float) -> bool:
        """``EXTEND_TIMEOUT_USEC=``, see :func:`libsdnotify.extend_timeout`. Result as for :meth:`ready`."""
        return self._keep(_message.extend_timeout(seconds))

    def status(self, text: str) -> bool:
        """``STATUS=``, see :func:`libsdnotify.status`. Result as for :meth:`ready`."""
        line = _message.status_line(text)
        if self.wanted:
            self._status = line
        return self.flush()

    def watchdog(self) -> bool:
        """``WATCHDOG=1``, see :func:`libsdnotify.watchdog`. Result as for :meth:`ready`."""
        self._beat = self.wanted
        return self.flush()

    def flush(self) -> bool:
        """Send what can be sent without waiting. Result as for :meth:`ready`."""
        if not self.wanted:
            return False
        try:
            if self._beat:
                self._write(b"WATCHDOG=1")
                self._beat = False
            # A status goes along with the one other message there usually is.
            if self._status is not None and len(self._others) != 1:
                self._write(self._status)
                self._status = None
            for key, state in list(self._others.items()):
                self._write(state if self._status is None else self._joined(state, self._status))
                self._status = None
                del self._others[key]
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in (errno.ENOBUFS, errno.ENOMEM):
                self._channel = None
            self._warn(error)
            return False
        self._failing = None
        return True

    def close(self) -> None:
        """Close the connection. Pending messages are lost."""
        if self._channel is not None:
            self._channel.close()
        self._address = self._channel = self._status = None
        self._beat = False
        self._others.clear()

    def _keep(self, state: bytes, status: str | None = None) -> bool:
        if status is not None:
            line = _message.status_line(status)
        if self.wanted:
            # The newest of its kind, and behind the others.
            key = state.partition(b"=")[0]
            self._others.pop(key, None)
            self._others[key] = state
            if status is not None:
                self._status = line
        return self.flush()

    @staticmethod
    def _joined(state: bytes, line: bytes) -> bytes:
        return _message.with_status(state, line[len(b"STATUS=") :].decode())

    def _write(self, state: bytes) -> None:
        if self._channel is None:
            self._open()
        if self._each_by_itself:
            daemon._send(state)
        elif self._channel is not None:
            self._channel._write(state)

    def _open(self) -> None:
        try:
            channel = Channel(blocking=False)
        except OSError as error:
            self._each_by_itself = error.errno == errno.EAFNOSUPPORT
            if not self._each_by_itself:
                raise
            return
        if not channel.connected:
            raise OSError(errno.ENOTCONN, "$NOTIFY_SOCKET is no longer set", self._address)
        self._channel = channel

    def _warn(self, error: OSError) -> None:
        if error.errno != self._failing:
            _log.warning("the service manager cannot be notified, it will be tried again: %s", error)
        self._failing = error.errno
