"""The package in real servers and event loops, as Debian has them: gunicorn, uvicorn, uvloop, trio, anyio, gevent.

They run in the Python that $SYSTEMD_PYTHON names, Debian's, with this package and nothing else of this environment.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import Message, Receiver

import libsdnotify

PYTHON = os.environ.get("SYSTEMD_PYTHON", "")

pytestmark = pytest.mark.skipif(not PYTHON, reason="$SYSTEMD_PYTHON names no Python that has the servers: Debian's has")

INTERVAL = 1.0

APPLICATION = """
import asyncio, os
import libsdnotify
from libsdnotify import aio

heartbeat = aio.Heartbeat(check=lambda: asyncio.sleep(0))

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        if os.environ.get("OWN_WATCHDOG"):
            del os.environ["WATCHDOG_PID"]
        heartbeat.ready(type(asyncio.get_running_loop()).__module__)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        heartbeat.stopping("draining")
        await aio.barrier(20)
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})
"""

WSGI = """
import libsdnotify

def app(environ, start_response):
    libsdnotify.status("from a worker")
    start_response("200 OK", [])
    return [repr(libsdnotify.watchdog_enabled()).encode()]
"""

GUNICORN = """
import os
import libsdnotify

asked = libsdnotify.watchdog_enabled()

def when_ready(server):
    libsdnotify.ready(f"arbiter {os.getpid()}, watchdog {asked}")

def on_reload(server):
    libsdnotify.reloading()
    libsdnotify.ready()

def on_exit(server):
    libsdnotify.stopping()
"""


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


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_uvicorn(services: Services, loop: str) -> None:
    service = services.start(
        "-m", "uvicorn", "application:app", "--fd", "3", "--loop", loop, files={"application.py": APPLICATION}
    )
    ready = service.next("READY=1")
    assert loop in ready.text and ready.pid == service.pid
    assert service.next("WATCHDOG=1").pid == service.pid
    assert service.get() == b"hello"
    assert service.next("WATCHDOG=1").pid == service.pid
    service.process.terminate()
    assert service.next("STOPPING=1\nSTATUS=draining").pid == service.pid
    service.next("BARRIER=1")
    log = service.end()
    assert "no heartbeat" not in log


def test_uvicorn_with_workers_says_that_they_do_not_beat(services: Services) -> None:
    arguments = ("-m", "uvicorn", "application:app", "--fd", "3", "--loop", "asyncio", "--workers", "2")
    service = services.start(*arguments, files={"application.py": APPLICATION})
    ready = {service.next("READY=1").pid for _ in range(2)}
    assert len(ready) == 2 and service.pid not in ready
    assert service.get() == b"hello"
    service.process.terminate()
    while True:
        message = service.next("").text
        # None of the two beats.
        assert message != "WATCHDOG=1"
        if message == "BARRIER=1":
            break
    log = service.log.read_text()
    assert f"no heartbeat: the service manager expects it of process {service.pid}, this is " in log


def test_gunicorn_with_a_worker_of_uvicorn_that_beats(services: Services) -> None:
    arguments = ("-m", "gunicorn", "-k", "uvicorn.workers.UvicornWorker", "application:app")
    service = services.start(*arguments, files={"application.py": APPLICATION}, OWN_WATCHDOG="1")
    service.next("READY=1\nSTATUS=Gunicorn arbiter booted")
    worker = service.next("READY=1\nSTATUS=").pid
    assert worker != service.pid
    assert service.next("WATCHDOG=1").pid == worker
    assert service.get() == b"hello"
    assert service.next("WATCHDOG=1").pid == worker


def test_gunicorn(services: Services) -> None:
    """The arbiter speaks; a worker's watchdog is off, and its messages come from another process."""
    service = services.start(
        *("-m", "gunicorn", "--workers", "2", "--graceful-timeout", "1", "wsgi:app"),
        files={"wsgi.py": WSGI, "gunicorn.conf.py": GUNICORN},
    )
    service.next("READY=1\nSTATUS=Gunicorn arbiter booted")
    ready = service.next("READY=1\nSTATUS=arbiter")
    assert (ready.pid, ready.text) == (service.pid, f"READY=1\nSTATUS=arbiter {service.pid}, watchdog {INTERVAL}")
    assert service.get() == b"None"
    assert service.next("STATUS=from a worker").pid != service.pid
    service.process.send_signal(signal.SIGHUP)
    assert service.next("RELOADING=1\nMONOTONIC_USEC=").pid == service.pid
    assert service.next("READY=1").pid == service.pid
    service.process.terminate()
    assert service.next("STOPPING=1").pid == service.pid
    service.end()


