"""Finds and loads a shared library that is not simply in this package, as it is in a wheel.

In a program that is packed into one file (zipapp) or directory (PyInstaller): packed with it, or in the same
directory. In a checkout, such as an editable installation: as ``make`` built it. Then the system's.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_HERE = os.path.dirname(os.path.abspath(__file__))

_UNFIT = "it is damaged, or built for another architecture or C library: install the package again"
_NO_LIBRARY = (
    "install a wheel of libsdnotify, which carries it (pip install --force-reinstall libsdnotify), "
    "or your distribution's package of it (Debian: apt install %s)"
)
_slashes: "list[str]" = []


def load(soname: str, dlopen: "Callable[[str, int], int]") -> int:
    """The library's handle; it is never unloaded.

    :param dlopen: takes a name and a mode.
    :raises ImportError: no library, with what to do about it.
    """
    files, advice = _places(soname)
    name = next(filter(os.path.exists, files), None)
    try:
        if name is not None:
            advice = _UNFIT
            return dlopen(name, 0)
        packed = _packed(soname)
        if packed is None:
            return dlopen(soname, 0)
        advice = _UNFIT
        # The loader takes a name that it knows for the library that it had. Descriptors are used again; a further slash
        # makes no difference to the kernel, and is another name.
        _slashes.append("/")
        try:
            return dlopen(f"/proc/self/fd{''.join(_slashes)}{packed}", 0)
        finally:
            os.close(packed)
    except OSError as error:
        raise ImportError(f"libsdnotify needs the shared library {soname}: {error}; {advice}") from error


def _places(soname: str) -> "tuple[list[str], str]":
    """The files to look for, and the advice where there is none."""
    if getattr(sys, "frozen", False):
        beside = os.path.dirname(os.path.abspath(sys.executable))
        advice = (
            f"this program was packed without it: pack it along (PyInstaller: --add-binary PATH/{soname}:libsdnotify), "
            f"or put it into {beside}"
        )
        # PyInstaller's directory of the program's own files.
        own = getattr(sys, "_MEIPASS", beside)
        return [os.path.join(path, soname) for path in (_HERE, own, beside)], advice
    archive = _archive()
    if archive is not None:
        beside = os.path.dirname(archive)
        advice = f"{archive} was packed without it: pack a wheel of libsdnotify into it, or put {soname} into {beside}"
        return [os.path.join(beside, soname)], advice
    checkout = _checkout()
    if checkout is not None:
        return [os.path.join(checkout, "target", "c", soname)], f"this package is in a checkout: run make in {checkout}"
    # libsdjournal.so.0 is in libsdjournal0.
    return [os.path.join(_HERE, soname)], _NO_LIBRARY % soname.replace(".so.", "")


def _checkout() -> "str | None":
    """The checkout whose bindings/python/src this package is in; None: it is installed."""
    top = _HERE
    for name in ("libsdnotify", "src", "python", "bindings"):
        if os.path.basename(top) != name:
            return None
        top = os.path.dirname(top)
    return top if os.path.exists(os.path.join(top, "Cargo.toml")) else None


def _archive() -> "str | None":
    """The file that this package is packed into, such as a zipapp; None: it is not."""
    path = _HERE
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path if os.path.isfile(path) else None


def _packed(soname: str) -> "int | None":
    """A descriptor of the library that is packed into an archive with this package, in memory."""
    if os.path.isdir(_HERE):
        return None
    loader: Any = globals().get("__loader__")
    try:
        content: bytes = loader.get_data(os.path.join(_HERE, soname))
    except (AttributeError, OSError):
        return None
    descriptor = os.memfd_create(soname, os.MFD_CLOEXEC)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    return descriptor
