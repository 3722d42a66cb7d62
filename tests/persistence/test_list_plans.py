"""Lists of an account have their index: none reads a whole table."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar, cast

import asyncpg
import pytest

from hypersim.account.entries import EntryKind
from hypersim.service.record import PageQuery
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.record_reads import RecordReads
from tests.support.postgres import run_script, shared_postgres

T = TypeVar("T")

LIMIT = 10
READ_MAX = 40
"""Rows that a list of ten may look at, of the ten thousand of its account."""

# Half of all rows are of account 1, as of a bot among people; every other one is of its BTC/USDT.
FILLED = """
INSERT INTO orders (id, user_id, rank, ended_seq, created_at, updated_at, symbol, side, type,
    time_in_force, status, self_trade_prevention, post_only, client_order_id, amount, filled, cost,
    fee, locked, prevented, amendments, peg_offset)
SELECT n, 1 + n % 2, n, n, at, at, symbol, 'buy', 'limit', 'GTC', 'filled', 'none', false, 'c' || n,
    1, 1, 0, 0, 0, 0, 0, 0 FROM moments;
INSERT INTO trades (id, order_id, user_id, symbol, side, price, amount, cost, fee, fee_asset,
    fee_rate, liquidity, created_at)
SELECT n, n, 1 + n % 2, symbol, 'buy', 1, 1, 1, 0, 'BTC', 0, 'taker', at FROM moments;
INSERT INTO order_lists (id, user_id, symbol, kind, order_ids, client_list_id, status_type, status,
    locked, created_at, updated_at)
SELECT n, 1 + n % 2, symbol, 'oco', ARRAY[n], 'l' || n, 'all_done', 'done', 0, at, at FROM moments;
INSERT INTO prevented_matches (id, user_id, symbol, taker_order_id, maker_order_id, mode, price,
    amount, created_at)
SELECT n, 1 + n % 2, symbol, n, n + 1, 'expire_taker', 1, 1, at FROM moments;
INSERT INTO order_amendments (order_id, number, seq, user_id, amount_before, amount_after,
    created_at)
SELECT n, 1, n, 1 + n % 2, 2, 1, at FROM moments;
INSERT INTO withdrawals (id, user_id, asset, amount, fee, network, address, tag, client_id,
    created_at, status, ended_at)
SELECT n, 1 + n % 2, 'USDT', 1, 0, 'TRX', 'to', '', 'w' || n, at, 'completed', at FROM moments;
INSERT INTO ledger (seq, user_id, kind, reference, legs, created_at)
SELECT n, 1 + n % 2, CASE WHEN n % 400 = 1 THEN 'deposit' ELSE 'hold' END, 'order:1',
    '0 USDT 1 0 1 0', at FROM moments;
INSERT INTO ledger (seq, user_id, kind, reference, legs, created_at)
SELECT 100000 + n, 1 + n % 2, 'trade', 'trade:1', '0 USDT 1 0 1 0 1 BTC 1 0 1 0 2 BNB -1 0 1 0', at
FROM moments;
INSERT INTO balances (user_id, asset, available, locked)
SELECT account, asset, 1, 0 FROM generate_series(1, 2) AS account, unnest('{USDT,BTC,BNB}'::text[])
    AS asset;
"""
ROWS = 20_000
SINCE_MS = 1_600_000_000_000
MIDDLE_MS = SINCE_MS + ROWS // 2
MOMENTS = f"""CREATE TEMP TABLE moments AS
SELECT n, 'epoch'::timestamptz + ({SINCE_MS} + n) * interval '1 millisecond' AS at,
    CASE WHEN n % 4 < 2 THEN 'BTC/USDT' ELSE 'ETH/USDT' END AS symbol
