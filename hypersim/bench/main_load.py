"""Orders at 128 connections, with what they cost, between two halves of the bare echo."""

import asyncio
import contextlib
from typing import NamedTuple

import msgspec

from hypersim.bench.apis import Api
from hypersim.bench.exchange_load import CONNECTIONS
from hypersim.bench.figures import Cost, Rate
from hypersim.bench.footprint import Footprint, footprint, footprint_beside
from hypersim.bench.load import LoadResult
from hypersim.bench.machine import Ticks, others_share, own_client_s, processor_ticks
from hypersim.bench.processes import echo_command, running
from hypersim.bench.record_counts import RecordReader
from hypersim.bench.stage import Bench

LOOK_EVERY_S = 0.1
"""Whoever looks takes part in the load: an order's time must not notice."""

STATISTICS_DELAY_S = 1.2
"""PostgreSQL publishes its counts once a second."""


class MainLoad(NamedTuple):
    """What was measured. `ratio_to_echo` is orders per request of the echo."""

    orders: Rate
    echo: Rate
    cost: Cost

    @property
    def ratio_to_echo(self) -> float:
        """Free of most of what the machine has to do with it."""
        return round(self.orders.per_second / self.echo.per_second, 4)


async def main_load(bench: Bench, api: Api) -> MainLoad:
    """The echo comes before and after, as a machine's speed drifts with what else runs on it."""
    load, plan = bench.load, bench.plan
    async with running(echo_command(await load.order_answer_bytes(api))) as echo:
        bench.say(f"the bare echo, {CONNECTIONS} connections")
        before = footprint(echo.pid)
        halves = [await load.echo(echo, plan.echo_s, api)]
        bench.say(f"{api.order_request}, {CONNECTIONS} connections")
        orders, cost = await _costed_orders(bench, api)
        bench.say(f"the bare echo again, {CONNECTIONS} connections")
        halves.append(await load.echo(echo, plan.echo_s, api))
        echo_cpu_us = _cpu_us(before, footprint(echo.pid), sum(half.answers for half in halves))
    seconds = sum(half.seconds for half in halves)
    worst = max(halves, key=lambda half: half.p99_us)
    mean = sum(half.per_second * half.seconds for half in halves) / seconds
    echo_rate = msgspec.structs.replace(rate_of(worst), per_second=round(mean, 1))
    whole_cost = msgspec.structs.replace(cost, echo_cpu_us=echo_cpu_us)
    return MainLoad(rate_of(orders), echo_rate, whole_cost)


def rate_of(result: LoadResult) -> Rate:
    """A load's figures."""
    return Rate(
        per_second=round(result.per_second, 1),
        p50_ms=result.p50_us / 1000,
        p99_ms=result.p99_us / 1000,
        longest_ms=result.longest_us / 1000,
    )


def postgres_footprint(bench: Bench) -> Footprint:
    """Of all its processes."""
    return footprint(bench.record.postmaster_pid, with_children=True)


class _Spent(NamedTuple):
    """Processor time so far, of all that takes part in a load."""

    server: Footprint
    postgres: Footprint
    projector: Footprint
    client_s: float
    machine: Ticks | None

    @classmethod
    def now(cls, bench: Bench) -> "_Spent":
        """As of now."""
        return cls(
            footprint(bench.server.pid),
            postgres_footprint(bench),
            footprint_beside(bench.server.pid, bench.record.postmaster_pid),
            own_client_s(),
            processor_ticks(),
        )

    @property
    def own_s(self) -> float:
        """Of the whole run."""
        parts = (self.server, self.postgres, self.projector)
        return sum(part.cpu_s or 0 for part in parts) + self.client_s


async def _costed_orders(bench: Bench, api: Api) -> tuple[LoadResult, Cost]:
    await asyncio.sleep(STATISTICS_DELAY_S)
    counts, before = await bench.record.counts(), _Spent.now(bench)
    over = asyncio.Event()
    watching = asyncio.create_task(_furthest_behind(bench.record, over))
    try:
        orders = await bench.load.orders(CONNECTIONS, bench.plan.load_s, api)
    finally:
        over.set()
        behind_s = await watching
    await bench.record.caught_up()
    after = _Spent.now(bench)
    await asyncio.sleep(STATISTICS_DELAY_S)
    counts_after = await bench.record.counts()
    return orders, Cost(
        commits_per_second=round((counts_after.commits - counts.commits) / orders.seconds, 1),
        rows_per_second=round((counts_after.rows - counts.rows) / orders.seconds, 1),
        server_cpu_us=_cpu_us(before.server, after.server, orders.answers),
        postgres_cpu_us=_cpu_us(before.postgres, after.postgres, orders.answers),
        projector_cpu_us=_cpu_us(before.projector, after.projector, orders.answers),
        echo_cpu_us=None,
        others_share=others_share(before.machine, after.machine, after.own_s - before.own_s),
        tables_behind_s=round(behind_s, 3),
    )


async def _furthest_behind(record: RecordReader, over: asyncio.Event) -> float:
    """How far the tables were behind at most."""
    longest = 0.0
    while not over.is_set():
        longest = max(longest, await record.behind_s())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await over.wait()
    return longest


def _cpu_us(before: Footprint, after: Footprint, requests: int) -> float | None:
    if before.cpu_s is None or after.cpu_s is None or not requests:
        return None
    return round((after.cpu_s - before.cpu_s) * 1e6 / requests, 1)
