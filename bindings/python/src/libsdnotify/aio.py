"""A heartbeat that proves the event loop is alive, and a barrier that does not block it: asyncio, trio and anyio.

A task of the loop itself sends the beat (``WATCHDOG=1``), every half of the interval that the service manager requires
(``WatchdogSec=``). A stuck loop misses it, and the manager restarts the service. A thread would keep beating. ::

    async def database_answers() -> None:
        await database.execute("SELECT 1")

    async def main() -> None:
        server = await asyncio.start_server(...)
        heartbeat = aio.Heartbeat(check=database_answers)
        heartbeat.ready()

Nothing here blocks the loop to wait for the service manager: see :class:`libsdnotify.outbox.Outbox`. It works alike in
trio, in anyio, and in other loops with asyncio's interface (uvloop); importing this module requires none of them. It is
not thread-safe: call it from the loop's thread. Under gevent, use an Outbox in a greenlet.
"""

from __future__ import annotations

import asyncio
import errno
import inspect
import logging
import os

from . import _loops, daemon
from .channel import Channel
from .outbox import Outbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Union

    Check = Callable[[], Union[object, Awaitable[object]]]

__all__ = ["Heartbeat", "barrier"]

# A check may take a quarter of the interval. The beat before it was half an interval ago: a quarter is left to say
# why there is no other.
_CHECK_LIMIT = 1 / 4
# In how many steps that time is counted, see Loop.outcome().
_STEPS = 8
_REASON_LENGTH = 200
# Seconds after which a message that could not be said is tried again, if the socket does not become writable before.
_RETRY = 0.5

_log = logging.getLogger("libsdnotify")


class Heartbeat:
    """The heartbeat of the running loop, and the service's other messages. It never blocks the loop.

    It does nothing if the service manager expects no heartbeat. If the manager watches another process, as in a worker
    of a prefork server, it does not beat either: a warning and :attr:`silence` say so.

    :param check: called without arguments before each beat, in the loop. It may be a coroutine function. It fails if
        it raises an exception, returns False, or takes longer than a quarter of the interval, not counting the loop's
        own delay. Then the beat stops for good: ``STATUS=`` and the logger ``libsdnotify`` say why, and the manager
        restarts the service at the end of the interval.

    The methods that send a message return whether it has been sent. If it has not, because the manager does not read or
    cannot be reached, a task of the loop sends it later; the logger ``libsdnotify`` has the error.
    """

    def __init__(self, check: Check | None = None) -> None:
        self.check = check
        self.interval: float | None = None
        """In seconds, as the service manager asks; None before :meth:`ready`, and where it wants no heartbeat."""
        self.failure: str | None = None
        """Why the beat stopped."""
        self.silence: str | None = None
        """Why this process does not beat, although the manager wants a heartbeat: it is another process's."""
        self._outbox: Outbox | None = None
        self._cancels: list[Callable[[], None]] = []
        self._beating = False
        self._delivering = False

    def ready(self, status: str | None = None) -> bool:
        """Tell the service manager that the service is up: ``READY=1``. Begin to beat.

        Called again, at the end of a reload (:meth:`reloading`), it sends ``READY=1`` and keeps beating.

        :param status: one human-readable line, see :func:`libsdnotify.status`.
        :returns: True if the message was sent; False if ``$NOTIFY_SOCKET`` is not set, or if it will be sent later.
        :raises RuntimeError: no loop is running.
        :raises OSError: as :func:`libsdnotify.daemon.watchdog_enabled`.
        """
        loop = _loops.running()
        interval = daemon.watchdog_enabled()
        sent = self._box().ready(status)
        self._deliver_later()
        if not self._beating and self._box().wanted:
            if interval is not None:
                self.interval = interval
                self._beating = True
                self._cancels.append(loop.spawn(lambda: self._beat(loop, interval)))
            elif self.silence is None:
                self.silence = _silence()
                if self.silence is not None:
                    _log.warning("no heartbeat: %s", self.silence)
        return sent

    def reloading(self, status: str | None = None) -> bool:
        """Tell the service manager that the service reloads: ``RELOADING=1``; :meth:`ready` ends it."""
        return self._said(self._box().reloading(status))

    def stopping(self, status: str | None = None) -> bool:
        """Tell the service manager that the service is shutting down: ``STOPPING=1``. Keep beating, without the check.

        What the check relies on may be gone while the last clients are served. There is no way back: the manager kills
        the service after ``TimeoutStopSec=``. While it drains, call :meth:`extend_timeout`.
        """
        self.check = None
        return self._said(self._box().stopping(status))

    def status(self, text: str) -> bool:
        """Give the service manager one human-readable line: see :func:`libsdnotify.status`."""
        return self._said(self._box().status(text))

    def extend_timeout(self, seconds: float) -> bool:
        """Ask for more time to start, to reload or to stop: see :func:`libsdnotify.extend_timeout`."""
        return self._said(self._box().extend_timeout(seconds))

    def cancel(self) -> None:
        """Stop beating, without giving a reason. The end of the loop (:func:`asyncio.run`) does the same."""
        for cancel in self._cancels:
            cancel()

    def _box(self) -> Outbox:
        """Opened early, as the service may unset ``$NOTIFY_SOCKET`` later, or change its root."""
        if self._outbox is None:
            self._outbox = Outbox()
        return self._outbox

    def _said(self, sent: bool) -> bool:
        self._deliver_later()
        return sent

    def _deliver_later(self) -> None:
        if self._box().pending and not self._delivering:
            self._delivering = True
            loop = _loops.running()
            self._cancels.append(loop.spawn(lambda: self._deliver(loop)))

    async def _deliver(self, loop: _loops.Loop) -> None:
        """Says what is pending as soon as the manager reads again."""
        box = self._box()
        retry = min(_RETRY, (self.interval or 1) / 16)
        try:
            while box.pending:
                blocked = box.fileno()
                if blocked >= 0:
                    await loop.writable(blocked, _RETRY)
                else:
                    await loop.sleep(retry)
                # Whether it made room is for the next message to find out, not for a loop that spins.
                if not box.flush():
                    await loop.sleep(retry / 4)
        finally:
            self._delivering = False

    async def _beat(self, loop: _loops.Loop, interval: float) -> None:
        try:
            while True:
                begun = loop.time()
                reason = await _failure(loop, self.check, interval * _CHECK_LIMIT) if self.check is not None else None
                # stopping() may have come meanwhile.
                if reason is not None and self.check is not None:
                    self._stop(reason)
                    return
                self._said(self._box().watchdog())
                await loop.sleep(max(0.0, begun + interval / 2 - loop.time()))
        except Exception as error:
            self._stop(f"the heartbeat failed: {_described(error)}")
        finally:
            self._beating = False

    def _stop(self, reason: str) -> None:
        self.failure = _one_line(reason)
        _log.error("no more heartbeats: %s", self.failure)
        self._said(self._box().status(self.failure))


