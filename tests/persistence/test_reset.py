"""A reset is one transaction of the record: finished or undone, whoever dies, and never alone in
its way for long."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from decimal import Decimal

import asyncpg
import pytest

from hypersim.service.clock import WallClock
from hypersim.service.engine import Engine
from hypersim.service.record import RecordHealth
from hypersim.service.transaction import Source
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.recorder import PostgresRecorder
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit
from hypersim.trading.rules import Matching, Rules
from tests.support.builders import ALICE, buy
from tests.support.crash import FORMS
from tests.support.ledger_check import problems_of
from tests.support.memory_record import VAULT
from tests.support.postgres import run_sql
from tests.support.postgres_store import projector_of, projector_process_of
from tests.support.recorded_exchange import loaded, picture
from tests.support.reset_storm import Storm, accounts

RULES = {
    matching: Rules(fills.load("depth"), fees.load("received"), matching) for matching in Matching
}
ISOLATED = RULES[Matching.ISOLATED]
RESET_MAX_S = 10.0
"""Far above what a busy machine needs; a reset that waits for a reader takes for ever."""
KILLS = 10

_WRITERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database()
  AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)
"""

_NUMBERS = "SELECT seq, generation, (SELECT max(last_seq) FROM journal) AS last_seq FROM checkpoint"


@contextlib.asynccontextmanager
async def running(
    database: ConnectionSettings, rules: Rules, form: str = "task"
) -> AsyncIterator[Engine]:
    """The exchange that the database holds, with its engine, as a start makes it."""
    health = RecordHealth()
    recorder = await PostgresRecorder.open(database, health=health, vault=VAULT)
    exchange, view = await loaded(database, rules)
    clock = WallClock(exchange.state.counters.time_ms)
    engine = Engine(exchange, view, clock=clock, recorder=recorder, health=health)
    made = projector_of if form == "task" else projector_process_of
    projector = await made(database, recorder.progress)
    tasks = [asyncio.create_task(one.run()) for one in (engine, projector)]
    try:
        yield engine
    finally:
        await engine.settled()
        await recorder.progress.shows_all()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await recorder.close()


async def assert_recorded(database: ConnectionSettings, engine: Engine, rules: Rules) -> None:
    """What a start would find is what there is."""
    seq = -1
    # Orders go on to expire by themselves.
    while seq != engine.exchange.state.counters.seq:
        seq = engine.exchange.state.counters.seq
        await engine.settled()
        # To truncate a table empties it for older snapshots too.
        await numbers(database)
        exchange, view = await loaded(database, rules)
    # Tickers move it on each second, whatever else happens.
    exchange.state.counters.time_ms = engine.exchange.state.counters.time_ms
    found = picture(exchange, view)
    for part, value in picture(engine.exchange, engine.view).items():
        assert found[part] == value, part
    assert await problems_of(database) == []


async def numbers(database: ConnectionSettings) -> tuple[int, int]:
    """(seq, generation) of the record, once its tables show all of it."""
    while True:
        ((seq, generation, last_seq),) = await run_sql(database, _NUMBERS)
        if seq >= last_seq:
            return seq, generation


@pytest.mark.parametrize("seed", range(3))
async def test_after_overlapping_resets_a_start_finds_what_there_was(
    database: ConnectionSettings, seed: int
) -> None:
    rules = RULES[list(Matching)[seed % 2]]
    async with running(database, rules) as engine:
        storm = Storm(engine, random.Random(seed))
        await storm.rage(resets=3, rounds=2)
        await assert_recorded(database, engine, rules)
        seq, generation = await numbers(database)
        assert generation == 6
        of_now = [one for one in storm.accepted if one[0] == generation]
        rows = await run_sql(database, "SELECT user_id, id FROM orders")
        assert {one[1:] for one in of_now} <= {tuple(row) for row in rows}
    async with running(database, rules) as engine:
        await engine.reset(tuple(accounts()))
        after = await numbers(database)
        assert after[0] > seq and after[1] == generation + 1
        await engine.submit(buy(ALICE, "1", "90"), Source.ADMIN)
        assert list(engine.exchange.state.orders) == [1]


@pytest.mark.parametrize(("seed", "form"), [*enumerate(FORMS)])
async def test_the_writers_session_may_die_at_any_moment_of_a_reset(
    database: ConnectionSettings, seed: int, form: str
) -> None:
    dice = random.Random(seed)
    async with running(database, ISOLATED, form) as engine:
        raging = asyncio.create_task(Storm(engine, dice).rage(resets=3, rounds=3))
        killer = await asyncpg.connect(**database.asyncpg_kwargs())
        for _ in range(KILLS):
            await asyncio.sleep(dice.random() / 10)
            await killer.fetch(_WRITERS)
        await raging
        await killer.close()
        assert engine.view.generation == 9
        await assert_recorded(database, engine, ISOLATED)


async def test_a_reset_does_not_wait_for_who_reads(database: ConnectionSettings) -> None:
    """A backup, or a transaction that somebody left open at a prompt."""
    async with running(database, ISOLATED) as engine:
        await engine.reset(tuple(accounts()))
        await engine.submit(buy(ALICE, "1", "90"), Source.ADMIN)
        reader = await asyncpg.connect(**database.asyncpg_kwargs())
        async with reader.transaction(isolation="repeatable_read"):
            counts = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM ledger)"
            before = await reader.fetchrow(counts)
            await asyncio.wait_for(engine.reset(tuple(accounts())), RESET_MAX_S)
            await numbers(database)
            assert await reader.fetchrow(counts) == before
        await reader.close()
        await assert_recorded(database, engine, ISOLATED)


async def test_the_ledger_is_append_only_after_a_reset_too(database: ConnectionSettings) -> None:
    async with running(database, ISOLATED) as engine:
        await engine.reset(tuple(accounts()))
        await engine.submit(Deposit(ALICE, "USDT", Decimal(1)), Source.ADMIN)
    for statement in ("DELETE FROM ledger", "TRUNCATE ledger", "UPDATE ledger SET legs = ''"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await run_sql(database, statement)


async def test_a_reset_of_many_orders_looks_at_none_of_them(
    database: ConnectionSettings,
) -> None:
    """A table that is emptied as a whole has another file afterwards, however many rows it had."""
    async with running(database, ISOLATED) as engine:
        await engine.reset(tuple(accounts()))
        await numbers(database)
        await run_sql(
            database,
            "INSERT INTO orders (id, user_id, rank, ended_seq, created_at, updated_at, symbol,"
            " side, type, time_in_force, status, self_trade_prevention, post_only, amount, filled,"
            " cost, fee, locked, prevented, amendments, peg_offset)"
            " SELECT n, 1, n, n, now(), now(), 'BTC/USDT', 'buy', 'limit', 'GTC', 'canceled',"
            " 'none', false, 1, 0, 0, 0, 0, 0, 0, 0 FROM generate_series(1, 1000) AS n",
        )
        file_of = "SELECT pg_relation_filenode('orders') AS file"
        before = await run_sql(database, file_of)
        await engine.reset(tuple(accounts()))
        await numbers(database)
        assert await run_sql(database, file_of) != before
        await assert_recorded(database, engine, ISOLATED)
