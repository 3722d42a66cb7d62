"""A database that an earlier version wrote is upgraded, and everything in it is as it was."""

import asyncio
import contextlib
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from hypersim.settings import environment_of_children
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.embedded.server import EmbeddedPostgres
from hypersim.storage.migrate import migrate
from hypersim.storage.upgrade_process import UpgradeProcess
from hypersim.trading import fees, fills
from hypersim.trading.rules import Matching, Rules
from tests.support.crash import postgres_processes, send_signal
from tests.support.invariants import check_books, check_lists, check_money
from tests.support.ledger_check import problems_of
from tests.support.old_record import restore_old_record
from tests.support.postgres import run_sql
from tests.support.random_session import commands
from tests.support.recorded_exchange import loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"), Matching.SHARED)
DEADLINE_S = 60
UPGRADE = """
import asyncio, sys, msgspec
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.migrate import migrate
asyncio.run(migrate(msgspec.json.decode(sys.argv[1], type=ConnectionSettings), lambda _: None))
"""
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'checkpoint'::regclass"
LAST_TRADE_MS = "SELECT (extract(epoch FROM max(created_at)) * 1000)::bigint FROM trades"

_COLUMNS = """
SELECT table_name, string_agg(format('%I', column_name), ', ' ORDER BY ordinal_position)
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
GROUP BY table_name ORDER BY table_name
"""

MARKED = "SELECT status, locked, ended_seq FROM orders WHERE id = ANY($1::bigint[]) ORDER BY id"

Rows = dict[str, list[Any]]
NOTHING: dict[str, str] = {}
GONE = ("snapshots", "mass_endings")
"""Nothing ever wrote the one; the other had what was still to be marked in the orders."""

UNMARKED = {"0003": (), "0014": (269, 270, 272, 279, 285, 293, 294)}
"""Orders that had been canceled together, and stood in their table as open."""

NOW_CALLED = {"ledger": "ledger_legs"}
"""What shows the rows of a table since the upgrade, in the same columns."""


OPEN = {"0003": (3, 23, 5), "0014": (3, 9, 3)}
"""How many users, open orders and open lists are in the record of each version."""


@pytest.fixture(params=OPEN)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def old_record(empty_database: ConnectionSettings, version: str) -> ConnectionSettings:
    """A database as the earlier version left it."""
    await restore_old_record(empty_database, version)
    return empty_database


async def rows_of(
    database: ConnectionSettings, columns: dict[str, str], called: dict[str, str] = NOTHING
) -> Rows:
    """Every row of these columns, as text, of tables that may be `called` otherwise; without those
    that the upgrade changes."""
    found: Rows = {}
    for table, names in columns.items():
        name = called.get(table, table)
        where = f" WHERE id NOT IN {UNMARKED['0014']}" if table == "orders" else ""
        rows = await run_sql(database, f"SELECT ROW({names})::text FROM {name}{where} ORDER BY 1")
        found[table] = [row[0] for row in rows]
    return found


async def columns_of(database: ConnectionSettings) -> dict[str, str]:
    """The columns of each table that stays."""
    found = {row[0]: row[1] for row in await run_sql(database, _COLUMNS) if row[0] not in GONE}
    if "withdrawals" not in found:
        # Keys that could trade may withdraw by now, as there were no withdrawals before.
        found["api_keys"] = found["api_keys"].replace("permissions, ", "")
    return found


async def test_every_row_is_kept_by_the_upgrade(
    old_record: ConnectionSettings, version: str
) -> None:
    columns = await columns_of(old_record)
    before = await rows_of(old_record, columns)
    assert all(before.values())
    said: list[str] = []
    await migrate(old_record, said.append)
    assert len(said) == 1 and said[0].startswith(f"upgrading the tables from version {version}")
    assert await rows_of(old_record, columns, NOW_CALLED) == before
    assert await problems_of(old_record) == []
    marked = await run_sql(old_record, MARKED, UNMARKED[version])
    assert [tuple(row) for row in marked] == [("canceled", 0, 915 + n) for n in range(len(marked))]
    assert len(marked) == len(UNMARKED[version])


