"""The build: the package, with the shared libraries from this checkout in it.

SDNOTIFY_SYSTEM_LIBRARY=1 in the environment leaves them out: the package then loads the system's libsdnotify.so.0 and
libsdjournal.so.0. That is for distributions, which package the two apart.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

HERE = Path(__file__).resolve().parent
# In a source distribution the library's source is in library/.
LIBRARY_SOURCE = next(top for top in (HERE / "library", HERE.parent.parent) if (top / "Cargo.toml").exists())
NAMES = ("libsdnotify", "libsdjournal")


def version() -> str:
    """The one version, which stands in Cargo.toml."""
    manifest = (LIBRARY_SOURCE / "Cargo.toml").read_text(encoding="utf-8")
    match = re.search(r'^version = "(.+)"$', manifest, re.MULTILINE)
    if match is None:
        raise SystemExit("libsdnotify: no version in Cargo.toml")
    return match.group(1)


def libraries() -> list[Path]:
    """The shared libraries by their sonames, built if they are not there yet."""
    directory = LIBRARY_SOURCE / "target" / "c"
    built = [directory / f"{name}.so.0" for name in NAMES]
    missing = [file.name.removesuffix("0") for file in built if not file.exists()]
    if missing:
        try:
            targets = [f"target/c/{name}{version()}" for name in missing]
            subprocess.run(["make", "-C", str(LIBRARY_SOURCE), *targets], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SystemExit(
                f"libsdnotify: the library could not be built ({error}). It takes make, cargo and a C compiler; "
                "SDNOTIFY_SYSTEM_LIBRARY=1 builds the package without it, on the system's libsdnotify.so.0 and "
                "libsdjournal.so.0"
            ) from error
    return built


class LibraryHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or os.environ.get("SDNOTIFY_SYSTEM_LIBRARY", "0") not in ("", "0"):
            return
        if version == "editable":
            # The package finds it where it is built.
            libraries()
            return
        for file in libraries():
            build_data["force_include"][str(file.resolve())] = f"libsdnotify/{file.name}"
        build_data["pure_python"] = False
        # Any Python 3, as the libraries are no extension modules. This machine alone: `auditwheel repair` finds out
        # from which C library on a wheel works, and names it so.
        platform = next(tag for tag in platform_tags() if tag.startswith("linux_"))
        build_data["tag"] = f"py3-none-{platform}"
