"""`hypersim serve`: start the exchange and stay until stopped."""

import sys
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from hypersim.admin.token import AdminTokenUnusable
from hypersim.bootstrap import run
from hypersim.cli.logs import set_up_logs
from hypersim.cli.process_title import without_secrets
from hypersim.edge.server import PortInUse
from hypersim.feeds.listing import InvalidListing
from hypersim.service.feed import FeedUnavailable
from hypersim.service.record import RecordLost
from hypersim.settings import LISTS, SettingsError, UsageError, load_settings
from hypersim.storage.connection import DatabaseUnavailable

CLEAR_ENDS = (
    SettingsError,
    PortInUse,
    DatabaseUnavailable,
    FeedUnavailable,
    InvalidListing,
    RecordLost,
    AdminTokenUnusable,
)
"""What can end the server with one clear line instead of a traceback."""

log = structlog.get_logger(__name__)

_PRICES, _TRADING, _STATE, _NETWORK = "Prices", "Trading", "State", "Network"


def _option(help_text: str, panel: str, *names: str) -> Any:
    return typer.Option(*names, help=help_text, rich_help_panel=panel, show_default=False)


Host = Annotated[str | None, _option("Address to listen on (127.0.0.1)", _NETWORK)]
Port = Annotated[int | None, _option("Port, 0 for any free one (8080)", _NETWORK)]
Listen = Annotated[
    list[str] | None, _option("DIALECT=PORT: a dialect's own port; repeatable", _NETWORK)
]
RateLimits = Annotated[str | None, _option("on or off (on)", _NETWORK)]
TrustedProxies = Annotated[
    str | None,
    _option("Networks of proxies whose Forwarded and X-Forwarded-For are believed", _NETWORK),
]
LimitExempt = Annotated[
    str | None, _option("Networks that are not limited by their address", _NETWORK)
]
AllowOrigin = Annotated[
    str | None, _option("Origins of web pages that may do everything", _NETWORK)
]
AllowHost = Annotated[str | None, _option("Names under which this server is asked", _NETWORK)]
Feed = Annotated[
    str | None, _option("auto, binance, ccxt:ID, replay:PATH, synthetic, manual (auto)", _PRICES)
]
Seed = Annotated[int | None, _option("Seed of the synthetic feed (7)", _PRICES)]
Speed = Annotated[float | None, _option("Speed of time, 0 as fast as possible (1)", _PRICES)]
Start = Annotated[
    str | None, _option("When time begins: 2024-02-29T12:00:00Z; never before the record", _PRICES)
]
Clock = Annotated[
    str | None,
    _option("run, or step: time moves when hypersim clock advance says so (run)", _PRICES),
]
OnWait = Annotated[
    str | None,
    _option(
        "advance, or hold: whether a request that takes time moves it, with --clock step (advance)",
        _PRICES,
    ),
]
Reproducible = Annotated[
    bool | None,
    _option(
        "Draw keys, secrets and names from the seed: each run is the same (with --clock step)",
        _PRICES,
        "--reproducible/--no-reproducible",
    ),
]
Instruments = Annotated[
    Path | None, _option("TOML file of instruments, for other than the built-in ones", _PRICES)
]
Symbols = Annotated[
    str | None,
    _option("BTC/USDT,PEPE/USDT, or USDT:100 by volume, or all (16 that matter)", _PRICES),
]
Scenario = Annotated[
    Path | None, _option("YAML file of what happens, and when: docs/scenarios.md", _PRICES)
]
Fills = Annotated[str | None, _option("touch or depth (depth where the feed has it)", _TRADING)]
Fees = Annotated[
    str | None, _option("received (of what a fill brings) or quote (received)", _TRADING)
]
MatchingMode = Annotated[str | None, _option("isolated or shared (isolated)", _TRADING)]
Withdrawals = Annotated[
    str | None, _option("How long one takes, or manual: by the admin (10s)", _TRADING)
]
AccountLimits = Annotated[
    str | None,
    _option(
        "What each account may have: orders=1000,algo_orders=200,USDC=50000 (no limit)", _TRADING
    ),
]
Demo = Annotated[
    bool | None,
    _option("Open the demo account, with its published key", _STATE, "--demo/--no-demo"),
]
DataDir = Annotated[Path | None, _option("Where data is kept", _STATE)]
Ephemeral = Annotated[bool | None, _option("Keep nothing after the end", _STATE, "--ephemeral")]
DatabaseUrl = Annotated[
    str | None,
    _option(
        "Use this PostgreSQL, not the embedded one; its password is better in DATABASE_URL, "
        "PGPASSWORD or ~/.pgpass",
        _STATE,
    ),
]
DurabilityMode = Annotated[
    str | None, _option("on, or relaxed: a power cut may lose the last moments (on)", _STATE)
]
KeepJournal = Annotated[
    str | None,
    _option("How much of the journal is kept: 7d, 4GB, both, or forever (7d,4GB)", _STATE),
]
ProjectorForm = Annotated[
    str | None,
    _option(
        "What keeps the tables up to the journal: task of this process, or process of its own "
        "(process; task with --ephemeral)",
        _STATE,
    ),
]
LogLevel = Annotated[str | None, _option("debug, info, warning or error (info)", _STATE)]
MexcErrors = Annotated[
    str | None, _option("Whose error codes the MEXC API has: mexc or binance (mexc)", _NETWORK)
]
StrictSignatures = Annotated[
    bool | None,
    _option(
        "Binance: take only signatures over the bytes as sent, percent-encoded (off)",
        _NETWORK,
        "--strict-signatures/--no-strict-signatures",
    ),
]
SocketLife = Annotated[
    str | None, _option("on, or off: sockets do not end after a venue's 24 hours (on)", _NETWORK)
]
AccessLog = Annotated[
    bool | None,
    _option(
        "A line for each request that was answered (off)", _STATE, "--access-log/--no-access-log"
    ),
]
Watch = Annotated[
    bool | None,
    _option(
        "Watch what clients do, for hypersim client report (off): docs/driving-test.md",
        _STATE,
        "--watch/--no-watch",
    ),
]
Config = Annotated[Path | None, _option("TOML file of settings", _STATE)]


