"""The build: the package, with the shared library from this checkout in it.

SDNOTIFY_SYSTEM_LIBRARY=1 in the environment leaves the library out: the package then loads the system's
libsdnotify.so.0. That is for distributions, which package the two apart.
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
SONAME = "libsdnotify.so.0"


def version() -> str:
    """The one version, which stands in Cargo.toml."""
    manifest = (LIBRARY_SOURCE / "Cargo.toml").read_text(encoding="utf-8")
    match = re.search(r'^version = "(.+)"$', manifest, re.MULTILINE)
    if match is None:
        raise SystemExit("libsdnotify: no version in Cargo.toml")
    return match.group(1)


def library() -> Path:
    """The shared library, built if it is not there yet."""
    built = LIBRARY_SOURCE / "target" / "c" / SONAME
    if not built.exists():
        try:
            target = f"target/c/libsdnotify.so.{version()}"
            subprocess.run(["make", "-C", str(LIBRARY_SOURCE), target], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SystemExit(
                f"libsdnotify: the library could not be built ({error}). It takes make, cargo and a C compiler; "
                "SDNOTIFY_SYSTEM_LIBRARY=1 builds the package without it, on the system's " + SONAME
            ) from error
    return built.resolve()


class LibraryHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or os.environ.get("SDNOTIFY_SYSTEM_LIBRARY", "0") not in ("", "0"):
            return
        if version == "editable":
            # The package finds it where it is built.
            library()
            return
        build_data["force_include"][str(library())] = f"libsdnotify/{SONAME}"
        build_data["pure_python"] = False
        # Any Python 3, as the library is no extension module. This machine alone: `auditwheel repair` finds out from
        # which C library on a wheel works, and names it so.
        platform = next(tag for tag in platform_tags() if tag.startswith("linux_"))
        build_data["tag"] = f"py3-none-{platform}"
