"""The goals, and whether they are met."""

from __future__ import annotations

from dataclasses import dataclass

from counts import Start
from timings import Times, median, ratio

SHORT = "sd_notify, 7 bytes"
CONNECTED = "connected channel, 7 bytes"


@dataclass(frozen=True)
class Goal:
    title: str
    measured: str
    met: bool


def at_most(title: str, value: float, limit: float, form: str = ".3g") -> Goal:
    """Judged as it is shown."""
    shown = format(value, form)
    return Goal(f"{title}: at most {limit:,}", shown, float(shown.replace(",", "")) <= limit)


def goals(times: dict[str, Times], starts: list[Start]) -> list[Goal]:
    """`starts`: on this machine's system first, on that with the newest libsystemd last."""
    found = []

    def at_least(title: str, value: float, limit: float) -> None:
        found.append(Goal(f"{title}: at least {limit:g}", f"{value:.3g}", value >= limit))

    found.append(at_most("sd_notify, times the floor", must(ratio(times[SHORT], "libsdnotify", "floor")), 1.05))
    theirs = [libsystemd_of(start) for start in starts]
    for name in theirs:
        at_least(f"sd_notify, times faster than {name}", must(ratio(times[SHORT], name, "libsdnotify")), 1.3)
    for name in theirs:
        # Two cases, whose rounds are not neighbours: the ratio of the medians.
        faster = must(median(times[SHORT], name)) / must(median(times[CONNECTED], "libsdnotify"))
        at_least(f"connected message, times faster than sd_notify of {name}", faster, 4)
    ours, floor, empty = (starts[0][name] for name in ("libsdnotify", "floor", "empty library"))
    of_empty = ours.instructions / empty.instructions
    found.append(at_most("process start, times the instructions with an empty library", of_empty, 1.02))
    newest = starts[-1]
    fewer = newest[libsystemd_of(newest)].instructions / newest["libsdnotify"].instructions
    at_least(f"process start, times fewer instructions than with {libsystemd_of(newest)}", fewer, 4)
    found.append(at_most("Private_Dirty, kB more than with the floor", ours.dirty - floor.dirty, 8))
    return found


def libsystemd_of(start: Start) -> str:
    return next(name for name in start if name.startswith("libsystemd"))


def must(value: float | None) -> float:
    if value is None:
        raise SystemExit("a case of the goals was not measured")
    return value
