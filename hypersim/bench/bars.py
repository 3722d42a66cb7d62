"""The bars that this project has set itself, for plain Python and for compiled modules."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from hypersim.bench.figures import MEMORY_ORDERS_MIN, Figures


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
    plain: float
    compiled: float
    unit: str = ""
    applies: Callable[[Figures], bool] = lambda _: True

    def bound(self, figures: Figures) -> float:
        """The one for what ran."""
        return self.compiled if figures.setting.is_compiled else self.plain

    def wanted(self, figures: Figures) -> str:
        """The bar in words, such as `>= 8,000 /s`."""
        return f"{self.aim} {self.bound(figures):,g} {self.unit}".rstrip()

    def verdict(self, figures: Figures) -> bool | None:
        """Whether it is met; None when the run was too short to say."""
        if not self.applies(figures):
            return None
        value, bound = self.figure(figures), self.bound(figures)
        return value >= bound if self.aim is Aim.AT_LEAST else value < bound


def _has_many_orders(figures: Figures) -> bool:
    return figures.memory.orders >= MEMORY_ORDERS_MIN


def _archived(figures: Figures) -> float:
    rate = figures.archived_order_queries
    return 0.0 if rate is None else rate.per_second


def _behind(figures: Figures) -> float:
    return max(figures.cost.tables_behind_s, figures.binance.cost.tables_behind_s)


BARS = (
    Bar(
        "orders_per_second",
        "durable orders, 128 connections",
        lambda run: run.orders_128.per_second,
        Aim.AT_LEAST,
        12_000,
        14_000,
        "/s",
    ),
    Bar(
        "ratio",
        "  ratio to the bare echo",
        lambda run: run.ratio_to_echo,
        Aim.AT_LEAST,
        0.21,
        0.25,
    ),
    Bar("orders_p99", "  their p99", lambda run: run.orders_128.p99_ms, Aim.BELOW, 25, 22, "ms"),
    Bar("orders_cpu", "  processor time", lambda run: run.cost.cpu_us, Aim.BELOW, 112, 98, "µs"),
    Bar(
        "order_p50",
        "order, 1 connection, p50",
        lambda run: run.orders_1.p50_ms,
        Aim.BELOW,
        0.45,
        0.42,
        "ms",
    ),
    Bar(
        "order_p99",
        "order, 1 connection, p99",
        lambda run: run.orders_1.p99_ms,
        Aim.BELOW,
        2,
        2,
        "ms",
    ),
    Bar(
        "binance_orders_per_second",
        "durable orders over the Binance API",
        lambda run: run.binance.orders_128.per_second,
        Aim.AT_LEAST,
        10_000,
        11_500,
        "/s",
    ),
    Bar(
        "binance_ratio",
        "  ratio to the bare echo",
        lambda run: run.binance.ratio_to_echo,
        Aim.AT_LEAST,
        0.17,
        0.19,
    ),
    Bar(
        "binance_p99",
        "  their p99",
        lambda run: run.binance.orders_128.p99_ms,
        Aim.BELOW,
        28,
        26,
        "ms",
    ),
    Bar(
        "binance_cpu",
        "  processor time",
        lambda run: run.binance.cost.cpu_us,
        Aim.BELOW,
        133,
        118,
        "µs",
    ),
    Bar("tables_behind", "tables behind the journal", _behind, Aim.BELOW, 1, 1, "s"),
    Bar(
        "order_queries",
        "GET /v1/order/{id}",
        lambda run: run.order_queries.per_second,
        Aim.AT_LEAST,
        8_000,
        8_000,
        "/s",
    ),
    Bar(
        "archived_order_queries",
        "  that ended long ago",
        _archived,
        Aim.AT_LEAST,
        8_000,
        8_000,
        "/s",
        lambda run: run.archived_order_queries is not None,
    ),
    Bar(
        "ticker_queries",
        "GET /v1/ticker/BTC/USDT",
        lambda run: run.ticker_queries.per_second,
        Aim.AT_LEAST,
        8_000,
        8_000,
        "/s",
    ),
    Bar(
        "freshness_idle",
        "feed event to answer, idle, p99",
        lambda run: run.freshness_idle.p99_ms,
        Aim.BELOW,
        50,
        50,
        "ms",
    ),
    Bar(
        "freshness_loaded",
        "feed event to answer, under load, p99",
        lambda run: run.freshness_loaded.p99_ms,
        Aim.BELOW,
        50,
        50,
        "ms",
    ),
    Bar(
        "memory",
        "server memory after 100,000 orders",
        lambda run: run.memory.server_mb,
        Aim.BELOW,
        250,
        250,
        "MB",
        _has_many_orders,
    ),
)


def json_line(figures: Figures) -> str:
    """All figures in one line, with `bars_met`: true, false, or null where the run was too short
    to say."""
    document: dict[str, Any] = msgspec.to_builtins(figures)
    document["bars_met"] = {bar.key: bar.verdict(figures) for bar in BARS}
    return msgspec.json.encode(document).decode()
