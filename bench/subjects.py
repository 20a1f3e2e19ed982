"""What is measured: the libraries, each with the C library and loader it runs on."""

from __future__ import annotations

import gzip
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / "target/bench"
OURS = TOP / "target/c/libsdnotify.so.0"


def run(*command: str | Path, **more: str) -> str:
    """Runs a command that must succeed; its standard output."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", **more}
    done = subprocess.run(command, env=environment, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def say(text: str) -> None:
    """Progress."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class System:
    """A Debian: its C library, loader and libsystemd."""

    name: str
    # Where its files are; None: this machine.
    root: Path | None
    systemd: str

    @property
    def libraries(self) -> Path:
        triplet = run("gcc", "-print-multiarch").strip()
        return (self.root or Path("/")) / "usr/lib" / triplet

    @property
    def loader(self) -> Path:
        found = sorted(self.libraries.glob("ld-linux*.so.*"))
        return found[0]

    @property
    def libsystemd(self) -> Path:
        return self.libraries / "libsystemd.so.0"

    def link_options(self) -> list[str]:
        """For a program that is to run on this system's loader and libraries."""
        if self.root is None:
            return []
        return [f"-Wl,--dynamic-linker={self.loader}", f"-Wl,--disable-new-dtags,-rpath,{self.libraries}"]


@dataclass(frozen=True)
class Subject:
    """A library on a system."""

    name: str
    library: Path
    system: System

    def program(self, source: str, *options: str) -> Path:
        """A program of bench/, compiled; it runs on the subject's system."""
        made = BUILD / f"{Path(source).stem}-{self.system.name}-{self.library.stem}"
        run("gcc", "-O2", "-Wall", "-Wextra", "-o", made, TOP / "bench" / source, *options, *self.system.link_options())
        return made

    def linked_program(self, source: str) -> Path:
        """A program linked with the subject's library."""
        directory = self.library.parent
        return self.program(
            source,
            "-Wl,--no-as-needed,--allow-shlib-undefined",
            str(self.library),
            f"-Wl,--disable-new-dtags,-rpath,{directory}",
        )


def systems() -> list[System]:
    """This machine, and the other Debians whose libsystemd can be had here."""
    found = [System("here", None, packaged_version(Path("/")))]
    for suite in ("trixie", "sid"):
        made = subprocess.run([TOP / "tests/support/debian-root", suite], text=True, stdout=subprocess.PIPE)
        if made.returncode:
            say(f"without {suite}: its root tree cannot be had here")
            continue
        root = Path(made.stdout.strip())
        found.append(System(suite, root, packaged_version(root)))
    return found


def packaged_version(root: Path) -> str:
    """Of libsystemd0; a root tree has no package database."""
    with gzip.open(root / "usr/share/doc/libsystemd0/changelog.Debian.gz", "rt", encoding="utf-8") as changelog:
        return changelog.readline().split("(")[1].split(")")[0]


def shared(source: str) -> Path:
    """A shared library of bench/, compiled."""
    made = BUILD / f"{Path(source).stem}.so"
    run("gcc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", made, TOP / "bench" / source)
    return made


def short(version: str) -> str:
    """The release in a Debian version: 252 of 252.39-1~deb12u2."""
    return version.split(".")[0].split("~")[0].split("-")[0]
