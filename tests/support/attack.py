"""A server under attack, and what must hold meanwhile: a healthy client beside the attack has every
request answered, and the server does not grow."""

import asyncio
import contextlib
import os
import re
import struct
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import psutil  # type: ignore[import-untyped]

from hypersim.edge.limits import EdgeLimits
from tests.support.http_line import Line, until
from tests.support.server import (
    ADMIN_TOKEN,
    REAL_PROGRAM,
    ServerProcess,
    in_an_interpreter_of_its_own,
)

MIB = 2**20
GROWTH_MAX = 100 * MIB
DESCRIPTORS = 1_024
PLACES = DESCRIPTORS - EdgeLimits().descriptors_reserved
"""Connections at a time."""

SETTINGS = """
rate_limits = "off"
[edge]
head_s = {head_s}
body_s = 1
unread_s = 2
linger_s = 1
"""
"""The deadlines that tests wait for are short; everything else is as a user has it."""

_REFUSAL = re.compile(r'^hypersim_edge_refusals_total\{reason="(\w+)"\} (\S+)', re.MULTILINE)

TEXT, PING, PONG, CONTINUATION = 1, 9, 10, 0


class Target:
    """The server, as an attacker and as its operator see it."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        host, _, port = server.url.removeprefix("http://").partition(":")
        self.host, self.port = host, int(port)
        self._lines: list[Line] = []
        self._process = psutil.Process(server.process.pid)

    @property
    def memory(self) -> int:
        """Resident bytes."""
        return int(self._process.memory_info().rss)

    @property
    def descriptors(self) -> int:
        """Open in the process."""
        return int(self._process.num_fds())

    def connections(self, port: int) -> int:
        """How many sockets the server's system still has with a peer's port, in whatever state."""
        mine = [c for c in psutil.net_connections("tcp") if c.laddr and c.raddr]
        return sum(c.laddr.port == self.port and c.raddr.port == port for c in mine)

    async def refusals(self) -> dict[str, int]:
        """How many were sent away, by reason."""
        async with httpx.AsyncClient(timeout=30) as client:
            text = (await client.get(self.server.url + "/metrics")).text
        return {reason: int(float(count)) for reason, count in _REFUSAL.findall(text)}

    async def open(self) -> Line:
        """One connection, until the attack is over."""
        line = Line(*await asyncio.open_connection(self.host, self.port, limit=MIB))
        self._lines.append(line)
        return line

    def hang_up(self) -> None:
        """Of the attacker's connections nothing remains."""
        for line in self._lines:
            line.writer.transport.abort()
        self._lines.clear()


class Healthy:
    """Asks one thing after the other: on one connection that it keeps, on a new one each time, and
    something that must be written to the record."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.answered = 0
        self.memory_peak = 0
        """The server's, seen between two requests."""

    async def run(self) -> None:
        """Until canceled. Raises what goes wrong."""
        address = self._target.host, self._target.port
        kept = Line(*await asyncio.open_connection(*address))
        try:
            while True:
                await self._ask(kept)
                fresh = Line(*await asyncio.open_connection(*address))
                try:
                    await self._ask(fresh)
                finally:
                    fresh.writer.transport.abort()
                await self._write()
                self.memory_peak = max(self.memory_peak, self._target.memory)
                await asyncio.sleep(0.01)
        finally:
            kept.writer.transport.abort()

    async def _ask(self, line: Line) -> None:
        line.send("GET /v1/ticker/BTC/USDT HTTP/1.1\nHost: localhost")
        status, body = await line.answer()
        assert " 200 " in status, (status, body)
        self.answered += 1

    async def _write(self) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(
                self._target.server.url + "/admin/users",
                json={"email": f"{uuid4()}@example.com"},
                headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            )
        assert answer.status_code in (200, 201), answer.text
        self.answered += 1


@contextlib.asynccontextmanager
async def unharmed(target: Target, *, requests_min: int = 9) -> AsyncIterator[None]:
    """During the block a healthy client asks, and goes on for a while after it."""
    before, healthy = target.memory, Healthy(target)
    asking = asyncio.create_task(healthy.run())
    try:
        yield
        await until(lambda: healthy.answered >= requests_min or asking.done())
    finally:
        target.hang_up()
        asking.cancel()
        outcome = (await asyncio.gather(asking, return_exceptions=True))[0]
    assert isinstance(outcome, asyncio.CancelledError), repr(outcome)
    grown = max(healthy.memory_peak, target.memory) - before
    assert grown < GROWTH_MAX, f"the server grew by {grown // MIB} MiB"


@contextlib.contextmanager
def attacked_server(folder: Path, *, head_s: int = 1) -> Iterator[Target]:
    """A server with few descriptors, for the length of a block. It waits `head_s` for what a new
    connection asks."""
    config = folder / "edge.toml"
    config.write_text(SETTINGS.format(head_s=head_s))
    server = FewDescriptors("--feed", "synthetic", "--demo", "--config", str(config)).start()
    try:
        yield Target(server)
    finally:
        server.stop()
    assert "Traceback" not in server.output, server.output


class FewDescriptors(ServerProcess):
    """A server that its shell gives 1,024 descriptors."""

    def launch(self, environment: dict[str, str]) -> subprocess.Popen[str]:
        """The process; no other shares its memory."""
        limited = f'ulimit -n {DESCRIPTORS} && exec "$0" "$@"'
        server = sys.executable, "-m", *REAL_PROGRAM, *self.arguments
        return in_an_interpreter_of_its_own(["sh", "-c", limited, *server], environment)


def handshake(path: str, more: str = "") -> str:
    """The head of a WebSocket handshake, as lines."""
    key = b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1\nHost: localhost\nConnection: Upgrade\nUpgrade: websocket\n"
        f"Sec-WebSocket-Version: 13\nSec-WebSocket-Key: {key}{more}"
    )


def frame(opcode: int, data: bytes = b"", *, is_last: bool = True) -> bytes:
    """A client's frame, masked with zeros."""
    head = (0x80 if is_last else 0) | opcode
    if len(data) < 126:
        return struct.pack("!BB", head, 0x80 | len(data)) + bytes(4) + data
    return struct.pack("!BBH", head, 0x80 | 126, len(data)) + bytes(4) + data


async def push(line: Line, data: bytes, times: int) -> int:
    """Send so often, or until the server takes no more; how many bytes the system took."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        for _ in range(times):
            line.writer.write(data)
            await line.writer.drain()
            sent += len(data)
    return sent
