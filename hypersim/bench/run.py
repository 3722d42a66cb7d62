"""One run: everything is measured on the same server, one load after the other."""

import asyncio
import os
import platform
import time

from hypersim import is_compiled
from hypersim.bench.apis import BINANCE, NATIVE
from hypersim.bench.exchange_load import CONNECTIONS
from hypersim.bench.figures import (
    BinanceFigures,
    Delay,
    Figures,
    Integrity,
    Memory,
    Rate,
    Setting,
)
from hypersim.bench.footprint import footprint
from hypersim.bench.freshness import measure_freshness
from hypersim.bench.main_load import main_load, postgres_footprint, rate_of
from hypersim.bench.stage import Bench, Plan, Say, started
from hypersim.bench.user_streams import listening

LOAD_LEAD_S = 1.5
"""Within this, the requests of a load are made and its client is at work."""


class BenchFailed(Exception):
    """The run is worthless: requests failed, or the record does not have what was acknowledged."""


async def run_bench(plan: Plan, say: Say) -> Figures:
    """Start everything, measure, check, stop everything. Raises BenchFailed, ClientFailed,
    SetupFailed and ServerFailed."""
    async with started(plan, say) as bench:
        load, record = bench.load, bench.record
        await _warm_up(bench)
        say("orders, 1 and 16 connections")
        orders_1 = await load.orders(1, plan.load_s)
        orders_16 = await load.orders(16, plan.load_s)
        main = await main_load(bench, NATIVE)
        say("from a feed's event to the answer that shows it, idle and under load")
        idle = await _freshness(bench, plan.load_s)
        loaded = await _loaded_freshness(bench)
        memory = await _memory(bench)
        say("queries")
        return Figures(
            setting=await _setting(bench),
            orders_1=rate_of(orders_1),
            orders_16=rate_of(orders_16),
            orders_128=main.orders,
            echo_128=main.echo,
            ratio_to_echo=main.ratio_to_echo,
            cost=main.cost,
            order_queries=rate_of(await load.newest_order_queries(record, plan.load_s)),
            archived_order_queries=await _archived_queries(bench),
            ticker_queries=rate_of(await load.ticker_queries(plan.load_s)),
            freshness_idle=idle,
            freshness_loaded=loaded,
            memory=memory,
            binance=await _over_binance(bench),
            integrity=await _integrity(bench),
        )


async def _warm_up(bench: Bench) -> None:
    """Also the exact check: our own client waits for every answer, so the record must have as many
    orders as were acknowledged, not one more or less."""
    bench.say("warming up")
    await bench.load.counted_orders(bench.plan.warm_up_s)
    await _integrity(bench)


async def _over_binance(bench: Bench) -> BinanceFigures:
    """While some of the users hear what becomes of their orders, every one of them. Raises
    ClientFailed."""
    listeners = bench.load.traders[: bench.plan.user_streams]
    emails = [trader.email for trader in listeners]
    before = await bench.record.orders(emails)
    async with listening(bench.server, listeners) as streams:
        main = await main_load(bench, BINANCE)
        # What wrk left under way is placed by now: the echo came after it.
        placed = await bench.record.orders(emails) - before
        await streams.wait_for_orders(placed)
    return BinanceFigures(
        orders_128=main.orders,
        echo_128=main.echo,
        ratio_to_echo=main.ratio_to_echo,
        cost=main.cost,
        user_streams=len(listeners),
        user_events=streams.events,
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
        postgres_mb=round(postgres_footprint(bench).resident_bytes / 1e6, 1),
        orders=orders,
    )


async def _archived_queries(bench: Bench) -> Rate | None:
    result = await bench.load.archived_order_queries(bench.record, bench.plan.load_s)
    return None if result is None else rate_of(result)


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
        is_compiled=is_compiled(),
        cpus=os.cpu_count() or 1,
        synchronous_commit=await bench.record.setting("synchronous_commit"),
        fsync=await bench.record.setting("fsync"),
        flush_ms=bench.flush_ms,
    )
