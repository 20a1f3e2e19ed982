"""PyInstaller's hook for this package, which it finds by an entry point: it packs the shared library along."""

import os


def hook_directories() -> "list[str]":
    return [os.path.dirname(os.path.abspath(__file__))]


def libraries() -> "list[tuple[str, str]]":
    """The shared libraries that this package has loaded, and where they belong in the packed program."""
    import libsdnotify._abi

    directory = os.path.dirname(os.path.abspath(libsdnotify._abi.__file__))
    found = _loaded("libsdnotify.so.0", directory)
    try:
        import libsdnotify._abi_journal  # noqa: F401
    except ImportError:
        # A distribution's package of this one may be without it.
        return found
    return found + _loaded("libsdjournal.so.0", directory)


def _loaded(soname: str, directory: str) -> "list[tuple[str, str]]":
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        files = {line.split(maxsplit=5)[5].rstrip("\n") for line in maps if soname[:-1] in line}
    found = []
    for file in files:
        if os.path.dirname(file) == directory:
            found.append((file, "libsdnotify"))
        else:
            # PyInstaller keeps a file's name; the library's own is a link to the one with the whole version.
            link = os.path.join(os.path.dirname(file), soname)
            found.append((link if os.path.exists(link) else file, "libsdnotify"))
    return found
