"""The heartbeat beside a real service manager: ``tests/support/with-systemd pytest .../test_manager.py``."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    "SD_CTL" not in os.environ, reason="no service manager: run it by tests/support/with-systemd"
)

# The services' programs begin with this.
PRELUDE = """
import asyncio, signal, sys, time
import libsdnotify
from libsdnotify import aio
"""

BLOCKED = """
async def main():
    aio.Heartbeat(check=lambda: None).ready("about to block")
    await asyncio.sleep(1)
    time.sleep(1000)
"""

# The reason has what would make another process the main one.
FAILING = """
async def main():
    begun = time.monotonic()
    async def check():
        await asyncio.sleep(0.01)
        if time.monotonic() - begun > 1:
            raise ConnectionError("no route\\nMAINPID=1\\rMAINPID=1")
    aio.Heartbeat(check).ready("well")
    await asyncio.sleep(1000)
"""

LATE = """
async def main():
    async def check():
        await asyncio.sleep(0 if time.monotonic() - begun < 1 else 1000)
    begun = time.monotonic()
    aio.Heartbeat(check).ready("well")
    await asyncio.sleep(1000)
"""

# Busy most of the time, and each time for longer than a check may take: 1.25 s.
SLOW = """
async def main():
    async def check():
        for _ in range(2):
            await asyncio.sleep(0.001)
    aio.Heartbeat(check).ready("slow")
    turns = 0
    while True:
        time.sleep(1.3)
        await asyncio.sleep(0.2)
        turns += 1
        libsdnotify.status(f"turn {turns}")
"""

DRAINING = """
async def main():
    term = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, term.set)
    heartbeat = aio.Heartbeat(check=lambda: not term.is_set())
    heartbeat.ready("well")
    await term.wait()
    heartbeat.stopping("draining")
    # Longer than the watchdog's interval.
    await asyncio.sleep(3)
    libsdnotify.status("drained")
    libsdnotify.barrier(10)
"""

CARRIAGE = """
async def main():
    libsdnotify.daemon.notify("READY=1\\nSTATUS=one\\rSTATUS=two")
    await asyncio.sleep(1000)
"""

# Of a prefork server whose worker beats for as long as it is told to.
PREFORK = """
async def main():
    os.environ.pop("WATCHDOG_PID", None)
    heartbeat = aio.Heartbeat()
    heartbeat.ready("worker")
    assert heartbeat.interval == 2
    await asyncio.sleep(5)
    heartbeat.status("about to block")
    time.sleep(1000)

import os
if os.fork():
    signal.pause()
"""

# The same where the manager listens to the main process alone.
REFUSED = """
async def main():
    heartbeat = aio.Heartbeat()
    heartbeat.ready("worker")
    print(heartbeat.silence, flush=True)
    await asyncio.sleep(1000)

import os
if os.fork():
    time.sleep(2)
    libsdnotify.ready("main process")
    signal.pause()
"""


class Service:
    def __init__(self, name: str, program: str, directory: Path, settings: str) -> None:
        self.name = f"{name}.service"
        self.output = directory / f"{name}.log"
        script = directory / f"{name}.py"
        script.write_text(f"{PRELUDE}{program}\nasyncio.run(main())\n")
        unit = Path(os.environ["SD_UNITS"]) / self.name
        unit.write_text(
            "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n"
            "[Service]\nType=notify\nRestart=on-failure\nRestartSec=100ms\nTimeoutStartSec=60\n"
            f"ExecStart={sys.executable} {script}\n"
            f"StandardOutput=append:{directory}/{name}.log\nStandardError=append:{directory}/{name}.log\n{settings}\n"
        )

    def __getitem__(self, property: str) -> str:
        return control("show", "--value", "-p", property, self.name).strip()

    def wait(self, property: str, test: Callable[[str], bool]) -> str:
        """The property's value as soon as it passes the test; fails after a minute."""
        deadline = time.monotonic() + 60
        while not test(value := self[property]):
            assert time.monotonic() < deadline, f"{self.name}: {property}={value!r}\n{log()}"
            time.sleep(0.02)
        return value


