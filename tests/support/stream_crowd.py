"""Many clients of Binance's market streams in one process, as cheap as they get.

`python -m tests.support.stream_crowd` takes a `CrowdSpec` as JSON on the first line of its standard
input, and prints `listening` once every client is connected. From the second line on it measures;
at the third one it waits until every client has heard what any of them has, and prints a
`CrowdReport`.
"""

import asyncio
import base64
import os
import re
import sys
import time
from collections.abc import Iterator

import msgspec
import uvloop

from hypersim.bench.histogram import Histogram

CATCH_UP_S = 10.0
PING, PONG, CLOSE, TEXT = 0x9, 0xA, 0x8, 0x1
READ_BYTES = 65_536

_EVENT = re.compile(rb'\{"stream":"([^"]+)","data":\{"e":"(\w+)","E":(\d+),"s":"\w+",')
_DIFF = re.compile(rb'"U":(\d+),"u":(\d+)')
_TRADE = re.compile(rb'"t":(\d+),.*?"T":(\d+)')


class CrowdSpec(msgspec.Struct, frozen=True):
    """How many clients, each of which listens to all of these streams."""

    host: str
    port: int
    clients: int
    streams: list[str]


class Delays(msgspec.Struct, frozen=True):
    """From a moment that an event names to its arrival, in ms."""

    events: int
    p50_ms: float
    p99_ms: float
    longest_ms: float


class CrowdReport(msgspec.Struct, frozen=True):
    """What the clients saw. `gaps` are diffs that do not follow the one before, `lost` clients
    whose connection ended, `behind` those that never heard the last of it. `trade_ids` are what
    the first one heard of each stream of trades while it was measured, `differing` are clients that
    heard something else. Delays of trades are from the event (E) and from the trade (T)."""

    frames: int
    seconds: float
    gaps: list[str]
    lost: list[str]
    behind: list[str]
    differing: list[str]
    trade_ids: dict[str, list[int]]
    diffs: Delays
    trades: Delays
    trades_from_trade: Delays


class Crowd:
    """What all clients share."""

    def __init__(self, spec: CrowdSpec) -> None:
        self.spec = spec
        self.clients = [Client(number, self) for number in range(spec.clients)]
        self.is_measuring = False
        self.since: dict[bytes, int] = {}
        self.frames = 0
        self.gaps: list[str] = []
        self.diffs, self.trades, self.from_trade = Histogram(), Histogram(), Histogram()

    async def connect(self) -> None:
        """All of them, one after the other: the server's handshakes are not what is measured."""
        for client in self.clients:
            await client.connect()

    def furthest(self) -> dict[bytes, int]:
        """The last id of each stream that anybody has heard of."""
        names = [name.encode() for name in self.spec.streams]
        return {name: max(one.last_ids.get(name, 0) for one in self.clients) for name in names}

    def measure(self) -> None:
        """From now on."""
        self.since = self.furthest()
        self.is_measuring = True

    def report(self, seconds: float, furthest: dict[bytes, int]) -> CrowdReport:
        """As of now."""
        heard = [one.trades_between(self.since, furthest) for one in self.clients]
        return CrowdReport(
            frames=self.frames,
            seconds=seconds,
            gaps=self.gaps[:20],
            lost=[f"{one.number}: {one.end}" for one in self.clients if one.end],
            behind=[str(one.number) for one in self.clients if not one.has_reached(furthest)],
            differing=[str(number) for number, ids in enumerate(heard) if ids != heard[0]],
            trade_ids=heard[0],
            diffs=_delays(self.diffs),
            trades=_delays(self.trades),
            trades_from_trade=_delays(self.from_trade),
        )


