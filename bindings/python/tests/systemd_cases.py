"""Calls of systemd.daemon, to compare one implementation with another.

``systemd_cases.py MODULE`` makes them all, each in a process of its own, and prints as JSON what came of each.
"""

from __future__ import annotations

import ctypes
import importlib
import inspect
import json
import os
import pathlib
import socket
import struct
import sys
import tempfile
from typing import Any, Callable

Case = Callable[[Any, "World"], Any]


class World:
    """What there is to ask about."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        os.mkfifo(self.path("fifo"))
        self.fifo = os.open(self.path("fifo"), os.O_RDWR)
        self.file = open(self.path("file"), "w")
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.unix.bind(self.path("unix"))
        self.unix.listen()
        self.unnamed = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.abstract = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.abstract.bind(f"\0sdnotify-python-cases/{os.getpid()}")
        self.receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.receiver.bind(f"\0sdnotify-python-receiver/{os.getpid()}")
        self.receiver.settimeout(20)
        self.address = f"@sdnotify-python-receiver/{os.getpid()}"

    def path(self, name: str) -> str:
        return os.path.join(self.directory, name)

    def sent(self) -> object:
        """What a call of notify() sent."""
        data, ancillary, _, _ = self.receiver.recvmsg(65536, 4096)
        along = []
        for _level, kind, content in ancillary:
            if kind == socket.SCM_CREDENTIALS:
                along.append("from itself" if struct.unpack("3i", content)[0] == os.getpid() else "from another")
            elif kind == socket.SCM_RIGHTS:
                along.append(f"{len(content) // 4} descriptors")
        return [repr(data), *along]

    def queue(self) -> int:
        """A message queue, which is a file descriptor on Linux.

        It has room for one byte: all queues of a user together may have ten times the default size.
        """
        libc = ctypes.CDLL(None, use_errno=True)
        name = b"/sdnotify-python-%d" % os.getpid()
        attributes = (ctypes.c_long * 8)(0, 1, 1)
        fd = int(libc.mq_open(name, os.O_RDWR | os.O_CREAT, 0o600, attributes))
        libc.mq_unlink(name)
        return fd


class Fileno:
    def __init__(self, fd: object) -> None:
        self.fd = fd

    def fileno(self) -> object:
        return self.fd


class Index:
    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


def notify(*arguments: object, **named: object) -> Case:
    """A call of notify(), what was received, and whether it left $NOTIFY_SOCKET to child processes."""

    def case(daemon: Any, world: World) -> object:
        os.environ["NOTIFY_SOCKET"] = world.address
        result = daemon.notify(*arguments, **named)
        return [repr(result), world.sent(), os.system('test -n "$NOTIFY_SOCKET"')]

    return case


def notify_to(address: str | None, *arguments: object, **named: object) -> Case:
    """A call of notify() with this $NOTIFY_SOCKET; then another one, to see what it left."""

    def case(daemon: Any, world: World) -> object:
        if address is not None:
            os.environ["NOTIFY_SOCKET"] = address.format(world.directory)
        return daemon.notify(*arguments, **named)

    return case


def listen(variables: dict[str, str], function: str = "listen_fds", *arguments: object, fds: int = 2) -> Case:
    """A call of listen_fds() or listen_fds_with_names(); what it left in the environment; close-on-exec."""

    def case(daemon: Any, world: World) -> object:
        for fd in range(3, 3 + fds):
            os.dup2(world.receiver.fileno(), fd)
        for name, value in variables.items():
            os.environ[name] = value.format(pid=os.getpid())
        try:
            result: object = getattr(daemon, function)(*arguments)
        except OSError as error:
            result = error.errno
        left = os.popen("env | grep -c ^LISTEN_").read().strip()
        return [repr(result), left, [os.get_inheritable(fd) for fd in range(3, 3 + fds)]]

    return case


def sockaddr(address: str) -> Case:
    return lambda daemon, world: daemon.is_socket_sockaddr(world.tcp, address)


def signature(name: str) -> Case:
    def case(daemon: Any, world: World) -> object:
        parameters = inspect.signature(getattr(daemon, name)).parameters.values()
        # The default of family is an enumeration's member in one, its number in the other.
        return [[p.name, int(p.default) if isinstance(p.default, int) else repr(p.default)] for p in parameters]

    return case


OWN = {"LISTEN_PID": "{pid}", "LISTEN_FDS": "2"}

CASES: dict[str, Case] = {
    "LISTEN_FDS_START": lambda d, w: d.LISTEN_FDS_START,
    "booted": lambda d, w: d.booted(),
    "booted(1)": lambda d, w: d.booted(1),
    # notify
    "notify": notify("READY=1"),
    "notify: by name": notify(status="READY=1", unset_environment=False, pid=0),
    "notify: UTF-8": notify("STATUS=✓\n"),
    "notify: empty": notify(""),
    "notify: unset": notify("READY=1", True),
    "notify: unset by truth": notify("READY=1", "yes"),
    "notify: fds": notify("FDSTORE=1", fds=[0, 1]),
    "notify: fds in a tuple": notify("FDSTORE=1", False, 0, (0, True)),
    "notify: no fds": notify("FDSTORE=1", fds=[]),
    "notify: fds by index": notify("FDSTORE=1", fds=[Index(0)]),
    "notify: fds is None": notify("READY=1", fds=None),
    "notify: fds with fileno()": notify("READY=1", fds=[Fileno(0)]),
    "notify: fds is a set": notify("READY=1", fds={0}),
    "notify: fds is a generator": notify("READY=1", fds=(fd for fd in (0,))),
    "notify: fds is a number": notify("READY=1", fds=0),
    "notify: fds of text": notify("READY=1", fds=["0"]),
    "notify: fds too large": notify("READY=1", fds=[2**31]),
    "notify: fds of float": notify("READY=1", fds=[0.0]),
    "notify: bad fd": notify("READY=1", fds=[-1]),
    "notify: many fds": notify("READY=1", fds=[0] * 253),
    "notify: too many fds": notify("READY=1", fds=[0] * 254),
    "notify: pid 1": notify("READY=1", pid=os.getppid()),
    "notify: pid -1": notify("READY=1", pid=-1),
    "notify: pid 2^31": notify("READY=1", pid=2**31),
    "notify: pid 2^64": notify("READY=1", pid=2**64),
    "notify: pid of text": notify("READY=1", pid="1"),
    "notify: pid of float": notify("READY=1", pid=0.0),
    "notify: pid is None": notify("READY=1", pid=None),
    "notify: bytes": notify(b"READY=1"),
    "notify: None": notify(None),
    "notify: NUL": notify("READY=1\0"),
    "notify: surrogate": notify("\udc80"),
    "notify: nothing": notify(),
    "notify: too much": notify("READY=1", False, 0, [], 1),
    "notify: unknown name": notify("READY=1", timeout=1),
    "notify: too long": notify("STATUS=" + "x" * 9_000_000),
    "notify: no socket": notify_to(None, "READY=1"),
    "notify: no socket, bad fd": notify_to(None, "READY=1", fds=[-1]),
    "notify: no socket, too many fds": notify_to(None, "READY=1", fds=[0] * 254),
    "notify: empty address": notify_to("", "READY=1"),
    "notify: /": notify_to("/", "READY=1"),
    "notify: relative address": notify_to("socket", "READY=1"),
    "notify: long address": notify_to("/" + "x" * 200, "READY=1"),
    "notify: long abstract address": notify_to("@" + "x" * 200, "READY=1"),
    "notify: nobody": notify_to("{}/nobody", "READY=1"),
    "notify: a file": notify_to("{}/file", "READY=1"),
    "notify: a stream socket": notify_to("{}/unix", "READY=1"),
    # listen_fds
    "listen_fds": listen(OWN),
    "listen_fds: kept": listen(OWN, "listen_fds", False),
    "listen_fds: unset": lambda d, w: d.listen_fds(),
    "listen_fds: another's": listen({"LISTEN_PID": "1", "LISTEN_FDS": "2"}),
    "listen_fds: malformed pid": listen({"LISTEN_PID": "one", "LISTEN_FDS": "2"}),
    "listen_fds: none": listen({"LISTEN_PID": "{pid}", "LISTEN_FDS": "0"}),
    "listen_fds: negative": listen({"LISTEN_PID": "{pid}", "LISTEN_FDS": "-2"}),
    "listen_fds: malformed": listen({"LISTEN_PID": "{pid}", "LISTEN_FDS": "2x"}),
    "listen_fds: by name": lambda d, w: d.listen_fds(unset_environment=False),
    "listen_fds_with_names": listen({**OWN, "LISTEN_FDNAMES": "http:admin"}, "listen_fds_with_names"),
    "listen_fds_with_names: kept": listen({**OWN, "LISTEN_FDNAMES": "a:a"}, "listen_fds_with_names", False),
    "listen_fds_with_names: not named": listen(OWN, "listen_fds_with_names"),
    "listen_fds_with_names: empty": listen({**OWN, "LISTEN_FDNAMES": ":"}, "listen_fds_with_names"),
    "listen_fds_with_names: UTF-8": listen({**OWN, "LISTEN_FDNAMES": "é:✓"}, "listen_fds_with_names"),
    "listen_fds_with_names: too few": listen({**OWN, "LISTEN_FDNAMES": "http"}, "listen_fds_with_names"),
    "listen_fds_with_names: unset": lambda d, w: d.listen_fds_with_names(),
    # is_fifo, is_mq
    "is_fifo": lambda d, w: d.is_fifo(w.fifo),
    "is_fifo: a file": lambda d, w: d.is_fifo(w.file),
    "is_fifo: path": lambda d, w: d.is_fifo(w.fifo, w.path("fifo")),
    "is_fifo: by name": lambda d, w: d.is_fifo(fileobj=w.fifo, path=w.path("fifo")),
    "is_fifo: bytes": lambda d, w: d.is_fifo(w.fifo, os.fsencode(w.path("fifo"))),
    "is_fifo: pathlib": lambda d, w: d.is_fifo(w.fifo, pathlib.Path(w.path("fifo"))),
    "is_fifo: another path": lambda d, w: d.is_fifo(w.fifo, w.path("file")),
    "is_fifo: no path": lambda d, w: d.is_fifo(w.fifo, w.path("nothing")),
    "is_fifo: no directory": lambda d, w: d.is_fifo(w.fifo, w.path("file/nothing")),
    "is_fifo: long path": lambda d, w: d.is_fifo(w.fifo, "/" + "x" * 5000),
    "is_fifo: NUL": lambda d, w: d.is_fifo(w.fifo, "a\0b"),
    "is_fifo: path is a number": lambda d, w: d.is_fifo(w.fifo, 1),
    "is_fifo: -1": lambda d, w: d.is_fifo(-1),
    "is_fifo: closed": lambda d, w: d.is_fifo(999),
    "is_fifo: 2^31": lambda d, w: d.is_fifo(2**31),
    "is_fifo: text": lambda d, w: d.is_fifo("0"),
    "is_fifo: float": lambda d, w: d.is_fifo(0.0),
    "is_fifo: None": lambda d, w: d.is_fifo(None),
    "is_fifo: index": lambda d, w: d.is_fifo(Index(w.fifo)),
    "is_fifo: fileno": lambda d, w: d.is_fifo(Fileno(w.fifo)),
    "is_fifo: fileno of text": lambda d, w: d.is_fifo(Fileno("0")),
    "is_mq": lambda d, w: d.is_mq(w.queue()),
    "is_mq: a file": lambda d, w: d.is_mq(w.file),
    "is_mq: a file, path": lambda d, w: d.is_mq(w.file, "/queue"),
    "is_mq: no such queue": lambda d, w: d.is_mq(w.queue(), "/sdnotify-python-nothing"),
    "is_mq: not absolute": lambda d, w: d.is_mq(w.queue(), "queue"),
    # is_socket...
    "is_socket": lambda d, w: d.is_socket(w.tcp),
    "is_socket: a file": lambda d, w: d.is_socket(w.file),
    "is_socket: -1": lambda d, w: d.is_socket(-1),
    "is_socket: family": lambda d, w: d.is_socket(w.tcp, socket.AF_INET),
    "is_socket: another family": lambda d, w: d.is_socket(w.tcp, socket.AF_INET6),
    "is_socket: bad family": lambda d, w: d.is_socket(w.tcp, -1),
    "is_socket: type": lambda d, w: d.is_socket(w.tcp, type=socket.SOCK_STREAM),
    "is_socket: another type": lambda d, w: d.is_socket(w.tcp, type=socket.SOCK_DGRAM),
    "is_socket: bad type": lambda d, w: d.is_socket(w.tcp, type=-1),
    "is_socket: listening": lambda d, w: d.is_socket(w.tcp, listening=1),
    "is_socket: not listening": lambda d, w: d.is_socket(w.tcp, listening=0),
    "is_socket: type of text": lambda d, w: d.is_socket(w.tcp, type="stream"),
    "is_socket: 2^40": lambda d, w: d.is_socket(w.tcp, 2**40),
    "is_socket: positional": lambda d, w: d.is_socket(w.udp, socket.AF_INET, socket.SOCK_DGRAM, 0),
    "is_socket_inet": lambda d, w: d.is_socket_inet(w.tcp),
    "is_socket_inet: unix": lambda d, w: d.is_socket_inet(w.unix),
    "is_socket_inet: port": lambda d, w: d.is_socket_inet(w.tcp, port=w.port),
    "is_socket_inet: another port": lambda d, w: d.is_socket_inet(w.tcp, port=w.port ^ 1),
    "is_socket_inet: 70000": lambda d, w: d.is_socket_inet(w.tcp, port=70000),
    "is_socket_inet: port -1": lambda d, w: d.is_socket_inet(w.tcp, port=-1),
    "is_socket_inet: AF_UNIX": lambda d, w: d.is_socket_inet(w.tcp, socket.AF_UNIX),
    "is_socket_inet: positional": lambda d, w: d.is_socket_inet(w.tcp, 2, 1, 1, w.port),
    "is_socket_unix": lambda d, w: d.is_socket_unix(w.unix),
    "is_socket_unix: inet": lambda d, w: d.is_socket_unix(w.tcp),
    "is_socket_unix: path": lambda d, w: d.is_socket_unix(w.unix, path=w.path("unix")),
    "is_socket_unix: pathlib": lambda d, w: d.is_socket_unix(w.unix, 1, 1, pathlib.Path(w.path("unix"))),
    "is_socket_unix: another path": lambda d, w: d.is_socket_unix(w.unix, path=w.path("nothing")),
    "is_socket_unix: long path": lambda d, w: d.is_socket_unix(w.unix, path="/" + "x" * 200),
    "is_socket_unix: unnamed": lambda d, w: d.is_socket_unix(w.unnamed, path=""),
    "is_socket_unix: not unnamed": lambda d, w: d.is_socket_unix(w.unix, path=""),
    "is_socket_unix: abstract": lambda d, w: d.is_socket_unix(w.abstract, path=w.abstract.getsockname()),
    "is_socket_unix: NUL": lambda d, w: d.is_socket_unix(w.abstract, path="a\0b"),
    "is_socket_sockaddr": lambda d, w: d.is_socket_sockaddr(w.tcp, f"127.0.0.1:{w.port}"),
    "is_socket_sockaddr: positional": lambda d, w: d.is_socket_sockaddr(w.tcp, f"127.0.0.1:{w.port}", 1, 0, 1),
    "is_socket_sockaddr: another": lambda d, w: d.is_socket_sockaddr(w.tcp, f"127.0.0.2:{w.port}"),
    "is_socket_sockaddr: another port": lambda d, w: d.is_socket_sockaddr(w.tcp, f"127.0.0.1:{w.port ^ 1}"),
    "is_socket_sockaddr: IPv6": lambda d, w: d.is_socket_sockaddr(w.tcp, f"[::1]:{w.port}"),
    "is_socket_sockaddr: flowinfo": lambda d, w: d.is_socket_sockaddr(w.tcp, f"[::1]:{w.port}", flowinfo=7),
    "is_socket_sockaddr: flowinfo, IPv4": lambda d, w: d.is_socket_sockaddr(w.tcp, "127.0.0.1:1", flowinfo=7),
    "is_socket_sockaddr: unix": lambda d, w: d.is_socket_sockaddr(w.unix, "127.0.0.1:1"),
    "is_socket_sockaddr: a file": lambda d, w: d.is_socket_sockaddr(w.file, "127.0.0.1:1"),
    "is_socket_sockaddr: bytes": lambda d, w: d.is_socket_sockaddr(w.tcp, b"127.0.0.1:1"),
}
for _name in ("is_fifo", "is_mq", "is_socket", "is_socket_inet", "is_socket_sockaddr", "is_socket_unix", "listen_fds"):
    CASES[f"signature of {_name}"] = signature(_name)
for _address in (
    *("1", "0", "70000", "-1", "99999999999", "99999999999999999999999", "", " 1", "1 ", "+1", "0x50", "0X50", "010"),
    *(
        "08",
        "0b1",
        "1_0",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:0x50",
        "127.1:80",
        "[::1]",
        "[::1",
        ":80",
    ),
    *("[::1]80", "[::1]:", "[::1]:99999999999", "[fe80::1%1]:80", "[127.0.0.1]:80", "lo:80", "nowhere:80", "a:b:80"),
    *("x" * 20 + ":80", "127.0.0.1:80\0", "\u0661", "[::]", "[::]:80", "::1", "::1:80", "lo", "lo:", "lo:0", "1.2.3"),
    *(
        "127.0.0.1:-1",
        "127.0.0.1:99999999999",
        "[::1]:-1",
        "[::1]x",
        " 127.0.0.1",
        "[::1%lo]",
        "/x",
        "@x",
        "[]",
        "[]:80",
    ),
):
    CASES[f"is_socket_sockaddr: {_address!r}"] = sockaddr(_address)


def outcome(case: Case, daemon: Any) -> object:
    """What comes of a case: the result with its type, or the exception."""
    for name in ("NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory)
        try:
            return [type(result := case(daemon, world)).__name__, result]
        except Exception as error:
            path = getattr(error, "filename", None)
            text = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else repr(path)
            return [type(error).__name__, getattr(error, "errno", None), text.replace(directory, "DIRECTORY")]


def main(module: str) -> None:
    daemon = importlib.import_module(module)
    outcomes: dict[str, object] = {}
    for name, case in CASES.items():
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            with open(write, "w") as pipe:
                json.dump(outcome(case, daemon), pipe, default=repr)
            os._exit(0)
        os.close(write)
        with open(read) as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
        outcomes[name] = json.loads(text) if status == 0 else f"died: {status}"
    # The library is loaded by now, at the latest.
    daemon.booted()
    with open("/proc/self/maps") as maps:
        libraries = {line.split()[-1] for line in maps if "libsystemd.so" in line or "libsdnotify.so" in line}
    names = [name for name in dir(daemon) if not name.startswith("_")]
    json.dump({"libraries": sorted(libraries), "names": names, "outcomes": outcomes}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
