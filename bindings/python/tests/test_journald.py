"""Entries in a real journal, read back by journalctl: ``with-systemd -s -j pytest .../test_journald.py``."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from conftest import CHECKOUT

pytestmark = pytest.mark.skipif(
    "SD_CTL" not in os.environ, reason="no journal: run it by tests/support/with-systemd -s -j"
)

README = (CHECKOUT / "bindings/python/README.md").read_text(encoding="utf-8")
Entry = dict[str, Any]


def read_back(*matches: str, count: int = 1) -> list[Entry]:
    """The entries that match; fails when there are fewer after a minute."""
    deadline = time.monotonic() + 60
    while True:
        command = ["journalctl", "--output=json", "--all", "--no-pager", "--quiet", *matches]
        said = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", timeout=60, check=True).stdout
        entries = [json.loads(line) for line in said.splitlines()]
        if len(entries) >= count:
            return entries
        assert time.monotonic() < deadline, said
        time.sleep(0.02)


def run(code: str) -> str:
    """Runs a program that says who it is in its entries: its identifier."""
    identifier = uuid.uuid4().hex
    program = f"IDENTIFIER = {identifier!r}\nfrom libsdnotify import journal\n{textwrap.dedent(code)}"
    subprocess.run([sys.executable, "-c", program], timeout=60, check=True)
    return identifier


def systemctl(*words: str) -> None:
    subprocess.run([*os.environ["SD_CTL"].split(), *words], timeout=120, check=True)


def test_the_example_of_the_readme_as_a_service(tmp_path: Path) -> None:
    [example] = re.findall(r"^```python\n(import logging\.config.*?)^```$", README, re.MULTILINE | re.DOTALL)
    script = tmp_path / "greeter.py"
    # It stays until its entries are read: journald cannot tell of which unit a process was that is gone.
    script.write_text(f"{example}\nimport libsdnotify, signal\nlibsdnotify.ready()\nsignal.pause()\n")
    unit = Path(os.environ["SD_UNITS"]) / "greeter.service"
    unit.write_text(f"[Unit]\nDefaultDependencies=no\n[Service]\nType=notify\nExecStart={sys.executable} {script}\n")
    systemctl("daemon-reload")
    systemctl("start", "greeter")
    entries = read_back("_SYSTEMD_UNIT=greeter.service", count=4)
    systemctl("stop", "greeter")
    # Nothing says which socket journald reads first.
    knock, failed, tea, line = sorted(entries, key=lambda entry: entry["_TRANSPORT"] == "stdout")
    assert read_back("GUEST=Alice", "MESSAGE_ID=8d45620c1a4348dbb17410da57c60c66")[0] == knock
    expected = {
        "MESSAGE": "Alice is at the door",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "greeter",
        "LOGGER": "greeter.door",
        "GUEST": "Alice",
        "CODE_FILE": str(script),
        "CODE_FUNC": "<module>",
        "CODE_ARGS": "('Alice',)",
        "THREAD_NAME": "MainThread",
        "PROCESS_NAME": "MainProcess",
    }
    assert expected.items() <= knock.items()
    assert (failed["PRIORITY"], failed["MESSAGE"].splitlines()[0]) == ("3", "no tea")
    assert failed["EXCEPTION_TEXT"].endswith("ConnectionError: no route to the kitchen")
    assert int(failed["CODE_LINE"]) > int(knock["CODE_LINE"])
    tea_expected = {"MESSAGE": "Tea is ready", "PRIORITY": "5", "CUPS": "3", "LEAVES": [0, 255]}
    assert tea_expected.items() <= tea.items()
    assert (line["MESSAGE"], line["SYSLOG_IDENTIFIER"], line["PRIORITY"]) == ("a line is an entry", "greeter", "6")
    assert line["_TRANSPORT"] == "stdout"


@pytest.mark.parametrize("how", ["journal.send", "journal.Sender().send"])
def test_every_kind_of_value(how: str) -> None:
    """Binary ones, lines, and an entry that is too long for a datagram."""
    identifier = run(f"""
        send = {how}
        send("x" * 5_000_000, SYSLOG_IDENTIFIER=IDENTIFIER, N=1)
        send("two\\nPRIORITY=0\\nlines", SYSLOG_IDENTIFIER=IDENTIFIER, N=2, OTHER="\\nPRIORITY=0\\n")
        send("✓", SYSLOG_IDENTIFIER=IDENTIFIER, N=3, BINARY=bytes(range(256)), EMPTY="")
    """)
    big, lines, binary = sorted(read_back(f"SYSLOG_IDENTIFIER={identifier}", count=3), key=lambda entry: entry["N"])
    assert big["MESSAGE"] == "x" * 5_000_000
    assert (lines["MESSAGE"], lines["OTHER"]) == ("two\nPRIORITY=0\nlines", "\nPRIORITY=0\n")
    assert "PRIORITY" not in lines
    assert (binary["MESSAGE"], binary["BINARY"], binary["EMPTY"]) == ("✓", list(range(256)), "")


def test_journald_that_is_frozen_and_goes_on(tmp_path: Path) -> None:
    """The program goes on; then the journal has the number of what it missed."""
    [pid] = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/comm")
        if path.read_text().strip() == "systemd-journal"
    ]
    program = """
        import os, signal, time
        sender = journal.Sender(timeout=0.1)
        number = 0
        os.kill(PID, signal.SIGSTOP)
        try:
            while not sender.dropped:
                sender.send(f"entry {number}", SYSLOG_IDENTIFIER=IDENTIFIER)
                number += 1
        finally:
            os.kill(PID, signal.SIGCONT)
        while sender.dropped:
            sender.send(f"entry {number}", SYSLOG_IDENTIFIER=IDENTIFIER)
            number += 1
            time.sleep(0.01)
        sender.send("end", SYSLOG_IDENTIFIER=IDENTIFIER, NUMBER=number)
    """
    identifier = run(program.replace("PID", str(pid)))
    [end] = read_back(f"SYSLOG_IDENTIFIER={identifier}", "MESSAGE=end")
    entries = read_back(f"SYSLOG_IDENTIFIER={identifier}")
    dropped = sum(int(entry.get("LIBSDNOTIFY_DROPPED", 0)) for entry in entries)
    written = [entry for entry in entries if entry["MESSAGE"].startswith("entry ")]
    assert dropped > 0
    assert len(written) + dropped == int(end["NUMBER"])
