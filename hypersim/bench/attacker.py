"""One attack on a server, from a process of its own: `python -m hypersim.bench.attacker KIND
HOST PORT SECONDS`. What the server does about it is its own affair; this goes on until the time is
over."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable
from typing import NamedTuple

import uvloop

from hypersim.bench.attack_kind import READY, AttackKind

CONNECTIONS = 4
"""Of a flood."""

SILENT = 700
"""Of attacks that only hold connections; below what a process may open by default."""

NICENESS = 10
PIECE_BYTES = 65_536
AGAIN_S = 0.01

_HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_PING_REQUEST = b"GET /v1/ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
_PING, _PONG = b"\x89\xfd" + bytes(4) + b"x" * 125, b"\x8a\x80" + bytes(4)
_FIRST, _MORE = b"\x01\x80" + bytes(4), b"\x00\x80" + bytes(4)
_NO_TEXT = b"\x81\x82" + bytes(4) + b"\xff\xff"


class _Attack(NamedTuple):
    """`first` is sent once on each connection and `again` without end, where there is one; reading
    is what an attacker may do without."""

    connections: int
    first: bytes
    again: bytes = b""
    reads: bool = True


_ATTACKS = {
    AttackKind.PIPELINE: _Attack(CONNECTIONS, b"", _PING_REQUEST, reads=False),
    AttackKind.HEAD: _Attack(CONNECTIONS, _PING_REQUEST[:-2], b"x-more: " + b"y" * 1_000 + b"\r\n"),
    AttackKind.BODY: _Attack(
        CONNECTIONS,
        b"POST /v1/order HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n",
        b"x" * 1_024,
    ),
    AttackKind.SILENT: _Attack(SILENT, b""),
    AttackKind.HALF_HEADS: _Attack(SILENT, _PING_REQUEST[:-2]),
    AttackKind.PINGS: _Attack(CONNECTIONS, _HANDSHAKE, _PING),
    AttackKind.PONGS: _Attack(CONNECTIONS, _HANDSHAKE, _PONG),
    AttackKind.FRAGMENTS: _Attack(CONNECTIONS, _HANDSHAKE + _FIRST, _MORE),
    AttackKind.NO_TEXT: _Attack(CONNECTIONS, _HANDSHAKE + _NO_TEXT),
}


async def attack(kind: AttackKind, host: str, port: int, seconds: float) -> None:
    """Until the time is over; a connection that ended is opened again."""
    how = _ATTACKS[kind]
    # In life it would take the processor of another machine.
    os.nice(NICENESS)
    print(READY, flush=True)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(_for_ever(how, host, port) for _ in range(how.connections)))


async def _for_ever(how: _Attack, host: str, port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            await _once(how, host, port)
        await asyncio.sleep(AGAIN_S)


async def _once(how: _Attack, host: str, port: int) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(how.first)
        work: list[Awaitable[None]] = []
        if how.again:
            piece = how.again * (PIECE_BYTES // len(how.again))
            work.append(_push(writer, piece))
        if how.reads:
            work.append(_read(reader))
        await asyncio.gather(*work)
    finally:
        writer.transport.abort()


async def _push(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while True:
        writer.write(piece)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> None:
    while await reader.read(PIECE_BYTES):
        pass
    raise ConnectionError("the server ended the connection")


if __name__ == "__main__":
    name, address, number, length = sys.argv[1:]
    uvloop.run(attack(AttackKind(name), address, int(number), float(length)))
