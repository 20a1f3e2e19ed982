"""libsdnotify.journal and cysystemd.journal side by side: what each call sends."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import pytest
from conftest import run_with_journald

PROGRAM = r"""
import json, logging, os, sys
from MODULE import journal

def exception():
    try:
        raise ConnectionError("no route\nPRIORITY=0")
    except ConnectionError:
        return sys.exc_info()

TRACE = exception()
SENT = [
    dict(message="text"),
    dict(message="text", priority=3, foo_bar=1, FOO=None, of_lines="a\nPRIORITY=0"),
    dict(message="text", a="\n"),
]
REFUSED = [{"message": "text", "a b": 1}, {"message": "text", "_a": 1}, {"message": "text", "a=b": 1}]
RECORDS = [
    (dict(), 20, "text", ()),
    (dict(), 30, "%s and %d", ("a\nPRIORITY=0", 7)),
    (dict(), 10, "%(a)s", {"a": "text", "b-c": 1}),
    (dict(identifier="me"), 50, "text", ()),
    (dict(identifier="me", facility=journal.Facility.LOCAL1), 40, "text", ()),
    (dict(), 40, "failed", None),
    (dict(), 0, "text", ()),
]
outcomes = []
journald = Journald()
def note(call):
    try:
        result = call()
    except Exception as error:
        result = type(error).__name__
    entries = [[[name.decode(), repr(value)] for name, value in entry] for entry in journald.entries()]
    outcomes.append([result, entries])
for fields in SENT + REFUSED:
    note(lambda: journal.send(**fields) or None)
note(lambda: journal.write("text"))
note(lambda: journal.write("text", journal.Priority.ALERT))
note(lambda: journal.write("text", 9))
for arguments, level, text, values in RECORDS:
    record = logging.LogRecord("some.logger", level, "/a/b.py", 7, text, values, TRACE if values is None else None, "f")
    record.created, record.msecs, record.relativeCreated, record.user_name = 1.5, 500.0, 2.25, "me"
    record.process, record.thread = 7, 5
    note(lambda: journal.JournaldLogHandler(**arguments).emit(record))
print(json.dumps([outcomes, [dict(one.__members__) for one in (journal.Priority, journal.Facility)]]))
"""


def run(module: str) -> Any:
    return json.loads(run_with_journald(PROGRAM.replace("MODULE", module)))


@pytest.mark.skipif(
    importlib.util.find_spec("cysystemd") is None, reason="no cysystemd for this Python: pip install cysystemd"
)
def test_ours_is_as_theirs() -> None:
    (ours, our_names), (theirs, their_names) = run("libsdnotify"), run("cysystemd")
    assert our_names == their_names
    assert len(ours) == len(theirs) == 16
    for (result, entries), (their_result, their_entries) in zip(ours, theirs):
        assert result == their_result
        assert len(entries) == len(their_entries)
        for entry, their_entry in zip(entries, their_entries):
            # The last three of theirs name a place in its own source.
            places = [index for index, (name, _) in enumerate(their_entry) if name.startswith("CODE_")][-3:]
            theirs_of_record = [field for index, field in enumerate(their_entry) if index not in places]
            is_record = any(name == "LOGGER_NAME" for name, _ in entry)
            if ["LEVELNAME", "b'CRITICAL'"] in entry:
                # Theirs is LOG_EMERG, by mistake: journald writes such an entry to every terminal.
                entry.remove(["PRIORITY", "b'2'"])
                theirs_of_record.remove(["PRIORITY", "b'0'"])
            assert comparable(entry, is_record) == comparable(theirs_of_record, is_record)


def comparable(entry: list[list[str]], is_record: bool) -> list[list[str]]:
    """Without what is an address in a process, or the place of a call in the program above."""
    return sorted(
        [name, value] for name, value in entry if name != "EXC_INFO" and (is_record or not name.startswith("CODE_"))
    )


def test_every_record_arrives() -> None:
    """Where theirs raises an exception into the program: a level of its own, a name that is no field's."""
    code = """
        import logging
        from libsdnotify import journal

        journald = Journald()
        logger = logging.getLogger("some.logger")
        logger.addHandler(journal.JournaldLogHandler())
        logger.log(35, "text", extra={"X-Y": 1, "_Z": 2, "\\u00e4": 3})
        fields = dict(journald.entries()[0])
        print(fields[b"MESSAGE"], fields[b"PRIORITY"], fields[b"X_Y"], b"Z" in fields, b"_Z" in fields)
    """
    assert run_with_journald(code) == "b'text' b'3' b'1' False False\n"
