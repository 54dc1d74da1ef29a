"""A DNS server on loopback, over real sockets, that says what the test says and fails on order."""

import socket
import socketserver
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import dns.message
import dns.name
import dns.rcode
import dns.rrset
from dns.rdatatype import CNAME, RdataType

TTL = 60  # seconds
LARGEST = 65535  # bytes, over TCP


@dataclass
class NameServer:
    """``says("mairie.fr", "MX", "10 mx.mairie.fr.")``. A name of which nothing is said does not exist."""

    port: int = 0
    zone: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)  # SERVFAIL
    silent: set[str] = field(default_factory=set)  # no answer at all
    asked: list[tuple[str, str]] = field(default_factory=list)
    asked_over_tcp: list[tuple[str, str]] = field(default_factory=list)

    def says(self, name: str, kind: str, *values: str) -> None:
        """Without value, the name exists and has no such record (NODATA)."""
        self.zone.setdefault(name, {})[kind] = values

    def forget(self) -> None:
        for said in (self.zone, self.failing, self.silent, self.asked, self.asked_over_tcp):
            said.clear()

    def answer(self, query: bytes, *, over_tcp: bool) -> bytes | None:
        message = dns.message.from_wire(query)
        question = message.question[0]
        name, kind = _text(question.name), RdataType.to_text(question.rdtype)
        (self.asked_over_tcp if over_tcp else self.asked).append((name, kind))
        if name in self.silent:
            return None
        response = dns.message.make_response(message, recursion_available=True)
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._fill(response, question.name, kind)
        return response.to_wire(max_size=LARGEST if over_tcp else 0, prefer_truncation=not over_tcp)

    def _fill(self, response: dns.message.Message, name: dns.name.Name, kind: str) -> None:
        if _text(name) not in self.zone:
            response.set_rcode(dns.rcode.NXDOMAIN)
            return
        records = self.zone[_text(name)]
        if "CNAME" in records and kind != "CNAME":
            response.answer.append(dns.rrset.from_text(name, TTL, "IN", CNAME, *records["CNAME"]))
            self._fill(response, dns.name.from_text(records["CNAME"][0]), kind)
        elif values := records.get(kind):
            response.answer.append(dns.rrset.from_text(name, TTL, "IN", kind, *values))


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


@contextmanager
def name_server() -> Iterator[NameServer]:
    names = NameServer()

    class OverUdp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, endpoint = self.request
            if answer := names.answer(query, over_tcp=False):
                endpoint.sendto(answer, self.client_address)

    class OverTcp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query = _framed(self.request)
            if answer := names.answer(query, over_tcp=True):
                self.request.sendall(struct.pack("!H", len(answer)) + answer)

    udp, tcp = _on_one_port(OverUdp, OverTcp)
    with udp, tcp:
        names.port = udp.server_address[1]
        servers: tuple[Any, ...] = (udp, tcp)
        for server in servers:
            Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield names
        finally:
            for server in servers:
                server.shutdown()


def _on_one_port(
    over_udp: type[socketserver.BaseRequestHandler], over_tcp: type[socketserver.BaseRequestHandler]
) -> tuple[socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer]:
    """The system gives a port that is free for one protocol; somebody may hold it for the other."""
    while True:
        tcp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), over_tcp)
        try:
            return socketserver.ThreadingUDPServer(("127.0.0.1", tcp.server_address[1]), over_udp), tcp
        except OSError:
            tcp.server_close()


def _framed(connection: socket.socket) -> bytes:
    """RFC 1035 4.2.2: two bytes of length, then the message."""
    (length,) = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))
    return connection.recv(length, socket.MSG_WAITALL)
