"""The bound of Sender and of the handlers, on a journald that does not read; and what a process does to its sockets."""

from __future__ import annotations

import pytest
from conftest import run_with_journald

PRELUDE = """
import asyncio, logging, os, select, socket, sys, threading, time
from libsdnotify import journal

def texts(entries):
    return [dict(entry)[b"MESSAGE"].decode() for entry in entries]

def reading(journald, entries):
    # From another thread, until it is told to end.
    def read():
        while not done.is_set() or select.select([journald.socket], [], [], 0)[0]:
            select.select([journald.socket], [], [], 0.01)
            entries.extend(journald.entries())
    done = threading.Event()
    thread = threading.Thread(target=read)
    thread.start()
    def end():
        done.set()
        thread.join()
    return end

journald = Journald()
"""


def run(code: str) -> str:
    return run_with_journald(PRELUDE + code)


def test_an_event_loop_goes_on_beside_a_journald_that_does_not_read() -> None:
    """It is stopped for as long as one wait may be, once; then the journal is told what it missed."""
    said = run("""
handler = journal.JournalHandler(timeout=0.3, SYSLOG_IDENTIFIER="me")
logger = logging.getLogger("service")
logger.addHandler(handler)
logger.propagate = False

async def main():
    stalls = 0.0
    for number in range(2000):
        before = time.monotonic()
        logger.warning("entry %d", number)
        await asyncio.sleep(0)
        stalls += time.monotonic() - before
    return stalls

stalls = asyncio.run(main())
sender = handler._sender
dropped = sender.dropped
waiting = texts(journald.entries())
logger.warning("and now?")
first, second = journald.entries()
first = dict(first)
print(len(waiting) + dropped, waiting == [f"entry {number}" for number in range(len(waiting))], len(waiting) > 1)
print(first[b"MESSAGE"].decode().partition(":")[0] == f"{dropped} entries were dropped")
print(first[b"LIBSDNOTIFY_DROPPED"] == b"%d" % dropped, first[b"PRIORITY"], first[b"SYSLOG_IDENTIFIER"])
print(texts([second]), sender.dropped)
# 0.3 s, and a tenth of the rest; without a bound, for good.
print(0.2 < stalls < 30)
""").splitlines()
    assert said == ["2000 True True", "True", "True b'4' b'me'", "['and now?'] 0", "True"]


def test_what_cannot_be_told_to_the_journal_is_told_at_the_end() -> None:
    said = run("""
os.dup2(1, 2)
handler = journal.JournaldLogHandler(timeout=0)
for number in range(2000):
    handler.emit(logging.LogRecord("a", 20, "/a/b.py", 7, "text", (), None))
logging.shutdown([lambda: handler])
""")
    assert said.startswith("libsdnotify: ") and " entries were dropped: the journal did not read for " in said


def test_a_wait_ends_when_journald_reads() -> None:
    """Nothing is lost where it is only slow; threads share a sender."""
    said = run("""
sender = journal.Sender(timeout=300)
entries = []
end = reading(journald, entries)
threads = [
    threading.Thread(target=lambda start: [sender.send(f"{start}-{n}") for n in range(500)], args=(start,))
    for start in range(8)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
end()
print(sorted(texts(entries)) == sorted(f"{start}-{n}" for start in range(8) for n in range(500)), sender.dropped)
""")
    assert said == "True 0\n"


def test_the_longest_share_of_the_time() -> None:
    """A journald that takes one entry now and then does not make each of them wait."""
    said = run("""
sender = journal.Sender(timeout=0.2)
while sender.send("fill"):
    pass
waited = 0.0
begun = time.monotonic()
for number in range(100):
    before = time.monotonic()
    sender.send("text")
    waited += time.monotonic() - before
    # Room for the notice alone.
    journald.socket.recv(1 << 16)
print(waited < 0.2 + 0.1 * (time.monotonic() - begun) + 100 * 0.05, sender.dropped > 0)
""")
    assert said == "True True\n"


