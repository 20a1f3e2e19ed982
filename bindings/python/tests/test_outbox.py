"""What a service has to say while its manager does not read."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import select
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from conftest import Receiver

import libsdnotify
from libsdnotify import aio
from libsdnotify.channel import Channel
from libsdnotify.outbox import Outbox


@pytest.fixture
def frozen(receiver: Receiver) -> Iterator[Receiver]:
    """A manager that does not read: its queue is full."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
        filler.setblocking(False)
        filler.connect("\0" + receiver.address[1:])
        try:
            while True:
                filler.send(b"FILLER=1")
        except BlockingIOError:
            pass
        yield receiver


def thaw(receiver: Receiver) -> None:
    """Reads what fills the queue."""
    while not receiver.is_empty():
        assert receiver.next().text == "FILLER=1"


def texts(receiver: Receiver) -> list[str]:
    read = []
    while not receiver.is_empty():
        read.append(receiver.next().text)
    return read


def test_it_says_what_a_manager_reads(receiver: Receiver) -> None:
    outbox = Outbox()
    assert outbox.wanted and outbox.fileno() >= 0 and not os.get_inheritable(outbox.fileno())
    said = [outbox.ready("up"), outbox.watchdog(), outbox.status("x"), outbox.extend_timeout(2), outbox.stopping()]
    assert said == [True] * 5
    assert not outbox.pending
    assert texts(receiver) == [
        "READY=1\nSTATUS=up",
        "WATCHDOG=1",
        "STATUS=x",
        "EXTEND_TIMEOUT_USEC=2000000",
        "STOPPING=1",
    ]


def test_what_cannot_be_said_is_said_later_the_newest_first(frozen: Receiver) -> None:
    outbox = Outbox()
    begun = time.monotonic()
    for number in range(1000):
        assert outbox.watchdog() is False
        assert outbox.status(f"turn {number}") is False
    said = [outbox.reloading("again"), outbox.ready(), outbox.extend_timeout(5), outbox.extend_timeout(7)]
    said += [outbox.status("newest")]
    assert said == [False] * 5
    # 2,000 attempts; a single one that waited would wait for good.
    assert time.monotonic() - begun < 20
    assert outbox.pending
    thaw(frozen)
    assert outbox.flush() is True
    assert not outbox.pending
    beat, status, reloading, *others = texts(frozen)
    assert (beat, status) == ("WATCHDOG=1", "STATUS=newest")
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert others == ["READY=1", "EXTEND_TIMEOUT_USEC=7000000"]


def test_it_is_writable_when_the_manager_reads_again(frozen: Receiver) -> None:
    outbox = Outbox()
    outbox.ready("up")
    assert select.select([], [outbox.fileno()], [], 0)[1] == []
    thaw(frozen)
    assert select.select([], [outbox.fileno()], [], 20)[1]
    assert outbox.flush() is True
    assert texts(frozen) == ["READY=1\nSTATUS=up"]


