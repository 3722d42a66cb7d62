"""`hypersim bench`: measure and report."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console, RenderableType

from hypersim.bench.accounts import SetupFailed
from hypersim.bench.attacks import (
    AttackFigure,
    attacks_line,
    attacks_table,
    measure_attacks,
)
from hypersim.bench.bars import json_line
from hypersim.bench.figures import Figures
from hypersim.bench.load import ClientFailed
from hypersim.bench.many_symbols import (
    SymbolsFigure,
    measure_symbols,
    symbols_line,
    symbols_table,
)
from hypersim.bench.processes import ServerFailed
from hypersim.bench.report import report
from hypersim.bench.run import BenchFailed, run_bench
from hypersim.bench.scale import ScalePoint, measure_scale
from hypersim.bench.scale_report import scale_line, scale_plots
from hypersim.bench.stage import Plan, Say, started

SECONDS_MAX = 7.0
"""Signatures are good for ten seconds, and making the requests takes some of them."""

Measured = Figures | list[AttackFigure] | list[SymbolsFigure] | list[ScalePoint]


class Client(StrEnum):
    """What drives the load."""

    AUTO = "auto"
    WRK = "wrk"
    OWN = "own"


def _option(help_text: str, **rest: Any) -> Any:
    return typer.Option(help=help_text, **rest)


def bench(
    seconds: Annotated[
        float, _option("Length of each load", min=1, max=SECONDS_MAX, show_default=True)
    ] = 6.0,
    quick: Annotated[bool, _option("Some 20 s in all: does it work, not how fast is it")] = False,
    client: Annotated[Client, _option("What drives it: wrk where there is one")] = Client.AUTO,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--dir",
            help="Where the database is made and removed again: on the disk to be measured",
            show_default="/var/tmp",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    attacks: Annotated[
        bool, _option("What a healthy client notices of attacks, instead of the loads")
    ] = False,
    symbols: Annotated[
        bool, _option("What hundreds of symbols cost that nobody asks for, instead of the loads")
    ] = False,
    scale: Annotated[
        bool, _option("How it grows with orders, users, symbols and sockets; some ten minutes")
    ] = False,
    json_only: Annotated[bool, _option("Print the line of JSON, nothing else")] = False,
) -> None:
    """Measure orders/s, latency, queries/s and memory of a server started for it.

    Server, PostgreSQL and load share this machine; everything is durable, every check is on. The
    last line is JSON. Ends with 1 if a request failed or an order is missing, not for slowness.
    """
    wrk = shutil.which("wrk") if client is not Client.OWN else None
    if client is Client.WRK and wrk is None:
        print("hypersim bench: there is no wrk on the PATH", file=sys.stderr)
        raise typer.Exit(2)
    progress = Console(stderr=True, quiet=json_only, highlight=False)
    below = directory or _disk()
    plan = Plan.quick(wrk, below) if quick else Plan.full(wrk, below, seconds)
    try:
        measured = asyncio.run(_until_told(plan, progress, _measured(attacks, symbols, scale)))
    except (BenchFailed, ClientFailed, SetupFailed, ServerFailed) as failure:
        print(f"hypersim bench: {failure}", file=sys.stderr)
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("hypersim bench: stopped", file=sys.stderr)
        raise typer.Exit(130) from None
    if not json_only:
        Console(highlight=False).print(_table(measured))
    print(_line(measured), flush=True)


def _disk() -> Path:
    """Not the usual temporary directory, which is in memory on many systems."""
    lasting = Path("/var/tmp")
    return lasting if os.access(lasting, os.W_OK) else Path(tempfile.gettempdir())


def _table(measured: Measured) -> RenderableType:
    match measured:
        case Figures():
            return report(measured)
        case [SymbolsFigure(), *_]:
            return symbols_table(cast(list[SymbolsFigure], measured))
        case [ScalePoint(), *_]:
            return scale_plots(cast(list[ScalePoint], measured))
        case _:
            return attacks_table(cast(list[AttackFigure], measured))


def _line(measured: Measured) -> str:
    match measured:
        case Figures():
            return json_line(measured)
        case [SymbolsFigure(), *_]:
            return symbols_line(cast(list[SymbolsFigure], measured))
        case [ScalePoint(), *_]:
            return scale_line(cast(list[ScalePoint], measured))
        case _:
            return attacks_line(cast(list[AttackFigure], measured))


def _measured(
    attacks: bool, symbols: bool, scale: bool
) -> Callable[[Plan, Say], Coroutine[Any, Any, Measured]]:
    match (attacks, symbols, scale):
        case (False, False, False):
            return run_bench
        case (True, False, False):
            return _attacked
        case (False, True, False):
            return measure_symbols
        case (False, False, True):
            return measure_scale
        case _:
            print("hypersim bench: choose one of --attacks, --symbols, --scale", file=sys.stderr)
            raise typer.Exit(2)


async def _attacked(plan: Plan, say: Say) -> Measured:
    async with started(plan, say) as bench:
        return await measure_attacks(bench)


async def _until_told(
    plan: Plan, progress: Console, measure: Callable[[Plan, Say], Coroutine[Any, Any, Measured]]
) -> Measured:
    """Ends as it does on Ctrl-C, servers and all, when it is told to terminate or its terminal
    goes away."""
    running = asyncio.current_task()
    assert running is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    return await measure(plan, progress.print)
