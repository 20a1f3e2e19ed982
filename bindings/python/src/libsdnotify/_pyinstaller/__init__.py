"""PyInstaller's hook for this package, which it finds by an entry point: it packs the shared library along."""

import os


def hook_directories() -> "list[str]":
    return [os.path.dirname(os.path.abspath(__file__))]


def libraries() -> "list[tuple[str, str]]":
    """The shared library that this package has loaded, and where it belongs in the packed program."""
    import libsdnotify._abi

    soname = "libsdnotify.so."
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        files = {line.split(maxsplit=5)[5].rstrip("\n") for line in maps if soname in line}
    directory = os.path.dirname(os.path.abspath(libsdnotify._abi.__file__))
    found = []
    for file in files:
        if os.path.dirname(file) == directory:
            found.append((file, "libsdnotify"))
        else:
            # PyInstaller keeps a file's name; the library's own is a link to the one with the whole version.
            link = os.path.join(os.path.dirname(file), "libsdnotify.so.0")
            found.append((link if os.path.exists(link) else file, "libsdnotify"))
    return found