def test_a_manager_that_begins_again(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    outbox = Outbox()
    receiver.close()
    for _ in range(3):
        assert outbox.ready() is False
    [message] = caplog.messages
    assert receiver.address in message and os.strerror(errno.ECONNREFUSED) in message
    receiver.open()
    assert outbox.flush() is True
    assert texts(receiver) == ["READY=1"]
    receiver.close()
    assert outbox.status("x") is False
    assert len(caplog.messages) == 2


def test_nobody_at_first(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    outbox = Outbox()
    assert not outbox.wanted
    assert [outbox.ready(), outbox.watchdog(), outbox.flush(), outbox.pending] == [False] * 4
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/notify")
    outbox = Outbox()
    assert outbox.fileno() == -1
    assert outbox.ready() is False and outbox.pending
    assert len(caplog.messages) == 1 and "/nowhere/notify" in caplog.messages[0]


def test_wrong_arguments_leave_nothing_behind(receiver: Receiver) -> None:
    outbox = Outbox()
    with pytest.raises(ValueError):
        outbox.ready("a\nb")
    with pytest.raises(ValueError):
        outbox.status("a\rb")
    with pytest.raises(ValueError):
        outbox.extend_timeout(0)
    assert not outbox.pending
    outbox.close()
    assert outbox.ready() is False
    assert receiver.is_empty()


def test_a_heartbeat_never_stops_the_loop(frozen: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest time between two turns of the loop, while a manager does not read for 15 beats."""

    async def program() -> None:
        heartbeat = aio.Heartbeat()
        assert heartbeat.ready("up") is False
        longest, before, begun = 0.0, time.monotonic(), time.monotonic()
        while time.monotonic() - begun < 1.5:
            heartbeat.status(f"{before}")
            await asyncio.sleep(0.01)
            longest, before = max(longest, time.monotonic() - before), time.monotonic()
        # A send that blocked would not return before the test's own end.
        assert longest < 5
        heartbeat.status("newest")
        thaw(frozen)
        read: list[str] = []
        while not any(text.startswith("READY=1") for text in read):
            await asyncio.sleep(0.002)
            read += texts(frozen)
        assert read[0] == "WATCHDOG=1"
        assert [text for text in read if text != "WATCHDOG=1"] == ["READY=1\nSTATUS=newest"]

    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    limited(program())


def test_readiness_is_said_later_without_a_watchdog_too(frozen: Receiver) -> None:
    async def program() -> None:
        tasks = asyncio.all_tasks()
        assert aio.Heartbeat().ready("up") is False
        await asyncio.sleep(0.05)
        thaw(frozen)
        while frozen.is_empty():
            await asyncio.sleep(0.002)
        assert texts(frozen) == ["READY=1\nSTATUS=up"]
        while asyncio.all_tasks() != tasks:
            await asyncio.sleep(0.002)

    limited(program())


def test_the_barrier_leaves_the_loop_alone(frozen: Receiver) -> None:
    """With a full queue first, then with a manager that takes its time."""

    def manager() -> None:
        time.sleep(0.2)
        # The barrier may come as soon as there is room, before the last filler is read.
        message = frozen.next()
        while message.text == "FILLER=1":
            message = frozen.next()
        assert message.text == "BARRIER=1"
        time.sleep(0.2)
        done.append(True)
        for fd in message.fds:
            os.close(fd)

    done: list[bool] = []

    async def program() -> None:
        thread = threading.Thread(target=manager)
        before = set(os.listdir("/proc/self/fd"))
        waiting = asyncio.ensure_future(aio.barrier(60))
        thread.start()
        turns = 0
        while not waiting.done():
            await asyncio.sleep(0.01)
            turns += 1
        assert await waiting is True
        assert done == [True]
        assert turns > 5
        thread.join()
        assert set(os.listdir("/proc/self/fd")) == before

    limited(program())


def test_the_barrier_gives_up(receiver: Receiver) -> None:
    async def program() -> None:
        for timeout in (0, 0.2):
            begun = time.monotonic()
            with pytest.raises(TimeoutError) as raised:
                await aio.barrier(timeout)
            assert raised.value.filename == receiver.address
            assert time.monotonic() - begun >= timeout
            for fd in receiver.next().fds:
                os.close(fd)
        waiting = asyncio.ensure_future(aio.barrier())
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(ValueError):
            await aio.barrier(-1)

    limited(program())


@pytest.mark.parametrize("manager", ["frozen", "receiver"])
def test_a_barrier_that_is_never_answered(manager: str, request: pytest.FixtureRequest) -> None:
    """It returns after its timeout, and the loop goes on meanwhile: with a full queue, and with a message not read."""
    receiver: Receiver = request.getfixturevalue(manager)

    async def program() -> None:
        begun, turns = time.monotonic(), 0
        waiting = asyncio.ensure_future(aio.barrier(0.5))
        while not waiting.done():
            await asyncio.sleep(0.01)
            turns += 1
        with pytest.raises(TimeoutError) as raised:
            await waiting
        assert raised.value.filename == receiver.address
        assert time.monotonic() - begun >= 0.5
        # A barrier that blocks the loop leaves it a turn or two.
        assert turns > 5

    limited(program())


def test_a_full_queue_is_part_of_the_time_that_a_barrier_waits(frozen: Receiver) -> None:
    with Channel() as channel, Channel(blocking=False) as other:
        for barrier in (libsdnotify.barrier, channel.barrier, other.barrier):
            for timeout in (0, 0.1):
                with pytest.raises(TimeoutError) as raised:
                    barrier(timeout)
                assert raised.value.filename == frozen.address


def test_the_barrier_where_nobody_waits() -> None:
    async def program() -> None:
        assert await aio.barrier(1) is False

    limited(program())
    with pytest.raises(RuntimeError):
        aio.barrier().send(None)


def test_it_says_why_it_does_not_beat(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In a worker of a prefork server: the watchdog is the master's."""

    async def program() -> None:
        heartbeat = aio.Heartbeat()
        assert heartbeat.silence is None
        assert heartbeat.ready() is True
        assert heartbeat.interval is None
        assert heartbeat.silence is not None and str(os.getppid()) in heartbeat.silence
        heartbeat.ready()

    monkeypatch.setenv("WATCHDOG_USEC", "2000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getppid()))
    with caplog.at_level(logging.WARNING, "libsdnotify"):
        limited(program())
    assert len(caplog.messages) == 1 and "NotifyAccess=all" in caplog.messages[0]
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    heartbeat = aio.Heartbeat()

    async def main_process() -> None:
        heartbeat.ready()

    limited(main_process())
    assert heartbeat.silence is None and heartbeat.interval == 2.0


def limited(program: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(program, 60))
