"""One run: everything is measured on the same server, one load after the other."""

import asyncio
import os
import platform
import time
from typing import NamedTuple

import msgspec

from hypersim.cli.bench.exchange_load import CONNECTIONS
from hypersim.cli.bench.figures import Cost, Delay, Figures, Integrity, Memory, Rate, Setting
from hypersim.cli.bench.footprint import Footprint, footprint
from hypersim.cli.bench.freshness import measure_freshness
from hypersim.cli.bench.load import LoadResult
from hypersim.cli.bench.machine import Ticks, others_share, own_client_s, processor_ticks
from hypersim.cli.bench.processes import echo_command, running
from hypersim.cli.bench.stage import Bench, Plan, Say, started

STATISTICS_DELAY_S = 1.2
"""PostgreSQL publishes its counts once a second."""

LOAD_LEAD_S = 1.5
"""Within this, the requests of a load are made and its client is at work."""


class BenchFailed(Exception):
    """The run is worthless: requests failed, or the record does not have what was acknowledged."""


class MainLoad(NamedTuple):
    """Orders at 128 connections, between two halves of the echo."""

    orders: LoadResult
    echo: Rate
    cost: Cost


async def run_bench(plan: Plan, say: Say) -> Figures:
    """Start everything, measure, check, stop everything. Raises BenchFailed, ClientFailed,
    SetupFailed and ServerFailed."""
    async with started(plan, say) as bench:
        load, record = bench.load, bench.record
        await _warm_up(bench)
        say("orders, 1 and 16 connections")
        orders_1 = await load.orders(1, plan.load_s)
        orders_16 = await load.orders(16, plan.load_s)
        main = await _main_load(bench)
        say("from a feed's event to the answer that shows it, idle and under load")
        idle = await _freshness(bench, plan.load_s)
        loaded = await _loaded_freshness(bench)
        memory = await _memory(bench)
        say("queries")
        return Figures(
            setting=await _setting(bench),
            orders_1=_rate(orders_1),
            orders_16=_rate(orders_16),
            orders_128=_rate(main.orders),
            echo_128=main.echo,
            ratio_to_echo=round(main.orders.per_second / main.echo.per_second, 4),
            cost=main.cost,
            order_queries=_rate(await load.newest_order_queries(record, plan.load_s)),
            archived_order_queries=await _archived_queries(bench),
            ticker_queries=_rate(await load.ticker_queries(plan.load_s)),
            freshness_idle=idle,
            freshness_loaded=loaded,
            memory=memory,
            integrity=await _integrity(bench),
        )


async def _warm_up(bench: Bench) -> None:
    """Also the exact check: our own client waits for every answer, so the record must have as many
    orders as were acknowledged, not one more or less."""
    bench.say("warming up")
    await bench.load.counted_orders(bench.plan.warm_up_s)
    await _integrity(bench)


async def _main_load(bench: Bench) -> MainLoad:
    """The echo comes before and after, as a machine's speed drifts with what else runs on it."""
    load, plan = bench.load, bench.plan
    async with running(echo_command(await load.order_answer_bytes())) as echo:
        bench.say(f"the bare echo, {CONNECTIONS} connections")
        before = footprint(echo.pid)
        halves = [await load.echo(echo, plan.echo_s)]
        bench.say(f"orders, {CONNECTIONS} connections")
        orders, cost = await _costed_orders(bench)
        bench.say(f"the bare echo again, {CONNECTIONS} connections")
        halves.append(await load.echo(echo, plan.echo_s))
        echo_cpu_us = _cpu_us(before, footprint(echo.pid), sum(half.answers for half in halves))
    seconds = sum(half.seconds for half in halves)
    worst = max(halves, key=lambda half: half.p99_us)
    mean = sum(half.per_second * half.seconds for half in halves) / seconds
    echo_rate = msgspec.structs.replace(_rate(worst), per_second=round(mean, 1))
    return MainLoad(orders, echo_rate, msgspec.structs.replace(cost, echo_cpu_us=echo_cpu_us))


class Spent(NamedTuple):
    """Processor time so far, of all that takes part in a load."""

    server: Footprint
    postgres: Footprint
    client_s: float
    machine: Ticks | None

    @classmethod
    def now(cls, bench: Bench) -> "Spent":
        """As of now."""
        return cls(
            footprint(bench.server.pid),
            _postgres_footprint(bench),
            own_client_s(),
            processor_ticks(),
        )

    @property
    def own_s(self) -> float:
        """Of the whole run."""
        return (self.server.cpu_s or 0) + (self.postgres.cpu_s or 0) + self.client_s


