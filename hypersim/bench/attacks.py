"""`hypersim bench --attacks`: what a healthy client notices of an attack.

It asks for a ticker, places an order and cancels it, again and again at a steady pace; for each
attack in turn without it and with it, in several rounds. The figure is the ratio of the two p99 in
the round in the middle: what the machine does meanwhile is in both, and a single hiccup of it in
one round only. An attacker is a process of its own with a low priority: in life it takes another
machine's processor.
"""

import asyncio
import random
import sys
import time
from typing import NamedTuple

import msgspec
from rich.table import Table

from hypersim.bench.accounts import current_prices
from hypersim.bench.attack_kind import READY, AttackKind
from hypersim.bench.histogram import Histogram
from hypersim.bench.http_answer import ask, body_of
from hypersim.bench.load import ClientFailed
from hypersim.bench.native_workload import order_body, plain_request, signed_request
from hypersim.bench.processes import Listening, environment
from hypersim.bench.stage import Bench
from hypersim.bench.workload import OrderShape, drawn_order

RATIO_MAX = 2.0
"""The bar: a healthy client's p99 with an attack over its p99 without."""

PACE_S = 0.002
"""Between an answer and the next request."""

SEED = 7
ROUNDS = 3
LEAD_S = 0.5
"""An attack is under way when the healthy client begins."""


class AttackFigure(msgspec.Struct, frozen=True):
    """One round of an attack. `asked` requests were sent during it and as many answered."""

    kind: AttackKind
    p99_without_ms: float
    p99_with_ms: float
    asked: int

    @property
    def ratio(self) -> float:
        """How many times longer the slowest hundredth took."""
        return self.p99_with_ms / self.p99_without_ms


class _Placed(msgspec.Struct):
    id: str


class _Asked(NamedTuple):
    p99_ms: float
    requests: int


async def measure_attacks(bench: Bench) -> list[AttackFigure]:
    """Every kind, one after the other. Raises ClientFailed if the healthy client goes without an
    answer."""
    figures = []
    for kind in AttackKind:
        bench.say(f"attack: {kind}")
        rounds = [await _round(bench, kind) for _ in range(ROUNDS)]
        figures.append(sorted(rounds, key=lambda one: one.ratio)[ROUNDS // 2])
    return figures


async def _round(bench: Bench, kind: AttackKind) -> AttackFigure:
    without = await _healthy(bench)
    attacker = await _start(kind, bench.server, bench.plan.load_s + 2 * LEAD_S)
    try:
        await asyncio.sleep(LEAD_S)
        attacked = await _healthy(bench)
    finally:
        if attacker.returncode is None:
            attacker.kill()
        await attacker.wait()
    return AttackFigure(kind, without.p99_ms, attacked.p99_ms, attacked.requests)


def attacks_table(figures: list[AttackFigure]) -> Table:
    """A row per attack."""
    table = Table(title="A healthy client beside an attack", title_justify="left")
    table.add_column("attack", no_wrap=True)
    for heading in ("p99 ms without", "with", "ratio", "bar", "answered"):
        table.add_column(heading, justify="right")
    for figure in figures:
        table.add_row(
            figure.kind,
            f"{figure.p99_without_ms:.2f}",
            f"{figure.p99_with_ms:.2f}",
            f"{figure.ratio:.2f}",
            f"<= {RATIO_MAX:g}",
            f"{figure.asked:,}",
        )
    return table


def attacks_line(figures: list[AttackFigure]) -> str:
    """In one line of JSON, with the ratios and whether the bar is met."""
    document = {
        "attacks": [{**msgspec.to_builtins(one), "ratio": round(one.ratio, 3)} for one in figures],
        "bar_met": all(one.ratio <= RATIO_MAX for one in figures),
    }
    return msgspec.json.encode(document).decode()


class _Healthy:
    """A client with one connection, whose every request must be answered with success."""

    def __init__(self, bench: Bench, body: bytes) -> None:
        self.latencies = Histogram()
        self._server, self._trader, self._body = bench.server, bench.load.traders[0], body

    async def trade(self, seconds: float) -> None:
        """Raises OSError and ClientFailed."""
        server, end = self._server, time.monotonic() + seconds
        reader, writer = await asyncio.open_connection(server.host, server.port)
        ticker = plain_request("/v1/ticker/BTC/USDT", server.authority)
        while time.monotonic() < end:
            await self._answer(reader, writer, ticker)
            placed = await self._answer(
                reader, writer, self._signed("POST", "/v1/order", self._body)
            )
            path = f"/v1/order/{msgspec.json.decode(body_of(placed), type=_Placed).id}"
            await self._answer(reader, writer, self._signed("DELETE", path))
        writer.close()

    def _signed(self, method: str, path: str, body: bytes = b"") -> bytes:
        now_ms = time.time_ns() // 1_000_000
        return signed_request(method, path, body, self._trader, self._server.authority, now_ms)

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> bytes:
        begun = time.perf_counter_ns()
        answer = await ask(reader, writer, request)
        self.latencies.record((time.perf_counter_ns() - begun) // 1_000)
        if not answer.startswith(b"HTTP/1.1 2"):
            raise ClientFailed(f"a healthy client was answered {answer[:32]!r}")
        await asyncio.sleep(PACE_S)
        return answer


async def _healthy(bench: Bench) -> _Asked:
    client = _Healthy(bench, await _resting_order(bench))
    try:
        await client.trade(bench.plan.load_s)
    except OSError as error:
        raise ClientFailed(f"a healthy client lost its connection: {error}") from None
    return _Asked(client.latencies.percentile(99) / 1_000, client.latencies.total)


async def _resting_order(bench: Bench) -> bytes:
    instrument = bench.load.instruments[0]
    prices = await current_prices(f"http://{bench.server.authority}", [instrument])
    shape = OrderShape("buy", "limit", rests=True)
    dice = random.Random(SEED)
    return order_body(drawn_order(shape, instrument, prices[instrument.symbol], dice))


async def _start(kind: AttackKind, server: Listening, seconds: float) -> asyncio.subprocess.Process:
    arguments = [kind.value, server.host, str(server.port), str(seconds)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hypersim.bench.attacker",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    if (await process.stdout.readline()).decode().strip() != READY:
        raise ClientFailed("the attack did not begin")
    return process
