"""A crowd listens to prices while others trade: everybody hears everything, a client that does not
read harms nobody but itself, and the delays are printed.

They are not asserted: that depends on the machine. The crowd is smaller where there are few
processors; STREAMS_LOAD=full or STREAMS_LOAD=small says otherwise.
"""

import asyncio
import contextlib
import os
import random
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

from hypersim.account.user import Secret
from hypersim.bench.accounts import current_prices, open_accounts
from hypersim.bench.apis import BINANCE
from hypersim.bench.http_answer import ask
from hypersim.bench.stage import CONFIG
from hypersim.bench.workload import Trader
from hypersim.feeds.listing import load_instruments
from hypersim.market.instrument import Instrument
from tests.support.server import ADMIN_TOKEN, running_server
from tests.support.stream_crowd import CrowdReport, CrowdSpec, Delays, handshake

ROOT = Path(__file__).parents[2]
SYMBOLS = 10
TRADERS = 50
CONNECTIONS = 32
PROCESSORS_OF_FULL = 4

ROUNDS = 2
SECONDS = 45.0
"""Of a round, whose orders are signed at its beginning. The server pings after 20 s and hangs up
60 s later on who does not answer, so the second round must go on for longer than that."""

MARGIN_MS = 3_000
CATCH_UP_S = 30.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


class Size(NamedTuple):
    """Of the load."""

    clients: int
    orders_per_second: int


SIZES = {"full": Size(200, 1_000), "small": Size(50, 250)}


class Orders(NamedTuple):
    """What became of them. `first_error` is the first answer that was no success."""

    answered: int
    seconds: float
    first_error: str


def chosen_size() -> Size:
    is_strong = (os.cpu_count() or 1) >= PROCESSORS_OF_FULL
    return SIZES[os.environ.get("STREAMS_LOAD", "full" if is_strong else "small")]


async def test_a_crowd_hears_everything_while_a_stalled_client_is_dropped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = chosen_size()
    instruments = [listed.instrument for listed in load_instruments()][:SYMBOLS]
    names = [one.id.lower() for one in instruments]
    streams = [f"{name}@{kind}" for name in names for kind in ("depth@100ms", "trade")]
    config = tmp_path / "settings.toml"
    config.write_text(CONFIG)
    options = ("--feed", "synthetic", "--config", str(config))
    with running_server(*options, data_dir=tmp_path / "data") as server:
        host, port = urlsplit(server.url).hostname or "", urlsplit(server.url).port or 0
        traders = await open_accounts(server.url, Secret(ADMIN_TOKEN), TRADERS, instruments)
        async with crowd(CrowdSpec(host, port, size.clients, streams)) as listening:
            with stalled_client(host, port, streams) as stalled:
                listening.say("measure")
                orders = await send_rounds(server.url, traders, instruments, size)
                end_ms = time.time_ns() // 1_000_000
                report = await listening.report()
                prints = await printed_trades(server.url, instruments, report)
                last_heard_ms = await asyncio.to_thread(read_to_the_end, stalled)
    with capsys.disabled():
        print(f"\n{size.clients} clients x {len(streams)} streams: {shown(report, orders)}")
    assert orders.first_error == ""
    assert (report.gaps, report.lost, report.behind, report.differing) == ([], [], [], [])
    assert report.trade_ids == prints
    assert last_heard_ms < end_ms - MARGIN_MS


async def order_requests(
    url: str, traders: Sequence[Trader], instruments: Sequence[Instrument], size: Size
) -> list[bytes]:
    """All orders of the run; each is good for a minute after it was signed."""
    prices = await current_prices(url, instruments)
    made = BINANCE.order_requests(
        round(size.orders_per_second * SECONDS),
        traders=traders,
        instruments=instruments,
        prices=prices,
        host=urlsplit(url).netloc,
        timestamp_ms=time.time_ns() // 1_000_000,
        dice=random.Random(7),
    )
    return list(made)