def serve(
    host: Host = None,
    port: Port = None,
    listen: Listen = None,
    rate_limits: RateLimits = None,
    trusted_proxies: TrustedProxies = None,
    limit_exempt: LimitExempt = None,
    allow_origin: AllowOrigin = None,
    allow_host: AllowHost = None,
    feed: Feed = None,
    seed: Seed = None,
    speed: Speed = None,
    start: Start = None,
    clock: Clock = None,
    on_wait: OnWait = None,
    reproducible: Reproducible = None,
    instruments: Instruments = None,
    symbols: Symbols = None,
    scenario: Scenario = None,
    fills: Fills = None,
    fees: Fees = None,
    matching: MatchingMode = None,
    withdrawals: Withdrawals = None,
    account_limits: AccountLimits = None,
    demo: Demo = None,
    data_dir: DataDir = None,
    ephemeral: Ephemeral = None,
    database_url: DatabaseUrl = None,
    durability: DurabilityMode = None,
    keep_journal: KeepJournal = None,
    projector: ProjectorForm = None,
    log_level: LogLevel = None,
    access_log: AccessLog = None,
    strict_signatures: StrictSignatures = None,
    mexc_errors: MexcErrors = None,
    socket_life: SocketLife = None,
    watch: Watch = None,
    config: Config = None,
) -> None:
    """Run the exchange until Ctrl-C or SIGTERM.

    Every option is also HYPERSIM_<OPTION> in the environment and a key of the --config file.
    """
    try:
        settings = load_settings(_flags(locals()), config)
        set_up_logs(settings.log_level)
        _warn_of_password(database_url)
        run(settings, lambda line: print(line, flush=True))
    except CLEAR_ENDS as end:
        raise _told(end) from None


def _told(end: Exception) -> typer.Exit:
    print(f"hypersim: {end}", file=sys.stderr)
    return typer.Exit(2 if isinstance(end, UsageError) else 1)


def _warn_of_password(database_url: str | None) -> None:
    if database_url is not None and without_secrets([database_url]) != [database_url]:
        log.warning(
            "until now, everybody on this machine could read the password in --database-url; "
            "DATABASE_URL, PGPASSWORD and ~/.pgpass keep it"
        )


def _flags(options: dict[str, Any]) -> dict[str, Any]:
    """What stood on the command line, as settings take it; without the file of settings."""
    flags = {name: value for name, value in options.items() if name != "config"}
    flags["listen"] = tuple(flags["listen"]) if flags["listen"] else None
    return flags | {name: _values(flags[name]) for name in LISTS - {"listen"}}


def _values(text: str | None) -> tuple[str, ...] | None:
    """What stands between commas; None where the option was not given."""
    return None if text is None else tuple(filter(None, map(str.strip, text.split(","))))
