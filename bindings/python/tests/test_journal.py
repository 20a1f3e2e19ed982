"""libsdnotify.journal and systemd.journal side by side, case by case: journal_cases.py.

$SYSTEMD_PYTHON is a Python that has systemd-python 235 (Debian's python3-systemd: /usr/bin/python3).
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import run_python, run_with_journald, with_own_run
from journal_cases import CASES

THEIR_PYTHON = os.environ.get("SYSTEMD_PYTHON")
with_theirs = pytest.mark.skipif(not THEIR_PYTHON, reason="$SYSTEMD_PYTHON names no Python that has systemd-python")

READING = set(
    "APPEND CURRENT_USER DEFAULT_CONVERTERS INVALIDATE LOCAL_ONLY Monotonic NOP OS_ROOT RUNTIME_ONLY Reader SYSTEM "
    "SYSTEM_ONLY division get_catalog".split()
)
# What systemd.journal refuses, or loses with an error of logging, and libsdnotify.journal takes: the field that it has.
MORE: dict[str, list[str]] = {
    "send: of bytes": ["MESSAGE", "b'text'"],
    "send: a number": ["MESSAGE", "b'1'"],
    "send: surrogate": ["MESSAGE", r"b'\xff'"],
    "handler: extra priority": ["PRIORITY", "b'2'"],
    "handler: extra message": ["MESSAGE", "b'other'"],
    "handler: extra place": ["CODE_FILE", "b'other'"],
    "handler: field twice": ["LOGGER", "b'other'"],
}
# What systemd.journal sends and journald drops: here, an error where it is given.
DROPPED = {
    "send: longer name",
    "send: blank in a name",
    "send: _ in front",
    "send: digit in front",
    "send: another alphabet",
}
# An OSError there.
SAID_BETTER = {"send: line break in a name", "send: line break behind a name", "send: empty name"}
# What was meant for the name becomes a value, or another line.
INJECTED = {"send: = in a name", "stream: line break"}


def run(python: str, module: str) -> Any:
    command = with_own_run(python, str(Path(__file__).with_name("journal_cases.py")), module)
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", timeout=120, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ours() -> Any:
    return run(sys.executable, "libsdnotify.journal")


@pytest.fixture(scope="module")
def theirs() -> Any:
    assert THEIR_PYTHON
    return run(THEIR_PYTHON, "systemd.journal")


@with_theirs
def test_these_are_two(ours: Any, theirs: Any) -> None:
    [library] = ours["libraries"]
    assert "libsdjournal.so" in library
    [library] = theirs["libraries"]
    assert "libsystemd.so" in library


@with_theirs
def test_ours_has_their_names(ours: Any, theirs: Any) -> None:
    names = run_python("from libsdnotify import journal; print(*dir(journal), *journal.__all__)").split()
    assert set(theirs["names"]) - READING <= set(names)
    assert set(theirs["names"]) >= READING


@with_theirs
@pytest.mark.parametrize("case", CASES)
def test_ours_is_as_theirs(case: str, ours: Any, theirs: Any) -> None:
    [result, error, entries, streams] = ours["outcomes"][case]
    their_result, their_error, their_entries, their_streams = theirs["outcomes"][case]
    if case in MORE:
        assert their_result[0].endswith("Error") or their_error
        assert their_entries == []
        assert (result, error) == (["NoneType", None], False)
        assert MORE[case] in entries[0]
    elif case == "send: lower case":
        assert ["USER_NAME", "b'me'"] in entries[0]
        entries[0].remove(["USER_NAME", "b'me'"])
        assert entries == their_entries
    elif case in DROPPED | SAID_BETTER | INJECTED:
        assert (result, entries, streams) == (["ValueError", None], [], [])
        if case in DROPPED:
            [entry] = their_entries
            assert [name for name, _ in entry] == [
                "MESSAGE",
                "CODE_FILE",
                "CODE_LINE",
                "CODE_FUNC",
                "SYSLOG_IDENTIFIER",
            ]
        elif case in SAID_BETTER:
            assert their_result == ["OSError", errno.EINVAL]
    else:
        assert [result, error, entries, streams] == [their_result, their_error, their_entries, their_streams]


def test_no_value_becomes_a_field(ours: Any) -> None:
    """In each case whose values have what would be a field in a line of its own."""
    seen = 0
    for case, [_, _, entries, _] in ours["outcomes"].items():
        for entry in entries:
            seen += "PRIORITY=0" in str(entry)
            assert ["PRIORITY", "b'0'"] not in entry, case
    assert seen > 5


def test_reading_is_not_covered() -> None:
    with pytest.raises(AssertionError, match="no attribute 'Reader': reading the journal is not covered"):
        run_python("from libsdnotify import journal; journal.Reader()")


def test_what_is_imported_for_an_entry() -> None:
    """Neither logging nor sockets."""
    code = "import sys; from libsdnotify import journal; journal.send('x'); print(*sys.modules)"
    modules = run_python(code, own_run=True).split()
    assert "ctypes" in modules
    assert not {"logging", "socket", "enum"} & set(modules)


def test_a_namespace() -> None:
    code = """
        import os
        from libsdnotify import journal

        journald = Journald()
        os.rename("/run/systemd/journal", "/run/systemd/journal.other")
        with open(journal.stream_fd("name", namespace="other"), "w") as stream:
            stream.write("text")
        print(journald.written())
        for namespace in ("a/b", "..", ""):
            try:
                journal.stream_fd("name", namespace=namespace)
            except OSError as error:
                print(error.errno)
    """
    expected = [repr([repr(b"name\n\n6\n0\n0\n0\n0\ntext")]), *[str(errno.EINVAL)] * 3]
    assert run_with_journald(code).splitlines() == expected
