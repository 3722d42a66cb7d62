"""The tables follow from the journal alone, whatever happens to whoever brings them up to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from time import monotonic
from typing import Any

import pytest
from msgspec.structs import replace

from hypersim.account.user import Secret
from hypersim.service.record import PageQuery, RecordUnavailable
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.projection import progress as progress_module
from hypersim.storage.projection import projector as projector_module
from hypersim.storage.projection.progress import Progress
from hypersim.storage.projection.projector import GATHERED_EVENTS
from hypersim.storage.record_reads import RecordReads
from hypersim.storage.tables.schema import metadata
from hypersim.trading import closing, fees, fills
from hypersim.trading.account_commands import Deposit, IssueKey, OpenAccount
from hypersim.trading.commands import CancelAllOrders, ListInstrument
from hypersim.trading.events import FundsMoved
from hypersim.trading.rules import Matching, Rules
from tests.support.builders import ALICE, BOB, instrument, transaction
from tests.support.ledger_check import problems_of
from tests.support.postgres import run_script, run_sql
from tests.support.postgres_store import projector_of
from tests.support.random_session import commands, opening
from tests.support.recorded_exchange import RecordedExchange, loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"), Matching.SHARED)
NOT_PROJECTED = ("journal", "journal_chunks", "journal_images", "projection_owner")
TABLES = [table.name for table in metadata.sorted_tables if table.name not in NOT_PROJECTED]
DEADLINE_S = 20.0
POLL_S = 0.005
GATHERED_S = 0.2
BACK = "pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
"""Of whoever is called so, in this database."""


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(int(DEADLINE_S / POLL_S)):
        if is_so():
            return
        await asyncio.sleep(POLL_S)
    raise AssertionError("it did not happen in time")


async def rows_of_all(database: ConnectionSettings) -> dict[str, list[tuple[Any, ...]]]:
    """Whatever the tables hold, each in one order."""
    found = {}
    for table in TABLES:
        rows = [tuple(row) for row in await run_sql(database, f"SELECT * FROM {table}")]
        found[table] = sorted(rows, key=repr)
    return found


async def trade(live: RecordedExchange, seed: int, count: int) -> None:
    """Rows of the journal of one command each, with orders that end together among them."""
    for number, command in enumerate(commands(live.exchange, seed, count, live.now_ms)):
        live.now_ms += 3
        live.run(command)
        if number % 3 == 0:
            await live.recorded()
        if number % 50 == 25:
            await live.recorded(CancelAllOrders(ALICE))


@pytest.fixture
async def unprojected(
    database: ConnectionSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RecordedExchange]:
    """Of whose doings only the journal tells."""
    monkeypatch.setattr(closing, "TOGETHER_MIN", 3)
    async with recorded(database, RULES, is_projected=False) as live:
        await live.recorded(*opening())
        await trade(live, 3, 200)
        yield live


async def emptied(database: ConnectionSettings) -> None:
    """As before the first row of the journal."""
    columns = [row[0] for row in await run_sql(database, _COUNTERS)]
    await run_script(
        database,
        "ALTER TABLE ledger_lines DISABLE TRIGGER ledger_append_only",
        "ALTER TABLE ledger DISABLE TRIGGER ledger_append_only",
        f"TRUNCATE {', '.join(set(TABLES) - {'checkpoint'})}",
        "ALTER TABLE ledger ENABLE TRIGGER ledger_append_only",
        "ALTER TABLE ledger_lines ENABLE TRIGGER ledger_append_only",
        f"UPDATE checkpoint SET {', '.join(f'{name} = 0' for name in columns)}",
    )


_COUNTERS = """SELECT column_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = 'checkpoint' AND column_name <> 'id'"""


async def test_slices_of_any_size_make_the_same_tables(
    database: ConnectionSettings, unprojected: RecordedExchange
) -> None:
    made = []
    for slice_events in (1, 7, 100_000):
        await emptied(database)
        progress = Progress()
        progress.committed_seq = unprojected.exchange.state.counters.seq
        projector = await projector_of(database, progress, slice_events=slice_events)
        task = asyncio.create_task(projector.run())
        async with asyncio.timeout(DEADLINE_S):
            await progress.shows_all()
        task.cancel()
        await asyncio.wait([task])
        made.append(await rows_of_all(database))
        assert await problems_of(database) == []
    first, *others = made
    assert len(first["orders"]) > 50 and len(first["ledger"]) > 100
    for other in others:
        for table in TABLES:
            assert other[table] == first[table], table
    found = picture(*await loaded(database, RULES))
    for part, value in picture(unprojected.exchange, unprojected.view).items():
        assert found[part] == value, part


async def test_a_start_finds_what_the_tables_do_not_show(
    database: ConnectionSettings, unprojected: RecordedExchange
) -> None:
    assert await run_sql(database, "SELECT 1 FROM orders") == []
    found = picture(*await loaded(database, RULES))
    for part, value in picture(unprojected.exchange, unprojected.view).items():
        assert found[part] == value, part


async def test_who_reads_after_a_start_waits_for_what_the_tables_do_not_show(
    database: ConnectionSettings, unprojected: RecordedExchange
) -> None:
    counters = unprojected.exchange.state.counters
    progress = Progress()
    progress.start_at(counters.seq)
    archive = await PostgresArchive.open(database, progress)
    reading = asyncio.create_task(archive.orders(PageQuery(ALICE), only_ended=False))
    task = asyncio.create_task((await projector_of(database, progress)).run())
    found = await reading
    everything = await run_sql(database, "SELECT id FROM orders WHERE user_id = 1 ORDER BY id")
    assert {order.id for order in found} == {row["id"] for row in everything} != set()
    await archive.close()
    task.cancel()
    await asyncio.wait([task])


async def test_nobody_waits_for_tables_that_follow_no_more() -> None:
    progress = Progress()
    progress.start_at(5)
    waiting = asyncio.create_task(progress.shows_all())
    await asyncio.sleep(0)
    progress.stop("refused")
    for one in (waiting, progress.shows_all()):
        with pytest.raises(RecordUnavailable):
            await one


async def test_a_projection_that_steps_back_is_read_again(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
        await trade(live, 5, 60)
        await live.settled()
        before = await rows_of_all(database)
        # As after a crash of the database that lost what was not flushed.
        await emptied(database)
        await live.recorded(Deposit(ALICE, "USDT", Decimal(1)))
        await live.recorder.progress.shows_all()
        ((seq,),) = await run_sql(database, "SELECT seq FROM checkpoint")
        assert seq == live.exchange.state.counters.seq
        assert await problems_of(database) == []
        after = await rows_of_all(database)
        assert after["trades"] == before["trades"]
        assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


async def test_the_projectors_session_may_be_killed_at_any_moment(
    database: ConnectionSettings,
) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
        for seed in range(6):
            await trade(live, seed, 20)
            await run_sql(database, f"SELECT {BACK} 'hypersim projector'")
        async with asyncio.timeout(DEADLINE_S):
            await live.settled()
        assert await problems_of(database) == []
        assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


async def test_after_a_slice_of_many_orders_the_next_ones_are_gathered(
    database: ConnectionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector_module, "GATHERED_S", GATHERED_S)
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
        begin_s = monotonic()
        await live.commit(*[Deposit(ALICE, "USDT", Decimal(1))] * GATHERED_EVENTS.start)
        await live.commit(Deposit(ALICE, "USDT", Decimal(1)))
        assert monotonic() >= begin_s + GATHERED_S


async def test_single_orders_are_shown_at_once(
    database: ConnectionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector_module, "GATHERED_S", 1_000)
    async with recorded(database, RULES) as live, asyncio.timeout(DEADLINE_S):
        for command in opening():
            await live.commit(command)


async def test_what_the_tables_refuse_stops_them_with_one_clear_line(
    database: ConnectionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "READ_PATIENCE_S", 0.01)
    async with recorded(database, RULES) as live:
        await live.commit(OpenAccount("a@example.com"))
        # The exchange itself refuses such a deposit, so it is told by hand.
        events, _ = live.exchange.execute(Deposit(ALICE, "USDT", Decimal(1)), live.now_ms)
        (moved,) = events
        assert isinstance(moved, FundsMoved)
        posting = replace(moved.entry.postings[0], amount=Decimal(10) ** 20)
        huge = replace(moved, entry=replace(moved.entry, postings=(posting,)))
        state = live.exchange.state
        live.committer.add(state.counters, transaction([huge], state, live.now_ms))
        progress = live.recorder.progress
        await until(lambda: progress.stopped is not None)
        archive = await PostgresArchive.open(database, progress)
        with pytest.raises(RecordUnavailable):
            await archive.orders(PageQuery(ALICE), only_ended=False)
        # Others read what was there before.
        assert await archive.orders(PageQuery(BOB), only_ended=False) == []
        await archive.close()
    assert progress.stopped is not None and "\n" not in progress.stopped
    assert "events 2 to 2 cannot be written" in progress.stopped
    assert "20 digits before the point" in progress.stopped


async def test_far_behind_no_orders_are_taken_until_the_tables_follow(
    database: ConnectionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hypersim.storage.recorder.BEHIND_EVENTS_MAX", 10)
    monkeypatch.setattr(progress_module, "BEHIND_MAX_S", 0.01)
    async with recorded(database, RULES, is_projected=False) as live:
        await live.recorded(*opening())
        assert vars(live.recorder)["_health"].is_behind
        task = asyncio.create_task((await projector_of(database, live.recorder.progress)).run())
        await live.recorder.progress.shows_all()
        await live.recorded(Deposit(ALICE, "USDT", Decimal(1)))
        assert not vars(live.recorder)["_health"].is_behind
        task.cancel()
        await asyncio.wait([task])


async def test_secrets_stand_sealed_in_the_journal(database: ConnectionSettings) -> None:
    secrets = {"password": "open sesame", "secret": "0123456789abcdef", "passphrase": "friend"}
    async with recorded(database, RULES) as live:
        hashed = Secret(secrets["password"])
        await live.commit(OpenAccount("a@example.com", password_hash=hashed))
        key = IssueKey(
            ALICE, "the-key", Secret(secrets["secret"]), passphrase=Secret(secrets["passphrase"])
        )
        await live.commit(key, ListInstrument(instrument()))
        told = b"".join(row[0] for row in await run_sql(database, "SELECT payload FROM journal"))
        assert b"the-key" in told
        for name, secret in secrets.items():
            assert secret.encode() not in told, name
        _, view = await loaded(database, RULES)
        assert view.keys == live.view.keys and view.users == live.view.users


async def test_a_new_connection_of_readers_looks_where_the_tables_stand(
    database: ConnectionSettings,
) -> None:
    progress = Progress()
    progress.start_at(7)
    progress.projected(7)
    reads = await RecordReads.open(database, progress)
    await reads.fetch("SELECT 1")
    assert (progress.projected_seq, progress.events_behind, progress.steps_back) == (0, 7, 1)
    reads.close()
