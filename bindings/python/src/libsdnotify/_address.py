"""The addresses of :func:`libsdnotify.daemon.is_socket_sockaddr`, in the syntax of systemd-python."""

from __future__ import annotations

import errno
import os
import re
import socket
import struct

# strtoul() with base 0.
_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))", re.ASCII)


def parse(address: str, flowinfo: int = 0) -> bytes:
    """A ``struct sockaddr_in`` or ``sockaddr_in6``; a port of 0 is any.

    :raises ValueError: not an address; or flowinfo for one that is not IPv6.
    :raises OSError: ERANGE: the port is negative, or larger than an unsigned int.
    """
    if not isinstance(address, str):
        raise TypeError(f"address must be str, not {type(address).__name__}")
    if "\0" in address:
        raise ValueError("embedded null character")
    packed = _inet6(address) if address.startswith("[") else _inet(address)
    if flowinfo:
        if struct.unpack_from("=H", packed)[0] != socket.AF_INET6:
            raise ValueError("flowinfo is only applicable to IPv6 addresses")
        packed = packed[:4] + struct.pack("=i", flowinfo) + packed[8:]
    return packed


def _inet6(address: str) -> bytes:
    host, bracket, rest = address[1:].partition("]")
    if not bracket or rest[:1] not in ("", ":"):
        raise ValueError("Cannot parse address")
    port = _port(rest[1:]) if rest else 0
    try:
        return _sockaddr_in6(socket.inet_pton(socket.AF_INET6, host), port)
    except OSError:
        raise ValueError("Cannot parse address") from None


def _inet(address: str) -> bytes:
    host, colon, text = address.partition(":")
    if colon:
        return _host(host, _port(text))
    try:
        port = _port(address)
    except (ValueError, OSError):
        return _host(address, 0)
    if os.path.exists("/proc/net/if_inet6"):
        return _sockaddr_in6(bytes(16), port)
    return _sockaddr_in(bytes(4), port)


def _host(host: str, port: int) -> bytes:
    """An IPv4 address, or else the name of a network interface."""
    try:
        return _sockaddr_in(socket.inet_pton(socket.AF_INET, host), port)
    except OSError:
        pass
    try:
        return _sockaddr_in6(bytes(16), port, scope=socket.if_nametoindex(host))
    except OSError:
        raise ValueError("Cannot parse address") from None


def _port(text: str) -> int:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError("Cannot parse address")
    sign, hexadecimal, octal, decimal = match.groups()
    if hexadecimal:
        number = int(hexadecimal, 16)
    else:
        number = int(octal, 8) if octal else int(decimal)
    if sign == "-" or number > 0xFFFFFFFF:
        raise OSError(errno.ERANGE, os.strerror(errno.ERANGE))
    if not 0 < number <= 65535:
        raise ValueError("Cannot parse address")
    return number


def _sockaddr_in(address: bytes, port: int) -> bytes:
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + address + bytes(8)


def _sockaddr_in6(address: bytes, port: int, scope: int = 0) -> bytes:
    return struct.pack("=H", socket.AF_INET6) + struct.pack("!H", port) + bytes(4) + address + struct.pack("=I", scope)
