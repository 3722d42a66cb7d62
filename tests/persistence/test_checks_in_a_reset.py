"""Who checks the record sees it as it was at one moment, also while a reset empties its tables."""

import asyncio

import asyncpg

from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.projection.emptying import begin_empty
from tests.persistence.test_rewind import RULES, trade
from tests.support.ledger_check import problems_of
from tests.support.postgres import run_sql
from tests.support.random_session import opening
from tests.support.recorded_exchange import recorded

DEADLINE_S = 60
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"
FROM_THE_BEGINNING = "UPDATE checkpoint SET ledger_seq = 0, order_id = 0, trade_id = 0"


async def somebody_waits(connection: asyncpg.Connection) -> None:
    while not await connection.fetchval(WAITS):  # noqa: ASYNC110 - only the database knows
        await asyncio.sleep(0.01)


async def test_checks_that_come_in_the_midst_of_a_reset_find_nothing_amiss(
    database: ConnectionSettings,
) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
        await trade(live, 1, 60)
    assert (await run_sql(database, "SELECT ledger_seq FROM checkpoint"))[0][0] > 0
    reset = await asyncpg.connect(**database.asyncpg_kwargs())
    await begin_empty(reset, DEADLINE_S)
    await reset.execute(FROM_THE_BEGINNING)
    checking = asyncio.create_task(problems_of(database))
    async with asyncio.timeout(DEADLINE_S):
        await somebody_waits(reset)
        await reset.execute("COMMIT")
        assert await checking == []
    await reset.close()
