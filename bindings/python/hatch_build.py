"""The build: the package, with the shared libraries in it, built from this checkout.

SDNOTIFY_SYSTEM_LIBRARY=1 in the environment leaves them out: the package then loads the system's libsdnotify.so.0 and
libsdjournal.so.0. That is for distributions, which package the two apart.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

HERE = Path(__file__).resolve().parent
# In a source distribution the library's source is in library/.
LIBRARY_SOURCE = next(top for top in (HERE / "library", HERE.parent.parent) if (top / "Cargo.toml").exists())
SONAMES = ("libsdnotify.so.0", "libsdjournal.so.0")


def version() -> str:
    """The one version, which stands in Cargo.toml."""
    manifest = (LIBRARY_SOURCE / "Cargo.toml").read_text(encoding="utf-8")
    match = re.search(r'^version = "(.+)"$', manifest, re.MULTILINE)
    if match is None:
        raise SystemExit("libsdnotify: no version in Cargo.toml")
    return match.group(1)


def libraries(directory: str) -> list[Path]:
    """The shared libraries, built below a directory of the library's source. $CARGO_TARGET and $CC are make's."""
    cargo_target = os.environ.get("CARGO_TARGET") or os.environ.get("CARGO_BUILD_TARGET")
    output = f"{directory}/c-{cargo_target}" if cargo_target else f"{directory}/c"
    names = [f"{output}/{soname.rpartition('.')[0]}.{version()}" for soname in SONAMES]
    try:
        subprocess.run(["make", "-C", str(LIBRARY_SOURCE), f"BUILDDIR={directory}", *names], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = "make says why" if isinstance(error, subprocess.CalledProcessError) else error
        raise SystemExit(
            f"libsdnotify: the library could not be built: {reason}. It takes make, cargo and a C compiler; "
            "SDNOTIFY_SYSTEM_LIBRARY=1 builds the package without it, on the system's " + " and ".join(SONAMES)
        ) from error
    return [LIBRARY_SOURCE / name for name in names]


LICENCES = LIBRARY_SOURCE / "licences" / "libraries.txt"


def licences() -> bytes:
    """The licence texts of the crates that are linked in: in a file of a release and of a source distribution."""
    if LICENCES.exists():
        return LICENCES.read_bytes()
    command = [sys.executable, str(LIBRARY_SOURCE / "packaging" / "crates"), "licences", "libsdnotify"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


@contextmanager
def fresh_libraries() -> Iterator[list[Path]]:
    """Those for a wheel: linked anew from the source beside it, whatever was built here before and for which machine.

    Cargo keeps what it compiled, and knows when that is out of date.
    """
    directory = LIBRARY_SOURCE / "target" / "wheel"
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for output in directory.glob("c*"):
            if output.name != "cargo":
                shutil.rmtree(output)
        yield libraries("target/wheel")


def machine() -> str:
    """The platform tag of the machine that the library is for."""
    cargo_target = os.environ.get("CARGO_TARGET") or os.environ.get("CARGO_BUILD_TARGET")
    if cargo_target:
        return "linux_" + cargo_target.partition("-")[0]
    return next(tag for tag in platform_tags() if tag.startswith("linux_"))


class LibraryHook(BuildHookInterface):  # type: ignore[type-arg]
    copies: tempfile.TemporaryDirectory[str]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # Copies of this build: the next one of this source may be for another machine.
        self.copies = tempfile.TemporaryDirectory()
        texts = Path(self.copies.name, "LICENSES.txt")
        if self.target_name == "sdist":
            texts.write_bytes(licences())
            build_data["force_include"][str(texts)] = f"library/{LICENCES.relative_to(LIBRARY_SOURCE)}"
            return
        if self.target_name != "wheel" or os.environ.get("SDNOTIFY_SYSTEM_LIBRARY", "0") not in ("", "0"):
            return
        if version == "editable":
            # The package finds it where `make` puts it.
            libraries("target")
            return
        with fresh_libraries() as built:
            for soname, library in zip(SONAMES, built):
                copy = shutil.copy(library, Path(self.copies.name, soname))
                build_data["force_include"][str(copy)] = f"libsdnotify/{soname}"
        try:
            texts.write_bytes(licences())
            build_data["force_include"][str(texts)] = f"libsdnotify/{texts.name}"
        except (OSError, subprocess.CalledProcessError) as error:
            # Only in a checkout without network, for which cargo has fetched no more than the build needs.
            self.app.display_warning(f"the wheel has no licence texts of the crates: {error}")
        build_data["pure_python"] = False
        # Any Python 3, as the library is no extension module. auditwheel finds out from which C library on a wheel
        # works, and names it so.
        build_data["tag"] = f"py3-none-{machine()}"