async def send_rounds(
    url: str, traders: Sequence[Trader], instruments: Sequence[Instrument], size: Size
) -> Orders:
    """All rounds, or up to the first one in which something was refused; the last one's outcome."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 0
    for _ in range(ROUNDS):
        requests = await order_requests(url, traders, instruments, size)
        orders = await send_orders(host, port, requests, size.orders_per_second)
        if orders.first_error:
            break
    return orders


async def send_orders(host: str, port: int, requests: list[bytes], per_second: int) -> Orders:
    """At an even pace; a connection that waits for an answer is late with its next order."""
    start_s = time.monotonic()
    errors: list[bytes] = []

    async def send_every(first: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for number in range(first, len(requests), CONNECTIONS):
            await asyncio.sleep(start_s + number / per_second - time.monotonic())
            answer = await ask(reader, writer, requests[number])
            if not answer.startswith(b"HTTP/1.1 200 "):
                errors.append(answer)
        writer.close()

    await asyncio.gather(*(send_every(first) for first in range(CONNECTIONS)))
    seconds = time.monotonic() - start_s
    return Orders(len(requests), seconds, errors[0].decode() if errors else "")


class Listening:
    """The crowd's process, once all are connected."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def say(self, line: str) -> None:
        """A line on its standard input."""
        assert self._process.stdin
        self._process.stdin.write(line.encode() + b"\n")

    async def line(self) -> bytes:
        """The next line that it prints."""
        assert self._process.stdout
        async with asyncio.timeout(CATCH_UP_S):
            return await self._process.stdout.readline()

    async def report(self) -> CrowdReport:
        """Have it stop measuring."""
        self.say("stop")
        return msgspec.json.decode(await self.line(), type=CrowdReport)


@contextlib.asynccontextmanager
async def crowd(spec: CrowdSpec) -> AsyncIterator[Listening]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.stream_crowd"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    listening = Listening(process)
    try:
        listening.say(msgspec.json.encode(spec).decode())
        assert await listening.line() == b"listening\n"
        yield listening
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@contextlib.contextmanager
def stalled_client(host: str, port: int, streams: list[str]) -> Iterator[socket.socket]:
    """One that subscribes and never reads; its system takes next to nothing for it either."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(CATCH_UP_S)
        connection.connect((host, port))
        connection.sendall(handshake(host, streams))
        yield connection


async def printed_trades(
    url: str, instruments: Sequence[Instrument], report: CrowdReport
) -> dict[str, list[int]]:
    """Ids of all trades from the first to the last that the crowd heard of, by stream."""
    printed = {}
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        for one in instruments:
            answer = await client.get(f"/api/v3/trades?symbol={one.id}&limit=1000")
            name = f"{one.id.lower()}@trade"
            heard = report.trade_ids[name]
            ids = [trade["id"] for trade in answer.json()]
            printed[name] = [number for number in ids if heard[0] <= number <= heard[-1]]
    return printed


def read_to_the_end(connection: socket.socket) -> int:
    """Read what had been sent until the server's end of it; the time of the last event. A client
    that was not dropped would go on reading what happens now."""
    deadline = time.monotonic() + CATCH_UP_S
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(1_000_000):
            received += data
            assert time.monotonic() < deadline, "the stalled client is still served"
    return max(map(int, re.findall(rb'"E":(\d+)', received)), default=0)


def shown(report: CrowdReport, orders: Orders) -> str:
    rate = orders.answered / orders.seconds
    lines = [f"{report.frames / report.seconds:,.0f} frames/s at {rate:,.0f} orders/s"]
    kinds: dict[str, Delays] = {
        "diff, from E": report.diffs,
        "trade, from E": report.trades,
        "trade, from T": report.trades_from_trade,
    }
    lines += [
        f"  {kind}: p50 {one.p50_ms:.1f} ms, p99 {one.p99_ms:.1f} ms, "
        f"longest {one.longest_ms:.1f} ms of {one.events:,}"
        for kind, one in kinds.items()
    ]
    return "\n".join(lines)
