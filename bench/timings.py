"""What is timed: messages, by all libraries in turn, round after round, so that all of them see the same machine."""

from __future__ import annotations

import statistics
import subprocess
from dataclasses import dataclass

from subjects import Subject, say

# A round takes about as long for each case.
ROUND_SECONDS = 0.02
ROUNDS = 21


@dataclass(frozen=True)
class Case:
    """One line of the table, and what to tell send.c ({}: how many messages)."""

    title: str
    command: str


CASES = [
    Case("sd_notify, 7 bytes", "notify 7 {}"),
    Case("sd_notify, 4 KiB", "notify 4096 {}"),
    Case("sd_notify, 1 MiB", "notify 1048576 {}"),
    Case("sd_notifyf, 7 bytes", "notifyf 7 {}"),
    Case("sd_notifyf, 4 KiB", "notifyf 4096 {}"),
    Case("sd_notifyf, 1 MiB", "notifyf 1048576 {}"),
    Case("sd_pid_notify_with_fds, one fd", "fds 7 {}"),
    Case("connected channel, 7 bytes", "channel 7 {}"),
    Case("connected channel, 4 KiB", "channel 4096 {}"),
    Case("connected channel, 1 MiB", "channel 1048576 {}"),
    Case("1 thread, receiver idle", "threads 1 {} 0"),
    Case("8 threads, receiver idle", "threads 8 {} 0"),
    Case("64 threads, receiver idle", "threads 64 {} 0"),
    Case("1 thread, receiver busy 20 µs a message", "threads 1 {} 20000"),
    Case("8 threads, receiver busy 20 µs a message", "threads 8 {} 20000"),
]


class Sender:
    """send.c with one library."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        program = subject.program("send.c", "-pthread")
        self.process = subprocess.Popen(
            [program, subject.library], env={}, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, command: str) -> float | None:
        """Nanoseconds a message; None where the library cannot do it."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise SystemExit(f"{self.subject.name}: no answer to {command}")
        return None if answer == "missing" else float(answer)

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


Times = dict[str, list[float]]


def time_all(subjects: list[Subject]) -> dict[str, Times]:
    """For each case, the rounds of each subject that can do it."""
    senders = [Sender(subject) for subject in subjects]
    try:
        return {case.title: rounds(case, senders) for case in CASES}
    finally:
        for sender in senders:
            sender.close()


def rounds(case: Case, senders: list[Sender]) -> Times:
    say(case.title)
    able: dict[Sender, int] = {}
    for sender in senders:
        # Also to warm up.
        once = sender.ask(case.command.format(16))
        if once is not None:
            once = sender.ask(case.command.format(64)) or once
            able[sender] = max(16, min(20000, int(ROUND_SECONDS * 1e9 / once)))
    times: Times = {sender.subject.name: [] for sender in able}
    order = list(able)
    for _ in range(ROUNDS):
        for sender in order:
            times[sender.subject.name].append(sender.ask(case.command.format(able[sender])) or 0.0)
        order.append(order.pop(0))
    return times


def median(times: Times, name: str) -> float | None:
    return statistics.median(times[name]) if name in times else None


def ratio(times: Times, name: str, to: str) -> float | None:
    """How much longer `name` took than `to`: the median of the rounds' ratios, each of neighbours in time."""
    if name not in times or to not in times:
        return None
    return statistics.median(a / b for a, b in zip(times[name], times[to]))

