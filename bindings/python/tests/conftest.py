"""What the tests share: a receiver of messages, as a service manager has it, and Python programs run by themselves."""

from __future__ import annotations

import array
import itertools
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
VARIABLES = (
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_PID",
    "LISTEN_PIDFDID",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
)


class Message(NamedTuple):
    text: str
    pid: int
    fds: list[int]


class Receiver:
    """A notify socket on an abstract name of its own."""

    _count = itertools.count()

    def __init__(self) -> None:
        self.address = f"@sdnotify-python-test/{os.getpid()}/{next(self._count)}"
        self.open()

    def open(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind("\0" + self.address[1:])
        self.socket.settimeout(20)

    def close(self) -> None:
        self.socket.close()

    def next(self) -> Message:
        """The next message; fails when none comes within 20 seconds."""
        data, ancillary, _, _ = self.socket.recvmsg(65536, 4096, socket.MSG_CMSG_CLOEXEC)
        pid, fds = 0, array.array("i")
        for _level, kind, content in ancillary:
            if kind == socket.SCM_CREDENTIALS:
                pid = struct.unpack("3i", content)[0]
            elif kind == socket.SCM_RIGHTS:
                fds.frombytes(content)
        return Message(data.decode(), pid, list(fds))

    def is_empty(self) -> bool:
        return not select.select([self.socket], [], [], 0)[0]


# The longest test builds a wheel from its source distribution.
LONGEST = 600


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """A call that waits for good is interrupted, and its test fails: by a signal, as it may be in C."""

    def interrupt(*_: object) -> None:
        pytest.fail(f"still waiting after {LONGEST} seconds")

    before = signal.signal(signal.SIGUSR2, interrupt)
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(LONGEST, signal.pthread_kill, (main, signal.SIGUSR2))
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()
    signal.signal(signal.SIGUSR2, before)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins with none of the protocols' variables, also where Python itself has lost sight of them."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        os.unsetenv(name)
    yield
    for name in VARIABLES:
        os.unsetenv(name)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver that $NOTIFY_SOCKET names."""
    receiver = Receiver()
    monkeypatch.setenv("NOTIFY_SOCKET", receiver.address)
    yield receiver
    receiver.close()


def with_own_run(*command: str) -> list[str]:
    """The command with an empty /run of its own, where it may bind journald's sockets."""
    script = 'mount -t tmpfs tmpfs /run && exec "$@"'
    as_root = ["--map-root-user"] if os.geteuid() else []
    return ["unshare", *as_root, "--mount", "sh", "-c", script, "sh", *command]


def run_python(code: str, options: Sequence[str] = (), env: dict[str, str] | None = None, own_run: bool = False) -> str:
    """Runs a program in a process of its own: what it prints. Fails if it fails."""
    command = [sys.executable, *options, "-c", code]
    done = subprocess.run(
        with_own_run(*command) if own_run else command,
        env={**os.environ, **(env or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_with_journald(code: str) -> str:
    """Runs a program that has journal_cases.Journald, and may bind journald's sockets: what it prints."""
    beginning = f"import sys; sys.path.append({str(Path(__file__).parent)!r}); from journal_cases import Journald\n"
    return run_python(beginning + textwrap.dedent(code), own_run=True)
