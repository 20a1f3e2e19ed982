"""Entries for the journal, by libsdjournal, libsystemd and a sendmsg() written by hand."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from counts import instructions, stripped_size
from goals import Goal, at_most
from markdown import table
from subjects import BUILD, OURS, Subject, say, short, systems

FLOOR = "floor"
JOURNAL = "libsdjournal"
LIBRARY = OURS.with_name("libsdjournal.so.0")

ROUNDS = 21
ROUND_SECONDS = 0.02
CASES = {
    "sendv3": "`sd_journal_sendv`, 3 fields",
    "print": "`sd_journal_print`, with its place in the source",
    "send3": "`sd_journal_send`, 3 fields",
    "send10": "`sd_journal_send`, 10 fields",
    "long": "`sd_journal_print`, 4,000 bytes",
}
TEXT = """Entries of one datagram: the time that the sender spends, as *Messages* above, but each library's fastest round counts. The
floor is one `sendmsg()` of the same bytes, already formatted, in two pieces a field, to the same path. The ratios to it, which
are the goals', are those of the time to send an entry and to receive it. Instructions (callgrind) are those in user space, an
entry.

"""
# A /run of its own, in which it is journald.
APART = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && exec \"$@\""


class Sender:
    """journal.c with one library."""

    def __init__(self, subject: Subject, *more: str) -> None:
        self.subject = subject
        self.command = [str(subject.program("journal.c")), str(subject.library), *more]
        self.process = subprocess.Popen(
            apart(*self.command), env={}, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, case: str, count: int) -> tuple[float, float]:
        """Nanoseconds an entry: to send, and to send and receive."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{case} {count}\n")
        self.process.stdin.flush()
        sending, both = self.process.stdout.readline().split()
        return float(sending), float(both)

    def instructions(self, case: str) -> int:
        """Of user space, an entry, once the socket is there."""
        totals = []
        for count in (80, 160):
            log = BUILD / "callgrind"
            tool = ["valgrind", "--tool=callgrind", "--toggle-collect=batch", "--callgrind-out-file=/dev/null"]
            command = apart(*tool, f"--log-file={log}", *self.command)
            subprocess.run(command, input=f"{case} {count}\n", text=True, check=True, capture_output=True)
            found = re.search(r"Collected : (\d+)", log.read_text())
            assert found, log.read_text()
            totals.append(int(found[1]))
        return (totals[1] - totals[0]) // 80

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def apart(*command: str) -> list[str]:
    return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", APART, "sh", *command]


@dataclass(frozen=True)
class Row:
    """One case, by the libraries' names: nanoseconds to send, and to send and receive; instructions."""

    sending: dict[str, float]
    all: dict[str, float]
    instructions: dict[str, int]

    def ratio(self, name: str) -> float:
        return self.all[name] / self.all[FLOOR]


Rows = dict[str, Row]


def measure() -> Rows:
    """By the cases' names."""
    BUILD.mkdir(parents=True, exist_ok=True)
    here, *others = systems()
    senders = {FLOOR: Sender(Subject("floor", LIBRARY, here), "floor"), JOURNAL: Sender(Subject("ours", LIBRARY, here))}
    for each in (here, *others):
        release = short(each.systemd)
        senders[f"libsystemd {release}"] = Sender(Subject(release, each.libsystemd, each))
    rows: Rows = {}
    for case, title in CASES.items():
        say(title)
        times = rounds(case, senders)
        # The fastest round: what is left out is what others did to the machine meanwhile.
        sending, both = ({name: min(of[index] for of in pairs) for name, pairs in times.items()} for index in (0, 1))
        counts = {name: sender.instructions(case) for name, sender in senders.items() if name != FLOOR}
        rows[case] = Row(sending, both, counts)
    for sender in senders.values():
        sender.close()
    return rows


def section(rows: Rows) -> str:
    names = list(next(iter(rows.values())).sending)
    header = ["", *[f"{name}, ns" for name in names], *[f"{name} / floor" for name in names[1:]]]
    header += [f"instructions, {name}" for name in names[1:]]
    lines = []
    for case, row in rows.items():
        cells = [f"{row.sending[name]:.0f}" for name in names]
        cells += [f"{row.ratio(name):.2f}" for name in names[1:]]
        cells += [f"{row.instructions[name]:,}" for name in names[1:]]
        lines.append([CASES[case], *cells])
    return TEXT + table(header, lines)


def goals(rows: Rows) -> list[Goal]:
    limits = {"sendv3": 1.00, "print": 1.06, "send3": 1.10, "send10": 1.30, "long": 2.1}
    found = []
    for case, limit in limits.items():
        found.append(at_most(f"{CASES[case]}, times the floor", rows[case].ratio(JOURNAL), limit, ".2f"))
    for case, row in rows.items():
        theirs = min(count for name, count in row.instructions.items() if name != JOURNAL)
        title = f"{CASES[case]}, user instructions, times the best libsystemd's"
        found.append(at_most(title, row.instructions[JOURNAL] / theirs, 1, ".2f"))
    here = systems()[0]
    drop_in = Subject("drop-in", OURS.with_name("libsystemd.so.0"), here)
    started = instructions(drop_in.linked_program("start.c"))
    found.append(at_most("process start with libsystemd.so.0, instructions", started, 170_000, ",.0f"))
    for library, limit in ((drop_in.library, 24 << 10), (LIBRARY, 16 << 10)):
        found.append(at_most(f"{library.name}, bytes", stripped_size(library), limit, ",.0f"))
    return found


def rounds(case: str, senders: dict[str, Sender]) -> dict[str, list[tuple[float, float]]]:
    counts = {}
    for name, sender in senders.items():
        sender.ask(case, 64)
        counts[name] = max(16, min(20000, int(ROUND_SECONDS * 1e9 / sender.ask(case, 256)[1])))
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in senders}
    order = list(senders)
    for _ in range(ROUNDS):
        for name in order:
            times[name].append(senders[name].ask(case, counts[name]))
        order.append(order.pop(0))
    return times
