"""A database that an earlier version wrote is upgraded, and everything in it is as it was."""

from typing import Any

import pytest

from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.migrate import migrate
from hypersim.trading import fees, fills
from hypersim.trading.state import Matching, Rules
from tests.support.invariants import check_books, check_lists, check_money
from tests.support.ledger_check import problems_of
from tests.support.old_record import restore_old_record
from tests.support.postgres import run_sql
from tests.support.random_session import commands
from tests.support.recorded_exchange import loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"), Matching.SHARED)
LAST_TRADE_MS = "SELECT (extract(epoch FROM max(created_at)) * 1000)::bigint FROM trades"

_COLUMNS = """
SELECT table_name, string_agg(format('%I', column_name), ', ' ORDER BY ordinal_position)
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
GROUP BY table_name ORDER BY table_name
"""

Rows = dict[str, list[Any]]


@pytest.fixture
async def old_record(empty_database: ConnectionSettings) -> ConnectionSettings:
    """A database as the earlier version left it."""
    await restore_old_record(empty_database)
    return empty_database


async def rows_of(database: ConnectionSettings, columns: dict[str, str]) -> Rows:
    """Every row of these columns, as text."""
    found: Rows = {}
    for table, names in columns.items():
        rows = await run_sql(database, f"SELECT ROW({names})::text FROM {table} ORDER BY 1")
        found[table] = [row[0] for row in rows]
    return found


async def columns_of(database: ConnectionSettings) -> dict[str, str]:
    """The columns of each table."""
    return {row[0]: row[1] for row in await run_sql(database, _COLUMNS)}


async def test_every_row_is_kept_by_the_upgrade(old_record: ConnectionSettings) -> None:
    columns = await columns_of(old_record)
    # Keys that could trade may withdraw by now, as there were no withdrawals before.
    columns["api_keys"] = columns["api_keys"].replace("permissions, ", "")
    before = await rows_of(old_record, columns)
    empty = {table for table, rows in before.items() if not rows}
    assert empty <= {"snapshots"}
    said: list[str] = []
    await migrate(old_record, said.append)
    assert len(said) == 1 and said[0].startswith("upgrading the tables from version 0003")
    assert await rows_of(old_record, columns) == before
    assert await problems_of(old_record) == []


async def test_the_exchange_goes_on_from_it(old_record: ConnectionSettings) -> None:
    await migrate(old_record, lambda _: None)
    exchange, view = await loaded(old_record, RULES)
    state = exchange.state
    assert (len(state.users), len(state.orders), len(state.lists)) == (3, 23, 5)
    assert view.fills_by_order and view.keys["public"].passphrase is not None
    check_money(state)
    check_books(state)
    check_lists(state)
    ((last_trade_ms,),) = await run_sql(old_record, LAST_TRADE_MS)
    assert state.counters.time_ms >= last_trade_ms
    async with recorded(old_record, RULES) as live:
        live.now_ms = state.counters.time_ms
        for command in commands(live.exchange, 3, 300, live.now_ms):
            live.now_ms += 1
            live.run(command)
        await live.settled()
        assert picture(*await loaded(old_record, RULES)) == picture(live.exchange, live.view)
