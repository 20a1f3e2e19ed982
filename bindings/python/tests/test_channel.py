"""A channel that is opened once, and the heartbeat's interval."""

from __future__ import annotations

import errno
import os
import re
import signal
import time
from functools import partial

import pytest
from conftest import Receiver

import libsdnotify
from libsdnotify.channel import Channel, heartbeat_interval


def test_messages_go_through_a_channel(receiver: Receiver) -> None:
    with Channel() as channel:
        assert channel.connected and channel.fileno() > 2 and not os.get_inheritable(channel.fileno())
        assert channel.send("READY=1\nSTATUS=é") is True
        assert receiver.next().text == "READY=1\nSTATUS=é"
        assert channel.send("FDSTORE=1", fds=[0, receiver.socket]) is True
        message = receiver.next()
        assert len(message.fds) == 2
        for fd in message.fds:
            os.close(fd)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert channel.reloading() is True
        found = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", receiver.next().text)
        assert found and before <= int(found[1]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def test_a_status_of_any_text_is_one_line(receiver: Receiver) -> None:
    channel = Channel()
    for line, expected in [
        ("up\nMAINPID=1\r\x1b[2J", "up MAINPID=1  [2J"),
        ("a\0b", "a b"),
        ("✓ 🎉", "✓ 🎉"),
        ("\udc80", "???"),
        ("é" * 5000, "é" * 2044),
    ]:
        assert channel.status(line) is True
        assert receiver.next().text == "STATUS=" + expected


def test_without_the_environment_and_in_a_child(receiver: Receiver) -> None:
    channel = Channel(unset_environment=True)
    assert libsdnotify.ready() is False
    pid = os.fork()
    if pid == 0:
        os._exit(0 if channel.send("A=1") else 1)
    assert os.waitpid(pid, 0)[1] == 0
    message = receiver.next()
    assert (message.text, message.pid) == ("A=1", pid)


def test_where_nobody_asked() -> None:
    with Channel() as channel:
        assert not channel.connected and channel.fileno() == -1
        results = [channel.send("READY=1"), channel.status("up"), channel.reloading(), channel.barrier(0)]
        assert results == [False] * 4


def test_a_closed_channel_says_so(receiver: Receiver) -> None:
    channel = Channel()
    number = channel.fileno()
    channel.close()
    channel.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)
    for call in (partial(channel.send, "A"), partial(channel.status, "A"), channel.reloading, channel.barrier):
        with pytest.raises(ValueError, match="closed"):
            call()
    assert receiver.is_empty()
    dropped = Channel().fileno()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(dropped)


def test_errors(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = Channel()
    with pytest.raises(ValueError, match="null"):
        channel.send("A\0B")
    with pytest.raises(TypeError):
        channel.send(b"A")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        channel.status(b"A")  # type: ignore[arg-type]
    with pytest.raises(OSError) as error:
        channel.send("A", fds=[0] * 254)
    assert error.value.errno == errno.E2BIG
    with pytest.raises(TimeoutError):
        channel.barrier(0.01)
    for fd in receiver.next().fds:
        os.close(fd)

    os.set_blocking(channel.fileno(), False)
    with pytest.raises(BlockingIOError):
        while True:
            channel.send("A")
    receiver.socket.close()
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            channel.send("A")
    for address, wanted in [("nothing", errno.EPROTO), ("vsock:2:1", errno.EAFNOSUPPORT)]:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        with pytest.raises(OSError) as error:
            Channel()
        assert error.value.errno == wanted


def test_a_signal_does_not_end_the_wait_for_the_manager(receiver: Receiver) -> None:
    channel = Channel()
    seen = []
    before = signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(TimeoutError):
            channel.barrier(0.5)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert seen == [1]


def test_the_heartbeats_interval_is_half_the_watchdogs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heartbeat_interval() is None
    monkeypatch.setenv("WATCHDOG_USEC", "3000001")
    assert heartbeat_interval() == 1.5
    monkeypatch.setenv("WATCHDOG_USEC", "x")
    with pytest.raises(OSError, match="Invalid argument"):
        heartbeat_interval()
