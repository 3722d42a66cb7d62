"""The recorder loses nothing and doubles nothing, whatever happens to the database."""

import asyncio
import contextlib
import os
import random
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import asyncpg
import psutil  # type: ignore[import-untyped]
import pytest

from hypersim.service.record import RecordHealth, RecordLost
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.embedded.server import EmbeddedPostgres
from hypersim.storage.migrate import migrate
from hypersim.storage.recorder import PostgresRecorder
from hypersim.storage.writer_session import Durability
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.rules import Rules
from tests.support.builders import ALICE
from tests.support.crash import FORMS
from tests.support.cutting_proxy import cutting_proxy
from tests.support.memory_record import VAULT
from tests.support.postgres import run_script, run_sql
from tests.support.random_session import commands, opening
from tests.support.recorded_exchange import RecordedExchange, loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))
DEADLINE_S = 20.0
POLL_S = 0.005
_WRITER = "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"


class Progress:
    """How many batches were acknowledged."""

    def __init__(self) -> None:
        self.acknowledged = 0


async def kill_writers(database: ConnectionSettings, progress: Progress, times: int) -> None:
    """End the writer's session at odd moments: in the midst of commits every second time, and
    before it is at work again otherwise."""
    dice = random.Random(7)
    connection = await asyncpg.connect(**database.asyncpg_kwargs())
    killed = 0
    while killed < times:
        if killed % 2:
            seen = progress.acknowledged
            await until(lambda: progress.acknowledged > seen)  # noqa: B023 - awaited at once
        await asyncio.sleep(dice.random() / 50)
        killed += len(
            await connection.fetch(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_WRITER}"
                " AND datname = current_database()"
            )
        )
    await connection.close()


async def trade_until(live: RecordedExchange, task: asyncio.Task[None], progress: Progress) -> None:
    """Trade while `task` does its worst."""
    while not task.done():
        for command in commands(live.exchange, progress.acknowledged, 20, live.now_ms):
            live.now_ms += 1
            live.run(command)
        await asyncio.wait_for(live.settled(), DEADLINE_S)
        progress.acknowledged += 1
    task.result()


@pytest.mark.parametrize("form", FORMS)
async def test_the_writers_session_may_be_killed_at_any_moment(
    database: ConnectionSettings, form: str
) -> None:
    health = RecordHealth()
    async with recorded(database, RULES, health=health, form=form) as live:
        await live.commit(*opening())
        progress = Progress()
        killer = asyncio.create_task(kill_writers(database, progress, times=15))
        await trade_until(live, killer, progress)
        await live.commit(Deposit(ALICE, "USDT", Decimal(1)))
        assert health.is_available
        assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server of the test's own, to be treated badly."""
    server = EmbeddedPostgres(tmp_path / "data")
    try:
        yield server
    finally:
        server.stop()


async def kill_server(root: Path, server: EmbeddedPostgres, progress: Progress, times: int) -> None:
    """SIGKILL, as if memory had run out, each time after some more was acknowledged."""
    for _ in range(times):
        await asyncio.to_thread(server.ensure_running)
        seen = progress.acknowledged
        await until(lambda: progress.acknowledged > seen)  # noqa: B023 - awaited at once
        number = int((root / "pgdata/postmaster.pid").read_text().split("\n")[0])
        os.kill(number, signal.SIGKILL)
        # A dying server still looks alive, and nobody would start it again.
        await until(partial(is_dead, number))


