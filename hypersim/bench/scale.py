"""`hypersim bench --scale`: how orders per second, memory and the start grow with what there is.

Four axes: orders in the record, users, symbols, and sockets that hear user data. Each point is
measured as the main load is, orders between two halves of the bare echo, so that what the machine
does at the time is in both. Points of orders follow each other on one server, which is started
again on its record after each; any other point has a server of its own.
"""

import contextlib
from collections.abc import Sequence
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from hypersim.bench.apis import BINANCE, NATIVE
from hypersim.bench.exchange_load import CONNECTIONS
from hypersim.bench.footprint import footprint
from hypersim.bench.main_load import MainLoad, main_load
from hypersim.bench.stage import Bench, Plan, Say, served, started, workplace
from hypersim.bench.user_streams import listening
from hypersim.bench.workload import Trader


class Axis(StrEnum):
    """What there is more and more of."""

    ORDERS = "orders"
    USERS = "users"
    SYMBOLS = "symbols"
    SOCKETS = "sockets"


SIZES = {
    Axis.ORDERS: (25_000, 100_000, 250_000),
    Axis.USERS: (10, 100, 1_000),
    Axis.SYMBOLS: (1, 10, 100, 400),
    Axis.SOCKETS: (0, 20, 100, 200),
}
QUICK_SIZES = {
    Axis.ORDERS: (100, 1_000),
    Axis.USERS: (10, 50),
    Axis.SYMBOLS: (1, 20),
    Axis.SOCKETS: (0, 5),
}

SYMBOLS_USERS = 50
"""Whoever has an account in hundreds of assets makes as many deposits first."""


class ScalePoint(msgspec.Struct, frozen=True):
    """Orders at 128 connections with so much of it. `start_s` is how long a start on the record
    takes, where it was looked at; `told_per_second` counts messages of user data."""

    axis: Axis
    size: int
    orders_per_second: float
    ratio_to_echo: float
    p99_ms: float
    cpu_us: float
    server_mb: float
    start_s: float | None = None
    told_per_second: float | None = None


async def measure_scale(plan: Plan, say: Say) -> list[ScalePoint]:
    """All four axes. Raises ClientFailed, SetupFailed and ServerFailed."""
    sizes = QUICK_SIZES if plan.is_quick else SIZES
    points = await _orders(plan, say, sizes[Axis.ORDERS])
    for users in sizes[Axis.USERS]:
        points.append(await _alone(replace(plan, users=users), say, Axis.USERS, users))
    for symbols in sizes[Axis.SYMBOLS]:
        users = min(plan.users, SYMBOLS_USERS)
        wider = replace(plan, symbols=symbols, users=users)
        points.append(await _alone(wider, say, Axis.SYMBOLS, symbols))
    points += await _sockets(plan, say, sizes[Axis.SOCKETS])
    return points


async def _orders(plan: Plan, say: Say, sizes: Sequence[int]) -> list[ScalePoint]:
    points: list[ScalePoint] = []
    traders: Sequence[Trader] | None = None
    with workplace(plan.directory) as directory:
        for size in sizes:
            async with served(plan, say, directory, traders) as bench:
                traders = bench.load.traders
                points.append(await _grown(bench, size))
            async with served(plan, say, directory, traders) as bench:
                points[-1] = replace(points[-1], start_s=bench.ready_s)
    return points


async def _grown(bench: Bench, size: int) -> ScalePoint:
    bench.say(f"{Axis.ORDERS}: {size:,}")
    while await bench.record.orders() < size:
        await bench.load.orders(CONNECTIONS, bench.plan.load_s)
    return _point(Axis.ORDERS, size, bench, await main_load(bench, NATIVE))


async def _alone(plan: Plan, say: Say, axis: Axis, size: int) -> ScalePoint:
    say(f"{axis}: {size:,}")
    async with started(plan, say) as bench:
        # The first order of a market brings it to life.
        await bench.load.counted_orders(plan.warm_up_s)
        return _point(axis, size, bench, await main_load(bench, NATIVE))


async def _sockets(plan: Plan, say: Say, sizes: Sequence[int]) -> list[ScalePoint]:
    points = []
    for size in sizes:
        say(f"{Axis.SOCKETS}: {size:,}")
        async with contextlib.AsyncExitStack() as stack:
            bench = await stack.enter_async_context(started(plan, say))
            listeners = bench.load.traders[:size]
            streams = await stack.enter_async_context(listening(bench.server, listeners))
            main = await main_load(bench, BINANCE)
            emails = [trader.email for trader in listeners]
            await streams.wait_for_orders(await bench.record.orders(emails))
            told = round(streams.events / plan.load_s, 1)
            point = _point(Axis.SOCKETS, size, bench, main)
            points.append(replace(point, told_per_second=told))
    return points


def _point(axis: Axis, size: int, bench: Bench, main: MainLoad) -> ScalePoint:
    return ScalePoint(
        axis,
        size,
        main.orders.per_second,
        main.ratio_to_echo,
        main.orders.p99_ms,
        round(main.cost.cpu_us, 1),
        round(footprint(bench.server.pid).resident_bytes / 1e6, 1),
    )
