"""`hypersim serve`: start the exchange and stay until stopped."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from hypersim.api.http_server import PortInUse
from hypersim.bootstrap import run
from hypersim.cli.logs import set_up_logs
from hypersim.feeds.listing import InvalidListing
from hypersim.service.feed import FeedUnavailable
from hypersim.service.record import RecordLost
from hypersim.settings import SettingsError, load_settings
from hypersim.storage.connection import DatabaseUnavailable

CLEAR_ENDS = (
    SettingsError,
    PortInUse,
    DatabaseUnavailable,
    FeedUnavailable,
    InvalidListing,
    RecordLost,
)
"""What can end the server with one clear line instead of a traceback."""


def _option(help_text: str, panel: str) -> Any:
    return typer.Option(help=help_text, rich_help_panel=panel, show_default=False)


_PRICES, _TRADING, _STATE, _NETWORK = "Prices", "Trading", "State", "Network"

Text: TypeAlias = str | None
Number: TypeAlias = int | None


def serve(
    host: Annotated[Text, _option("Address to listen on (127.0.0.1)", _NETWORK)] = None,
    port: Annotated[Number, _option("Port, 0 for any free one (8080)", _NETWORK)] = None,
    listen: Annotated[
        list[str] | None,
        _option("DIALECT=PORT: a port of its own for a dialect; repeatable", _NETWORK),
    ] = None,
    rate_limits: Annotated[Text, _option("on or off (on)", _NETWORK)] = None,
    feed: Annotated[
        Text,
        _option("auto, binance, ccxt:ID, replay:PATH, synthetic or manual (auto)", _PRICES),
    ] = None,
    seed: Annotated[Number, _option("Seed of the synthetic feed (7)", _PRICES)] = None,
    speed: Annotated[
        float | None, _option("Speed of time; 0 is as fast as possible (1)", _PRICES)
    ] = None,
    instruments: Annotated[
        Path | None, _option("TOML file of instruments, instead of the built-in ones", _PRICES)
    ] = None,
    fills: Annotated[
        Text, _option("touch or depth (depth where the feed has it)", _TRADING)
    ] = None,
    matching: Annotated[Text, _option("isolated or shared (isolated)", _TRADING)] = None,
    demo: Annotated[
        bool | None,
        typer.Option(
            "--demo/--no-demo",
            help="Open the demo account, with its published key",
            rich_help_panel=_STATE,
            show_default=False,
        ),
    ] = None,
    data_dir: Annotated[Path | None, _option("Where data is kept", _STATE)] = None,
    ephemeral: Annotated[
        bool | None,
        typer.Option(
            "--ephemeral",
            help="Keep nothing after the end",
            rich_help_panel=_STATE,
            show_default=False,
        ),
    ] = None,
    database_url: Annotated[
        Text, _option("Use this PostgreSQL, not the embedded one", _STATE)
    ] = None,
    durability: Annotated[
        Text, _option("on, or relaxed: faster, a power cut may lose the last moments (on)", _STATE)
    ] = None,
    log_level: Annotated[Text, _option("debug, info, warning or error (info)", _STATE)] = None,
    config: Annotated[Path | None, _option("TOML file of settings", _STATE)] = None,
) -> None:
    """Run the exchange until Ctrl-C or SIGTERM.

    Every option is also HYPERSIM_<OPTION> in the environment and a key of the --config file.
    """
    flags: dict[str, Any] = {
        "host": host,
        "port": port,
        "listen": tuple(listen) if listen else None,
        "rate_limits": rate_limits,
        "feed": feed,
        "seed": seed,
        "speed": speed,
        "instruments": instruments,
        "fills": fills,
        "matching": matching,
        "demo": demo,
        "data_dir": data_dir,
        "ephemeral": ephemeral,
        "database_url": database_url,
        "durability": durability,
        "log_level": log_level,
    }
    try:
        settings = load_settings(flags, os.environ, config)
        set_up_logs(settings.log_level)
        run(settings, lambda line: print(line, flush=True))
    except CLEAR_ENDS as end:
        print(f"hypersim: {end}", file=sys.stderr)
        raise typer.Exit(1) from None
