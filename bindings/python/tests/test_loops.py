"""The package in real event loops, as Debian has them: trio, anyio, gevent."""

from __future__ import annotations

import re
import time

import pytest
from ecosystem import Services, services, with_servers

__all__ = ["services"]

pytestmark = with_servers

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


BARRIER_TRIO = """
async def tick():
    global turns
    while True:
        await {module}.sleep(0.01)
        turns += 1

async def main():
    async with {module}.{group}() as group:
        group.start_soon(tick)
        await waited(aio.barrier(0.5))
        group.cancel_scope.cancel()

async def waited(barrier):
    try:
        await barrier
    except TimeoutError:
        report()
    else:
        raise AssertionError

{module}.run(main{arguments})
"""

BARRIER_GEVENT = """
def tick():
    global turns
    while True:
        {module}.sleep(0.01)
        turns += 1

{module}.spawn(tick)
try:
    {module}.get_hub().threadpool.apply(libsdnotify.barrier, (0.5,))
except TimeoutError:
    report()
else:
    raise AssertionError
"""

UNANSWERED = """
import libsdnotify

def report():
    print(f"gave up after {{time.monotonic() - begun:.2f}} s and {{turns}} turns", flush=True)

if "{queue}" == "full":
    fill()
begun, turns = time.monotonic(), 0
"""


@pytest.mark.parametrize("queue", ["full", "empty"])
@pytest.mark.parametrize(
    ("module", "arguments", "program"),
    [
        ("trio", "", BARRIER_TRIO),
        ("anyio", ", backend='trio'", BARRIER_TRIO),
        ("anyio", ", backend='asyncio'", BARRIER_TRIO),
        ("gevent", "", BARRIER_GEVENT),
    ],
)
def test_a_barrier_that_is_never_answered(
    services: Services, module: str, arguments: str, program: str, queue: str
) -> None:
    """It gives up after its timeout, and the loop goes on meanwhile."""
    group = "open_nursery" if module == "trio" else "create_task_group"
    code = (FROZEN + UNANSWERED + program).format(module=module, arguments=arguments, group=group, queue=queue)
    log = services.program(code).end()
    # Besides, gevent has the exception of its thread in it.
    report = re.search(r"^gave up after (\S+) s and (\d+) turns$", log, re.MULTILINE)
    assert report, log
    assert float(report[1]) >= 0.5
    # A barrier that blocks the loop leaves it a turn or two.
    assert int(report[2]) > 5
