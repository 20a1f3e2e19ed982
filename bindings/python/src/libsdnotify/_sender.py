"""Entries for the journal, without waiting for journald longer than a bounded time."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import os
import select
import socket
import stat
import sys
import threading
import time
import weakref

from . import _entry

__all__ = ["Sender"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    Identity = Optional[tuple[int, int]]

_PATH = "/run/systemd/journal/socket"
# As libsystemd asks for; the kernel gives what it allows.
_BUFFER = 8 << 20
_SO_SNDBUFFORCE = 32
_FLAGS = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
_ADD_SEALS = 1033
_SEAL_ALL = 0xF
# In the long run, at most this part of the time is spent waiting.
_SHARE = 0.1
_WARNING = 4


class Sender:
    """Writes entries like :func:`libsdnotify.journal.send`, but waits for journald for a bounded time.

    If journald reads nothing for some seconds, because it restarts, is frozen or is busy with others, some entries fill
    its queue, and sd_journal_send() then waits, possibly forever. A sender waits at most ``timeout`` seconds at a time,
    and no more than a tenth of the time in the long run. Entries that cannot be written then are dropped. Before the
    next entry that journald accepts, another says how many were dropped.

    It may be used by several threads, and after a fork.

    :param timeout: in seconds; 0 never waits.
    """

    def __init__(self, timeout: float = 1.0) -> None:
        if not timeout >= 0:
            raise ValueError("the time must not be negative")
        self.timeout = timeout
        self._opened: tuple[socket.socket, Identity] | None = None
        self._credit = timeout
        self._asked = time.monotonic()
        self._lock = threading.Lock()
        self._dropped = 0
        self._since = 0.0
        _senders.add(self)

    @property
    def dropped(self) -> int:
        """How many entries were dropped since the journal was last told."""
        return self._dropped

    def send(
        self,
        MESSAGE: object = None,
        MESSAGE_ID: object = None,
        CODE_FILE: object = None,
        CODE_LINE: object = None,
        CODE_FUNC: object = None,
        **kwargs: object,
    ) -> bool:
        """Write an entry. Arguments and exceptions as for :func:`libsdnotify.journal.send`.

        :returns: True if it was written; False if it was dropped, or there is no journal.
        """
        if CODE_FILE is None and CODE_LINE is None and CODE_FUNC is None:
            frame = sys._getframe(1)
            CODE_FILE, CODE_LINE, CODE_FUNC = frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
        return self.write(_entry.entry(MESSAGE, MESSAGE_ID, CODE_FILE, CODE_LINE, CODE_FUNC, kwargs))

    def write(self, fields: list[bytes]) -> bool:
        """Write an entry from whole fields, ``b"NAME=value"``. Result as for :meth:`send`."""
        for field in reversed(fields):
            if field.startswith(b"SYSLOG_IDENTIFIER="):
                break
        else:
            fields = [*fields, *_own_identifier()]
        data = _entry.datagram(fields)
        try:
            if self._dropped:
                self._tell(fields)
            return self._send(data, self._may_wait())
        except BlockingIOError:
            with self._lock:
                self._dropped += 1
                self._since = self._since or time.monotonic()
            return False

    def close(self) -> None:
        """Report what was dropped, on standard error if journald still does not read, and close the socket."""
        if self._dropped:
            try:
                self._tell([])
            except OSError:
                print(f"libsdnotify: {self._notice()}", file=sys.stderr)
                self._dropped = 0
        self._close()

    def _notice(self) -> str:
        seconds = time.monotonic() - self._since
        return f"{self._dropped} entries were dropped: the journal did not read for {seconds:.1f} s"

    def _tell(self, like: list[bytes]) -> None:
        """Says how many entries were dropped, in the name of the program.

        :raises BlockingIOError: it cannot be said yet.
        """
        fields = [
            b"MESSAGE=" + self._notice().encode(),
            b"PRIORITY=%d" % _WARNING,
            b"LIBSDNOTIFY_DROPPED=%d" % self._dropped,
            *[field for field in like if field.startswith((b"SYSLOG_IDENTIFIER=", b"SYSLOG_FACILITY="))],
        ]
        told = self._dropped
        self._send(_entry.datagram(fields), 0)
        with self._lock:
            self._dropped -= told
            self._since = 0.0

    def _may_wait(self) -> float:
        """For how long: see _SHARE."""
        with self._lock:
            now = time.monotonic()
            self._credit = min(self.timeout, self._credit + (now - self._asked) * _SHARE)
            self._asked = now
            return self._credit

    def _send(self, data: bytes, seconds: float) -> bool:
        """:raises BlockingIOError: there was no room within this time."""
        deadline = None
        while True:
            try:
                self._send_now(data)
                return True
            except FileNotFoundError:
                return False
            except BlockingIOError:
                now = time.monotonic()
                if deadline is None:
                    deadline = now + seconds
                if now >= deadline:
                    raise
                _wait_for_room(deadline - now)
                with self._lock:
                    self._credit = max(0.0, self._credit - (time.monotonic() - now))

    def _send_now(self, data: bytes) -> None:
        sender = self._open()
        try:
            sender.sendto(data, _FLAGS, _PATH)
        except OSError as error:
            if error.errno not in (errno.EMSGSIZE, errno.ENOBUFS):
                raise
            file = _sealed(data)
            try:
                rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, file.to_bytes(4, sys.byteorder))
                sender.sendmsg([], [rights], _FLAGS, _PATH)
            finally:
                os.close(file)

    def _open(self) -> socket.socket:
        """The socket, unless its number has become somebody else's, as in daemons that close all descriptors."""
        opened = self._opened
        if opened is None or _identity(opened[0].fileno()) != opened[1]:
            with self._lock:
                # Another thread may have been faster.
                if self._opened is opened:
                    if opened is not None:
                        opened[0].detach()
                    self._opened = _new_socket()
                opened = self._opened
        assert opened is not None
        return opened[0]

    def _close(self) -> None:
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            if _identity(opened[0].fileno()) == opened[1]:
                opened[0].close()
            else:
                opened[0].detach()

    def __del__(self) -> None:
        # Only what is left of it when __init__() failed, or the interpreter ends.
        if getattr(self, "_opened", None) is not None and not sys.is_finalizing():
            self._close()


