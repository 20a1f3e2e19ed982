"""What a message may say: values that systemd ignores or cannot read are errors where they are given."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from conftest import Receiver, run_python

import libsdnotify
from libsdnotify import SystemdNotifier, aio, daemon
from libsdnotify.channel import Channel
from libsdnotify.outbox import Outbox


@pytest.mark.parametrize(
    "state",
    [
        "EXTEND_TIMEOUT_USEC=0",
        "EXTEND_TIMEOUT_USEC=18446744073709551615",
        "EXTEND_TIMEOUT_USEC=3333333.33",
        "EXTEND_TIMEOUT_USEC=1e7",
        "EXTEND_TIMEOUT_USEC=-1",
        "EXTEND_TIMEOUT_USEC=",
        "EXTEND_TIMEOUT_USEC=inf",
        "EXTEND_TIMEOUT_USEC=1_000",
        "EXTEND_TIMEOUT_USEC=5 ",
        "EXTEND_TIMEOUT_USEC=٣",
        "WATCHDOG_USEC=18446744073709551616",
        "WATCHDOG_USEC=2.5",
        "RELOADING=1\nMONOTONIC_USEC=0",
        "RELOADING=1\rMONOTONIC_USEC=x",
        "MAINPID=0",
        "MAINPID=2147483648",
        "MAINPID=-1",
        "MAINPID=self",
        "MAINPIDFDID=x",
        "ERRNO=4096",
        "ERRNO=-2",
        "ERRNO=No such file",
        "EXIT_STATUS=256",
        "FDSTORE=1\nFDPOLL=2",
        "FDSTORE=1\nFDNAME=a:b",
        "FDSTORE=1\nFDNAME=é",
        "FDSTORE=1\nFDNAME=" + "x" * 256,
        "READY=0",
        "READY=true",
        "WATCHDOG=0",
        "STOPPING=yes",
        "NOTIFYACCESS=everybody",
    ],
)
def test_a_value_without_effect_is_refused(state: str, receiver: Receiver) -> None:
    name = state.replace("\r", "\n").split("\n")[-1].split("=")[0]
    outbox = Outbox()
    senders: list[Callable[[str], object]] = [daemon.notify, Channel().send, SystemdNotifier(debug=True).notify]
    for send in senders:
        with pytest.raises(ValueError, match=name):
            send(state)
    assert receiver.is_empty() and not outbox.pending


@pytest.mark.parametrize(
    "state",
    [
        "EXTEND_TIMEOUT_USEC=1",
        "EXTEND_TIMEOUT_USEC=18446744073709551614",
        "EXTEND_TIMEOUT_USEC=0x10",
        "EXTEND_TIMEOUT_USEC=010",
        "EXTEND_TIMEOUT_USEC= +5",
        "WATCHDOG_USEC=0",
        "MAINPID=2147483647",
        "ERRNO=0",
        "ERRNO=ENOENT",
        "EXIT_STATUS=255",
        "WATCHDOG=trigger",
        "FDSTORE=1\nFDPOLL=0\nFDNAME=a b",
        "X_MINE=anything at all",
        "no assignment",
        "",
        "STATUS=EXTEND_TIMEOUT_USEC=0",
    ],
)
def test_a_value_that_systemd_reads_is_sent(state: str, receiver: Receiver) -> None:
    assert daemon.notify(state) is True
    assert receiver.next().text == state


@pytest.mark.parametrize("seconds", [0, 0.0, 1e-7, -0.0, -1, float("nan"), float("inf"), 2**64, Fraction(1, 10**8)])
def test_an_extension_without_effect_is_refused(seconds: float, receiver: Receiver) -> None:
    for extend in (libsdnotify.extend_timeout, Outbox().extend_timeout, aio.Heartbeat().extend_timeout):
        with pytest.raises((ValueError, OverflowError)):
            extend(seconds)
    assert receiver.is_empty()


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [
        ("abc", TypeError),
        (None, TypeError),
        (-2, ValueError),
        (float("nan"), ValueError),
        (Decimal("NaN"), ValueError),
        (1e-7, ValueError),
        (float("inf"), OverflowError),
        (Decimal("Infinity"), OverflowError),
        (2**64, OverflowError),
    ],
)
def test_a_wrong_time_is_named(seconds: Any, kind: type[Exception], receiver: Receiver) -> None:
    for extend in (libsdnotify.extend_timeout, Outbox().extend_timeout, aio.Heartbeat().extend_timeout):
        with pytest.raises(kind) as raised:
            extend(seconds)
        assert repr(seconds) in str(raised.value)
    if kind is not OverflowError and seconds not in (None, 1e-7):
        with pytest.raises(kind) as raised:
            libsdnotify.barrier(seconds)
        assert repr(seconds) in str(raised.value)
    assert receiver.is_empty()


@pytest.mark.parametrize(
    ("seconds", "usec"),
    [
        (1e-6, 1),
        (10 / 3, 3333333),
        (1.1, 1100000),
        (Decimal("0.25"), 250000),
        (Fraction(1, 3), 333333),
        (True, 1000000),
    ],
)
def test_an_extension_is_an_integer(seconds: float, usec: int, receiver: Receiver) -> None:
    assert libsdnotify.extend_timeout(seconds) is True
    assert receiver.next().text == f"EXTEND_TIMEOUT_USEC={usec}"


@pytest.mark.parametrize("text", ["x" * 5000, "é" * 5000, "✓" * 5000, "🎉" * 5000, "x" + "🎉" * 5000])
def test_a_long_status_is_cut_and_the_rest_arrives(text: str, receiver: Receiver) -> None:
    outbox, heartbeat = Outbox(), libsdnotify
    for say, first in (
        (libsdnotify.ready, "READY=1"),
        (libsdnotify.stopping, "STOPPING=1"),
        (outbox.ready, "READY=1"),
        (heartbeat.reloading, "RELOADING=1"),
    ):
        assert say(text) is True
        message = receiver.next().text
        lines = message.split("\n")
        assert lines[0] == first
        status = lines[-1].partition("=")[2]
        assert text.startswith(status)
        # No character more would have had room.
        assert 4096 - 4 < len(message.encode()) <= 4096
    assert libsdnotify.status(text) is True
    assert 4096 - 4 < len(receiver.next().text.encode()) <= 4096


def test_what_systemd_does_not_read_is_an_error(receiver: Receiver) -> None:
    state = "READY=1\nSTATUS=" + "x" * 4096
    for send in (daemon.notify, Channel().send, SystemdNotifier(debug=True).notify):
        with pytest.raises(OSError, match="4096") as raised:
            send(state)
        assert raised.value.errno == errno.EMSGSIZE
    assert receiver.is_empty()
    state = "STATUS=" + "x" * 4089
    assert daemon.notify(state) is True
    assert receiver.next().text == state


class Liar(str):
    """What a check of the text asks, it denies."""

    def __contains__(self, other: object) -> bool:
        return False

    def __format__(self, specification: str) -> str:
        return "up\nMAINPID=1"

    def __radd__(self, other: str) -> str:
        return other + "up\nMAINPID=1"

    def encode(self, *_: object) -> bytes:
        return b"up\nMAINPID=1"

    def __eq__(self, other: object) -> bool:
        return other == "READY=1"

    def __hash__(self) -> int:
        return hash("READY=1")


def test_a_str_that_lies_passes_no_line_break(receiver: Receiver) -> None:
    for function in (libsdnotify.status, libsdnotify.ready, libsdnotify.stopping, Outbox().status, Outbox().ready):
        with pytest.raises(ValueError):
            function(Liar("up\nMAINPID=1"))
    assert receiver.is_empty()
    assert daemon.notify(Liar("STATUS=a")) is True
    assert receiver.next().text == "STATUS=a"
    assert libsdnotify.ready(Liar("b")) is True
    assert receiver.next().text == "READY=1\nSTATUS=b"
    assert Channel().status(Liar("c\nMAINPID=1")) is True
    assert receiver.next().text == "STATUS=c MAINPID=1"


def child_has(name: str, **copy: str) -> bool:
    return subprocess.run(["printenv", name], stdout=subprocess.DEVNULL, env=copy or None).returncode == 0


@pytest.mark.parametrize(
    ("names", "unset"),
    [
        (["NOTIFY_SOCKET"], lambda: daemon.notify("A=1", unset_environment=True)),
        (["NOTIFY_SOCKET"], lambda: Channel(unset_environment=True)),
        (["WATCHDOG_USEC", "WATCHDOG_PID"], lambda: daemon.watchdog_enabled(unset_environment=True)),
        (["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"], daemon.listen_fds),
        (["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"], daemon.listen_fds_with_names),
    ],
)
def test_unset_means_in_both_environments(
    names: list[str], unset: Callable[[], object], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in names:
        monkeypatch.setenv(name, os.environ.get(name, "1"))
    unset()
    for name in names:
        assert name not in os.environ
        assert not child_has(name)
        assert not child_has(name, **os.environ)
        # What Python does not know of is gone as well.
        os.putenv(name, receiver.address if name == "NOTIFY_SOCKET" else "1")
    unset()
    assert not any(map(child_has, names))


def test_malformed_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "soon")
    with pytest.raises(OSError, match=r"\$WATCHDOG_USEC='soon'"):
        libsdnotify.watchdog_enabled()
    monkeypatch.setenv("LISTEN_PID", "me")
    with pytest.raises(OSError, match=r"\$LISTEN_PID='me'"):
        daemon.listen_fds()


def test_readiness_that_cannot_be_sent_is_said_and_the_service_runs() -> None:
    """By the warning that Python shows by itself on standard error; the addresses that fail differ in how."""
    code = """if True:
        import os, sys
        import libsdnotify
        sys.stderr = sys.stdout
        for address in ("/nowhere/notify", "@libsdnotify/nobody", "nonsense", "/" + "x" * 200):
            os.environ["NOTIFY_SOCKET"] = address
            calls = (libsdnotify.ready, libsdnotify.reloading, libsdnotify.stopping, lambda: libsdnotify.status("x"),
                     lambda: libsdnotify.extend_timeout(1), libsdnotify.watchdog, libsdnotify.watchdog)
            print([call() for call in calls])
    """
    lines = run_python(code).splitlines()
    for address in ("/nowhere/notify", "@libsdnotify/nobody", "nonsense", "/" + "x" * 200):
        said = [line for line in lines if line.endswith(f": {address!r}")]
        assert [line.split(": [")[0].rsplit(" ", 1)[1] for line in said] == [
            "READY=1",
            "RELOADING=1",
            "STOPPING=1",
            "EXTEND_TIMEOUT_USEC=1000000",
        ]
    assert lines.count(str([False] * 7)) == 4


def test_every_error_names_the_address(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    channel, notifier = Channel(), SystemdNotifier(debug=True)
    receiver.close()
    for call in (
        lambda: daemon.notify("READY=1"),
        lambda: daemon.barrier(1),
        lambda: channel.send("READY=1"),
        lambda: channel.send("READY=1", fds=[0]),
        lambda: channel.status("x"),
        channel.reloading,
        lambda: channel.barrier(1),
        lambda: notifier.notify("READY=1"),
        Channel,
        lambda: SystemdNotifier(debug=True),
    ):
        with pytest.raises(ConnectionRefusedError) as raised:
            call()
        assert raised.value.filename == receiver.address


def test_without_the_extension_beneath_ctypes(receiver: Receiver) -> None:
    """As in PyPy: ctypes stands in, and all goes on."""
    code = """if True:
        import os, sys, _ctypes
        del _ctypes.dlsym
        from libsdnotify import daemon
        from libsdnotify.channel import Channel
        assert "libsdnotify._ctypes_instead" in sys.modules
        for fd in (3, 4):
            os.dup2(1, fd)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", LISTEN_FDNAMES="a:b", WATCHDOG_USEC="5000000")
        print(daemon.notify("READY=1"), daemon.notify("FDSTORE=1", fds=[0]), Channel().send("A=1"))
        print(daemon.listen_fds_with_names(), daemon.watchdog_enabled(), daemon.is_fifo(1))
    """
    assert run_python(code) == "True True True\n{3: 'a', 4: 'b'} 5.0 True\n"
    assert [receiver.next().text for _ in range(3)] == ["READY=1", "FDSTORE=1", "A=1"]


def test_watchdog(receiver: Receiver) -> None:
    assert libsdnotify.watchdog() is True
    assert receiver.next().text == "WATCHDOG=1"
    receiver.close()
    assert libsdnotify.watchdog() is False
