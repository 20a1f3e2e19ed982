"""libsdnotify.daemon and systemd.daemon side by side, case by case: systemd_cases.py.

$SYSTEMD_PYTHON is a Python that has systemd-python 235 (Debian's python3-systemd: /usr/bin/python3). Its extension
runs twice, on the machine's libsystemd and, unmodified, on ours.
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
from conftest import CHECKOUT
from systemd_cases import CASES

THEIR_PYTHON = os.environ.get("SYSTEMD_PYTHON")
pytestmark = pytest.mark.skipif(not THEIR_PYTHON, reason="$SYSTEMD_PYTHON names no Python that has systemd-python")

DROP_IN = CHECKOUT / "target/tree/lib/libsdnotify"

# What systemd.daemon refuses and libsdnotify.daemon takes.
MORE: dict[str, object] = {
    "notify: fds is None": ["list", ["True", ["b'READY=1'", "from itself"], 0]],
    "notify: fds with fileno()": ["list", ["True", ["b'READY=1'", "from itself", "1 descriptors"], 0]],
    "is_socket_unix: abstract": ["bool", True],
}
# More than systemd reads: theirs leaves it to the kernel, whose limit is a thousand times as high.
STRICTER: dict[str, object] = {"notify: too long": ["OSError", errno.EMSGSIZE, "None"]}
# What comes of an address that fails: ours names it.
NAMED: dict[str, str] = {
    "notify: empty address": "",
    "notify: /": "/",
    "notify: relative address": "socket",
    "notify: long address": "/" + "x" * 200,
    "notify: long abstract address": "@" + "x" * 200,
    "notify: nobody": "DIRECTORY/nobody",
    "notify: a file": "DIRECTORY/file",
    "notify: a stream socket": "DIRECTORY/unix",
}
# What our library answers as systemd 262 does, and older libsystemd does not (252).
NEWER: dict[str, object] = {
    "notify: too many fds": ["OSError", 7, "None"],
    "notify: no socket, too many fds": ["OSError", 7, "None"],
    "notify: empty address": ["OSError", 71, "None"],
    "notify: relative address": ["OSError", 71, "None"],
}


def run(python: str, module: str, **env: str) -> Any:
    done = subprocess.run(
        [python, str(Path(__file__).with_name("systemd_cases.py")), module],
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ours() -> Any:
    return run(sys.executable, "libsdnotify.daemon")


@pytest.fixture(scope="module")
def theirs() -> Any:
    assert THEIR_PYTHON
    return run(THEIR_PYTHON, "systemd.daemon")


@pytest.fixture(scope="module")
def theirs_on_our_library() -> Any:
    assert THEIR_PYTHON
    return run(THEIR_PYTHON, "systemd.daemon", LD_LIBRARY_PATH=str(DROP_IN))


def test_these_are_three(ours: Any, theirs: Any, theirs_on_our_library: Any) -> None:
    [library] = ours["libraries"]
    assert "libsdnotify.so" in library
    [library] = theirs["libraries"]
    assert not library.startswith(str(CHECKOUT))
    assert theirs_on_our_library["libraries"] == [str(DROP_IN / "libsystemd.so.0")]


def test_ours_has_all_their_names(ours: Any, theirs: Any) -> None:
    assert len(theirs["names"]) > 10
    assert set(theirs["names"]) <= set(ours["names"])


@pytest.mark.parametrize("case", CASES)
def test_ours_is_as_theirs(case: str, ours: Any, theirs_on_our_library: Any) -> None:
    ours, theirs = ours["outcomes"][case], theirs_on_our_library["outcomes"][case]
    if case in MORE:
        assert ours == MORE[case]
        assert theirs[0] in ("TypeError", "ValueError")
    elif case in STRICTER:
        assert ours == STRICTER[case]
        # Only root may exceed the limit of a socket's buffer.
        assert theirs[:2] in (["OSError", errno.ENOBUFS], ["OSError", errno.EMSGSIZE])
    elif case in NAMED:
        assert theirs[2] == "None"
        assert ours == [*theirs[:2], NAMED[case]]
    else:
        assert ours == theirs


@pytest.mark.parametrize("case", CASES)
def test_their_extension_runs_on_our_library(case: str, theirs: Any, theirs_on_our_library: Any) -> None:
    on_ours, on_theirs = theirs_on_our_library["outcomes"][case], theirs["outcomes"][case]
    if case in NEWER:
        assert on_ours == NEWER[case]
    else:
        assert on_ours == on_theirs
