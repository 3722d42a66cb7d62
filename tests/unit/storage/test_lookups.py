"""Look-ups of one moment are asked in one query."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from hypersim.storage import lookups
from hypersim.storage.lookups import LookUps


class Asked:
    """Answers with twice the number, of even ones; one of 13 breaks the query."""

    def __init__(self) -> None:
        self.queries: list[list[int]] = []
        self.came = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, keys: Sequence[int]) -> Mapping[int, int]:
        self.queries.append(list(keys))
        self.came.set()
        await self.may_answer.wait()
        if 13 in keys:
            raise ValueError("unlucky")
        return {key: 2 * key for key in keys if key % 2 == 0}


async def test_those_of_one_moment_go_together() -> None:
    asked = Asked()
    found = LookUps(asked)
    assert await asyncio.gather(*(found.find(number) for number in (2, 3, 4, 4))) == [4, None, 8, 8]
    assert asked.queries == [[2, 3, 4, 4]]
    assert await found.find(6) == 12
    assert asked.queries[1:] == [[6]]


async def test_those_that_come_meanwhile_go_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "AT_ONCE_MAX", 2)
    asked = Asked()
    asked.may_answer.clear()
    found = LookUps(asked)
    first = asyncio.create_task(found.find(2))
    await asked.came.wait()
    others = [asyncio.create_task(found.find(number)) for number in (2, 4, 6)]
    await asyncio.sleep(0)
    asked.may_answer.set()
    assert await asyncio.gather(first, *others) == [4, 4, 8, 12]
    assert asked.queries == [[2], [2, 4], [6]]


async def test_one_who_goes_takes_nobody_along() -> None:
    asked = Asked()
    asked.may_answer.clear()
    found = LookUps(asked)
    gone, stays = (asyncio.create_task(found.find(number)) for number in (2, 4))
    await asked.came.wait()
    gone.cancel()
    asked.may_answer.set()
    assert await stays == 8
    assert gone.cancelled()


async def test_a_query_that_fails_fails_for_all_who_asked_and_for_nobody_else() -> None:
    asked = Asked()
    found = LookUps(asked)
    results = await asyncio.gather(*map(found.find, (2, 13)), return_exceptions=True)
    assert [type(one) for one in results] == [ValueError, ValueError]
    assert await found.find(2) == 4
