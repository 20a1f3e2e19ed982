"""Calls of systemd.journal's writing half, to compare one implementation with another.

``journal_cases.py MODULE``, where it may bind journald's sockets, makes them all, each in a process of its own, and
prints as JSON what came of each and what journald would have got.
"""

from __future__ import annotations

import enum
import fcntl
import importlib
import json
import logging
import os
import pathlib
import re
import select
import socket
import stat
import sys
import threading
import uuid
from collections.abc import Callable
from typing import Any

DIRECTORY = "/run/systemd/journal"
Case = Callable[[Any], Any]
ID = "0123456789abcdef0123456789abcdef"
# What journald keeps of what a program sends.
KEPT = re.compile(rb"[A-Z][A-Z0-9_]{0,63}")


class Colour(str, enum.Enum):
    """What has a value and another text."""

    RED = "red"


class Journald:
    """Its two sockets."""

    def __init__(self) -> None:
        os.makedirs(DIRECTORY, exist_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(f"{DIRECTORY}/socket")
        self.streams = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.streams.bind(f"{DIRECTORY}/stdout")
        self.streams.listen()

    def entries(self) -> list[list[tuple[bytes, bytes]]]:
        """What was sent since."""
        entries = []
        while select.select([self.socket], [], [], 0)[0]:
            data, ancillary, _, _ = self.socket.recvmsg(1 << 24, 64)
            for _level, _kind, content in ancillary:
                file = int.from_bytes(content[:4], sys.byteorder)
                # Sealed, or journald refuses it.
                assert fcntl.fcntl(file, 1034) & 0xF == 0xF and stat.S_ISREG(os.fstat(file).st_mode)
                with open(file, "rb") as memory:
                    memory.seek(0)
                    data = memory.read()
            entries.append(parse(data))
        return entries

    def written(self) -> list[str]:
        """What was written to streams since."""
        texts = []
        while select.select([self.streams], [], [], 0)[0]:
            with self.streams.accept()[0] as stream, stream.makefile("rb") as file:
                texts.append(repr(file.read()))
        return texts


def parse(data: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of an entry, as journald reads them."""
    fields = []
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(rest[:8], "little")
            value = rest[8 : 8 + length]
            assert rest[8 + length : 9 + length] == b"\n", data
            rest = rest[9 + length :]
        fields.append((name, value))
        data = rest
    return fields


def own_name() -> bytes:
    with open("/proc/self/cmdline", "rb") as file:
        return os.path.basename(file.read().split(b"\0")[0])


def shown(fields: list[tuple[bytes, bytes]]) -> list[list[str]]:
    """What journald keeps of an entry, without what differs from one Python, or run, to another."""
    result = []
    for name, value in fields:
        if not KEPT.fullmatch(name):
            continue
        if name == b"EXCEPTION_TEXT":
            lines = value.splitlines()
            value = lines[0] + b" ... " + lines[-1]
        value = re.sub(rb"0x[0-9a-f]+", b"0x...", value)
        if name == b"SYSLOG_IDENTIFIER" and value == own_name():
            value = b"OWN NAME"
        result.append([name.decode(), repr(value)])
    return result


def send(*arguments: object, **fields: object) -> Case:
    return lambda journal: journal.send(*arguments, **fields)


def sendv(*fields: object) -> Case:
    return lambda journal: journal.sendv(*fields)


def stream(*arguments: object, text: str = "one\ntwo\n", **named: object) -> Case:
    def case(journal: Any) -> object:
        with journal.stream(*arguments, **named) as file:
            print(text, end="", file=file)
            return [file.mode, file.line_buffering, os.get_inheritable(file.fileno())]

    return case


def log(level: int = logging.INFO, *message: object, fields: dict[str, object] | None = None, **named: object) -> Case:
    """A record that a handler with these fields writes."""

    def case(journal: Any) -> object:
        handler = journal.JournalHandler(**(fields or {}))
        logger = logging.getLogger("some.logger")
        logger.setLevel(1)
        logger.propagate = False
        logger.addHandler(handler)
        logger.log(level, *(message or ("text",)), **named)  # type: ignore[arg-type]
        return None

    return case


def exception(**named: Any) -> Case:
    def case(journal: Any) -> object:
        try:
            raise ConnectionError("no route\nPRIORITY=0")
        except ConnectionError:
            return log(logging.ERROR, "failed", exc_info=True, **named)(journal)

    return case


def in_a_thread(journal: Any) -> None:
    thread = threading.Thread(target=log(), args=(journal,), name="worker\nPRIORITY=0")
    thread.start()
    thread.join()


def formatted(journal: Any) -> None:
    handler = journal.JournalHandler(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    for level in (logging.INFO, logging.WARNING):
        record = logging.LogRecord("a", level, "/a/b.py", 7, "x %d", (1,), None, "function")
        if record.levelno >= handler.level:
            handler.handle(record)


def by_a_function(journal: Any) -> object:
    calls: list[tuple[str, dict[str, object]]] = []

    def write(text: str, /, **fields: object) -> None:
        calls.append((text, fields))

    handler = journal.JournalHandler(sender_function=write)
    handler.emit(logging.LogRecord("a", 20, "/a/b.py", 7, "x", (), None, "function"))
    [(text, fields)] = calls
    return [text, {name: repr(value) for name, value in fields.items() if name.isupper()}]


def nobody(function: Case) -> Case:
    def case(journal: Any) -> object:
        os.rename(DIRECTORY, f"{DIRECTORY}-away")
        try:
            return function(journal)
        finally:
            os.rename(f"{DIRECTORY}-away", DIRECTORY)

    return case


CASES: dict[str, Case] = {
    "send": send("text"),
    "send: UTF-8": send("✓"),
    "send: empty": send(""),
    "send: lines": send("one\nPRIORITY=0\n"),
    "send: blanks": send("  text \t"),
    "send: NUL": send("a\0b"),
    "send: long": send("x" * 3_000_000),
    "send: of bytes": send(b"text"),
    "send: a number": send(1),
    "send: None": send(None),
    "send: nothing": send(),
    "send: surrogate": send("\udcff"),
    "send: by name": send(MESSAGE="text"),
    "send: too much": send("text", ID, "file", 1, "function", "more"),
    "send: id": send("text", ID),
    "send: id by name": send("text", MESSAGE_ID=ID),
    "send: uuid": send("text", MESSAGE_ID=uuid.UUID(ID)),
    "send: place": send("text", CODE_FILE="file", CODE_LINE=7, CODE_FUNC="function"),
    "send: file": send("text", CODE_FILE="file"),
    "send: line": send("text", CODE_LINE=7),
    "send: function": send("text", CODE_FUNC=""),
    "send: lines in the place": send("text", CODE_FILE="a\nb", CODE_FUNC="a\nb"),
    "send: fields": send("text", PRIORITY=3, SYSLOG_IDENTIFIER="other", B1_="x", A="y"),
    "send: identifier of lines": send("text", SYSLOG_IDENTIFIER="a\nPRIORITY=0"),
    "send: values": send("text", A=b"\xde\xad\0\xff", B=1.5, C=None, D=[1, "2"], E="", F=b"", G=True),
    "send: text of its own": send("text", A=Colour.RED, B=pathlib.Path("/a/b")),
    "send: lines in values": send("text", A="x\nPRIORITY=0", B=b"x\n\n", C="\n", D="=\n=", E="a=b"),
    "send: name of the longest": send("text", **{"A" * 64: 1}),
    "send: longer name": send("text", **{"A" * 65: 1}),
    "send: lower case": send("text", user_name="me"),
    "send: blank in a name": send("text", **{"A B": 1}),
    "send: = in a name": send("text", **{"A=B": 1}),
    "send: line break in a name": send("text", **{"A\nPRIORITY": 0}),
    "send: line break behind a name": send("text", **{"A\n": 0}),
    "send: _ in front": send("text", _PID=1),
    "send: digit in front": send("text", **{"1A": 1}),
    "send: empty name": send("text", **{"": 1}),
    "send: another alphabet": send("text", **{"Ä": 1}),
    "send: no journal": nobody(send("text")),
    "sendv": sendv("MESSAGE=text", b"A=\xff\0\n"),
    "sendv: nothing": sendv(),
    "sendv: UTF-8": sendv("MESSAGE=✓"),
    "sendv: no =": sendv("MESSAGE"),
    "sendv: no name": sendv("=text"),
    "sendv: no value": sendv("MESSAGE="),
    "sendv: line break in the name": sendv("MESS\nAGE=text"),
    "sendv: empty": sendv("MESSAGE=text", ""),
    "sendv: a number": sendv(1),
    "sendv: None": sendv(None),
    "sendv: bytearray": sendv(bytearray(b"A=1")),
    "sendv: lower case": sendv("MESSAGE=text", "a=1"),
    "sendv: many": sendv(*[f"A{number}=x" for number in range(500)]),
    "sendv: too many": sendv(*[f"A{number}=x" for number in range(1500)]),
    "sendv: no journal": nobody(sendv("MESSAGE=text")),
    "stream": stream("name"),
    "stream: by name": stream(identifier="name", priority=4, level_prefix=True),
    "stream: own name": stream(),
    "stream: empty name": stream(""),
    "stream: UTF-8": stream("✓", text="✓\n"),
    "stream: bad priority": stream("name", 8),
    "stream: priority -1": stream("name", -1),
    "stream: priority 2^31": stream("name", 2**31),
    "stream: NUL": stream("a\0b"),
    "stream: line break": stream("name\nunit\n0"),
    "stream: a number": stream(7),
    "stream: no journal": nobody(stream("name")),
    "stream_fd": lambda journal: os.write(fd := journal.stream_fd("name", 3, False), b"x\n") and os.get_inheritable(fd),
    "stream_fd: bad priority": lambda journal: journal.stream_fd("name", 99, False),
    "handler": log(),
    "handler: arguments": log(logging.INFO, "%s and %d", "text\nPRIORITY=0", 7),
    "handler: named arguments": log(logging.INFO, "%(a)s", {"a": "text"}),
    "handler: bad arguments": log(logging.INFO, "%d", "text"),
    "handler: identifier": log(fields={"SYSLOG_IDENTIFIER": "service", "A": 1, "B": b"\xff"}),
    "handler: extra": log(extra={"MESSAGE_ID": uuid.UUID(ID), "A": "x\nPRIORITY=0", "B": None}),
    "handler: extra in lower case": log(extra={"user": "me"}),
    "handler: extra that is no field": log(extra={"A B": 1, "_A": 1, "1": 1}),
    "handler: extra over its own": log(fields={"A": 1, "B": 1}, extra={"A": 2}),
    "handler: extra priority": log(extra={"PRIORITY": 2}),
    "handler: extra message": log(extra={"MESSAGE": "other"}),
    "handler: extra place": log(extra={"CODE_FILE": "other"}),
    "handler: field twice": log(fields={"LOGGER": "other"}),
    "handler: exception": exception(),
    "handler: exception and extra": exception(extra={"EXCEPTION_TEXT": "mine\nin two lines"}),
    "handler: no exception": log(exc_info=True),
    "handler: stack": log(stack_info=False),
    "handler: thread": in_a_thread,
    "handler: formatter": formatted,
    "handler: function": by_a_function,
    "handler: with_args": lambda journal: journal.JournalHandler.with_args({"A": "1"})._extra["A"],
    "handler: with_args, none": lambda journal: sorted(journal.JournalHandler.with_args()._extra),
    "handler: lower case": log(fields={"user": 1}),
    "handler: bad name": log(fields={"A B": 1}),
    "handler: map_priority": lambda journal: [
        [journal.JournalHandler.map_priority(level), journal.JournalHandler.mapPriority(level)]
        for level in (-1, 0, 5, 10, 11, 20, 25, 30, 35, 40, 45, 50, 51, 100)
    ],
    "handler: no journal": nobody(log()),
}
for _level in (1, 10, 15, 20, 25, 30, 31, 40, 50, 60):
    CASES[f"handler: level {_level}"] = log(_level)
for _constant in ("EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"):
    CASES[f"LOG_{_constant}"] = lambda journal, name=f"LOG_{_constant}": getattr(journal, name)  # type: ignore[misc]


def outcome(case: Case, journal: Any) -> object:
    """What comes of a case: the result with its type, or the exception."""
    try:
        return [type(result := case(journal)).__name__, result]
    except Exception as error:
        return [type(error).__name__, getattr(error, "errno", None)]


def main(module: str) -> None:
    journal = importlib.import_module(module)
    journald = Journald()
    outcomes: dict[str, object] = {}
    for name, case in CASES.items():
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            # What logging says of an error of its own is in the outcome, too.
            errors = os.memfd_create("errors")
            os.dup2(errors, 2)
            with open(write, "w") as pipe:
                result = outcome(case, journal)
                logging.shutdown()
                json.dump([result, "Logging error" in os.pread(errors, 1 << 20, 0).decode()], pipe, default=repr)
            os._exit(0)
        os.close(write)
        with open(read) as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
        entries = [shown(entry) for entry in journald.entries()]
        outcomes[name] = [*(json.loads(text) if status == 0 else [f"died: {status}"]), entries, journald.written()]
    # The library is loaded by now, at the latest.
    outcome(sendv(), journal)
    with open("/proc/self/maps") as maps:
        libraries = {line.split()[-1] for line in maps if "libsystemd.so" in line or "libsdjournal.so" in line}
    names = [name for name in dir(journal) if not name.startswith("_")]
    json.dump({"libraries": sorted(libraries), "names": names, "outcomes": outcomes}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
