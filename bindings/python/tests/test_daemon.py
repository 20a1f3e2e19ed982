"""What libsdnotify.daemon and the package have beside what is compared with systemd-python."""

from __future__ import annotations

import errno
import importlib
import importlib.metadata
import os
import re
import socket
from pathlib import Path

import pytest
from conftest import CHECKOUT, Receiver, run_python

import libsdnotify
from libsdnotify import SystemdNotifier, daemon


def test_is_special(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("w") as file, open("/dev/null") as null, socket.socket() as tcp:
        assert daemon.is_special(file) is True
        assert daemon.is_special(file.fileno(), path) is True
        assert daemon.is_special(file, "/dev/null") is False
        assert daemon.is_special(null, b"/dev/null") is True
        assert daemon.is_special(null, "/dev/zero") is False
        assert daemon.is_special(null, tmp_path / "nothing") is False
        assert daemon.is_special(tcp) is False
    with pytest.raises(OSError) as raised:
        daemon.is_special(-1, path)
    assert raised.value.errno == errno.EBADF
    assert raised.value.filename == path
    with pytest.raises(ValueError):
        daemon.is_special(0, "a\0b")


def test_names_that_are_not_utf_8() -> None:
    code = """if True:
        import os, socket
        from libsdnotify import daemon
        for fd in (3, 4):
            os.dup2(1, fd)
        os.environb[b"LISTEN_FDNAMES"] = b"h\\xe9:admin"
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2")
        names = daemon.listen_fds_with_names()
        print(ascii(names), os.fsencode(names[3]))
    """
    assert run_python(code) == "{3: 'h\\udce9', 4: 'admin'} b'h\\xe9'\n"


def test_no_memory_is_lost() -> None:
    """2000 arrays of 100 pointers are 1.6 MB, the names in them far more."""
    code = """if True:
        import os, resource
        from libsdnotify import daemon
        def rss():
            with open("/proc/self/statm") as statm:
                return int(statm.read().split()[1]) * resource.getpagesize()
        for fd in range(3, 103):
            os.dup2(1, fd)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="100", LISTEN_FDNAMES=":".join(["x" * 100] * 100))
        def calls(number):
            for _ in range(number):
                assert len(daemon.listen_fds_with_names(False)) == 100
                daemon.notify("FDSTORE=1", fds=range(3, 103))
        calls(100)
        before = rss()
        calls(2000)
        print(rss() - before)
    """
    assert int(run_python(code)) < 1_000_000


def test_the_version_is_the_library_s() -> None:
    match = re.search(r'^version = "(.+)"$', (CHECKOUT / "Cargo.toml").read_text(), re.MULTILINE)
    assert match
    assert libsdnotify.__version__ == importlib.metadata.version("libsdnotify") == match.group(1)
    with pytest.raises(AttributeError):
        _ = libsdnotify.nothing


def test_importing_it_imports_little() -> None:
    """ctypes, socket, enum and typing take longer to import than all of ours: the first message needs none."""
    code = """if True:
        import sys
        import libsdnotify
        from libsdnotify import daemon
        heavy = {"ctypes", "socket", "asyncio", "enum", "typing", "re", "logging", "importlib.metadata"}
        libsdnotify.ready()
        print(sorted(heavy & set(sys.modules)))
    """
    # With -I and -S, as other packages in the environment may import what they like at Python's start.
    code = f"import sys; sys.path.append({str(Path(libsdnotify.__file__).parents[1])!r})\n{code}"
    assert run_python(code, options=["-I", "-S"]) == "[]\n"


def test_the_readme_s_examples(receiver: Receiver) -> None:
    readme = (CHECKOUT / "bindings/python/README.md").read_text(encoding="utf-8")
    service, *others = re.findall(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    for example in others:
        compile(example, "README.md", "exec")
        for module, name in re.findall(r"\b(libsdnotify|daemon|aio)\.(\w+)\(", example):
            assert callable(getattr(importlib.import_module(f"libsdnotify.{module}".replace(".libsdnotify", "")), name))
    # The receiver does not answer the barrier.
    exec(service.replace("libsdnotify.barrier", "dict"))
    texts = [receiver.next().text.split("\n")[0] for _ in range(6)]
    assert texts == [
        "READY=1",
        "RELOADING=1",
        "READY=1",
        "EXTEND_TIMEOUT_USEC=30000000",
        "STATUS=42 requests/s",
        "STOPPING=1",
    ]
    assert receiver.is_empty()


class TestSystemdNotifier:
    def test_sends_utf_8(self, receiver: Receiver) -> None:
        assert SystemdNotifier().notify("STATUS=é ✓") is None  # type: ignore[func-returns-value]
        assert receiver.next().text == "STATUS=é ✓"

    def test_is_silent_without_a_manager(self) -> None:
        SystemdNotifier().notify("READY=1")

    @pytest.mark.parametrize("state", [b"READY=1", None, "\ud800"])
    def test_is_silent_about_errors(self, state: str, receiver: Receiver) -> None:
        SystemdNotifier().notify(state)
        assert receiver.is_empty()

    @pytest.mark.parametrize("state", [b"READY=1", None, "\ud800"])
    def test_debug_raises(self, state: str, receiver: Receiver) -> None:
        notifier = SystemdNotifier(debug=True)
        with pytest.raises((AttributeError, ValueError)):
            notifier.notify(state)
        notifier.notify("READY=1")
        assert receiver.next().text == "READY=1"

    def test_debug_raises_without_a_manager(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(OSError) as raised:
            SystemdNotifier(debug=True)
        assert raised.value.errno == errno.ENOTCONN
        monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/notify")
        SystemdNotifier().notify("READY=1")
        with pytest.raises(FileNotFoundError):
            SystemdNotifier(True)

    def test_outlives_the_environment(self, receiver: Receiver) -> None:
        notifier = SystemdNotifier(debug=True)
        del os.environ["NOTIFY_SOCKET"]
        notifier.notify("READY=1")
        assert receiver.next().text == "READY=1"

    def test_the_end_of_the_manager(self, receiver: Receiver) -> None:
        notifiers = SystemdNotifier(), SystemdNotifier(debug=True)
        receiver.close()
        notifiers[0].notify("READY=1")
        with pytest.raises(ConnectionRefusedError):
            notifiers[1].notify("READY=1")

    def test_leaves_no_descriptor(self, receiver: Receiver) -> None:
        before = os.listdir("/proc/self/fd")
        for _ in range(10):
            SystemdNotifier(debug=True).notify("READY=1")
            receiver.next()
        assert os.listdir("/proc/self/fd") == before

    def test_vsock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An address that cannot be connected to for good: each message is sent by itself, here to nobody."""
        monkeypatch.setenv("NOTIFY_SOCKET", "vsock-stream:1:1")
        notifier = SystemdNotifier(debug=True)
        with pytest.raises(OSError) as raised:
            notifier.notify("READY=1")
        assert raised.value.errno != errno.ENOTCONN


def test_the_environment_is_the_process_s_own(receiver: Receiver) -> None:
    """What Python changes in os.environ, the library sees."""
    del os.environ["NOTIFY_SOCKET"]
    assert daemon.notify("READY=1") is False
    os.environ["NOTIFY_SOCKET"] = receiver.address
    assert daemon.notify("READY=1") is True
