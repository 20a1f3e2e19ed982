"""Finds libsdnotify.so.0: the one inside this package, otherwise the system's.

The functions of :mod:`libsdnotify._abi` are attributes of this module, bound when the first one is used: ``ctypes``
takes several times as long to import as all the rest. A library that is missing is an :class:`ImportError` all the
same, at once: with no library inside the package, the system's is loaded straight away.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SONAME = "libsdnotify.so.0"
INSIDE = os.path.join(os.path.dirname(__file__), SONAME)
inside = os.path.exists(INSIDE)


def __getattr__(name: str) -> "Any":
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import _abi

    function = getattr(_abi, name)
    globals()[name] = function
    return function


if not inside:
    from . import _abi as _abi