_senders: weakref.WeakSet[Sender] = weakref.WeakSet()


def _after_fork() -> None:
    for sender in _senders:
        sender._lock = threading.Lock()
        # That is for the parent to tell.
        sender._dropped = 0


os.register_at_fork(after_in_child=_after_fork)


def _new_socket() -> tuple[socket.socket, Identity]:
    """It is never connected: a journald that starts later, or again, gets the entries."""
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    opened.setblocking(False)
    for option in (socket.SO_SNDBUF, _SO_SNDBUFFORCE):
        try:
            opened.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        except OSError:
            pass
    return opened, _identity(opened.fileno())


def _identity(descriptor: int) -> Identity:
    """What tells one socket from another; None: no socket."""
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISSOCK(status.st_mode) else None


def _wait_for_room(seconds: float) -> None:
    """Until journald's queue has room, or may have; at most for this time."""
    begun = time.monotonic()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(_PATH)
        except OSError:
            return
        poll = select.poll()
        poll.register(probe.fileno(), select.POLLOUT)
        poll.poll(seconds * 1000)
    # Our own buffer may be what is full.
    if time.monotonic() - begun < 0.001:
        time.sleep(min(seconds, 0.001))


def _sealed(data: bytes) -> int:
    """A file in memory for an entry that is too long for a datagram, as journald takes it."""
    file = os.memfd_create("journal-data", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(file, "wb", closefd=False) as out:
            out.write(data)
        fcntl.fcntl(file, _ADD_SEALS, _SEAL_ALL)
    except BaseException:
        os.close(file)
        raise
    return file


@functools.lru_cache(maxsize=1)
def _own_identifier() -> list[bytes]:
    """The program's name, which the C functions add to an entry that has none."""
    name = ctypes.c_char_p.in_dll(ctypes.CDLL(None), "program_invocation_short_name").value
    return [b"SYSLOG_IDENTIFIER=" + name] if name else []