def test_it_sends_what_the_library_sends() -> None:
    """Bytes and names at random, and an entry that is too long for a datagram."""
    said = run(r"""
import random
seed = random.randrange(1 << 32)
chance = random.Random(seed)
sender = journal.Sender()
raw = []
def received():
    data, ancillary, _, _ = journald.socket.recvmsg(1 << 24, 64)
    if ancillary:
        with open(int.from_bytes(ancillary[0][2][:4], sys.byteorder), "rb") as memory:
            memory.seek(0)
            return memory.read()
    return data
for turn in range(400):
    fields = [
        b"%s=%s" % (chance.choice([b"A", b"MESSAGE", b"SYSLOG_IDENTIFIER", b"a b", b"SYSLOG_IDENTIFIERS", b"\xff"]),
                    bytes(chance.choices(b"=\n\0 x\xff", k=chance.randrange(5))))
        for _ in range(chance.randrange(1, 5))
    ]
    if turn == 0:
        fields = [b"MESSAGE=" + b"x\n" * 8_000_000]
    if turn % 50 == 1:
        fields.append(chance.choice([b"", b"=x", b"A", b"A\nB=1"]))
    outcomes = []
    for function in (lambda: sender.write(fields), lambda: journal.sendv(*fields)):
        try:
            function()
            outcomes.append(received())
        except OSError as error:
            outcomes.append(error.errno)
    assert outcomes[0] == outcomes[1], (seed, fields, outcomes)
print("same")
""")
    assert said == "same\n"


@pytest.mark.parametrize("how", ["Sender().send", "send"])
def test_the_caller_is_the_place(how: str) -> None:
    said = run(f"""
def function():
    journal.{how}("text")
function()
print(sorted(dict(journald.entries()[0]).items())[:3])
""")
    line = len(PRELUDE.splitlines()) + 4
    assert said == f"[(b'CODE_FILE', b'<string>'), (b'CODE_FUNC', b'function'), (b'CODE_LINE', b'{line}')]\n"


def test_forked_workers_log_by_the_same_handler() -> None:
    """As in a prefork server: the handler is made before the fork, and another thread is just logging."""
    said = run("""
handler = journal.JournalHandler(timeout=300)
logger = logging.getLogger("service")
logger.addHandler(handler)
entries = []
end = reading(journald, entries)
stop = threading.Event()
def chatter():
    while not stop.is_set():
        logger.warning("parent")
thread = threading.Thread(target=chatter)
thread.start()
for number in range(20):
    child = os.fork()
    if child == 0:
        logger.warning("child %d of %d", number, os.getppid())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
thread.join()
end()
print([text for text in texts(entries) if text != "parent"] == [f"child {n} of {os.getpid()}" for n in range(20)])
""")
    assert said == "True\n"


def test_a_daemon_closes_all_descriptors() -> None:
    """What now has the socket's number gets nothing, and stays open."""
    said = run("""
handler = journal.JournalHandler()
logger = logging.getLogger("service")
logger.addHandler(handler)
logger.warning("before")
child = os.fork()
if child == 0:
    os.closerange(3, 100)
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = [socket.create_connection(server.getsockname()) for _ in range(20)]
        there = [server.accept()[0] for _ in here]
        logger.warning("after")
        handler.close()
        logger.warning("again")
        quiet = select.select([*here, *there], [], [], 0)[0] == []
        for one in (*here, *there):
            os.fstat(one.fileno())
    os._exit(0 if quiet else 1)
assert os.waitpid(child, 0)[1] == 0
print(texts(journald.entries()))
""")
    assert said == "['before', 'after', 'again']\n"


def test_no_journal_and_nobody_there() -> None:
    said = run("""
logging.raiseExceptions = False
sender = journal.Sender()
os.rename("/run/systemd/journal", "/run/away")
print(sender.send("text"), sender.dropped)
os.rename("/run/away", "/run/systemd/journal")
print(sender.send("text"), texts(journald.entries()))
journald.socket.close()
try:
    sender.send("text")
except ConnectionRefusedError:
    print("refused")
for bad in (-1, float("nan")):
    try:
        journal.Sender(bad)
    except ValueError as error:
        print(error)
""").splitlines()
    assert said == ["False 0", "True ['text']", "refused", *["the time must not be negative"] * 2]
