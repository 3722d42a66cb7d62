"""The figures as tables for people."""

from collections.abc import Iterator

from rich.console import Group
from rich.table import Table
from rich.text import Text

from hypersim.bench.bars import BARS, Bar
from hypersim.bench.figures import Cost, Figures, Rate

OTHERS_MAX = 0.05
"""From here on the report says that the machine was not free."""


def report(figures: Figures) -> Group:
    """Two tables, the loads and the bars, and the rest in words."""
    return Group(_loads(figures), _bars(figures), Text("\n".join(_notes(figures))))


def _loads(figures: Figures) -> Table:
    table = Table(title=f"Loads, driven by {_client_words(figures)}", title_justify="left")
    table.add_column("connections x request", no_wrap=True)
    for heading in ("per second", "p50 ms", "p99 ms", "longest ms"):
        table.add_column(heading, justify="right")
    for label, rate in _rates(figures):
        table.add_row(
            label,
            f"{rate.per_second:,.0f}",
            f"{rate.p50_ms:.2f}",
            f"{rate.p99_ms:.2f}",
            f"{rate.longest_ms:.1f}",
        )
    return table


def _rates(figures: Figures) -> Iterator[tuple[str, Rate]]:
    yield "1 x POST /v1/order", figures.orders_1
    yield "16 x POST /v1/order", figures.orders_16
    yield "128 x POST /v1/order", figures.orders_128
    yield "128 x bare uvicorn echo", figures.echo_128
    yield "128 x GET /v1/order/{id}", figures.order_queries
    if figures.archived_order_queries is not None:
        yield "128 x   that ended long ago", figures.archived_order_queries
    yield "128 x GET /v1/ticker/BTC/USDT", figures.ticker_queries
    yield "128 x POST /api/v3/order", figures.binance.orders_128
    yield "128 x bare echo of that size", figures.binance.echo_128


def _bars(figures: Figures) -> Table:
    table = Table(title="Bars", title_justify="left")
    table.add_column("figure", no_wrap=True)
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("bar", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for bar in BARS:
        table.add_row(bar.label, _shown(bar, figures), bar.wanted(figures), _verdict(bar, figures))
    return table


def _verdict(bar: Bar, figures: Figures) -> Text:
    match bar.verdict(figures):
        case None:
            return Text("run too short", "yellow")
        case True:
            return Text("met", "green")
        case False:
            return Text("not met", "bold red")


def _shown(bar: Bar, figures: Figures) -> str:
    value = bar.figure(figures)
    digits = 0 if value >= 1000 else 1 if value >= 100 else 3 if value < 1 else 2
    return f"{value:,.{digits}f} {bar.unit}".rstrip()


def _notes(figures: Figures) -> Iterator[str]:
    cost, memory, integrity = figures.cost, figures.memory, figures.integrity
    idle, loaded, setting = figures.freshness_idle, figures.freshness_loaded, figures.setting
    yield (
        f"At 128 connections: {cost.commits_per_second:,.0f} commits/s, "
        f"{cost.rows_per_second:,.0f} rows/s. Processor time per order: {_parts(cost)}; the echo "
        f"{_us(cost.echo_cpu_us)} per request."
    )
    binance = figures.binance
    yield (
        f"Over the Binance API, per order: {_parts(binance.cost)}; "
        f"{binance.user_streams} user data streams told of {binance.user_events:,} events."
    )
    yield (
        f"Feed event to answer, p50: {idle.p50_ms:.1f} ms idle ({idle.events} events), "
        f"{loaded.p50_ms:.1f} ms under load ({loaded.events} events)."
    )
    yield (
        f"Memory after {memory.orders:,} orders: server {memory.server_mb:,.0f} MB, PostgreSQL "
        f"{memory.postgres_mb:,.0f} MB."
    )
    yield (
        f"{integrity.acknowledged:,} orders acknowledged, {integrity.recorded:,} in the record, "
        f"up to {integrity.unanswered:,} cut off under way, {integrity.errors:,} errors; "
        f"{integrity.filled_share:.0%} filled."
    )
    yield (
        f"synchronous_commit {setting.synchronous_commit}, fsync {setting.fsync}; the disk alone "
        f"takes {setting.flush_ms:.2f} ms to make 8 kB durable. {setting.cpus} processors, "
        f"Python {setting.python}, {'compiled' if setting.is_compiled else 'plain'}."
    )
    if cost.others_share is not None and cost.others_share > OTHERS_MAX:
        yield (
            f"Others used {cost.others_share:.0%} of the processors meanwhile: these figures are "
            "too low."
        )


def _parts(cost: Cost) -> str:
    return (
        f"server {_us(cost.server_cpu_us)}, PostgreSQL {_us(cost.postgres_cpu_us)}, projector "
        f"{_us(cost.projector_cpu_us)}"
    )


def _us(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0f} µs"


def _client_words(figures: Figures) -> str:
    return "wrk" if figures.setting.client == "wrk" else "hypersim's own client (wrk is faster)"