async def test_the_exchange_goes_on_from_it(old_record: ConnectionSettings, version: str) -> None:
    await migrate(old_record, lambda _: None)
    exchange, view = await loaded(old_record, RULES)
    state = exchange.state
    assert (len(state.users), len(state.orders), len(state.lists)) == OPEN[version]
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


async def somebody_waits(reader: asyncpg.Connection) -> None:
    """Return once an upgrade has come as far as the table that is being read."""
    while True:
        if await reader.fetchval(WAITS):
            return
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def midway(database: ConnectionSettings) -> AsyncIterator[Process]:
    """A start that is in the midst of the upgrade: some of its changes are made, and the next one
    waits for a table that somebody reads."""
    reader = await asyncpg.connect(**database.asyncpg_kwargs())
    await reader.execute("BEGIN; SELECT * FROM checkpoint")
    described = msgspec.json.encode(database).decode()
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", UPGRADE, described, stderr=PIPE, stdout=PIPE
    )
    try:
        await asyncio.wait_for(somebody_waits(reader), DEADLINE_S)
        yield started
    finally:
        reader.terminate()
        if started.returncode is None:
            started.kill()
        await started.wait()


async def upgraded(database: ConnectionSettings) -> None:
    """The session of a killed start may hold its lock for a moment."""
    while True:
        with contextlib.suppress(DatabaseUnavailable):
            return await migrate(database, lambda _: None)
        await asyncio.sleep(0.05)


async def assert_upgraded(
    database: ConnectionSettings, columns: dict[str, str], rows: Rows
) -> None:
    await asyncio.wait_for(upgraded(database), DEADLINE_S)
    assert await rows_of(database, columns, NOW_CALLED) == rows
    await loaded(database, RULES)


async def test_a_start_that_is_killed_in_the_midst_of_the_upgrade_changes_nothing(
    old_record: ConnectionSettings,
) -> None:
    columns = await columns_of(old_record)
    before = await rows_of(old_record, columns)
    async with midway(old_record) as upgrading:
        upgrading.kill()
        await upgrading.wait()
    await assert_upgraded(old_record, columns, before)


async def test_a_database_that_dies_in_the_midst_of_the_upgrade_is_as_it_was(
    tmp_path: Path,
) -> None:
    server = EmbeddedPostgres(tmp_path / "data")
    try:
        database = await asyncio.to_thread(server.start, 60)
        await restore_old_record(database, "0014")
        columns = await columns_of(database)
        before = await rows_of(database, columns)
        async with midway(database) as upgrading:
            send_signal(signal.SIGKILL, postgres_processes(tmp_path / "data"))
            _, said = await asyncio.wait_for(upgrading.communicate(), DEADLINE_S)
            last_line = said.decode().strip().splitlines()[-1]
            assert upgrading.returncode and "DatabaseUnavailable" in last_line, said
        await asyncio.to_thread(server.ensure_running)
        await assert_upgraded(database, columns, before)
    finally:
        await asyncio.to_thread(server.stop)


async def test_an_upgrade_whose_server_is_gone_changes_nothing(
    old_record: ConnectionSettings,
) -> None:
    columns = await columns_of(old_record)
    before = await rows_of(old_record, columns)
    upgrading = UpgradeProcess(environment_of_children())
    reader = await asyncpg.connect(**old_record.asyncpg_kwargs())
    await reader.execute("BEGIN; SELECT * FROM checkpoint")
    work = asyncio.ensure_future(
        migrate(old_record, lambda _: None, upgrade=upgrading.upgrade, is_owner=True)
    )
    await asyncio.wait_for(somebody_waits(reader), DEADLINE_S)
    await upgrading.close()
    with pytest.raises(DatabaseUnavailable, match="what makes the tables ended with"):
        await work
    reader.terminate()
    await assert_upgraded(old_record, columns, before)
