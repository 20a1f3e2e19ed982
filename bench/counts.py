"""What can be counted: it is the same in each run, on a busy machine too."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from subjects import BUILD, Subject, run

NOBODY = f"@sdnotify-bench-nobody-{id(object())}"


@dataclass(frozen=True)
class Counts:
    """All counts of one library on one system."""

    calls: int
    instructions: int
    rss: int
    dirty: int
    size: int
    relocations: int
    objects: int


# Of the libraries on one system, by name.
Start = dict[str, Counts]


def count(subject: Subject) -> Counts:
    program = subject.linked_program("start.c")
    rss, dirty = memory(program)
    return Counts(
        calls=calls_a_message(program),
        instructions=instructions(program),
        rss=rss,
        dirty=dirty,
        size=stripped_size(subject.library),
        relocations=relocations(subject.library),
        objects=objects(subject, program),
    )


def calls_a_message(program: Path) -> int:
    """System calls: those of a run with ten messages less those of one without. Nobody receives them; that is the same
    calls, as a receiver has no part in them."""
    totals = []
    for messages in ("0", "10"):
        log = BUILD / "strace"
        run("strace", "-f", "-qq", "-o", log, program, messages, NOTIFY_SOCKET=NOBODY)
        totals.append(sum(1 for line in log.read_text().splitlines() if "(" in line))
    return (totals[1] - totals[0]) // 10


def instructions(program: Path) -> int:
    """Instructions from exec to exit of a program that does nothing."""
    log = BUILD / "callgrind"
    run("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}", program)
    found = re.search(r"Collected : (\d+)", log.read_text())
    if not found:
        raise SystemExit(f"valgrind: {log.read_text()}")
    return int(found[1])


def memory(program: Path) -> tuple[int, int]:
    """Rss and Private_Dirty, in KiB, of a process that has sent a message."""
    environment = {"NOTIFY_SOCKET": NOBODY}
    process = subprocess.Popen(
        [program, "1", "wait"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdin and process.stdout
        process.stdout.readline()
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        process.stdin.close()
    values = dict(re.findall(r"(\w+):\s+(\d+) kB", rollup))
    return int(values["Rss"]), int(values["Private_Dirty"])


def stripped_size(library: Path) -> int:
    """Bytes, as packages ship it."""
    copy = BUILD / "stripped"
    run("strip", "-o", copy, library.resolve())
    return copy.stat().st_size


def relocations(library: Path) -> int:
    """Words that the loader changes, those of packed relative relocations (RELR) included."""
    total = 0
    for section in re.findall(r"Relocation section .*? contains (.*):", run("readelf", "-rW", library)):
        numbers = re.findall(r"(\d+) (entr|offset|location)", section)
        # RELR: "contains 8 entries which relocate 70 locations:"
        total += int(numbers[-1][0])
    return total


def objects(subject: Subject, program: Path) -> int:
    """Shared objects that come along with the library: neither itself nor the C library, loader and vDSO."""
    listed = run(subject.system.loader, "--list", program)
    names = {line.split()[0].split("/")[-1] for line in listed.splitlines() if line.strip()}
    common = {"linux-vdso.so.1", "libc.so.6", subject.system.loader.name, subject.library.name}
    return len({name for name in names if name not in common and name != subject.library.resolve().name})
