"""The journal's old part is packed, imaged and dropped, and nobody who trades, reads or backs up
is in its way."""

import asyncio
import contextlib
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from hypersim.service.record import RecordHealth
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.embedded.binaries import candidates
from hypersim.storage.growth import keeper as keeper_module
from hypersim.storage.growth import upkeep
from hypersim.storage.growth.image import image_of
from hypersim.storage.growth.keeper import Keeper
from hypersim.storage.growth.keeping import Keeping
from hypersim.storage.growth.room import RoomWatch
from hypersim.storage.growth.verifying import verified
from hypersim.storage.journal.packing import StoredRow, packed, unpacked
from hypersim.storage.journal.reading import rows_after
from hypersim.storage.visiting import snapshot
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit
from hypersim.trading.commands import Reset
from hypersim.trading.rules import Rules
from tests.support.builders import ALICE, buy
from tests.support.ledger_check import problems_of
from tests.support.memory_record import VAULT
from tests.support.postgres import run_sql
from tests.support.random_session import commands, opening
from tests.support.recorded_exchange import RecordedExchange, loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))
WAITS_MAX_S = 20.0
BUSY = ("orders", "trades", "ledger", "balances", "checkpoint", "journal", "journal_chunks")
LOCKED_BY_DUMP = """SELECT relation::regclass::text FROM pg_locks
JOIN pg_stat_activity USING (pid) WHERE application_name = 'pg_dump' AND granted
AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND mode = 'AccessShareLock'"""
KILL_THE_KEEPER = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'hypersim keeper' AND datname = current_database()"""


@contextlib.asynccontextmanager
async def session(database: ConnectionSettings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**database.asyncpg_kwargs())
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "CHUNK_ROWS", 20)
    monkeypatch.setattr(upkeep, "SEGMENT_EVENTS", 50)


async def trade(live: RecordedExchange, seed: int, count: int) -> None:
    """A row of the journal for each command."""
    for command in commands(live.exchange, seed, count, live.now_ms):
        live.now_ms += 3
        await live.recorded(command)
    await live.settled()


async def told(connection: asyncpg.Connection) -> list[tuple[int, int]]:
    """Which events the journal tells, whatever is packed."""
    seq, time_ms, found = 0, 0, []
    while rows := await rows_after(connection, seq, time_ms, events=7, also_packed=True):
        found += [(row.first_seq, row.last_seq) for row in rows]
        seq, time_ms = rows[-1].last_seq, rows[-1].time_ms
    return found


async def test_packed_rows_are_read_as_before(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as live, session(database) as connection:
        await live.commit(*opening())
        await trade(live, 3, 150)
        before = await told(connection)
        assert len(before) > 60
        while await upkeep.pack(connection):
            pass
        ((left,),) = await run_sql(database, "SELECT count(*) FROM journal")
        assert left < 20
        assert await told(connection) == before
        assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


async def test_what_the_tables_do_not_show_is_neither_packed_nor_dropped(
    database: ConnectionSettings,
) -> None:
    async with (
        recorded(database, RULES, is_projected=False) as live,
        session(database) as connection,
    ):
        await live.recorded(*opening())
        for number in range(50):
            await live.recorded(Deposit(ALICE, "USDT", Decimal(1 + number)))
        assert not await upkeep.pack(connection)
        await upkeep.take_image(connection)
        await upkeep.drop(connection, Keeping(0, 0))
        assert len(await told(connection)) > 50


async def test_only_so_much_is_kept_and_it_begins_with_an_image(
    database: ConnectionSettings,
) -> None:
    keeper = Keeper(database, Keeping(size=1), lambda: 0)
    async with recorded(database, RULES) as live, session(database) as connection:
        await live.commit(*opening())
        for seed in range(4):
            await trade(live, seed, 60)
            await keeper.tend_once(connection)
        images = await run_sql(database, "SELECT seq, image FROM journal_images")
        ((seq, stored),) = images
        assert image_of(stored).counters.seq == seq > 100
        assert not await run_sql(database, "SELECT 1 FROM journal_chunks WHERE last_seq <= $1", seq)
        assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


async def test_what_is_older_than_wanted_goes(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as live, session(database) as connection:
        await live.commit(*opening())
        for seed in range(3):
            await trade(live, seed, 60)
            await upkeep.pack(connection)
            assert await upkeep.take_image(connection)
        assert await upkeep.drop(connection, Keeping(age_s=3600)) is None
        images = [row[0] for row in await run_sql(database, "SELECT seq FROM journal_images")]
        await run_sql(
            database,
            "UPDATE journal_images SET made_at = made_at - $1::interval WHERE seq <= $2",
            timedelta(hours=2),
            sorted(images)[1],
        )
        assert await upkeep.drop(connection, Keeping(age_s=3600)) == sorted(images)[1]
        assert await upkeep.drop(connection, Keeping()) is None
        left = await run_sql(database, "SELECT seq FROM journal_images ORDER BY 1")
        assert [row[0] for row in left] == sorted(images)[1:]


async def test_rows_of_time_alone_go_once_a_later_one_is_shown(
    database: ConnectionSettings,
) -> None:
    async with recorded(database, RULES) as live, session(database) as connection:
        await live.commit(*opening())
        for _ in range(30):
            live.now_ms += 1
            live.exchange.state.counters.time_ms = live.now_ms
            live.committer.flush(live.exchange.state.counters)
            await live.recorded()
        await live.commit(Deposit(ALICE, "USDT", Decimal(1)))
        await upkeep.forget_idle_time(connection)
        idle = await run_sql(database, "SELECT 1 FROM journal WHERE first_seq > last_seq")
        assert idle == []


async def is_locked(database: ConnectionSettings) -> bool:
    """Whether a pg_dump has locked the tables that are written."""
    return set(BUSY) <= {row[0] for row in await run_sql(database, LOCKED_BY_DUMP)}


@contextlib.asynccontextmanager
async def dumping(database: ConnectionSettings) -> AsyncIterator[Process]:
    """A pg_dump that has locked all it wants, and whose output nobody takes."""
    program = next(one / "pg_dump" for one in candidates() if (one / "pg_dump").exists())
    where = (f"--host={database.host}", f"--port={database.port}", f"--username={database.user}")
    process = await asyncio.create_subprocess_exec(
        program, *where, database.database, stdout=PIPE, limit=1
    )
    try:
        async with asyncio.timeout(WAITS_MAX_S):
            while not await is_locked(database):
                pass
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_nobody_waits_for_pg_dump_while_the_journal_is_packed_dropped_and_reset(
    database: ConnectionSettings,
) -> None:
    """It holds ACCESS SHARE on every table, in one transaction, for as long as it takes."""
    keeper = Keeper(database, Keeping(size=1), lambda: 0)
    counted = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM ledger)"
    async with recorded(database, RULES) as live, session(database) as connection:
        await live.commit(*opening())
        await trade(live, 8, 400)
        ((orders, entries),) = await run_sql(database, counted)
        async with dumping(database) as dump:
            await tended_and_reset(live, keeper, connection)
            assert await run_sql(database, "SELECT 1 FROM journal_images")
            assert await is_locked(database)
            told, _ = await dump.communicate()
            assert dump.returncode == 0
            # It shows the record as it was when it began.
            assert copied(told, "orders") == orders and copied(told, "ledger") == entries
        assert await problems_of(database) == []
        assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


async def tended_and_reset(
    live: RecordedExchange, keeper: Keeper, connection: asyncpg.Connection
) -> None:
    async with asyncio.timeout(WAITS_MAX_S):
        for seed in range(4):
            await trade(live, seed, 60)
            await asyncio.gather(keeper.tend_once(connection), trade(live, seed + 9, 20))
        await live.commit(Reset(), *opening())
        await live.commit(buy(ALICE, "1", "90"))
        await keeper.tend_once(connection)


def copied(dump: bytes, table: str) -> int:
    """How many rows of the table it has."""
    rows = dump.split(f"COPY public.{table} (".encode())[1].split(b"\n\\.\n")[0]
    return len(rows.splitlines()) - 1


async def test_the_keepers_session_may_be_killed_at_any_moment(
    database: ConnectionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "LOOKS_EVERY_S", 0.001)
    monkeypatch.setattr(keeper_module, "WORTH_EVENTS", 1)
    monkeypatch.setattr(keeper_module, "AGAIN_AFTER_S", 0.001)
    monkeypatch.setattr(keeper_module, "PAUSE_S", 0)
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
        keeper = Keeper(database, Keeping(), lambda: live.recorder.progress.projected_seq)
        keeping = asyncio.create_task(keeper.run())
        for seed in range(8):
            await trade(live, seed, 30)
            await run_sql(database, KILL_THE_KEEPER)
        async with asyncio.timeout(WAITS_MAX_S):
            while len(await run_sql(database, "SELECT 1 FROM journal_images")) < 3:
                await trade(live, 8, 30)
        keeping.cancel()
        await asyncio.wait([keeping])
        assert await run_sql(database, "SELECT 1 FROM journal_chunks")
        assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)
    async with snapshot(database) as connection:
        assert [one.problems async for one in verified(connection, VAULT) if one.problems] == []


async def test_an_image_has_no_secret_in_plain_words(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as live, session(database) as connection:
        await live.commit(*opening())
        await upkeep.take_image(connection)
        ((stored,),) = await run_sql(database, "SELECT image FROM journal_images")
        image = image_of(stored)
        assert [row.id for row in image.users] == list(live.exchange.state.users)
        for row in image.keys:
            key = live.exchange.state.keys[row.key]
            assert key.secret.value.encode() not in row.secret


@pytest.mark.parametrize("read", [unpacked, image_of])
def test_what_another_version_wrote_is_one_clear_line(read: object) -> None:
    assert callable(read)
    with pytest.raises(DatabaseUnavailable, match="of version 9, which this hypersim does not"):
        read(b"\x09...")
    with pytest.raises(DatabaseUnavailable, match="makes no sense"):
        read(b"\x01...")


def test_a_chunk_is_much_smaller_than_its_rows() -> None:
    rows = [StoredRow(n, n, n, b"an order like the last one" + bytes([n])) for n in range(200)]
    chunk = packed(rows)
    assert unpacked(chunk) == rows
    assert len(chunk) < sum(len(row.payload) for row in rows) / 3


class Disk(NamedTuple):
    total: int
    free: int


def test_orders_stop_while_the_disk_has_little_room() -> None:
    health = RecordHealth()
    disk = Disk(10**12, 10**11)
    watch = RoomWatch(Path(), health, lambda _: disk)
    watch.look()
    assert health.has_room
    disk = Disk(10**12, 10**7)
    watch.look()
    assert not health.has_room
    disk = Disk(10**8, 10**7)
    watch.look()
    assert health.has_room
