"""The heartbeat, with a receiver in the service manager's place; beside the real one it is in test_manager.py."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from conftest import Receiver

import libsdnotify
from libsdnotify import aio

Program = Callable[[], Coroutine[Any, Any, None]]


def run(program: Program, interval: float, monkeypatch: pytest.MonkeyPatch) -> None:
    async def bounded() -> None:
        task = asyncio.current_task()
        assert task
        asyncio.get_running_loop().call_later(60, task.cancel)
        await program()

    monkeypatch.setenv("WATCHDOG_USEC", str(round(interval * 1e6)))
    asyncio.run(bounded())


async def next_text(receiver: Receiver) -> str:
    """The next message, without blocking the loop."""
    while receiver.is_empty():
        await asyncio.sleep(0.002)
    return receiver.next().text


def test_it_beats_at_half_the_interval(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def program() -> None:
        heartbeat = aio.Heartbeat()
        assert heartbeat.interval is None
        assert heartbeat.ready("up") is True
        assert heartbeat.interval == 0.4
        assert await next_text(receiver) == "READY=1\nSTATUS=up"
        assert await next_text(receiver) == "WATCHDOG=1"
        begun = time.monotonic()
        for _ in range(5):
            assert await next_text(receiver) == "WATCHDOG=1"
        # Late ones do not add up: on a loaded machine five may come in less time than five halves, but not in four.
        assert 0.8 < time.monotonic() - begun

    run(program, 0.4, monkeypatch)


def test_a_short_interval_has_no_floor(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def program() -> None:
        aio.Heartbeat().ready()
        assert await next_text(receiver) == "READY=1"
        begun = time.monotonic()
        for _ in range(10):
            assert await next_text(receiver) == "WATCHDOG=1"
        # In theory 0.2 s; with a floor of a second it would be ten.
        assert time.monotonic() - begun < 3

    run(program, 0.04, monkeypatch)


def test_a_long_interval(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def program() -> None:
        aio.Heartbeat(check=lambda: asyncio.sleep(0)).ready()
        assert await next_text(receiver) == "READY=1"
        assert await next_text(receiver) == "WATCHDOG=1"
        await asyncio.sleep(0.05)
        assert receiver.is_empty()

    run(program, (2**64 - 2**12) / 1e6, monkeypatch)


def test_no_beat_where_none_is_wanted(receiver: Receiver) -> None:
    async def program() -> None:
        heartbeat = aio.Heartbeat(check=lambda: pytest.fail("called"))
        assert heartbeat.ready() is True
        assert heartbeat.interval is None
        assert len(asyncio.all_tasks()) == 1
        heartbeat.cancel()

    asyncio.run(program())
    assert receiver.next().text == "READY=1"
    assert receiver.is_empty()


def test_no_beat_without_a_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    async def program() -> None:
        assert aio.Heartbeat().ready() is False
        assert len(asyncio.all_tasks()) == 1

    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    asyncio.run(program())


def test_ready_needs_a_loop(receiver: Receiver) -> None:
    with pytest.raises(RuntimeError):
        aio.Heartbeat().ready()
    assert receiver.is_empty()


def test_ready_again_after_a_reload(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def program() -> None:
        heartbeat = aio.Heartbeat()
        heartbeat.ready()
        libsdnotify.reloading()
        heartbeat.ready("again")
        assert len(asyncio.all_tasks()) == 2
        assert await next_text(receiver) == "READY=1"
        assert (await next_text(receiver)).startswith("RELOADING=1\nMONOTONIC_USEC=")
        assert await next_text(receiver) == "READY=1\nSTATUS=again"
        assert await next_text(receiver) == "WATCHDOG=1"

    run(program, 30, monkeypatch)


def test_cancel(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def program() -> None:
        heartbeat = aio.Heartbeat()
        heartbeat.ready()
        await asyncio.sleep(0.01)
        heartbeat.cancel()
        await asyncio.sleep(0.01)
        assert len(asyncio.all_tasks()) == 1
        assert heartbeat.failure is None

    run(program, 30, monkeypatch)


async def answers_late() -> None:
    await asyncio.sleep(1000)


async def fails_async() -> None:
    await asyncio.sleep(0)
    raise ConnectionError("no route\nMAINPID=1\r\x1b[31m")


def fails() -> None:
    raise ConnectionError("no route\nMAINPID=1\r\x1b[31m")


async def says_no() -> bool:
    return False


async def is_cancelled() -> None:
    raise asyncio.CancelledError


def cancels() -> None:
    raise asyncio.CancelledError


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


class Unnamed(type):
    def __getattribute__(cls, name: str) -> object:
        raise RuntimeError


class UnprintableAndUnnamed(Exception, metaclass=Unnamed):
    def __str__(self) -> str:
        return 1  # type: ignore[return-value]


def unprintable() -> None:
    raise Unprintable


def unnamed() -> None:
    raise UnprintableAndUnnamed


async def unprintable_async() -> None:
    raise Unprintable


def surrogates() -> None:
    raise ValueError("\udc80\0" + "x" * 5000)


@pytest.mark.parametrize(
    ("failing", "status"),
    [
        (fails, "health check failed: ConnectionError: no route MAINPID=1 [31m"),
        (fails_async, "health check failed: ConnectionError: no route MAINPID=1 [31m"),
        (lambda: False, "health check failed: it returned False"),
        (says_no, "health check failed: it returned False"),
        (is_cancelled, "health check failed: cancelled"),
        (cancels, "health check failed: CancelledError:"),
        (unprintable, "health check failed: Unprintable (which cannot be printed)"),
        (unprintable_async, "health check failed: Unprintable (which cannot be printed)"),
        (unnamed, "health check failed: UnprintableAndUnnamed (which cannot be printed)"),
        (answers_late, "health check late: no answer within 0.075 s"),
        (surrogates, ("health check failed: ValueError: " + "x" * 5000)[:198]),
    ],
)
def test_a_check_that_fails_stops_the_beat(
    failing: Callable[[], object],
    status: str,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls = 0

    def check() -> object:
        nonlocal calls
        calls += 1
        return failing() if calls > 2 else None

    async def program() -> None:
        heartbeat = aio.Heartbeat(check)
        heartbeat.ready()
        for text in ("READY=1", "WATCHDOG=1", "WATCHDOG=1", f"STATUS={status}"):
            assert await next_text(receiver) == text
        assert heartbeat.failure == status
        await asyncio.sleep(0.5)
        assert calls == 3
        # Neither the heartbeat nor a check that was late.
        assert len(asyncio.all_tasks()) == 1

    with caplog.at_level(logging.ERROR, "libsdnotify"):
        run(program, 0.3, monkeypatch)
    assert receiver.is_empty()
    assert caplog.messages == [f"no more heartbeats: {status}"]


@pytest.mark.parametrize("result", [None, True, 0, "", []])
def test_only_false_is_a_failure(result: object, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def check() -> object:
        await asyncio.sleep(0.001)
        return result

    async def program() -> None:
        aio.Heartbeat(check).ready()
        for text in ("READY=1", "WATCHDOG=1", "WATCHDOG=1"):
            assert await next_text(receiver) == text

    run(program, 0.1, monkeypatch)


def test_a_late_loop_is_not_a_late_check(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check needs a few turns of a loop that is busy for longer, at each turn, than the check's whole time."""

    async def check() -> None:
        for _ in range(3):
            await asyncio.sleep(0.001)

    async def program() -> None:
        heartbeat = aio.Heartbeat(check)
        heartbeat.ready()
        assert receiver.next().text == "READY=1"
        beats = 0
        while beats < 2 and heartbeat.failure is None:
            time.sleep(0.06)
            await asyncio.sleep(0)
            while not receiver.is_empty():
                beats += receiver.next().text == "WATCHDOG=1"
        assert heartbeat.failure is None

    run(program, 0.2, monkeypatch)


