"""Whatever stands in the record, a start goes on from it or ends with one clear line.

A good record is damaged in one place at a time: each column of each table, and each kind of row
taken away. What loads after that must carry on without a bug.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from decimal import Decimal
from typing import Any, cast

import asyncpg
import msgspec
import pytest

from hypersim.feeds.manual import ManualFeed
from hypersim.service.clock import WallClock
from hypersim.service.engine import Engine
from hypersim.service.first_seen import FirstSeen
from hypersim.service.guarded_feed import GuardedFeed
from hypersim.service.manual_price import ManualPrices
from hypersim.service.pump import MarketPump
from hypersim.service.record import RecordHealth
from hypersim.service.view import View
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.loader import load_from
from hypersim.storage.migrate import migrate
from hypersim.storage.record_reads import RecordReads
from hypersim.storage.tables.schema import metadata
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit, EndWithdrawal, RequestWithdrawal
from hypersim.trading.commands import CancelAllOrders, Command
from hypersim.trading.exchange import Exchange
from hypersim.trading.rules import Matching, Rules
from tests.support.builders import ALICE, buy, depth, quote
from tests.support.invariants import check_money
from tests.support.memory_record import VAULT, MemoryRecord
from tests.support.old_record import restore_old_record
from tests.support.postgres import run_sql, shared_postgres
from tests.support.random_session import ACCOUNTS
from tests.support.recorded_exchange import new_exchange, recorded

RULES = Rules(fills.load("depth"), fees.load("received"), Matching.SHARED)

SEED = 7
LOADED = tuple(table.name for table in metadata.sorted_tables)
MARKETS = ("tickers", "candles", "public_trades")
VALUES = {
    "text": ("''", "'nonsense'", "'1'", "NULL"),
    "bigint": ("0", "-1", "1", "999999", "9223372036854775807", "NULL"),
    "smallint": ("0", "1", "-1"),
    "numeric": ("0", "-1", "1", "0.000000000000000001", "99999999999999999999", "'NaN'",
                "'Infinity'", "NULL"),
    "boolean": ("true", "false"),
    "timestamp with time zone": ("'epoch'", "'infinity'", "'-infinity'", "'9999-12-31'", "NULL"),
    "bytea": ("''", r"'\x00'", "NULL"),
    "ARRAY": ("'{}'", "'{1}'", "'{999999,999998}'", "'{nonsense}'", "NULL"),
    "jsonb": ("'{}'", "'[]'", "'1'", "document || '{\"tick_size\": \"NaN\"}'",
              "document || '{\"max_price\": \"0\"}'", "document || '{\"base\": \"X\"}'",
              "document - 'step_size'"),
}  # fmt: skip
"""What is put in the place of a good value, by the column's type."""

SOME_VALUES = 3
"""Of those, how many a column gets by dice; the slow test tries all of them."""

_LAST_TRADE = """
INSERT INTO public_trades (symbol, id, aggregate_id, feed_id, traded_at, price, amount,
    buyer_is_maker)
SELECT symbol, last_trade_id, last_aggregate_id, last_feed_id, updated_at, last_price, 1, false
FROM tickers
"""

_COLUMNS = """
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position
"""


@pytest.fixture(scope="module")
def record() -> Iterator[ConnectionSettings]:
    """A record with rows of every kind. All tests share it: each undoes its damage."""
    made = shared_postgres.create(has_tables=False)
    asyncio.run(fill(made))
    yield made
    shared_postgres.drop(made)


async def fill(database: ConnectionSettings) -> None:
    await restore_old_record(database, "0003")
    await migrate(database, lambda _: None)
    async with recorded(database, msgspec.structs.replace(RULES, withdrawal_ms=60_000)) as now:
        now.now_ms = now.exchange.state.counters.time_ms
        await now.commit(*withdrawals())
    async with recorded(database, RULES, is_projected=False) as now:
        now.now_ms = now.exchange.state.counters.time_ms
        await now.recorded(*not_projected())
    await run_sql(database, _LAST_TRADE)


@pytest.fixture
async def connection(record: ConnectionSettings) -> AsyncIterator[asyncpg.Connection]:
    """To that record."""
    made = await asyncpg.connect(**record.asyncpg_kwargs())
    yield made
    await made.close()


def withdrawals() -> list[Command]:
    """One of each kind: on its way, and ended by either word of the admin."""
    asked = [
        RequestWithdrawal(ALICE, "USDT", Decimal("0.5"), Decimal("0.1"), "ETH", "0xab")
        for _ in range(3)
    ]
    return [*asked, EndWithdrawal(2, is_rejected=False), EndWithdrawal(3, is_rejected=True)]


def not_projected() -> list[Command]:
    """Of which the journal tells, and the tables do not."""
    return [
        Deposit(ALICE, "USDT", Decimal(1_000)),
        depth([("99", "1")], [("101", "1")]),
        buy(ALICE, "0.1", "90"),
        buy(ALICE, "0.1", "101"),
        CancelAllOrders(ALICE),
    ]


