"""Services in real servers and event loops, as Debian has them.

They run in the Python that $SYSTEMD_PYTHON names, Debian's, with this package and nothing else of this environment.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import Message, Receiver

import libsdnotify

PYTHON = os.environ.get("SYSTEMD_PYTHON", "")

with_servers = pytest.mark.skipif(
    not PYTHON, reason="$SYSTEMD_PYTHON names no Python that has the servers: Debian's has"
)

INTERVAL = 1.0


class Service:
    """A process that believes that a service manager has started it, with a watchdog and a listening socket."""

    def __init__(self, arguments: Sequence[str], directory: Path, receiver: Receiver, **env: str) -> None:
        packages = directory / "packages"
        packages.mkdir()
        (packages / "libsdnotify").symlink_to(Path(libsdnotify.__file__).parent)
        self.receiver = receiver
        self.log = directory / "log"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        usec = round(INTERVAL * 1e6)
        variables = f"WATCHDOG_USEC={usec} WATCHDOG_PID=$$ LISTEN_FDS=1 LISTEN_PID=$$"
        script = f'exec 3<&0 0< /dev/null; export {variables}; exec "$@"'
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", script, "sh", PYTHON, *arguments],
                cwd=directory,
                env={
                    **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))},
                    "PYTHONPATH": f"{packages}:{directory}",
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "NOTIFY_SOCKET": receiver.address,
                    **env,
                },
                stdout=log,
                stderr=log,
                stdin=self.listener.fileno(),
                start_new_session=True,
            )
        self.ended = os.pidfd_open(self.process.pid)

    @property
    def pid(self) -> int:
        return self.process.pid

    def next(self, start: str) -> Message:
        """The next message that begins so; heartbeats before it are passed over."""
        while True:
            readable = select.select([self.receiver.socket, self.ended], [], [], 30)[0]
            if self.receiver.socket not in readable:
                pytest.fail(f"no {start!r}; {self.log.read_text()}")
            message = self.receiver.next()
            for fd in message.fds:
                os.close(fd)
            if message.text.startswith(start):
                return message
            assert message.text == "WATCHDOG=1", self.log.read_text()

    def get(self) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b""
            while data := client.recv(65536):
                answer += data
            return answer.partition(b"\r\n\r\n")[2]

    def end(self) -> str:
        """The log, after the program has ended by itself with success."""
        assert self.process.wait(30) == 0, self.log.read_text()
        return self.log.read_text()

    def close(self) -> None:
        self.listener.close()
        os.close(self.ended)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def services(tmp_path: Path, receiver: Receiver) -> Iterator[Services]:
    services = Services(tmp_path, receiver)
    yield services
    for service in services.running:
        service.close()


class Services:
    def __init__(self, directory: Path, receiver: Receiver) -> None:
        self.directory = directory
        self.receiver = receiver
        self.running: list[Service] = []

    def start(self, *arguments: str, files: dict[str, str] | None = None, **env: str) -> Service:
        for name, content in (files or {}).items():
            (self.directory / name).write_text(content)
        service = Service(arguments, self.directory, self.receiver, **env)
        self.running.append(service)
        return service

    def program(self, code: str) -> Service:
        return self.start("program.py", files={"program.py": code})
