"""A request that runs without a task has one by the time it reads the record."""

import asyncio
from typing import Any

from hypersim.service.errand import Errand
from hypersim.storage.record_reads import RecordReads


class Pool:
    """Of connections that find who runs them."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[Any] | None] = []

    async def acquire(self, **_: float) -> "Pool":
        """See `asyncpg.Pool`."""
        return self

    async def fetch(self, *_: object) -> list[object]:
        """See `asyncpg.Connection`."""
        self.tasks.append(asyncio.current_task())
        return ["a row"]

    async def release(self, _: object) -> None:
        """See `asyncpg.Pool`."""


async def test_a_read_is_done_in_a_task() -> None:
    pool, loop = Pool(), asyncio.get_running_loop()
    reads = RecordReads(pool, None)
    for work in (reads.fetch("SELECT 1"), reads.of_account(1, "SELECT 1")):
        found: asyncio.Future[object] = loop.create_future()

        def finished(*outcome: object, found: asyncio.Future[object] = found) -> None:
            found.set_result(outcome)

        loop.call_soon(Errand(work, finished).step)
        assert await found == (["a row"], None)
    assert len(pool.tasks) == 2 and None not in pool.tasks
