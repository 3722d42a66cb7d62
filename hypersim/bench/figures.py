"""The figures of a run, and the bars that this project has set itself."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

MEMORY_ORDERS_MIN = 100_000
"""The bar for memory speaks of a server that has taken this many orders."""


class Rate(msgspec.Struct, frozen=True):
    """One load: successful answers per second, and how long they took."""

    per_second: float
    p50_ms: float
    p99_ms: float
    longest_ms: float


class Delay(msgspec.Struct, frozen=True):
    """From a feed's event to the HTTP answer that shows it."""

    p50_ms: float
    p99_ms: float
    longest_ms: float
    events: int


class Cost(msgspec.Struct, frozen=True):
    """What the orders of the main load cost. Processor time, where the kernel tells it, is per
    order, or per request of the echo. `others_share` is which part of the machine's processors
    others used meanwhile, 0 to 1: that much was missing."""

    commits_per_second: float
    rows_per_second: float
    server_cpu_us: float | None
    postgres_cpu_us: float | None
    echo_cpu_us: float | None
    others_share: float | None


class BinanceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Orders over the Binance API, while so many users hear of theirs: `user_events` came, about
    every order of theirs."""

    orders_128: Rate
    echo_128: Rate
    ratio_to_echo: float
    cost: Cost
    user_streams: int
    user_events: int


class Memory(msgspec.Struct, frozen=True):
    """Resident memory, in MB, once the server had taken `orders`."""

    server_mb: float
    postgres_mb: float
    orders: int


class Integrity(msgspec.Struct, frozen=True):
    """Whether every acknowledged order is in the record. `unanswered` is how many requests at most
    were cut off when the time of a load was over: they may be there or not."""

    acknowledged: int
    unanswered: int
    recorded: int
    filled_share: float
    errors: int


class Setting(msgspec.Struct, frozen=True):
    """On what, and how, the run was made. `flush_ms` is what the disk takes to make 8 kB durable,
    the median: no order is acknowledged sooner."""

    client: str
    quick: bool
    python: str
    cpus: int
    synchronous_commit: str
    fsync: str
    flush_ms: float


class Figures(msgspec.Struct, frozen=True):
    """Everything that one run measured; field names are the keys of the JSON line.

    `orders_N` is with N connections; `order_queries` reads orders that are in memory,
    `archived_order_queries` ended ones that are only in the record (None if there are none yet).
    """

    setting: Setting
    orders_1: Rate
    orders_16: Rate
    orders_128: Rate
    echo_128: Rate
    ratio_to_echo: float
    cost: Cost
    order_queries: Rate
    archived_order_queries: Rate | None
    ticker_queries: Rate
    freshness_idle: Delay
    freshness_loaded: Delay
    memory: Memory
    binance: BinanceFigures
    integrity: Integrity


class Aim(StrEnum):
    """On which side of its bound a figure should be."""

    AT_LEAST = ">="
    BELOW = "<"


class Bar(NamedTuple):
    """A figure that should be on the right side of a bound. `key` names it in the JSON line."""

    key: str
    label: str
    figure: Callable[[Figures], float]
    aim: Aim
    bound: float
    unit: str = ""
    applies: Callable[[Figures], bool] = lambda _: True

    @property
    def wanted(self) -> str:
        """The bar in words, such as `>= 8,000 /s`."""
        return f"{self.aim} {self.bound:,g} {self.unit}".rstrip()

    def verdict(self, figures: Figures) -> bool | None:
        """Whether it is met; None when the run was too short to say."""
        if not self.applies(figures):
            return None
        value = self.figure(figures)
        return value >= self.bound if self.aim is Aim.AT_LEAST else value < self.bound


def _has_many_orders(figures: Figures) -> bool:
    return figures.memory.orders >= MEMORY_ORDERS_MIN


BARS = (
    Bar(
        "orders_per_second",
        "durable orders, 128 connections",
        lambda run: run.orders_128.per_second,
        Aim.AT_LEAST,
        8_000,
        "/s",
    ),
    Bar("orders_p99", "  their p99", lambda run: run.orders_128.p99_ms, Aim.BELOW, 50, "ms"),
    Bar("ratio", "  ratio to the bare echo", lambda run: run.ratio_to_echo, Aim.AT_LEAST, 0.15),
    Bar(
        "order_p50",
        "order, 1 connection, p50",
        lambda run: run.orders_1.p50_ms,
        Aim.BELOW,
        0.8,
        "ms",
    ),
    Bar(
        "order_queries",
        "GET /v1/order/{id}",
        lambda run: run.order_queries.per_second,
        Aim.AT_LEAST,
        8_000,
        "/s",
    ),
    Bar(
        "ticker_queries",
        "GET /v1/ticker/BTC/USDT",
        lambda run: run.ticker_queries.per_second,
        Aim.AT_LEAST,
        8_000,
        "/s",
    ),
    Bar(
        "freshness_idle",
        "feed event to answer, idle, p99",
        lambda run: run.freshness_idle.p99_ms,
        Aim.BELOW,
        50,
        "ms",
    ),
    Bar(
        "freshness_loaded",
        "feed event to answer, under load, p99",
        lambda run: run.freshness_loaded.p99_ms,
        Aim.BELOW,
        50,
        "ms",
    ),
    Bar(
        "memory",
        "server memory after 100,000 orders",
        lambda run: run.memory.server_mb,
        Aim.BELOW,
        500,
        "MB",
        _has_many_orders,
    ),
    Bar(
        "binance_orders_per_second",
        "durable orders over the Binance API",
        lambda run: run.binance.orders_128.per_second,
        Aim.AT_LEAST,
        8_000,
        "/s",
    ),
    Bar(
        "binance_ratio",
        "  their ratio to the bare echo",
        lambda run: run.binance.ratio_to_echo,
        Aim.AT_LEAST,
        0.15,
    ),
)


def json_line(figures: Figures) -> str:
    """All figures in one line, with `bars_met`: true, false, or null where the run was too short
    to say."""
    document: dict[str, Any] = msgspec.to_builtins(figures)
    document["bars_met"] = {bar.key: bar.verdict(figures) for bar in BARS}
    return msgspec.json.encode(document).decode()
