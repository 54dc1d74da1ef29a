"""Exactly how often the stores are asked: what crosses the wire to PostgreSQL, what Redis says it was told."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from urllib.parse import parse_qs, unquote, urlsplit

SYNC_AFTER = 0.15  # seconds: Redis tells its monitors when it has the time


class SqlCounter:
    """Stands between the server and PostgreSQL, and notes each statement the server has executed.

    Query and Execute are the two messages that run something (PostgreSQL protocol 3.0, 55.7).
    """

    def __init__(self, upstream: Path, place: Path) -> None:
        self.executed: list[str] = []
        self._upstream = upstream
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(place))
        place.chmod(0o777)
        self._door.listen(64)
        threading.Thread(target=self._welcome, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _welcome(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._door.accept()
                threading.Thread(target=self._carry, args=[caller], daemon=True).start()

    def _carry(self, caller: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._upstream))
        spoken = Spoken(self.executed)
        with caller, server, suppress(OSError):
            while True:
                ready, _, _ = select.select([caller, server], [], [])
                for one, other in ((caller, server), (server, caller)):
                    if one in ready:
                        said = one.recv(65536)
                        if not said:
                            return
                        if one is caller:
                            spoken.hear(said)
                        other.sendall(said)


class Spoken:
    """What one client says to PostgreSQL, message by message."""

    def __init__(self, executed: list[str]) -> None:
        self._executed = executed
        self._unread = b""
        self._has_greeted = False
        self._prepared: dict[bytes, str] = {}
        self._bound: dict[bytes, str] = {}

    def hear(self, said: bytes) -> None:
        self._unread += said
        if not self._has_greeted:  # one start-up message, without a type
            length = int.from_bytes(self._unread[:4])
            if len(self._unread) < max(length, 4):
                return
            self._has_greeted = self._unread[4:8] == (196608).to_bytes(4)
            self._unread = self._unread[length:]
        while len(self._unread) >= 5 and len(self._unread) > (length := int.from_bytes(self._unread[1:5])):
            self._note(self._unread[:1], self._unread[5 : length + 1])
            self._unread = self._unread[length + 1 :]

    def _note(self, kind: bytes, content: bytes) -> None:
        words = content.split(b"\0")
        match kind:
            case b"Q":
                self._executed.append(words[0].decode())
            case b"P":
                self._prepared[words[0]] = words[1].decode()
            case b"B":
                self._bound[words[0]] = self._prepared.get(words[1], "")
            case b"E":
                self._executed.append(self._bound.get(words[0], ""))
            case _:
                pass


@contextmanager
def sql_counter(database_url: str, place: Path) -> Iterator[tuple[SqlCounter, str]]:
    """And the URL by which the counted server must reach its database."""
    parts = urlsplit(database_url)
    asked = parse_qs(parts.query)
    port = asked.get("port", ["5432"])[0]
    name = f".s.PGSQL.{port}"
    counter = SqlCounter(Path(unquote(asked["host"][0])) / name, place / name)
    try:
        yield counter, parts._replace(query=f"host={place}&port={port}").geturl()
    finally:
        counter.close()


class RedisMonitor:
    """What Redis was told by its clients; what a script then does inside is not counted again."""

    def __init__(self, path: str) -> None:
        self.told: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._socket.sendall(b"MONITOR\r\n")
        self._socket.recv(5)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._socket.close()

    def _listen(self) -> None:
        with self._socket.makefile("r", encoding="latin-1") as lines:
            for line in lines:
                source, _, command = line.partition("] ")
                if not source.endswith(" lua"):
                    self.told.append(command.strip())


@contextmanager
def redis_monitor(redis_url: str) -> Iterator[RedisMonitor]:
    monitor = RedisMonitor(urlsplit(redis_url).path)
    try:
        yield monitor
        sleep(SYNC_AFTER)
    finally:
        monitor.close()