async def starts(connection: asyncpg.Connection, table: str) -> bool:
    """Whether the exchange can be loaded, whatever stands in the table; it then has to trade on.
    Else there is one clear line."""
    exchange, view = new_exchange(RULES)
    try:
        await load_from(connection, exchange, view, VAULT)
    except DatabaseUnavailable as unavailable:
        line = str(unavailable)
        assert line and "\n" not in line and len(line) < 600, line
        return False
    now_ms = exchange.state.counters.time_ms
    afterwards: list[Command] = [
        quote("99", "101", "500"),
        quote("60", "61", "500"),
        quote("150", "151", "500"),
        depth([("99", "1")], [("101", "1")]),
        *(EndWithdrawal(number, is_rejected=True) for number in tuple(exchange.state.withdrawals)),
        *(CancelAllOrders(account_id) for account_id in ACCOUNTS),
        *(Deposit(account_id, "USDT", Decimal(1)) for account_id in ACCOUNTS),
    ]
    for command in afterwards:
        exchange.execute(command, now_ms)
    assert not exchange.state.orders and not exchange.state.withdrawals
    check_money(exchange.state)
    if table in MARKETS:
        await markets_go_on(connection, exchange, view)
    return True


class OneConnection:
    """As a pool that has only this one, so that what it reads is what a test has changed in it."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    async def acquire(self, **_: float) -> asyncpg.Connection:
        await self._turn.acquire()
        return self._connection

    async def release(self, _: asyncpg.Connection) -> None:
        self._turn.release()


async def markets_go_on(connection: asyncpg.Connection, exchange: Exchange, view: View) -> None:
    """What a start does with the markets of the record: their prices come back, and are shown."""
    archive = PostgresArchive(RecordReads(cast(Any, OneConnection(connection)), None))
    clock, record = WallClock(), MemoryRecord()
    engine = Engine(exchange, view, clock=clock, recorder=record, health=RecordHealth())
    running = asyncio.create_task(engine.run())
    instruments = list(view.instruments.values())
    feed = GuardedFeed(ManualFeed(instruments, clock))
    pump = MarketPump(engine, feed, archive)
    try:
        await pump.resume()
        await ManualPrices(engine, FirstSeen(archive), pump).restore(await archive.last_quotes())
        await pump.backfill()
        engine.record_markets()
        await engine.settled()
    finally:
        running.cancel()
        await asyncio.wait((running,))


async def damages(
    connection: asyncpg.Connection, table: str, dice: random.Random | None
) -> list[str]:
    """Statements that each damage one row of the table, or with `dice` some of them."""
    # Of each kind of row one; whatever rows have in common makes a kind.
    kinds = {
        "orders": "status, type, trigger, trailing_delta IS NULL, list_id IS NULL, side,"
        " iceberg_amount IS NULL",
        "order_lists": "kind, status",
        "api_keys": "kind, revoked_at IS NULL",
        "ledger": "kind",
        "ledger_lines": "kind",
        "balances": "user_id, asset",
        "trades": "liquidity",
        "withdrawals": "status",
        "users": "id",
        "instruments": "document->>'status'",
    }
    kind = kinds.get(table, "ctid IS NULL")
    some = f"ctid IN (SELECT DISTINCT ON ({kind}) ctid FROM {table})"
    if table == "candles":
        # A start goes on from a market's first and last.
        of_one = "symbol = 'BTC/USDT' AND \"interval\" = '1m'"
        ends = (f"SELECT {end}(opened_at) FROM candles WHERE {of_one}" for end in ("min", "max"))
        some = f"{of_one} AND opened_at IN ({' UNION '.join(ends)})"
    if table == "orders":
        some += " AND (ended_seq IS NULL OR id IN (1, 2, 3))"
    rows = [
        row[0] for row in await connection.fetch(f"SELECT ctid::text FROM {table} WHERE {some}")
    ]
    made = [f"DELETE FROM {table}"]
    made += [f"DELETE FROM {table} WHERE ctid = '{row}'" for row in rows]
    for name, kind in await connection.fetch(_COLUMNS, table):
        for value in VALUES[kind] if dice is None else some_of(VALUES[kind], SOME_VALUES, dice):
            damaged = rows if dice is None else some_of(rows, 1, dice)
            made += [
                f"UPDATE {table} SET \"{name}\" = {value} WHERE ctid = '{row}'" for row in damaged
            ]
    return made


def some_of(given: Sequence[str], count: int, dice: random.Random) -> list[str]:
    """That many, or all if there are fewer."""
    return dice.sample(given, min(count, len(given)))


@contextlib.asynccontextmanager
async def undone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """What happens inside has not happened afterwards."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        for table in ("ledger", "ledger_lines"):
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        yield
    finally:
        await transaction.rollback()


async def damage_and_start(
    connection: asyncpg.Connection, table: str, dice: random.Random | None
) -> None:
    assert await starts(connection, table)
    stood, bugs = 0, []
    for damage in await damages(connection, table, dice):
        async with undone(connection):
            try:
                await connection.execute(damage)
            except asyncpg.PostgresError:
                # The table itself does not take it.
                continue
            stood += 1
            try:
                await starts(connection, table)
            except Exception as bug:
                bugs.append(f"{damage}: {bug!r:.200}")
    assert stood and not bugs, "\n".join(bugs)


@pytest.mark.parametrize("table", LOADED)
async def test_a_damaged_record_starts_or_says_in_one_line_what_is_wrong(
    connection: asyncpg.Connection, table: str
) -> None:
    await damage_and_start(connection, table, random.Random(SEED))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("table", LOADED)
async def test_the_same_with_each_kind_of_row(connection: asyncpg.Connection, table: str) -> None:
    await damage_and_start(connection, table, None)