class Client:
    """One connection."""

    def __init__(self, number: int, crowd: Crowd) -> None:
        self.number = number
        self.end = ""
        self.last_ids: dict[bytes, int] = {}
        self._trade_ids: dict[bytes, list[int]] = {}
        self._crowd = crowd
        self._writer: asyncio.StreamWriter
        self._reading: asyncio.Task[None]

    async def connect(self) -> None:
        """Shake hands, and read from then on."""
        spec = self._crowd.spec
        reader, self._writer = await asyncio.open_connection(spec.host, spec.port)
        self._writer.write(handshake(spec.host, spec.streams))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        self._reading = asyncio.create_task(self._read(reader))

    def has_reached(self, ids: dict[bytes, int]) -> bool:
        """Whether it has heard this much of every stream."""
        return all(self.last_ids.get(name, 0) >= last for name, last in ids.items())

    def trades_between(
        self, after: dict[bytes, int], last: dict[bytes, int]
    ) -> dict[str, list[int]]:
        """Ids of the trades that it heard of, in order, by stream."""
        return {
            name.decode(): [one for one in ids if after[name] < one <= last[name]]
            for name, ids in sorted(self._trade_ids.items())
        }

    async def _read(self, reader: asyncio.StreamReader) -> None:
        data = b""
        try:
            while received := await reader.read(READ_BYTES):
                now_us = time.time_ns() // 1_000
                data = self._take(data + received, now_us)
            self.end = self.end or "closed by the server"
        except OSError as error:
            self.end = repr(error)

    def _take(self, data: bytes, now_us: int) -> bytes:
        """Take in whole frames; returns what is left."""
        position = 0
        for opcode, start, end in frames_in(data):
            payload = data[start:end]
            position = end
            if opcode == TEXT:
                self._hear(payload, now_us)
            elif opcode == PING:
                self._writer.write(masked(PONG, payload))
            elif opcode == CLOSE:
                self.end = f"closed: {payload!r}"
        return data[position:]

    def _hear(self, text: bytes, now_us: int) -> None:
        event = _EVENT.match(text)
        assert event, text[:200]
        stream, kind, told_ms = event[1], event[2], int(event[3])
        crowd = self._crowd
        if kind == b"trade":
            trade = _TRADE.match(text, event.end())
            assert trade, text[:300]
            last = int(trade[1])
            self._trade_ids.setdefault(stream, []).append(last)
            histograms = [(crowd.trades, told_ms), (crowd.from_trade, int(trade[2]))]
        else:
            diff = _DIFF.match(text, event.end())
            assert diff, text[:300]
            first, last = int(diff[1]), int(diff[2])
            before = self.last_ids.get(stream, first - 1)
            if first != before + 1:
                crowd.gaps.append(f"{self.number} {stream.decode()}: {first} after {before}")
            histograms = [(crowd.diffs, told_ms)]
        self.last_ids[stream] = last
        if crowd.is_measuring:
            crowd.frames += 1
            for histogram, since_ms in histograms:
                histogram.record(now_us - since_ms * 1_000)


def handshake(host: str, streams: list[str]) -> bytes:
    """Of a client of combined streams, without compression."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /stream?streams={'/'.join(streams)} HTTP/1.1\r\nHost: {host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()


def frames_in(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(opcode, start and end of the payload) of each whole frame from a server."""
    position = 0
    while len(data) - position >= 2:
        length, start = data[position + 1] & 0x7F, position + 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length = int.from_bytes(data[start : start + size])
            start += size
        end = start + length
        if end > len(data):
            return
        yield data[position] & 0x0F, start, end
        position = end


def masked(opcode: int, payload: bytes) -> bytes:
    """A frame from a client; a mask of zeros is one too."""
    return bytes((0x80 | opcode, 0x80 | len(payload))) + b"\0\0\0\0" + payload


def _delays(histogram: Histogram) -> Delays:
    return Delays(
        histogram.total,
        histogram.percentile(50) / 1_000,
        histogram.percentile(99) / 1_000,
        histogram.percentile(100) / 1_000,
    )


async def run(spec: CrowdSpec, lines: asyncio.StreamReader) -> CrowdReport:
    """Listen, measure, catch up."""
    crowd = Crowd(spec)
    await crowd.connect()
    say("listening")
    await lines.readline()
    crowd.measure()
    started = time.monotonic()
    await lines.readline()
    crowd.is_measuring = False
    seconds = time.monotonic() - started
    furthest = crowd.furthest()
    deadline = time.monotonic() + CATCH_UP_S
    while not all(one.has_reached(furthest) for one in crowd.clients):
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.05)
    return crowd.report(seconds, furthest)


def say(line: str) -> None:
    """To whoever started this."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def converse() -> None:
    """The child process."""
    lines = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    spec = msgspec.json.decode(await lines.readline(), type=CrowdSpec)
    report = await run(spec, lines)
    say(msgspec.json.encode(report).decode())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(converse())
