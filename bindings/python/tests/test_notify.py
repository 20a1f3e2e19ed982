"""What goes to the service manager: daemon.notify(), the barrier, and the friendly functions."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from conftest import Receiver

import libsdnotify
from libsdnotify import daemon


def test_a_message_arrives_as_it_is(receiver: Receiver) -> None:
    assert daemon.notify("READY=1\nSTATUS=é ✓ 🎉\n") is True
    message = receiver.next()
    assert message.text == "READY=1\nSTATUS=é ✓ 🎉\n"
    assert message.pid == os.getpid()


def test_a_socket_at_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        assert daemon.notify("READY=1") is True
        assert receiver.recv(100) == b"READY=1"


def test_nothing_is_sent_where_nobody_asked() -> None:
    results = [
        daemon.notify("READY=1"),
        daemon.notify("FDSTORE=1", pid=os.getpid(), fds=[0]),
        daemon.barrier(),
        libsdnotify.ready(),
        libsdnotify.reloading(),
        libsdnotify.stopping(),
        libsdnotify.status("up"),
        libsdnotify.extend_timeout(1),
    ]
    assert results == [False] * 8


def test_descriptors_go_along(receiver: Receiver) -> None:
    read, write = os.pipe()
    with open(write, "wb", buffering=0) as pipe:
        assert daemon.notify("FDSTORE=1\nFDNAME=pipe", fds=[read, pipe]) is True
        message = receiver.next()
        assert len(message.fds) == 2
        os.write(message.fds[1], b"through both")
        assert os.read(read, 100) == b"through both"
    for fd in [read, *message.fds]:
        os.close(fd)


def test_for_another_process(receiver: Receiver) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may speak for another process")
    with subprocess.Popen(["sleep", "60"]) as child:
        assert daemon.notify("READY=1", pid=child.pid) is True
        assert receiver.next().pid == child.pid
        assert daemon.notify("READY=1", False, child.pid, []) is True
        assert receiver.next().pid == child.pid
        child.kill()


@pytest.mark.parametrize("address", ["/nowhere/notify", "@sdnotify-python-test/nobody"])
def test_unset_on_every_path(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
        daemon.notify("READY=1")
    with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
        daemon.notify("READY=1", unset_environment=True)
    assert daemon.notify("READY=1") is False
    assert subprocess.run(["printenv", "NOTIFY_SOCKET"], stdout=subprocess.DEVNULL).returncode == 1


def test_unset_by_the_barrier(receiver: Receiver) -> None:
    with pytest.raises(TimeoutError):
        daemon.barrier(0, unset_environment=True)
    assert daemon.barrier(0) is False


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("READY=1\0",), ValueError),
        (("\udc80",), ValueError),
        ((b"READY=1",), TypeError),
        ((None,), TypeError),
        (("READY=1", False, -1), OverflowError),
        (("READY=1", False, 2**31), OverflowError),
        (("READY=1", False, 2**64), OverflowError),
        (("READY=1", False, "1"), TypeError),
        (("READY=1", False, 0, 3), TypeError),
        (("READY=1", False, 0, ["3"]), TypeError),
        (("READY=1", False, 0, [2**32]), OverflowError),
    ],
)
def test_what_is_no_message_is_refused(
    arguments: tuple[object, ...], error: type[Exception], receiver: Receiver
) -> None:
    with pytest.raises(error):
        daemon.notify(*arguments)  # type: ignore[arg-type]
    assert receiver.is_empty()


@pytest.mark.parametrize(
    ("fds", "number"),
    [([0] * 254, errno.E2BIG), ([-1], errno.EBADF)],
)
def test_errors_of_the_library(fds: list[int], number: int, receiver: Receiver) -> None:
    with pytest.raises(OSError) as raised:
        daemon.notify("FDSTORE=1", fds=fds)
    assert raised.value.errno == number
    assert raised.value.filename is None  # it is not the address that is at fault
    assert receiver.is_empty()


def test_a_signal_does_not_end_a_waiting_message(receiver: Receiver) -> None:
    """PEP 475: the receiver's queue is full, a signal's handler makes room."""
    sent = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
        filler.setblocking(False)
        filler.connect("\0" + receiver.address[1:])
        try:
            while True:
                filler.send(b"X=1")
                sent += 1
        except BlockingIOError:
            pass
    calls = 0

    def make_room(*_: object) -> None:
        nonlocal calls
        calls += 1
        # Not at the first signal: after it, the message has to wait once more.
        if calls == 2:
            while not receiver.is_empty():
                receiver.next()

    before = signal.signal(signal.SIGALRM, make_room)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    try:
        assert daemon.notify("READY=1", unset_environment=True) is True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert sent > 0
    assert calls >= 2
    assert receiver.next().text == "READY=1"


def test_a_waiting_message_lets_other_threads_run(receiver: Receiver) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
        filler.setblocking(False)
        filler.connect("\0" + receiver.address[1:])
        try:
            while True:
                filler.send(b"X=1")
        except BlockingIOError:
            pass
    reader = threading.Timer(0.2, receiver.next)
    reader.start()
    assert daemon.notify("READY=1") is True
    reader.join()


def test_the_barrier_waits_for_the_manager(receiver: Receiver) -> None:
    def manager() -> None:
        assert receiver.next().text == "READY=1"
        message = receiver.next()
        assert message.text == "BARRIER=1"
        [fd] = message.fds
        time.sleep(0.2)
        done.append(True)
        os.close(fd)

    done: list[bool] = []
    thread = threading.Thread(target=manager)
    thread.start()
    assert libsdnotify.ready() is True
    assert libsdnotify.barrier(timeout=20) is True
    assert done == [True]
    thread.join()


def test_the_barrier_gives_up(receiver: Receiver) -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError) as raised:
        daemon.barrier(timeout=0.3)
    assert time.monotonic() - begun >= 0.3
    assert raised.value.errno == errno.ETIMEDOUT


def test_a_signal_does_not_end_the_barrier(receiver: Receiver) -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    begun = time.monotonic()
    try:
        with pytest.raises(TimeoutError):
            daemon.barrier(timeout=0.4)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - begun >= 0.4


@pytest.mark.parametrize("seconds", [-1, -1e-9, float("nan"), "1", None])
def test_what_is_no_time_is_refused(seconds: float, receiver: Receiver) -> None:
    with pytest.raises((ValueError, TypeError)):
        libsdnotify.extend_timeout(seconds)
    if seconds is not None:
        with pytest.raises((ValueError, TypeError)):
            libsdnotify.barrier(seconds)
    assert receiver.is_empty()


def test_the_friendly_functions(receiver: Receiver) -> None:
    assert libsdnotify.ready() is True
    assert receiver.next().text == "READY=1"
    assert libsdnotify.ready("up") is True
    assert receiver.next().text == "READY=1\nSTATUS=up"
    assert libsdnotify.stopping("✓") is True
    assert receiver.next().text == "STOPPING=1\nSTATUS=✓"
    assert libsdnotify.status("") is True
    assert receiver.next().text == "STATUS="
    assert libsdnotify.extend_timeout(1.5) is True
    assert receiver.next().text == "EXTEND_TIMEOUT_USEC=1500000"


def test_reloading_says_when(receiver: Receiver) -> None:
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert libsdnotify.reloading("again") is True
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    reloading, usec, status = receiver.next().text.split("\n")
    assert reloading == "RELOADING=1"
    name, _, value = usec.partition("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(value) <= after
    assert status == "STATUS=again"


@pytest.mark.parametrize("text", ["up\nMAINPID=1", "up\rMAINPID=1", "\n", "up\0", "\ud800", b"up", 1])
def test_a_status_is_one_line(text: str, receiver: Receiver) -> None:
    for function in (libsdnotify.status, libsdnotify.ready, libsdnotify.reloading, libsdnotify.stopping):
        with pytest.raises((ValueError, TypeError)):
            function(text)
    assert receiver.is_empty()


def test_no_descriptor_stays_open(receiver: Receiver) -> None:
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        daemon.notify("READY=1")
        receiver.next()
        with pytest.raises(TimeoutError):
            daemon.barrier(0)
        for fd in receiver.next().fds:
            # Ours is closed already, so that the pipe has no writer but the manager.
            assert select.select([], [fd], [], 0)[1] == [fd]
            os.close(fd)
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize(
    ("usec", "interval"),
    [("2000000", 2.0), ("100", 0.0001), ("18446744073709551614", 18446744073709.551614), (None, None)],
)
def test_watchdog_enabled(usec: str | None, interval: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if usec is not None:
        monkeypatch.setenv("WATCHDOG_USEC", usec)
    assert libsdnotify.watchdog_enabled() == interval
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    assert libsdnotify.watchdog_enabled(unset_environment=True) == interval
    assert libsdnotify.watchdog_enabled() is None
    monkeypatch.setenv("WATCHDOG_USEC", "2000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getppid()))
    assert libsdnotify.watchdog_enabled() is None


@pytest.mark.parametrize(
    ("usec", "number"),
    [("0", errno.EINVAL), ("soon", errno.EINVAL), ("-1", errno.ERANGE), ("18446744073709551616", errno.ERANGE)],
)
def test_watchdog_malformed(usec: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    with pytest.raises(OSError) as raised:
        libsdnotify.watchdog_enabled(unset_environment=True)
    assert raised.value.errno == number
    assert libsdnotify.watchdog_enabled() is None