async def _costed_orders(bench: Bench) -> tuple[LoadResult, Cost]:
    await asyncio.sleep(STATISTICS_DELAY_S)
    counts, before = await bench.record.counts(), Spent.now(bench)
    orders = await bench.load.orders(CONNECTIONS, bench.plan.load_s)
    after = Spent.now(bench)
    await asyncio.sleep(STATISTICS_DELAY_S)
    counts_after = await bench.record.counts()
    return orders, Cost(
        commits_per_second=round((counts_after.commits - counts.commits) / orders.seconds, 1),
        rows_per_second=round((counts_after.rows - counts.rows) / orders.seconds, 1),
        server_cpu_us=_cpu_us(before.server, after.server, orders.answers),
        postgres_cpu_us=_cpu_us(before.postgres, after.postgres, orders.answers),
        echo_cpu_us=None,
        others_share=others_share(before.machine, after.machine, after.own_s - before.own_s),
    )


async def _freshness(bench: Bench, seconds: float) -> Delay:
    symbols = [instrument.symbol for instrument in bench.load.instruments]
    delays = await measure_freshness(bench.server, symbols, seconds)
    return Delay(
        p50_ms=delays.percentile(50) / 1000,
        p99_ms=delays.percentile(99) / 1000,
        longest_ms=delays.percentile(100) / 1000,
        events=delays.total,
    )


async def _loaded_freshness(bench: Bench) -> Delay:
    """Looks only while the load surely runs: it needs a moment to begin."""
    seconds = bench.plan.load_s
    lead_s = min(LOAD_LEAD_S, seconds / 2)

    async def look_later() -> Delay:
        await asyncio.sleep(lead_s)
        return await _freshness(bench, seconds - lead_s)

    _, delay = await asyncio.gather(bench.load.orders(CONNECTIONS, seconds), look_later())
    return delay


async def _memory(bench: Bench) -> Memory:
    """After as many orders as the bar speaks of."""
    deadline = time.monotonic() + 60
    while (orders := await bench.record.orders()) < bench.plan.orders_min:
        if time.monotonic() > deadline:
            break
        bench.say(f"{orders:,} orders so far; more, to see the memory after enough of them")
        await bench.load.orders(CONNECTIONS, bench.plan.load_s)
    return Memory(
        server_mb=round(footprint(bench.server.pid).resident_bytes / 1e6, 1),
        postgres_mb=round(_postgres_footprint(bench).resident_bytes / 1e6, 1),
        orders=orders,
    )


async def _archived_queries(bench: Bench) -> Rate | None:
    result = await bench.load.archived_order_queries(bench.record, bench.plan.load_s)
    return None if result is None else _rate(result)


async def _integrity(bench: Bench) -> Integrity:
    """Raises BenchFailed."""
    totals, recorded = bench.load.totals, await bench.record.orders()
    if totals.errors:
        raise BenchFailed(
            f"{totals.errors} requests failed, the first one with: {totals.first_error}"
        )
    missing = totals.acknowledged - recorded
    if missing > 0:
        raise BenchFailed(f"{missing} acknowledged orders are not in the record")
    if -missing > totals.unanswered:
        raise BenchFailed(
            f"the record has {recorded} orders, but {totals.acknowledged} were acknowledged and "
            f"at most {totals.unanswered} were cut off"
        )
    return Integrity(
        acknowledged=totals.acknowledged,
        unanswered=totals.unanswered,
        recorded=recorded,
        filled_share=round(await bench.record.filled_share(), 4),
        errors=totals.errors,
    )


async def _setting(bench: Bench) -> Setting:
    return Setting(
        client=bench.load.client.name,
        quick=bench.plan.is_quick,
        python=platform.python_version(),
        cpus=os.cpu_count() or 1,
        synchronous_commit=await bench.record.setting("synchronous_commit"),
        fsync=await bench.record.setting("fsync"),
        flush_ms=bench.flush_ms,
    )


def _postgres_footprint(bench: Bench) -> Footprint:
    return footprint(bench.record.postmaster_pid, with_children=True)


def _cpu_us(before: Footprint, after: Footprint, requests: int) -> float | None:
    if before.cpu_s is None or after.cpu_s is None or not requests:
        return None
    return round((after.cpu_s - before.cpu_s) * 1e6 / requests, 1)


def _rate(result: LoadResult) -> Rate:
    return Rate(
        per_second=round(result.per_second, 1),
        p50_ms=result.p50_us / 1000,
        p99_ms=result.p99_us / 1000,
        longest_ms=result.longest_us / 1000,
    )