def control(*arguments: str) -> str:
    command = [*os.environ["SD_CTL"].split(), *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", timeout=90, check=True).stdout


def log() -> str:
    return Path(os.environ["SD_LOG"]).read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Service]]:
    """All at the same time, as each takes a few seconds."""
    directory = tmp_path_factory.mktemp("services")
    services = {
        "blocked": Service("blocked", BLOCKED, directory, "WatchdogSec=4"),
        "failing": Service("failing", FAILING, directory, "WatchdogSec=2"),
        "late": Service("late", LATE, directory, "WatchdogSec=2"),
        "slow": Service("slow", SLOW, directory, "WatchdogSec=5"),
        "draining": Service("draining", DRAINING, directory, "WatchdogSec=2"),
        "prefork": Service("prefork", PREFORK, directory, "WatchdogSec=2\nNotifyAccess=all"),
        "refused": Service("refused", REFUSED, directory, "WatchdogSec=30"),
        "carriage": Service("carriage", CARRIAGE, directory, ""),
    }
    control("daemon-reload")
    control("start", "--no-block", *services)
    yield services
    control("stop", *services)


def test_a_failing_check_is_reported_and_the_service_restarted(services: dict[str, Service]) -> None:
    service = services["failing"]
    pid = service.wait("MainPID", lambda pid: pid != "0")
    status = service.wait("StatusText", lambda text: "check" in text)
    assert status == "health check failed: ConnectionError: no route MAINPID=1 MAINPID=1"
    assert service["MainPID"] != "1"
    service.wait("NRestarts", lambda count: count != "0")
    assert service.wait("MainPID", lambda value: value != "0") != pid
    assert "failing.service: Watchdog timeout (limit 2s)!" in log()
    assert "failing.service: Failed with result 'watchdog'." in log()


def test_a_late_check_is_reported_and_the_service_restarted(services: dict[str, Service]) -> None:
    service = services["late"]
    status = service.wait("StatusText", lambda text: "check" in text)
    assert status == "health check late: no answer within 0.5 s"
    service.wait("NRestarts", lambda count: count != "0")
    assert "late.service: Watchdog timeout (limit 2s)!" in log()


def test_a_blocked_loop_is_restarted(services: dict[str, Service]) -> None:
    service = services["blocked"]
    service.wait("NRestarts", lambda count: count != "0")
    assert "blocked.service: Watchdog timeout (limit 4s)!" in log()
    service.wait("StatusText", lambda text: text == "about to block")


def test_draining_takes_its_time(services: dict[str, Service]) -> None:
    service = services["draining"]
    service.wait("StatusText", lambda text: text == "well")
    begun = time.monotonic()
    control("stop", service.name)
    assert time.monotonic() - begun > 2.9
    assert service["Result"] == "success"
    assert service["NRestarts"] == "0"


def test_a_slow_but_living_loop_is_left_alone(services: dict[str, Service]) -> None:
    """10 turns of 1.5 seconds each are three intervals."""
    service = services["slow"]
    service.wait("StatusText", lambda text: text.startswith("turn ") and int(text.split()[1]) >= 10)
    assert service["NRestarts"] == "0"
    assert service["ActiveState"] == "active"
    assert "slow.service: Watchdog timeout" not in log()


def test_a_worker_that_beats(services: dict[str, Service]) -> None:
    """It gets to its end after more than two intervals; when it is stuck, all of the service is restarted."""
    service = services["prefork"]
    service.wait("StatusText", lambda text: text == "about to block")
    service.wait("NRestarts", lambda count: count != "0")
    assert "prefork.service: Watchdog timeout (limit 2s)!" in log()


def test_a_worker_that_nobody_listens_to(services: dict[str, Service]) -> None:
    service = services["refused"]
    assert service.wait("StatusText", bool) == "main process"
    main = service["MainPID"]
    assert f"the service manager expects it of process {main}, this is " in service.output.read_text()
    assert f"but reception only permitted for main PID {main}" in log()


def test_either_line_break_ends_an_assignment(services: dict[str, Service]) -> None:
    """Why status() refuses a carriage return as well."""
    assert services["carriage"].wait("StatusText", bool) in ("one", "two")
