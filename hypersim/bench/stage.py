"""What a run is made on: a new server, with users that can trade."""

import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from hypersim.account.user import Secret
from hypersim.bench.accounts import open_accounts
from hypersim.bench.exchange_load import ExchangeLoad
from hypersim.bench.figures import MEMORY_ORDERS_MIN
from hypersim.bench.machine import flush_ms
from hypersim.bench.processes import Listening, LoadClient, exchange_command, running
from hypersim.bench.record_counts import RecordReader, record_reader
from hypersim.bench.workload import Trader
from hypersim.feeds.listing import load_instruments
from hypersim.feeds.spot_pairs import spot_pairs
from hypersim.market.instrument import Instrument

INSTRUMENTS = 10
CONFIG_FILE = "settings.toml"

CONFIG = """\
# Every check is on, the request limit too; but the bench's users send more than people's programs.
rate_limits = "on"
requests_per_minute = 100_000_000

[limits.binance]
weight_1m = 100_000_000
requests_5m = 100_000_000
orders_10s = 1_000_000
orders_1d = 100_000_000
"""

Say = Callable[[str], None]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How long each load takes, in seconds, over how many users, what drives it (`wrk` is its path,
    or None for our own client), and below which directory the database is. `user_streams` of the
    users listen to their user data while orders go over the Binance API. With `symbols` so many of
    the packaged table are listed and traded, instead of the first of the usual ones."""

    wrk: str | None
    directory: Path
    is_quick: bool
    users: int
    user_streams: int
    warm_up_s: float
    load_s: float
    echo_s: float
    orders_min: int
    symbols: int | None = None

    @classmethod
    def full(cls, wrk: str | None, directory: Path, seconds: float) -> "Plan":
        """The real thing. 200 users on 10 symbols stay far below the limit of open orders."""
        return cls(
            wrk=wrk,
            directory=directory,
            is_quick=False,
            users=200,
            user_streams=20,
            warm_up_s=2,
            load_s=seconds,
            echo_s=max(1, seconds / 2),
            orders_min=MEMORY_ORDERS_MIN,
        )

    @classmethod
    def quick(cls, wrk: str | None, directory: Path) -> "Plan":
        """Every part once, as short as wrk can."""
        return cls(
            wrk=wrk,
            directory=directory,
            is_quick=True,
            users=50,
            user_streams=5,
            warm_up_s=1,
            load_s=1,
            echo_s=1,
            orders_min=0,
        )


class Bench(NamedTuple):
    """What the measurements share. `ready_s` is how long the server took to start."""

    plan: Plan
    say: Say
    server: Listening
    load: ExchangeLoad
    record: RecordReader
    flush_ms: float
    ready_s: float


@contextlib.asynccontextmanager
async def started(plan: Plan, say: Say) -> AsyncIterator[Bench]:
    """A new server with users that can trade, on a database that is gone afterwards."""
    with workplace(plan.directory) as directory:
        async with served(plan, say, directory) as bench:
            yield bench


@contextlib.asynccontextmanager
async def served(
    plan: Plan, say: Say, directory: Path, traders: Sequence[Trader] | None = None
) -> AsyncIterator[Bench]:
    """A server on the database of that workplace, with users that can trade: those who are there
    already, or new ones."""
    token = Secret(secrets.token_urlsafe())
    instruments, options = _listed(plan)
    async with contextlib.AsyncExitStack() as stack:
        say(f"looking at the disk below {plan.directory}")
        flush = await asyncio.to_thread(flush_ms, directory)
        data = directory / "data"
        command = exchange_command(
            data, directory / CONFIG_FILE, ["--feed", "synthetic", "--durability", "on", *options]
        )
        begun = time.monotonic()
        server = await stack.enter_async_context(running(command, token))
        ready_s = round(time.monotonic() - begun, 2)
        if traders is None:
            say(f"server {server.pid} on {server.authority}; opening {plan.users} accounts")
            url = f"http://{server.authority}"
            traders = await open_accounts(url, token, plan.users, instruments)
        record = await stack.enter_async_context(record_reader(data))
        client = LoadClient(directory, plan.wrk)
        load = ExchangeLoad(server, client, directory, traders, instruments)
        yield Bench(plan, say, server, load, record, flush, ready_s)


def _listed(plan: Plan) -> tuple[list[Instrument], list[str]]:
    """What is traded, and the options that list it."""
    if plan.symbols is None:
        return [listed.instrument for listed in load_instruments()][:INSTRUMENTS], []
    instruments = [listed.instrument for listed in spot_pairs()[: plan.symbols]]
    return instruments, ["--symbols", ",".join(one.symbol for one in instruments)]


@contextlib.contextmanager
def workplace(below: Path) -> Iterator[Path]:
    """A directory with the settings of the bench, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hypersim-bench-", dir=below) as name:
        directory = Path(name)
        # PostgreSQL does not run as root, and its user must be able to pass through.
        directory.chmod(0o711)
        (directory / CONFIG_FILE).write_text(CONFIG)
        yield directory
