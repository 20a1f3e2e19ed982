"""What ``_abi`` takes from ``_ctypes``, made of :mod:`ctypes`, for a Python that has that alone."""

import ctypes
import os
from ctypes import CDLL, _SimpleCData, byref, c_void_p, cast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    StrOrBytesPath = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]

CFuncPtr = ctypes._CFuncPtr  # type: ignore[attr-defined]
FUNCFLAG_CDECL = 1

__all__ = ["FUNCFLAG_CDECL", "CFuncPtr", "_SimpleCData", "byref", "dlopen", "dlsym"]


_libraries: "dict[int, CDLL]" = {}


def dlopen(name: "StrOrBytesPath", mode: int = 0, /) -> int:
    library = CDLL(os.fspath(name), mode)  # type: ignore[arg-type]
    _libraries[library._handle] = library
    return library._handle


def dlsym(handle: int, name: str) -> int:
    try:
        return cast(_libraries[handle][name], c_void_p).value or 0
    except AttributeError as error:
        raise OSError(str(error)) from None
