"""The C functions of libsdnotify.so.0 (``sd-daemon.h``, ``sdnotify.h``), by their own names, through ctypes.

Each takes what its prototype says and returns 0, a positive number, or a negative errno. ctypes releases the GIL
while one runs.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint, c_uint16, c_uint64, c_void_p

from . import _library


def _load() -> ctypes.CDLL:
    if _library.inside:
        advice = "it was built for another machine or C library: install the package again"
    else:
        advice = (
            "install a wheel of libsdnotify, which carries it (pip install --force-reinstall libsdnotify), "
            "or your distribution's package of it (Debian: apt install libsdnotify0)"
        )
    try:
        return ctypes.CDLL(_library.INSIDE if _library.inside else _library.SONAME)
    except OSError as error:
        raise ImportError(f"libsdnotify needs the shared library {_library.SONAME}: {error}; {advice}") from error


_dll = _load()

strings = POINTER(c_void_p)

sd_booted = _dll.sd_booted
sd_booted.argtypes = ()

# Without argtypes, as this one is called often: they take longer than all else that ctypes does. The caller sees to
# it that it gets an int and bytes.
sd_notify = _dll.sd_notify

sd_pid_notify = _dll.sd_pid_notify
sd_pid_notify.argtypes = (c_int, c_int, c_char_p)

sd_pid_notify_with_fds = _dll.sd_pid_notify_with_fds
sd_pid_notify_with_fds.argtypes = (c_int, c_int, c_char_p, POINTER(c_int), c_uint)

sd_notify_barrier = _dll.sd_notify_barrier
sd_notify_barrier.argtypes = (c_int, c_uint64)

sd_watchdog_enabled = _dll.sd_watchdog_enabled
sd_watchdog_enabled.argtypes = (c_int, POINTER(c_uint64))

sd_listen_fds = _dll.sd_listen_fds
sd_listen_fds.argtypes = (c_int,)

sd_listen_fds_with_names = _dll.sd_listen_fds_with_names
sd_listen_fds_with_names.argtypes = (c_int, POINTER(strings))

sd_is_fifo = _dll.sd_is_fifo
sd_is_fifo.argtypes = (c_int, c_char_p)

sd_is_special = _dll.sd_is_special
sd_is_special.argtypes = (c_int, c_char_p)

sd_is_mq = _dll.sd_is_mq
sd_is_mq.argtypes = (c_int, c_char_p)

sd_is_socket = _dll.sd_is_socket
sd_is_socket.argtypes = (c_int, c_int, c_int, c_int)

sd_is_socket_inet = _dll.sd_is_socket_inet
sd_is_socket_inet.argtypes = (c_int, c_int, c_int, c_int, c_uint16)

sd_is_socket_sockaddr = _dll.sd_is_socket_sockaddr
sd_is_socket_sockaddr.argtypes = (c_int, c_int, c_char_p, c_uint, c_int)

sd_is_socket_unix = _dll.sd_is_socket_unix
sd_is_socket_unix.argtypes = (c_int, c_int, c_int, c_char_p, c_size_t)

sdn_connect = _dll.sdn_connect
sdn_connect.argtypes = (c_int, POINTER(c_int))

sdn_send = _dll.sdn_send
sdn_send.argtypes = (c_int, c_char_p)

sdn_send_with_fds = _dll.sdn_send_with_fds
sdn_send_with_fds.argtypes = (c_int, c_char_p, POINTER(c_int), c_size_t)

sdn_status = _dll.sdn_status
sdn_status.argtypes = (c_int, c_char_p)

sdn_reloading = _dll.sdn_reloading
sdn_reloading.argtypes = (c_int,)

sdn_barrier = _dll.sdn_barrier
sdn_barrier.argtypes = (c_int, c_uint64)

sdn_heartbeat_interval = _dll.sdn_heartbeat_interval
sdn_heartbeat_interval.argtypes = (c_int, POINTER(c_uint64))

# The C library's, for what sd_listen_fds_with_names() allocates.
free = ctypes.CDLL(None).free
free.argtypes = (c_void_p,)
free.restype = None


def watchdog_usec(unset_environment: int) -> tuple[int, int]:
    """The result of sd_watchdog_enabled(), and the interval in microseconds."""
    usec = c_uint64()
    return sd_watchdog_enabled(unset_environment, ctypes.byref(usec)), usec.value


def heartbeat_usec(unset_environment: int) -> tuple[int, int]:
    """The result of sdn_heartbeat_interval(), and the interval in microseconds."""
    usec = c_uint64()
    return sdn_heartbeat_interval(unset_environment, ctypes.byref(usec)), usec.value


def listen_names(unset_environment: int) -> tuple[int, list[bytes]]:
    """The result of sd_listen_fds_with_names(), and the names."""
    array = strings()
    result: int = sd_listen_fds_with_names(unset_environment, ctypes.byref(array))
    names = []
    for index in range(max(result, 0)):
        names.append(ctypes.string_at(array[index] or 0))
        free(array[index])
    free(array)
    return result, names


def connect(unset_environment: int = 0) -> tuple[int, int]:
    """The result of sdn_connect(), and the descriptor."""
    fd = c_int()
    return sdn_connect(unset_environment, ctypes.byref(fd)), fd.value


def fd_array(fds: list[int]) -> ctypes.Array[c_int]:
    """An array of int."""
    return (c_int * len(fds))(*fds)
