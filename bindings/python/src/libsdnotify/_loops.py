"""What the heartbeat asks of an event loop: asyncio's, or trio's. anyio runs on either, and needs nothing of its own.

trio is not imported here: a program that runs in it has done so.
"""

from __future__ import annotations

import asyncio
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any, Protocol

    class Loop(Protocol):
        """An event loop that runs."""

        def time(self) -> float:
            """The loop's monotonic clock."""
            ...

        async def sleep(self, seconds: float) -> None: ...

        async def writable(self, fd: int, seconds: float) -> None:
            """Waits until a descriptor is writable, at most so many seconds."""
            ...

        async def readable(self, fd: int, seconds: float) -> None: ...

        async def in_thread(self, function: Callable[[], bool]) -> bool:
            """A call that blocks, in a thread."""
            ...

        def spawn(self, task: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
            """Runs a task, which catches its own exceptions, until the loop ends; returns what cancels it."""
            ...

        async def outcome(self, awaitable: Awaitable[object], step: float, steps: int) -> Outcome | None:
            """What comes of an awaitable within so many steps; None, and it is cancelled: nothing.

            In steps, as a loop that was busy for long finds its timers run out, and the task not done for want of a
            turn. That is no fault of the task: such a time counts for one step.
            """
            ...

    # What a call returned, or the exception that it ended with.
    Outcome = tuple[object, "BaseException | None"]


def running() -> Loop:
    """The loop that runs this function.

    :raises RuntimeError: none does.
    """
    try:
        in_task = asyncio.current_task() is not None
    except RuntimeError:
        in_task = False
    trio = sys.modules.get("trio")
    if not in_task and trio is not None:
        try:
            trio.lowlevel.current_task()
        except RuntimeError:
            pass
        else:
            return Trio(trio)
    return Asyncio(asyncio.get_running_loop())


# asyncio itself keeps no reference to its tasks.
_tasks: set[asyncio.Task[None]] = set()


class Asyncio:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def time(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def writable(self, fd: int, seconds: float) -> None:
        await self._wait(fd, seconds, self._loop.add_writer, self._loop.remove_writer)

    async def readable(self, fd: int, seconds: float) -> None:
        await self._wait(fd, seconds, self._loop.add_reader, self._loop.remove_reader)

    async def _wait(self, fd: int, seconds: float, add: Callable[..., object], remove: Callable[[int], object]) -> None:
        event = asyncio.Event()
        add(fd, event.set)
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except asyncio.TimeoutError:
            pass
        finally:
            remove(fd)

    async def in_thread(self, function: Callable[[], bool]) -> bool:
        return await self._loop.run_in_executor(None, function)

    def spawn(self, task: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
        spawned = self._loop.create_task(task())
        _tasks.add(spawned)
        spawned.add_done_callback(_tasks.discard)
        return lambda: (spawned.cancel(), None)[1]

    async def outcome(self, awaitable: Awaitable[object], step: float, steps: int) -> Outcome | None:
        future = asyncio.ensure_future(awaitable)
        try:
            for _ in range(steps):
                await asyncio.wait((future,), timeout=step)
                if future.done():
                    if future.cancelled():
                        return None, asyncio.CancelledError("cancelled")
                    error = future.exception()
                    return (None, error) if error is not None else (future.result(), None)
        finally:
            future.cancel()
        return None


class Trio:
    def __init__(self, trio: Any) -> None:
        self._trio = trio

    def time(self) -> float:
        return float(self._trio.current_time())

    async def sleep(self, seconds: float) -> None:
        await self._trio.sleep(seconds)

    async def writable(self, fd: int, seconds: float) -> None:
        with self._trio.move_on_after(seconds):
            await self._trio.lowlevel.wait_writable(fd)

    async def readable(self, fd: int, seconds: float) -> None:
        with self._trio.move_on_after(seconds):
            await self._trio.lowlevel.wait_readable(fd)

    async def in_thread(self, function: Callable[[], bool]) -> bool:
        return bool(await self._trio.to_thread.run_sync(function))

    def spawn(self, task: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
        scope = self._trio.CancelScope()

        async def scoped() -> None:
            with scope:
                await task()

        self._trio.lowlevel.spawn_system_task(scoped, name="libsdnotify")
        return lambda: (scope.cancel(), None)[1]

    async def outcome(self, awaitable: Awaitable[object], step: float, steps: int) -> Outcome | None:
        done = self._trio.Event()
        outcome: list[Outcome] = []

        async def run() -> None:
            try:
                outcome.append((await awaitable, None))
            except Exception as error:
                outcome.append((None, error))
            done.set()

        async with self._trio.open_nursery() as nursery:
            nursery.start_soon(run)
            for _ in range(steps):
                with self._trio.move_on_after(step):
                    await done.wait()
                if done.is_set():
                    break
            nursery.cancel_scope.cancel()
        return outcome[0] if outcome else None
