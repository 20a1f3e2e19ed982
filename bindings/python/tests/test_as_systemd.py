"""Programs written for systemd-python, unchanged."""

from __future__ import annotations

import os
import subprocess
import textwrap
from pathlib import Path

import pytest
from conftest import Receiver, run_python, run_with_journald

import libsdnotify

THEIR_PYTHON = os.environ.get("SYSTEMD_PYTHON", "")

PROGRAM = """
from systemd import daemon
import systemd.daemon
from systemd.daemon import listen_fds, notify
assert daemon is systemd.daemon
print(daemon.__name__, daemon.notify("READY=1"), listen_fds())
"""


def test_a_program_for_systemd_python(receiver: Receiver) -> None:
    assert run_python("import libsdnotify_as_systemd" + PROGRAM) == "libsdnotify.daemon True []\n"
    assert receiver.next().text == "READY=1"


JOURNAL = """
from systemd import journal
from systemd.journal import JournalHandler, send
import libsdnotify.journal
assert send is journal.send is libsdnotify.journal.send
assert JournalHandler is libsdnotify.journal.JournalHandler
"""


def test_a_program_that_writes_to_the_journal() -> None:
    code = """
        import libsdnotify_as_systemd
        journald = Journald()
    """
    code = textwrap.dedent(code) + JOURNAL + "send('text', A=1); print(dict(journald.entries()[0])[b'A'])"
    assert run_with_journald(code) == "b'1'\n"
    with pytest.raises(AssertionError, match="no attribute 'Reader': reading the journal is not covered"):
        run_python("import libsdnotify_as_systemd" + JOURNAL + "journal.Reader")


def test_what_is_not_there_is_not_there() -> None:
    code = "import libsdnotify_as_systemd\nfrom systemd import nonsense"
    with pytest.raises(AssertionError, match="ImportError: cannot import name 'nonsense' from 'systemd'"):
        run_python(code)
    with pytest.raises(AssertionError, match="No module named 'systemd.login'"):
        run_python("import libsdnotify_as_systemd, systemd.login")


def test_nothing_of_ours_is_loaded_before_it_is_imported() -> None:
    code = "import libsdnotify_as_systemd, sys; print(open('/proc/self/maps').read().count('libsdnotify.so'))"
    # Each Python that starts runs a .pth file.
    assert run_python(code) == "0\n"


@pytest.mark.skipif(not THEIR_PYTHON, reason="$SYSTEMD_PYTHON names no Python that has systemd-python")
@pytest.mark.parametrize("chosen", [True, False])
def test_alongside_systemd_python(chosen: bool, receiver: Receiver, tmp_path: Path) -> None:
    """By a file .pth, and only by that; what else systemd-python has remains its own."""
    package = Path(libsdnotify.__file__).parent
    for path in (package, package.parent / "libsdnotify_as_systemd.py"):
        (tmp_path / path.name).symlink_to(path)
    if chosen:
        (tmp_path / "as_systemd.pth").write_text("import libsdnotify_as_systemd\n")
    program = f"import site; site.addsitedir({str(tmp_path)!r})\nimport systemd.id128"
    program += f"{PROGRAM}print(systemd.id128.__name__)\nfrom systemd import journal\nprint(journal.send.__module__)\n"
    program += "with journal.Reader() as reader: print(reader.data_threshold > 0, journal.get_catalog.__module__)"
    done = subprocess.run(
        [THEIR_PYTHON, "-c", program], stdout=subprocess.PIPE, encoding="utf-8", check=True, timeout=60
    )
    name = "libsdnotify.daemon" if chosen else "systemd.daemon"
    writer = "libsdnotify.journal" if chosen else "systemd.journal"
    assert done.stdout == f"{name} True []\nsystemd.id128\n{writer}\nTrue systemd.journal\n"
