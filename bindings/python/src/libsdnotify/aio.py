"""A heartbeat for asyncio that proves the event loop is alive.

The beat (``WATCHDOG=1``) is sent by a task of the loop itself, at half the interval that the service manager asks for
(``WatchdogSec=``). A loop that is stuck misses it, and the manager restarts the service; a thread beside the loop
would go on beating. ::

    async def database_answers() -> None:
        await database.execute("SELECT 1")

    async def main() -> None:
        server = await asyncio.start_server(...)
        heartbeat = aio.Heartbeat(check=database_answers)
        heartbeat.ready()

Needs Python's asyncio and nothing else; on another loop of the same interface (uvloop) it is the same. Not
thread-safe: all of it belongs to the loop's thread.
"""

from __future__ import annotations

import asyncio
import inspect
import logging

from . import daemon, ready, stopping
from ._channel import Channel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Union

    Check = Callable[[], Union[object, Awaitable[object]]]

__all__ = ["Heartbeat"]

# A check may take a quarter of the interval. The beat before it was half an interval ago: a quarter is left to say
# why there is no other.
_CHECK_LIMIT = 1 / 4
# In how many steps that time is counted, see _in_time().
_STEPS = 8
_REASON_LENGTH = 200

_log = logging.getLogger("libsdnotify")
# asyncio itself keeps no reference to its tasks.
_tasks: set[asyncio.Task[None]] = set()


class Heartbeat:
    """The heartbeat of the running loop. It does nothing where the service manager wants none.

    :param check: called without arguments before each beat, in the loop. It may be a coroutine function. It fails by
        an exception or by returning False, and is late after a quarter of the interval, not counting what the loop
        itself is late. Either stops the beat for good: ``STATUS=`` and the logger ``libsdnotify`` then say why, and the
        manager restarts the service at the end of the interval.
    """

    def __init__(self, check: Check | None = None) -> None:
        self.check = check
        self.interval: float | None = None
        """In seconds, as the service manager asks; None before :meth:`ready`, and where it wants no heartbeat."""
        self.failure: str | None = None
        """Why the check stopped the beat."""
        self._task: asyncio.Task[None] | None = None
        self._channel: Channel | None = None

    def ready(self, status: str | None = None) -> bool:
        """Tell the service manager that the service is up: ``READY=1``; and begin to beat.

        Called again, at the end of a reload (:func:`libsdnotify.reloading`), it sends ``READY=1`` and beats on.

        :param status: one line for people, see :func:`libsdnotify.status`.
        :returns: whether the message was sent; False: ``$NOTIFY_SOCKET`` is not set.
        :raises RuntimeError: no loop runs.
        :raises OSError: as :func:`libsdnotify.daemon.notify` and :func:`libsdnotify.daemon.watchdog_enabled`.
        """
        loop = asyncio.get_running_loop()
        interval = daemon.watchdog_enabled()
        sent = ready(status)
        if self._task is None and sent and interval is not None:
            self.interval = interval
            self._channel = Channel()
            self._task = loop.create_task(self._beat(interval))
            _tasks.add(self._task)
            self._task.add_done_callback(_tasks.discard)
        return sent

    def stopping(self, status: str | None = None) -> bool:
        """Tell the service manager that the service is shutting down: ``STOPPING=1``; and beat on, without the check.

        What a check asks for may well be gone while the last clients are served. Result and errors as for
        :meth:`ready`.
        """
        self.check = None
        return stopping(status)

    def cancel(self) -> None:
        """Stop beating, with no reason given. The end of the loop (:func:`asyncio.run`) does the same."""
        if self._task is not None:
            self._task.cancel()

    async def _beat(self, interval: float) -> None:
        time = asyncio.get_running_loop().time
        while True:
            begun = time()
            reason = await _failure(self.check, interval * _CHECK_LIMIT) if self.check is not None else None
            # stopping() may have come meanwhile.
            if reason is not None and self.check is not None:
                self._stop(reason)
                return
            pause = interval / 2
            try:
                self._send("WATCHDOG=1")
            except OSError as error:
                # The manager may be about to start again. Half an interval would be too late.
                _log.warning("the heartbeat could not be sent: %s", error)
                pause = interval / 16
            await asyncio.sleep(max(0.0, begun + pause - time()))

    def _send(self, state: str) -> None:
        """By a connection of its own, as the service may have unset ``$NOTIFY_SOCKET`` by now, or changed its root."""
        try:
            self._channel = self._channel or Channel()
            self._channel.send(state)
        except OSError:
            # To be made anew.
            self._channel = None
            raise

    def _stop(self, reason: str) -> None:
        self.failure = _one_line(reason)
        _log.error("no more heartbeats: %s", self.failure)
        try:
            self._send(f"STATUS={self.failure}")
        except OSError as error:
            _log.warning("the status could not be sent: %s", error)


async def _failure(check: Check, limit: float) -> str | None:
    """Why the check failed; None: it did not."""
    try:
        result: Any = check()
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(result)
            try:
                if not await _in_time(task, limit):
                    return f"health check late: no answer within {limit:g} s"
                if task.cancelled():
                    return "health check failed: cancelled"
                result = task.result()
            finally:
                task.cancel()
    except Exception as error:
        return f"health check failed: {type(error).__name__}: {error}"
    return "health check failed: it returned False" if result is False else None


async def _in_time(task: asyncio.Future[Any], limit: float) -> bool:
    """Whether the task is done within so many seconds of the loop being alive.

    A loop that was busy for long finds its timers run out, and the task not done for want of a turn: that is no fault
    of the task. Counted in steps, such a time counts for one of them.
    """
    for _ in range(_STEPS):
        await asyncio.wait((task,), timeout=limit / _STEPS)
        if task.done():
            return True
    return False


def _one_line(text: str) -> str:
    """A text from anywhere, fit for a status."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable[:_REASON_LENGTH].split())
