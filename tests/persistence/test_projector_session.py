"""What the one connection that writes the tables does when they are somebody else's, or it ends."""

import asyncio
import threading

import pytest

from hypersim.storage.connecting import connect
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.database_errors import LOST_CONNECTION, explain, is_outage
from hypersim.storage.journal.reading import rows_after
from hypersim.storage.ownership import Owner
from hypersim.storage.projection.rows import Rows
from hypersim.storage.projection.session import ProjectionMoved, ProjectorSession
from hypersim.storage.projection.statement import bind
from hypersim.storage.standing import counters_in
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import OpenAccount
from hypersim.trading.rules import Matching, Rules
from tests.support.postgres import run_script, run_sql
from tests.support.recorded_exchange import recorded

RULES = Rules(fills.load("depth"), fees.load("received"), Matching.SHARED)
OWNER = "SELECT epoch, version_num FROM projection_owner, alembic_version"


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE projection_owner SET epoch = epoch + 1",
        "UPDATE alembic_version SET version_num = '9999'",
        "UPDATE checkpoint SET seq = seq + 1",
        "UPDATE checkpoint SET time_ms = time_ms - 1",
        "",
    ],
)
async def test_a_slice_asks_within_its_statement_whose_the_tables_are_and_where_they_stand(
    database: ConnectionSettings, meanwhile: str
) -> None:
    """Of an older server, for tables of another version, or for others than it was made for, it
    writes nothing, though all was well when it was begun."""
    async with recorded(database, RULES, is_projected=False) as live:
        await live.recorded(OpenAccount("a@example.com"))
    ((epoch, version),) = await run_sql(database, OWNER)
    owner = Owner(epoch, version)
    session = await ProjectorSession.open(database, owner)
    position = await counters_in(session.connection)
    rows = Rows({})
    found = await rows_after(session.connection, position.seq, position.time_ms, events=1_000)
    rows.add(row.payload for row in found)
    bound = bind(rows, position, owner)
    if meanwhile:
        await run_script(database, meanwhile)
        with pytest.raises(ProjectionMoved):
            await session.write(bound, is_reset=False)
    else:
        await session.write(bound, is_reset=False)
    session.terminate()
    users = await run_sql(database, "SELECT 1 FROM users")
    assert len(users) == (0 if meanwhile else 1)


async def test_a_session_that_is_ended_between_two_statements_is_a_broken_connection(
    database: ConnectionSettings,
) -> None:
    """Its last word is read after the answer to the statement before, and before the end."""
    session = await connect(database)
    pid = await session.fetchval("SELECT pg_backend_pid()")

    def end() -> None:
        asyncio.run(run_sql(database, f"SELECT pg_terminate_backend({pid}, 5000)"))

    ending = threading.Thread(target=end)
    ending.start()
    # The loop reads nothing meanwhile, and then the last word and nothing more.
    ending.join()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(LOST_CONNECTION) as broken:
        await session.execute("BEGIN")
    assert is_outage(broken.value)
    assert "ended the session between two statements" in explain(broken.value)
    session.terminate()
