"""A request that runs without a task has one by the time it reads the record."""

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

import pytest

from hypersim.service.errand import Errand
from hypersim.service.record import RecordUnavailable
from hypersim.storage.order_lookups import Name, OrderLookUps
from hypersim.storage.projection.progress import Progress
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


async def outcome_of(work: Coroutine[Any, Any, object]) -> object:
    """What comes of it when no task runs it: a result, and what was raised."""
    found: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    errand = Errand(work, lambda *outcome: found.set_result(outcome))
    asyncio.get_running_loop().call_soon(errand.step)
    return await found


async def test_a_read_is_done_in_a_task() -> None:
    pool = Pool()
    reads = RecordReads(pool, None)
    for work in (reads.fetch("SELECT 1"), reads.of_account(1, "SELECT 1")):
        assert await outcome_of(work) == (["a row"], None)
    assert len(pool.tasks) == 2 and None not in pool.tasks


@pytest.mark.parametrize("look_up", ["order", "named", "fills", "of_account"])
async def test_who_waits_for_tables_that_are_behind_waits_in_a_task(look_up: str) -> None:
    progress = Progress()
    progress.start_at(7)
    reads = RecordReads(Pool(), progress)
    orders = OrderLookUps(reads)
    works: dict[str, Coroutine[Any, Any, object]] = {
        "order": orders.order(1, 2),
        "named": orders.named(Name(1, "BTC/USDT", "mine")),
        "fills": orders.fills(1, 2),
        "of_account": reads.of_account(1, "SELECT 1"),
    }
    for name, work in works.items():
        if name != look_up:
            work.close()
    progress.stop("a table refuses something")
    _, failure = cast(tuple[object, object], await outcome_of(works[look_up]))
    assert isinstance(failure, RecordUnavailable), failure


async def test_what_is_read_where_the_tables_stepped_back_is_read_again() -> None:
    """After a crash of the database a reader may be the first to find out."""
    progress = Progress()
    progress.start_at(7)
    progress.projected(7)

    class Restarted(Pool):
        async def fetch(self, *_: object) -> list[object]:
            self.tasks.append(None)
            if len(self.tasks) > 1:
                return ["as it is"]
            progress.seen(5)
            asyncio.get_running_loop().call_soon(progress.projected, 7)
            return ["as it was"]

    reads = RecordReads(Restarted(), progress)
    assert await reads.of_account(1, "SELECT 1") == ["as it is"]