def test_a_blocked_loop_does_not_beat(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def program() -> None:
        aio.Heartbeat().ready()
        assert await next_text(receiver) == "READY=1"
        assert await next_text(receiver) == "WATCHDOG=1"
        time.sleep(0.5)
        assert receiver.is_empty()

    run(program, 0.1, monkeypatch)


def test_stopping_beats_on_without_the_check(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def program() -> None:
        closed = False

        async def check() -> None:
            await asyncio.sleep(0.01)
            assert not closed

        heartbeat = aio.Heartbeat(check)
        heartbeat.ready()
        while (await next_text(receiver)) != "WATCHDOG=1":
            pass
        assert heartbeat.stopping("draining") is True
        closed = True
        texts = [await next_text(receiver) for _ in range(5)]
        assert "STOPPING=1\nSTATUS=draining" in texts
        assert set(texts) == {"WATCHDOG=1", "STOPPING=1\nSTATUS=draining"}
        assert heartbeat.failure is None

    run(program, 0.1, monkeypatch)


def test_a_check_that_fails_while_the_service_stops(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def program() -> None:
        def check() -> Awaitable[None]:
            async def closing() -> None:
                heartbeat.stopping()
                raise ConnectionError

            return closing()

        heartbeat = aio.Heartbeat(check)
        heartbeat.ready()
        for text in ("READY=1", "STOPPING=1", "WATCHDOG=1", "WATCHDOG=1"):
            assert await next_text(receiver) == text

    run(program, 0.1, monkeypatch)


def test_a_manager_away_for_a_moment(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def program() -> None:
        aio.Heartbeat().ready()
        assert await next_text(receiver) == "READY=1"
        assert await next_text(receiver) == "WATCHDOG=1"
        receiver.close()
        while not caplog.messages:
            await asyncio.sleep(0.01)
        receiver.open()
        begun = time.monotonic()
        assert await next_text(receiver) == "WATCHDOG=1"
        # Tried again long before half the interval is over.
        assert time.monotonic() - begun < 0.9

    run(program, 2, monkeypatch)
    assert "the service manager cannot be notified" in caplog.messages[0]
    assert receiver.address in caplog.messages[0]


def test_it_outlives_the_environment(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def program() -> None:
        aio.Heartbeat().ready()
        libsdnotify.daemon.notify("STATUS=no children of ours", unset_environment=True)
        assert libsdnotify.daemon.notify("STATUS=gone") is False
        for text in ("READY=1", "STATUS=no children of ours", "WATCHDOG=1", "WATCHDOG=1"):
            assert await next_text(receiver) == text

    run(program, 0.1, monkeypatch)


def test_the_end_of_the_loop_ends_it_quietly(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled: list[bool] = []

    async def check() -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def program() -> None:
        aio.Heartbeat(check).ready()
        await asyncio.sleep(0.01)

    run(program, 1000, monkeypatch)
    assert cancelled == [True]
    assert receiver.next().text == "READY=1"
    assert receiver.is_empty()
