"""The C functions of libsdjournal.so.0 (``sd-journal.h``), by their own names; see :mod:`libsdnotify._abi`.

The library is loaded when this module is imported, which is when an entry is first written.
"""

from ctypes import Array, Structure, byref, c_char_p, c_size_t

from ._abi import Library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Optional

_function = Library("libsdjournal.so.0").function

_sd_journal_sendv: "Callable[[object, int], int]" = _function("sd_journal_sendv")
sd_journal_stream_fd: "Callable[[bytes, int, int], int]" = _function("sd_journal_stream_fd")
sd_journal_stream_fd_with_namespace: "Callable[[Optional[bytes], bytes, int, int], int]" = _function(
    "sd_journal_stream_fd_with_namespace"
)


class iovec(Structure):
    # A pointer to the bytes themselves, which may have NULs in them.
    _fields_ = (("base", c_char_p), ("length", c_size_t))


def sd_journal_sendv(fields: "list[bytes]") -> int:
    array: Array[iovec] = (iovec * len(fields))(*[iovec(field, len(field)) for field in fields])
    return _sd_journal_sendv(byref(array), len(fields))