def is_dead(number: int) -> bool:
    try:
        return bool(psutil.Process(number).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("form", ["task", pytest.param("process", marks=pytest.mark.slow)])
async def test_the_database_server_may_be_killed_at_any_moment(
    own_postgres: EmbeddedPostgres, tmp_path: Path, form: str
) -> None:
    settings = await asyncio.to_thread(own_postgres.start, 60)
    await migrate(settings, lambda _: None)
    ensure_running = own_postgres.ensure_running
    async with recorded(settings, RULES, ensure_running=ensure_running, form=form) as live:
        await live.commit(*opening())
        progress = Progress()
        killer = asyncio.create_task(
            kill_server(tmp_path / "data", own_postgres, progress, times=3)
        )
        await trade_until(live, killer, progress)
        await asyncio.to_thread(ensure_running)
        await live.commit(Deposit(ALICE, "USDT", Decimal(1)))
        assert picture(*await loaded(settings, RULES)) == picture(live.exchange, live.view)


async def test_the_exchange_knows_while_the_database_is_away(
    own_postgres: EmbeddedPostgres,
) -> None:
    settings = await asyncio.to_thread(own_postgres.start, 60)
    await migrate(settings, lambda _: None)
    health = RecordHealth()
    async with recorded(settings, RULES, health=health) as live:
        await live.commit(OpenAccount("a@example.com"))
        await asyncio.to_thread(own_postgres.stop)
        batch = live.run(Deposit(ALICE, "USDT", Decimal(5)))
        assert batch is not None
        waiting = batch.done()
        await until(lambda: not health.is_available)
        assert not waiting.done()
        await asyncio.to_thread(own_postgres.start, 60)
        await asyncio.wait_for(waiting, DEADLINE_S)
        assert health.is_available
        _, view = await loaded(settings, RULES)
        assert view.balances[ALICE, "USDT"].available == 5


async def until(is_so: Callable[[], bool]) -> None:
    """Poll, with a deadline."""
    for _ in range(int(DEADLINE_S / POLL_S)):
        if is_so():
            return
        await asyncio.sleep(POLL_S)
    raise AssertionError("it did not happen in time")


async def test_it_gives_up_after_the_deadline_with_one_clear_line(
    own_postgres: EmbeddedPostgres,
) -> None:
    settings = await asyncio.to_thread(own_postgres.start, 60)
    await migrate(settings, lambda _: None)
    health = RecordHealth()
    async with recorded(settings, RULES, health=health, outage_max_s=0.3) as live:
        await asyncio.to_thread(own_postgres.stop)
        with pytest.raises(RecordLost, match=r"did not come back within 0.3 s: .*") as caught:
            await live.commit(OpenAccount("a@example.com"))
    assert "\n" not in str(caught.value)
    assert not health.is_available


async def test_a_statement_that_takes_too_long_counts_as_a_lost_connection(
    database: ConnectionSettings,
) -> None:
    health = RecordHealth()
    async with recorded(database, RULES, health=health, command_timeout_s=0.2) as live:
        await live.commit(OpenAccount("a@example.com"))
        async with locked(database, "LOCK TABLE journal"):
            batch = live.run(Deposit(ALICE, "USDT", Decimal(5)))
            assert batch is not None
            waiting = batch.done()
            await until(lambda: not health.is_available)
            assert not waiting.done()
        await asyncio.wait_for(waiting, DEADLINE_S)
        assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


@contextlib.asynccontextmanager
async def locked(database: ConnectionSettings, statement: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(**database.asyncpg_kwargs())
    async with connection.transaction():
        await connection.execute(statement)
        yield
    await connection.close()


async def test_a_second_server_is_refused(database: ConnectionSettings) -> None:
    async with recorded(database, RULES):
        with pytest.raises(DatabaseUnavailable, match="another hypersim server owns") as caught:
            await PostgresRecorder.open(database, health=RecordHealth(), vault=VAULT)
    assert "\n" not in str(caught.value)
    second = await PostgresRecorder.open(database, health=RecordHealth(), vault=VAULT)
    await second.close()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("UPDATE checkpoint SET seq = seq + 1", "was changed by somebody else"),
        ("DELETE FROM journal WHERE last_seq > 3; UPDATE checkpoint SET seq = 3", "has lost"),
    ],
)
async def test_it_never_goes_on_ahead_of_another_record(
    database: ConnectionSettings, change: str, complaint: str
) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
        await run_script(
            database,
            change,
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_WRITER}"
            " AND datname = current_database()",
        )
        with pytest.raises(RecordLost, match=complaint):
            await live.commit(*[Deposit(ALICE, "USDT", Decimal(5))] * 3)


@pytest.mark.parametrize(
    "change", ["UPDATE ledger SET legs = ''", "DELETE FROM ledger", "TRUNCATE ledger"]
)
async def test_the_ledger_is_append_only(database: ConnectionSettings, change: str) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await run_sql(database, change)


async def test_a_read_only_database_gets_one_clear_line(database: ConnectionSettings) -> None:
    read_only = f"ALTER DATABASE {database.database} SET default_transaction_read_only = on"
    await run_sql(database, read_only)
    health = RecordHealth()
    async with recorded(database, RULES, health=health) as live:
        with pytest.raises(RecordLost, match="the database is read-only: ") as caught:
            await live.commit(OpenAccount("a@example.com"))
    assert "\n" not in str(caught.value)
    assert not health.is_available


async def test_a_commit_whose_answer_is_lost_is_not_repeated(
    database: ConnectionSettings,
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with (
            cutting_proxy(database, Path(directory)) as (proxy, through_proxy),
            recorded(through_proxy, RULES) as live,
        ):
            await live.commit(*opening())
            for _ in range(3):
                proxy.swallow_answer()
                await live.commit(Deposit(ALICE, "USDT", Decimal(5)))
        assert proxy.cuts == 3
        assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


@pytest.mark.parametrize(("durability", "setting"), [("on", "on"), ("relaxed", "off")])
async def test_durability_reaches_the_session(
    database: ConnectionSettings, durability: Durability, setting: str
) -> None:
    async with recorded(database, RULES, durability=durability) as live:
        session = vars(vars(live.recorder)["_session"])
        assert await session["_connection"].fetchval("SHOW synchronous_commit") == setting
