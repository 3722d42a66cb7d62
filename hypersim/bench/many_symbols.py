"""`hypersim bench --symbols`: what it costs to have every symbol of the table, asked by nobody.

A server with the 16 usual symbols goes before the one with all, so that what the machine does at
the time is in both. Each is started twice: on a new database, and on the one that it left.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.table import Table

from hypersim.bench.footprint import Footprint, footprint
from hypersim.bench.processes import exchange_command, running
from hypersim.bench.stage import CONFIG_FILE, Plan, Say, workplace
from hypersim.feeds.listing import load_instruments
from hypersim.feeds.spot_pairs import spot_pairs

READY_S_MAX, MEMORY_MB_MAX, IDLE_SHARE_MAX = 4.0, 450.0, 0.15
"""The bars for all symbols; the memory is the server's, without PostgreSQL."""

SETTLE_S, WATCH_S = 15.0, 30.0
QUICK_SETTLE_S, QUICK_WATCH_S = 1.0, 2.0

_CHOICES: tuple[tuple[str, Sequence[str], int], ...] = (
    ("usual", (), len(load_instruments())),
    ("all", ("--symbols", "all"), len(spot_pairs())),
)


class SymbolsFigure(msgspec.Struct, frozen=True):
    """One start of a server with so many symbols. `ready_cpu_s` is the processor time until it was
    ready, `idle_share` how much of a processor it used while nobody asked it; both None where the
    kernel does not tell."""

    choice: str
    symbols: int
    is_cold: bool
    ready_s: float
    ready_cpu_s: float | None
    server_mb: float
    idle_share: float | None

    @property
    def meets_bars(self) -> bool:
        """Only those with all symbols have any."""
        if self.choice != "all":
            return True
        return (
            self.ready_s <= READY_S_MAX
            and self.server_mb <= MEMORY_MB_MAX
            and (self.idle_share or 0.0) <= IDLE_SHARE_MAX
        )


async def measure_symbols(plan: Plan, say: Say) -> list[SymbolsFigure]:
    """One server after the other. Raises ServerFailed."""
    figures = []
    for choice, arguments, count in _CHOICES:
        with workplace(plan.directory) as directory:
            for is_cold in (True, False):
                say(f"{count} symbols, {'a new database' if is_cold else 'the same database'}")
                figures.append(await _started(plan, directory, choice, arguments, count, is_cold))
    return figures


async def _started(
    plan: Plan,
    directory: Path,
    choice: str,
    arguments: Sequence[str],
    count: int,
    is_cold: bool,
) -> SymbolsFigure:
    options = ["--feed", "synthetic", *arguments]
    command = exchange_command(directory / "data", directory / CONFIG_FILE, options)
    begun = time.monotonic()
    async with running(command) as server:
        ready_s = time.monotonic() - begun
        ready = footprint(server.pid)
        await asyncio.sleep(QUICK_SETTLE_S if plan.is_quick else SETTLE_S)
        before, begun = footprint(server.pid), time.monotonic()
        await asyncio.sleep(QUICK_WATCH_S if plan.is_quick else WATCH_S)
        after, watched_s = footprint(server.pid), time.monotonic() - begun
    return SymbolsFigure(
        choice,
        count,
        is_cold,
        round(ready_s, 2),
        ready.cpu_s,
        round(after.resident_bytes / 1e6, 1),
        _share(before, after, watched_s),
    )


def _share(before: Footprint, after: Footprint, watched_s: float) -> float | None:
    if before.cpu_s is None or after.cpu_s is None:
        return None
    return round((after.cpu_s - before.cpu_s) / watched_s, 4)


def symbols_table(figures: Sequence[SymbolsFigure]) -> Table:
    """A row per start."""
    table = Table(title="Many symbols, asked by nobody", title_justify="left")
    table.add_column("symbols", justify="right")
    table.add_column("database", no_wrap=True)
    for heading in ("ready s", "processor s", "server MB", "idle"):
        table.add_column(heading, justify="right")
    for one in figures:
        table.add_row(
            str(one.symbols),
            "new" if one.is_cold else "as left",
            f"{one.ready_s:.2f}",
            "unknown" if one.ready_cpu_s is None else f"{one.ready_cpu_s:.2f}",
            f"{one.server_mb:,.0f}",
            "unknown" if one.idle_share is None else f"{one.idle_share:.1%}",
        )
    table.add_row(
        "bar", "", f"<= {READY_S_MAX:g}", "", f"<= {MEMORY_MB_MAX:g}", f"<= {IDLE_SHARE_MAX:.0%}"
    )
    return table


def symbols_line(figures: Sequence[SymbolsFigure]) -> str:
    """In one line of JSON, and whether the bars are met."""
    document = {"symbols": figures, "bars_met": all(one.meets_bars for one in figures)}
    return msgspec.json.encode(document).decode()