FROM generate_series(1, {ROWS}) AS n"""
FILLED_TABLES = (
    "orders, trades, order_lists, prevented_matches, order_amendments, withdrawals, ledger,"
    " balances"
)

Reading = Callable[[PostgresArchive, PageQuery], Awaitable[object]]
RARE = (EntryKind.DEPOSIT,)

READINGS: dict[str, Reading] = {
    "orders": lambda archive, query: archive.orders(query, only_ended=False),
    "ended orders": lambda archive, query: archive.orders(query, only_ended=True),
    "fills": lambda archive, query: archive.fills(query),
    "order lists": lambda archive, query: archive.order_lists(query),
    "withdrawals": lambda archive, query: archive.withdrawals(query),
    "ledger lines": lambda archive, query: archive.ledger(query, None),
    "ledger lines of an asset": lambda archive, query: archive.ledger(query, "BTC"),
    "deposits": lambda archive, query: archive.ledger(query, None, RARE),
    "deposits of an asset": lambda archive, query: archive.ledger(query, "USDT", RARE, gains=True),
}
QUERIES = {
    "latest": PageQuery(1, limit=LIMIT),
    "from a time": PageQuery(1, since_ms=MIDDLE_MS, limit=LIMIT),
    "until a time": PageQuery(1, until_ms=MIDDLE_MS, limit=LIMIT),
    "between times": PageQuery(1, since_ms=MIDDLE_MS, until_ms=MIDDLE_MS + 5_000, limit=LIMIT),
    "of nobody": PageQuery(3, limit=LIMIT),
}
OF_ROWS_WITH_A_SYMBOL = {
    "latest of a symbol": PageQuery(1, "BTC/USDT", limit=LIMIT),
    "of a symbol from a time": PageQuery(1, "BTC/USDT", since_ms=MIDDLE_MS, limit=LIMIT),
    "of a symbol until a time": PageQuery(1, "BTC/USDT", until_ms=MIDDLE_MS, limit=LIMIT),
    "of a symbol from a number": PageQuery(1, "BTC/USDT", from_id=ROWS // 2, limit=LIMIT),
    "of a symbol never traded": PageQuery(1, "BNB/USDT", limit=LIMIT),
}
UPDATED = {
    "updated from a time": PageQuery(
        1, "BTC/USDT", since_ms=MIDDLE_MS, limit=LIMIT, by_update=True
    ),
    "updated latest": PageQuery(1, "BTC/USDT", limit=LIMIT, by_update=True),
}


def every_list() -> Iterator[Any]:
    for name, reading in READINGS.items():
        queries = dict(QUERIES)
        if name in ("orders", "ended orders", "fills"):
            queries |= OF_ROWS_WITH_A_SYMBOL
        if "orders" in name:
            queries |= UPDATED
        for kind, query in queries.items():
            yield pytest.param(reading, query, id=f"{name}, {kind}")
    of_order: dict[str, Reading] = {
        "fills of an order": lambda archive, query: archive.fills(query, order_id=9_999),
        "amendments of an order": lambda archive, _: archive.amendments(
            1, 9_998, from_seq=0, limit=LIMIT
        ),
        "an order by its name": lambda archive, _: archive.order_by_client_id(
            1, "BTC/USDT", "c5000"
        ),
        "a list by its name": lambda archive, _: archive.order_list_by_client_id(1, "l5000"),
        "prevented matches": lambda archive, query: archive.prevented_matches(query),
        "a prevented match": lambda archive, query: archive.prevented_matches(query, match_id=500),
    }
    for name, reading in of_order.items():
        yield pytest.param(reading, QUERIES["latest"], id=name)


class Explaining:
    """In the place of the reads: looks at what each would cost."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.plans: list[dict[str, Any]] = []

    async def shows(self, account_id: int) -> None:
        del account_id

    async def shown(self, account_id: int, read: Callable[[], Awaitable[T]]) -> T:
        del account_id
        return await read()

    async def of_account(self, _: int, statement: str, *arguments: object) -> list[Any]:
        return await self.fetch(statement, *arguments)

    async def fetch(self, statement: str, *arguments: object) -> list[Any]:
        told = await self._connection.fetchval(
            f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", *arguments
        )
        self.plans.append(json.loads(told)[0]["Plan"])
        return []


def scans_in(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Relation Name" in plan:
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans_in(part)


def rows_read(scan: dict[str, Any]) -> float:
    each = scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)
    return float(each * scan["Actual Loops"])


@pytest.fixture(scope="module")
def filled() -> Iterator[ConnectionSettings]:
    """A database with some rows of everything, and what it knows of them."""
    made = shared_postgres.create()
    asyncio.run(run_script(made, MOMENTS + ";" + FILLED, f"ANALYZE {FILLED_TABLES}"))
    yield made
    shared_postgres.drop(made)


@pytest.mark.parametrize(("reading", "query"), [*every_list()])
async def test_a_list_reads_little_more_than_it_shows(
    reading: Reading, query: PageQuery, filled: ConnectionSettings
) -> None:
    connection = await asyncpg.connect(**filled.asyncpg_kwargs())
    try:
        looking = Explaining(connection)
        await reading(PostgresArchive(cast(RecordReads, looking)), query)
        (plan,) = looking.plans
        for scan in scans_in(plan):
            table = scan["Relation Name"]
            # The assets of everybody are few here.
            if table != "balances":
                assert scan["Node Type"] != "Seq Scan", table
                assert rows_read(scan) <= READ_MAX, scan
    finally:
        await connection.close()
