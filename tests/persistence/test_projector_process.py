"""The projector as a process: woken, watched, and never longer there than its server."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from time import monotonic

import asyncpg
import psutil  # type: ignore[import-untyped]
import pytest
import typer

from hypersim.cli.db.project import project
from hypersim.storage.connecting import PROJECTOR_LOCK, connect
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.ownership import begin_epoch
from hypersim.storage.projection.progress import Progress
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.rules import Matching, Rules
from tests.support.builders import ALICE
from tests.support.ledger_check import problems_of
from tests.support.postgres import run_sql, url_of
from tests.support.postgres_store import projector_process_of
from tests.support.recorded_exchange import RecordedExchange, loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"), Matching.SHARED)
DEADLINE_S = 20.0
POLL_S = 0.01
WAKES_MS_MAX = 10.0
READS = 40
MORE = Deposit(ALICE, "USDT", Decimal(1))


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(int(DEADLINE_S / POLL_S)):
        if is_so():
            return
        await asyncio.sleep(POLL_S)
    raise AssertionError("it did not happen in time")


def title_of(pid: int | None) -> str:
    """As the process list shows it; empty when it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return " ".join(process.cmdline())
    return ""


@contextlib.asynccontextmanager
async def projected(
    database: ConnectionSettings, progress: Progress
) -> AsyncIterator[asyncio.Task[None]]:
    """By a process, for the length of a block."""
    process = await projector_process_of(database, progress)
    task = asyncio.create_task(process.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
async def live(database: ConnectionSettings) -> AsyncIterator[RecordedExchange]:
    """An exchange whose tables a process keeps."""
    async with (
        recorded(database, RULES, is_projected=False) as made,
        projected(database, made.recorder.progress),
        asyncio.timeout(DEADLINE_S),
    ):
        await made.commit(OpenAccount("a@example.com"), MORE)
        yield made


async def until_gone(pid: int) -> None:
    await until(lambda: not title_of(pid))


async def restarted(progress: Progress, pid: int) -> int:
    """The next process."""
    await until(lambda: progress.projector_pid not in (pid, None))
    assert progress.projector_pid is not None
    return progress.projector_pid


async def test_it_brings_the_tables_up_and_a_reader_hardly_waits(
    database: ConnectionSettings, live: RecordedExchange
) -> None:
    took_ms = []
    for _ in range(READS):
        await live.recorded(MORE)
        begin = monotonic()
        await live.recorder.progress.shows(ALICE)
        took_ms.append((monotonic() - begin) * 1000)
    # The best of them: the others tell of what else the machine does.
    assert min(took_ms) < WAKES_MS_MAX, took_ms
    assert await problems_of(database) == []
    assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


async def test_it_looks_after_the_journals_old_part_too(
    database: ConnectionSettings, live: RecordedExchange
) -> None:
    await live.commit(MORE)
    for _ in range(int(DEADLINE_S / POLL_S)):
        if await run_sql(database, "SELECT 1 FROM journal_images"):
            return
        await asyncio.sleep(POLL_S)
    pytest.fail("no image was made in time")


async def test_one_that_dies_is_started_again_and_nothing_is_doubled(
    database: ConnectionSettings, live: RecordedExchange
) -> None:
    progress = live.recorder.progress
    for number in range(1, 4):
        pid = progress.projector_pid
        assert pid is not None
        await live.recorded(MORE)
        os.kill(pid, signal.SIGKILL)
        await live.recorded(MORE)
        await progress.shows_all()
        assert await restarted(progress, pid) != pid
        assert progress.restarts == number
    assert await problems_of(database) == []
    assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


@pytest.mark.slow
async def test_one_that_stands_still_while_there_is_work_is_killed_and_started_again(
    database: ConnectionSettings, live: RecordedExchange
) -> None:
    progress = live.recorder.progress
    pid = progress.projector_pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    await live.recorded(MORE)
    assert await restarted(progress, pid) != pid
    await progress.shows_all()
    assert progress.restarts == 1 and not title_of(pid)
    assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


async def test_no_secret_shows_in_its_arguments_or_its_environment(
    database: ConnectionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HYPERSIM_MASTER_KEY", "PGPASSWORD", "DATABASE_URL", "SOME_TOKEN"):
        monkeypatch.setenv(name, "hush")
    progress = Progress()
    async with projected(database, progress), asyncio.timeout(DEADLINE_S):
        await until(lambda: "projector" in title_of(progress.projector_pid))
        process = psutil.Process(progress.projector_pid)
        shown = (*process.environ().values(), *process.cmdline())
    assert not [value for value in shown if "hush" in value]


async def test_it_ends_with_its_pipe_even_while_it_stands_still(
    live: RecordedExchange, database: ConnectionSettings
) -> None:
    progress = Progress()
    async with projected(database, progress), asyncio.timeout(DEADLINE_S):
        await until(lambda: progress.projector_pid is not None)
        pid = progress.projector_pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
    await until_gone(pid)
    await live.commit(MORE)


async def test_one_of_an_older_server_never_writes_again(
    database: ConnectionSettings, live: RecordedExchange
) -> None:
    progress = live.recorder.progress
    before = await run_sql(database, "SELECT seq FROM checkpoint")
    connection = await connect(database)
    await begin_epoch(connection)
    await connection.close()
    await live.recorded(MORE)
    await until(lambda: progress.stopped is not None)
    assert progress.stopped is not None
    assert "another hypersim server has started" in progress.stopped
    assert await run_sql(database, "SELECT seq FROM checkpoint") == before
    last = live.exchange.state.counters.seq
    following = Progress()
    async with projected(database, following):
        await until(lambda: following.projected_seq == last)
    assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


async def test_whoever_holds_its_lock_is_ended(database: ConnectionSettings) -> None:
    stale = await connect(database)
    await stale.execute("SELECT pg_advisory_lock($1)", PROJECTOR_LOCK)
    async with recorded(database, RULES) as live, asyncio.timeout(DEADLINE_S):
        await live.commit(OpenAccount("a@example.com"))
    with pytest.raises((asyncpg.InterfaceError, asyncpg.PostgresError)):
        await stale.execute("SELECT 1")
    stale.terminate()


@pytest.fixture(autouse=True)
def none_is_left() -> Iterator[None]:
    """Of this process's children."""
    yield
    titles = [title_of(child.pid) for child in psutil.Process().children()]
    assert not [title for title in titles if "projector" in title]


def test_by_hand_the_tables_are_brought_up_unless_a_server_runs(
    database: ConnectionSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    async def leave_behind() -> None:
        async with recorded(database, RULES, is_projected=False) as live:
            await live.recorded(OpenAccount("a@example.com"), MORE)

    async def refused() -> int:
        async with recorded(database, RULES, is_projected=False):
            return await asyncio.to_thread(by_hand)

    def by_hand() -> int:
        try:
            project(database_url=url_of(database))
        except typer.Exit as end:
            return end.exit_code
        return 0

    asyncio.run(leave_behind())
    assert asyncio.run(refused()) == 1
    assert "a hypersim server runs on this database" in capsys.readouterr().err
    assert by_hand() == 0
    assert "the tables show all 2 events" in capsys.readouterr().out
    assert asyncio.run(problems_of(database)) == []
