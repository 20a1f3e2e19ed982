"""The arrays of strings that C functions allocate."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_void_p

__all__ = ["c_void_p", "take"]

_free = ctypes.CDLL(None).free
_free.argtypes = (c_void_p,)
_free.restype = None


def take(array: c_void_p, count: int) -> list[bytes]:
    """The strings of an array, which is freed with them."""
    texts = POINTER(c_char_p).from_buffer(array)
    addresses = POINTER(c_void_p).from_buffer(array)
    strings = []
    for index in range(count):
        strings.append(texts[index] or b"")
        _free(addresses[index])
    _free(array)
    return strings
