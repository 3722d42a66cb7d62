"""A coroutine that is stepped by hand does what it would do in a task."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

from hypersim.service.committer import Batch
from hypersim.service.errand import Errand, own_task
from hypersim.service.record import RecordLost
from hypersim.trading.counters import Counters

Outcome = tuple[object, BaseException | None]
WHO: ContextVar[str] = ContextVar("who", default="nobody")


class Run:
    """An errand under way; `outcomes` is what it told."""

    def __init__(self, work: Coroutine[Any, Any, object]) -> None:
        self.outcomes: list[Outcome] = []
        self._told = asyncio.Event()
        self.errand = Errand(work, self._finished)
        asyncio.get_running_loop().call_soon(self.errand.step)

    async def outcome(self) -> Outcome:
        """Once it is there."""
        async with asyncio.timeout(10):
            await self._told.wait()
        (outcome,) = self.outcomes
        return outcome

    def _finished(self, *outcome: Any) -> None:
        self.outcomes.append(outcome)
        self._told.set()


def batch() -> Batch:
    return Batch(asyncio.get_running_loop(), Counters())


async def task_free() -> bool:
    return asyncio.current_task() is None


async def test_what_waits_for_nothing_is_done_at_once() -> None:
    assert await Run(task_free()).outcome() == (True, None)


async def test_what_waits_for_a_batch_goes_on_when_it_is_durable() -> None:
    awaited = batch()

    async def work() -> bool:
        await awaited.wait()
        return await task_free()

    run = Run(work())
    await asyncio.sleep(0)
    assert run.outcomes == []
    awaited.finish()
    assert run.outcomes == [], "whoever finishes a batch runs nobody's request"
    assert await run.outcome() == (True, None)


async def test_those_that_wait_for_a_batch_go_on_in_their_order() -> None:
    awaited, done = batch(), []

    async def work(number: int) -> None:
        await awaited.wait()
        done.append(number)

    runs = [Run(work(number)) for number in range(5)]
    await asyncio.sleep(0)
    awaited.finish()
    for run in runs:
        await run.outcome()
    assert done == [0, 1, 2, 3, 4]


async def test_one_that_fails_holds_up_nobody() -> None:
    awaited = batch()

    def fail(_: object) -> None:
        raise ValueError("a bug")

    run = Run(awaited.wait())
    awaited.then(fail)
    await asyncio.sleep(0)
    other = Run(awaited.wait())
    await asyncio.sleep(0)
    awaited.finish()
    assert await run.outcome() == await other.outcome() == (None, None)


async def test_a_lost_record_is_everybodys_bad_news() -> None:
    awaited, lost = batch(), RecordLost("gone")
    run = Run(awaited.wait())
    await asyncio.sleep(0)
    awaited.finish(lost)
    assert await run.outcome() == (None, lost)


async def of_a_timer() -> bool:
    await asyncio.sleep(0.001)
    return await task_free()


async def of_a_turn() -> bool:
    await asyncio.sleep(0)
    return await task_free()


async def of_a_timeout() -> bool:
    await own_task()
    async with asyncio.timeout(10):
        return await task_free()


async def of_two() -> bool:
    return any(await asyncio.gather(of_a_timer(), task_free()))


@pytest.mark.parametrize("work", [of_a_timer, of_a_turn, of_a_timeout, of_two])
async def test_what_waits_for_anything_else_goes_on_in_a_task(
    work: Callable[[], Coroutine[Any, Any, bool]],
) -> None:
    assert await Run(work()).outcome() == (False, None)


async def test_it_waits_for_a_batch_in_a_task_too() -> None:
    awaited = batch()

    async def work() -> str:
        await own_task()
        await awaited.wait()
        return "done"

    run = Run(work())
    for _ in range(5):
        await asyncio.sleep(0)
    awaited.finish()
    assert await run.outcome() == ("done", None)


async def test_what_it_waited_for_may_fail() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work() -> str:
        try:
            await future
        except ValueError as failure:
            return str(failure)
        return "nothing"

    run = Run(work())
    await asyncio.sleep(0)
    future.set_exception(ValueError("a failure"))
    assert await run.outcome() == ("a failure", None)


async def test_what_it_remembers_is_its_own() -> None:
    awaited = batch()

    async def work() -> str:
        WHO.set("somebody")
        await awaited.wait()
        await own_task()
        return WHO.get()

    run = Run(work())
    await asyncio.sleep(0)
    awaited.finish()
    assert await run.outcome() == ("somebody", None)
    assert WHO.get() == "nobody"


@pytest.mark.parametrize("in_task", [False, True])
async def test_who_is_canceled_hears_of_it(in_task: bool) -> None:
    awaited, heard = batch(), []

    async def work() -> None:
        if in_task:
            await own_task()
        try:
            await awaited.wait()
        finally:
            heard.append("the end")

    run = Run(work())
    for _ in range(5):
        await asyncio.sleep(0)
    run.errand.cancel()
    _, failure = await run.outcome()
    assert isinstance(failure, asyncio.CancelledError)
    assert heard == ["the end"]
    awaited.finish()
    await asyncio.sleep(0)
    assert len(run.outcomes) == 1
