"""The C functions of libsdnotify.so.0 (``sd-daemon.h``, ``sdnotify.h``), by their own names.

Each takes what its prototype says and returns 0, a positive number, or a negative errno. The GIL is released while
one runs. They have no ``argtypes``, whose conversion takes longer than all else that a call does: a Python int is C's
int, bytes are ``char *``, None is NULL, and other types are passed as objects of the classes below.

They are called by ``_ctypes``, the extension beneath :mod:`ctypes`. Importing ctypes itself takes three times as long
as a program's first message with all the rest of this package; it stands in where there is no such extension (PyPy).
"""

import os
import sys

try:
    from _ctypes import FUNCFLAG_CDECL, CFuncPtr, _SimpleCData, byref, dlopen, dlsym
except ImportError:
    from ._ctypes_instead import FUNCFLAG_CDECL, CFuncPtr, _SimpleCData, byref, dlopen, dlsym

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Optional

    # For mypy they are generic; the classes of Python 3.9 are not.
    _Int = _SimpleCData[int]
    _Pointer = _SimpleCData[Optional[int]]
else:
    _Int = _Pointer = _SimpleCData


class c_int(_Int):
    _type_ = "i"


class c_uint64(_Int):
    _type_ = "Q"


class c_size_t(_Int):
    _type_ = "L"


class Function(CFuncPtr):
    """A C function that returns int."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = c_int


class Library:
    """A shared library: in this package, as it is in a wheel, or where :mod:`libsdnotify._library` finds it."""

    def __init__(self, soname: str) -> None:
        self._soname = soname
        self._handle = self._load(soname)

    @staticmethod
    def _load(soname: str) -> int:
        inside = os.path.join(os.path.dirname(__file__), soname)
        if os.path.exists(inside):
            try:
                return dlopen(inside, 0)
            except OSError:
                pass
        from . import _library

        return _library.load(soname, dlopen)

    def function(self, name: str) -> "Any":
        try:
            return Function(dlsym(self._handle, name))
        except OSError as error:
            raise ImportError(f"the shared library {self._soname} is too old for this package: {error}") from error


_function = Library("libsdnotify.so.0").function

sd_booted: "Callable[[], int]" = _function("sd_booted")
sd_notify: "Callable[[int, bytes], int]" = _function("sd_notify")
sd_pid_notify: "Callable[[int, int, bytes], int]" = _function("sd_pid_notify")
_sd_pid_notify_with_fds: "Callable[[int, int, bytes, bytes, int], int]" = _function("sd_pid_notify_with_fds")
_sd_notify_barrier: "Callable[[int, c_uint64], int]" = _function("sd_notify_barrier")
_sd_watchdog_enabled: "Callable[[int, object], int]" = _function("sd_watchdog_enabled")
sd_listen_fds: "Callable[[int], int]" = _function("sd_listen_fds")
_sd_listen_fds_with_names: "Callable[[int, object], int]" = _function("sd_listen_fds_with_names")
sd_is_fifo: "Callable[[int, Optional[bytes]], int]" = _function("sd_is_fifo")
sd_is_special: "Callable[[int, Optional[bytes]], int]" = _function("sd_is_special")
sd_is_mq: "Callable[[int, Optional[bytes]], int]" = _function("sd_is_mq")
sd_is_socket: "Callable[[int, int, int, int], int]" = _function("sd_is_socket")
# A port in C's int is the same to the callee as one in uint16_t.
sd_is_socket_inet: "Callable[[int, int, int, int, int], int]" = _function("sd_is_socket_inet")
sd_is_socket_sockaddr: "Callable[[int, int, bytes, int, int], int]" = _function("sd_is_socket_sockaddr")
_sd_is_socket_unix: "Callable[[int, int, int, Optional[bytes], c_size_t], int]" = _function("sd_is_socket_unix")
_sdn_connect: "Callable[[int, object], int]" = _function("sdn_connect")
_sdn_send_with_fds: "Callable[[int, bytes, bytes, c_size_t], int]" = _function("sdn_send_with_fds")
sdn_status: "Callable[[int, bytes], int]" = _function("sdn_status")
sdn_reloading: "Callable[[int], int]" = _function("sdn_reloading")
_sdn_barrier: "Callable[[int, c_uint64], int]" = _function("sdn_barrier")
_sdn_heartbeat_interval: "Callable[[int, object], int]" = _function("sdn_heartbeat_interval")


def sd_pid_notify_with_fds(pid: int, unset_environment: int, state: bytes, fds: "list[int]") -> int:
    return _sd_pid_notify_with_fds(pid, unset_environment, state, _ints(fds), len(fds))


def sdn_send_with_fds(channel: int, state: bytes, fds: "list[int]") -> int:
    return _sdn_send_with_fds(channel, state, _ints(fds), c_size_t(len(fds)))


def sd_notify_barrier(unset_environment: int, usec: int) -> int:
    return _sd_notify_barrier(unset_environment, c_uint64(usec))


def sdn_barrier(channel: int, usec: int) -> int:
    return _sdn_barrier(channel, c_uint64(usec))


def sd_is_socket_unix(fd: int, type: int, listening: int, path: "bytes | None") -> int:
    return _sd_is_socket_unix(fd, type, listening, path, c_size_t(len(path or b"")))


def sd_watchdog_enabled(unset_environment: int) -> "tuple[int, int]":
    """The result, and the interval in microseconds."""
    usec = c_uint64()
    return _sd_watchdog_enabled(unset_environment, byref(usec)), usec.value


def sdn_heartbeat_interval(unset_environment: int) -> "tuple[int, int]":
    """The result, and the interval in microseconds."""
    usec = c_uint64()
    return _sdn_heartbeat_interval(unset_environment, byref(usec)), usec.value


def sdn_connect(unset_environment: int) -> "tuple[int, int]":
    """The result, and the descriptor."""
    fd = c_int()
    return _sdn_connect(unset_environment, byref(fd)), fd.value


def sd_listen_fds_with_names(unset_environment: int) -> "tuple[int, list[bytes]]":
    """The result, and the names."""
    from ._strings import c_void_p, take

    array = c_void_p()
    result = _sd_listen_fds_with_names(unset_environment, byref(array))
    return result, take(array, result) if result > 0 else []


def _ints(numbers: "list[int]") -> bytes:
    """An array of C's int."""
    return b"".join([number.to_bytes(4, sys.byteorder, signed=True) for number in numbers])
