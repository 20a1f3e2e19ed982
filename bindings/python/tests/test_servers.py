"""The package in real servers, as Debian has them: gunicorn, uvicorn, Django's own; and in forked workers."""

from __future__ import annotations

import signal

import pytest
from ecosystem import INTERVAL, Services, services, with_servers

__all__ = ["services"]

pytestmark = with_servers

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


DJANGO = """
import logging, os, sys
import django.apps
from django.conf import settings
from django.core.management import execute_from_command_line
import libsdnotify

class Config(django.apps.AppConfig):
    name = "__main__"
    label = "site"
    path = os.path.dirname(os.path.abspath(__file__))

    def ready(self):
        role = "server" if os.environ.get("RUN_MAIN") else "reloader"
        libsdnotify.ready(f"{role} {libsdnotify.watchdog_enabled()} {libsdnotify.daemon.listen_fds()}")
        logging.getLogger("site").warning("%s is up", role)

settings.configure(
    DEBUG=True,
    INSTALLED_APPS=["__main__.Config"],
    ROOT_URLCONF="__main__",
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"journal": {"class": "libsdnotify.journal.JournalHandler", "SYSLOG_IDENTIFIER": "site"}},
        "loggers": {"site": {"handlers": ["journal"], "propagate": False}},
    },
)
urlpatterns = []
execute_from_command_line([sys.argv[0], "runserver", "127.0.0.1:0"])
"""


def test_django_runs_an_application_twice(services: Services) -> None:
    """The process that the manager has started only restarts the one that serves, and both call AppConfig.ready().

    What was passed is the first one's: with NotifyAccess=main, the second is not heard, and it has no watchdog.
    """
    service = services.program(DJANGO)
    reloader = service.next("READY=1\nSTATUS=reloader")
    assert (reloader.pid, reloader.text) == (service.pid, f"READY=1\nSTATUS=reloader {INTERVAL} [3]")
    server = service.next("READY=1\nSTATUS=server")
    assert server.pid != service.pid
    assert server.text == "READY=1\nSTATUS=server None []"
    assert "Logging error" not in service.log.read_text()