TRIO = """
import {module}
import libsdnotify
from libsdnotify import aio

async def check():
    global checks
    checks += 1
    await {module}.sleep(0.01)
    if checks > 2:
        {failure}

async def main():
    assert await aio.barrier(20) is True
    heartbeat = aio.Heartbeat(check)
    heartbeat.ready("up")
    while heartbeat.failure is None:
        await {module}.sleep(0.01)
    heartbeat.stopping(heartbeat.failure)
    try:
        await aio.barrier(0.1)
    except TimeoutError as error:
        assert error.filename, error
    else:
        raise AssertionError

checks = 0
{module}.run(main{arguments})
"""


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ('raise ConnectionError("no route")', "health check failed: ConnectionError: no route"),
        ("return False", "health check failed: it returned False"),
        ("await {module}.sleep(1000)", "health check late: no answer within 0.25 s"),
    ],
)
@pytest.mark.parametrize(
    ("module", "arguments"), [("trio", ""), ("anyio", ", backend='trio'"), ("anyio", ", backend='asyncio'")]
)
def test_trio_and_anyio(services: Services, module: str, arguments: str, failure: str, reason: str) -> None:
    failure = failure.format(module=module)
    service = services.program(TRIO.format(module=module, arguments=arguments, failure=failure))
    service.next("BARRIER=1")
    assert service.next("READY=1\nSTATUS=up").pid == service.pid
    assert services.receiver.next().text == "WATCHDOG=1"
    assert services.receiver.next().text == "WATCHDOG=1"
    assert services.receiver.next().text == f"STATUS={reason}"
    service.next("STOPPING=1")
    # It is answered by nobody in time.
    assert services.receiver.next().text == "BARRIER=1"
    assert f"no more heartbeats: {reason}" in service.end()


FROZEN = """
import {module}
import socket, time
from libsdnotify import aio
from libsdnotify.outbox import Outbox

def fill():
    import os
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
        filler.setblocking(False)
        filler.connect("\\0" + os.environ["NOTIFY_SOCKET"][1:])
        try:
            while True:
                filler.send(b"FILLER=1")
        except BlockingIOError:
            pass
"""

FROZEN_TRIO = (
    FROZEN
    + """
async def main():
    fill()
    heartbeat = aio.Heartbeat()
    assert heartbeat.ready("up") is False
    longest, before, begun = 0.0, time.monotonic(), time.monotonic()
    while time.monotonic() - begun < 2:
        heartbeat.status(f"{{before}}")
        await {module}.sleep(0.01)
        longest, before = max(longest, time.monotonic() - before), time.monotonic()
    heartbeat.status(f"longest {{longest:.3f}}")
    await {module}.sleep(0.01)
    print("turns taken", flush=True)
    await {module}.sleep(60)

{module}.run(main)
"""
)

FROZEN_GEVENT = (
    """
from gevent import monkey
monkey.patch_all()
"""
    + FROZEN
    + """
import libsdnotify

def beat():
    while True:
        outbox.watchdog()
        {module}.sleep(0.1)

def turn():
    global longest
    before = time.monotonic()
    while True:
        outbox.status(f"{{longest}}")
        {module}.sleep(0.01)
        longest, before = max(longest, time.monotonic() - before), time.monotonic()

longest = 0.0
fill()
outbox = Outbox()
outbox.ready("up")
tasks = [{module}.spawn(beat), {module}.spawn(turn)]
try:
    # The queue is full: it waits in a thread, the greenlets go on.
    {module}.get_hub().threadpool.apply(libsdnotify.barrier, (2,))
except TimeoutError:
    outbox.status(f"longest {{longest:.3f}}")
else:
    raise AssertionError
tasks[1].kill()
print("turns taken", flush=True)
{module}.joinall(tasks)
"""
)


@pytest.mark.parametrize(
    ("module", "program"), [("trio", FROZEN_TRIO), ("anyio", FROZEN_TRIO), ("gevent", FROZEN_GEVENT)]
)
def test_a_manager_that_does_not_read_stops_no_loop(services: Services, module: str, program: str) -> None:
    service = services.program(program.format(module=module))
    deadline = time.monotonic() + 60
    while "turns taken" not in service.log.read_text():
        assert service.process.poll() is None and time.monotonic() < deadline, service.log.read_text()
        time.sleep(0.01)
    texts: list[str] = []
    while not any(text.startswith("READY=1") for text in texts):
        text = services.receiver.next().text
        if text != "FILLER=1":
            texts.append(text)
    assert texts[0] == "WATCHDOG=1"
    ready, longest = texts[-1].split("\nSTATUS=longest ")
    assert ready == "READY=1"
    # What blocks, blocks for all of the two seconds.
    assert float(longest) < 1.5
    assert services.receiver.next().text == "WATCHDOG=1"


FORKS = """
import multiprocessing, os, signal
import libsdnotify
from libsdnotify.channel import Channel

def child(names, interval):
    channel.send(f"STATUS=child {libsdnotify.watchdog_enabled()} {libsdnotify.daemon.listen_fds()} {names} {interval}")

channel = Channel()
interval = libsdnotify.watchdog_enabled()
names = libsdnotify.daemon.listen_fds_with_names(unset_environment=False)
libsdnotify.ready()
process = multiprocessing.get_context("fork").Process(target=child, args=(names, interval))
process.start()
process.join()
raise SystemExit(process.exitcode)
"""


def test_a_forked_worker(services: Services) -> None:
    """It speaks for itself by the parent's channel; the descriptors and the watchdog are its parent's."""
    service = services.program(FORKS)
    assert service.next("READY=1").pid == service.pid
    message = service.next("STATUS=child")
    assert message.pid != service.pid
    assert message.text == f"STATUS=child None [] {{3: 'unknown'}} {INTERVAL}"
    service.end()