async def barrier(timeout: float | None = None) -> bool:
    """Wait until the service manager has processed all messages that this process sent before; the loop keeps running.

    For a :class:`Heartbeat`, that means the messages it has sent, not those still pending.

    :param timeout: in seconds; 0 only checks, None waits indefinitely.
    :returns: True, or False if ``$NOTIFY_SOCKET`` is not set.
    :raises RuntimeError: no loop is running.
    :raises TimeoutError: the manager did not answer in time.
    :raises ValueError, OSError: as :func:`libsdnotify.barrier`.
    """
    loop = _loops.running()
    usec = daemon._timeout(timeout)
    try:
        channel = Channel(blocking=False)
    except OSError as error:
        if error.errno != errno.EAFNOSUPPORT:
            raise
        # An address of vsock, which cannot be kept open.
        return await loop.in_thread(lambda: daemon.barrier(timeout))
    with channel:
        if not channel.connected:
            return False
        deadline = loop.time() + usec / 1e6
        read, write = os.pipe2(os.O_CLOEXEC)
        try:
            try:
                await _send(loop, channel, write, deadline)
            finally:
                os.close(write)
            await _hang_up(loop, channel, read, deadline)
        finally:
            os.close(read)
    return True


async def _send(loop: _loops.Loop, channel: Channel, fd: int, deadline: float) -> None:
    while True:
        try:
            channel.send("BARRIER=1", fds=[fd])
            return
        except BlockingIOError:
            await loop.writable(channel.fileno(), _left(loop, channel, deadline))


async def _hang_up(loop: _loops.Loop, channel: Channel, fd: int, deadline: float) -> None:
    os.set_blocking(fd, False)
    while True:
        try:
            # Nobody writes: it is the end of the file, when the manager has closed the other end.
            os.read(fd, 1)
            return
        except BlockingIOError:
            await loop.readable(fd, _left(loop, channel, deadline))


def _left(loop: _loops.Loop, channel: Channel, deadline: float) -> float:
    """The seconds until the deadline; for asyncio's timers no more than a day at a time."""
    left = deadline - loop.time()
    if left <= 0:
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), channel.address)
    return min(left, 86400.0)


async def _failure(loop: _loops.Loop, check: Check, limit: float) -> str | None:
    """Why the check failed; None: it did not."""
    try:
        result: Any = check()
    except (Exception, asyncio.CancelledError) as error:
        return f"health check failed: {_described(error)}"
    if inspect.isawaitable(result):
        outcome = await loop.outcome(result, limit / _STEPS, _STEPS)
        if outcome is None:
            return f"health check late: no answer within {limit:g} s"
        result, raised = outcome
        if isinstance(raised, asyncio.CancelledError):
            return "health check failed: cancelled"
        if raised is not None:
            return f"health check failed: {_described(raised)}"
    return "health check failed: it returned False" if result is False else None


def _silence() -> str | None:
    """Why there is no heartbeat in this process, where the manager wants one of another."""
    wanted = os.environ.get("WATCHDOG_PID")
    if not os.environ.get("WATCHDOG_USEC") or wanted is None:
        return None
    return (
        f"the service manager expects it of process {wanted}, this is {os.getpid()}. The process that it started has "
        "to beat, or a worker after unsetting WATCHDOG_PID, in a unit with NotifyAccess=all"
    )


def _described(error: BaseException) -> str:
    """An exception's name and text; some have no text that could be had."""
    name = type.__getattribute__(type(error), "__name__")
    try:
        return f"{name}: {str.__str__(str(error))}"
    except Exception:
        return f"{name} (which cannot be printed)"


def _one_line(text: str) -> str:
    """A text from anywhere, fit for a status."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable[:_REASON_LENGTH].split())
