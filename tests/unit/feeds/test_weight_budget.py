"""Who asks a venue waits for weight, and the light questions go first."""

import asyncio

import pytest

from hypersim.feeds.binance.weight_budget import WeightBudget


async def spend(budget: WeightBudget, weight: float, done: list[float]) -> None:
    await budget.spend(weight)
    done.append(weight)


async def test_what_is_there_is_spent_at_once_and_the_rest_as_it_refills() -> None:
    budget, done = WeightBudget(100, 1_000), list[float]()
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    for _ in range(3):
        await spend(budget, 100, done)
    assert loop.time() - started_s >= 0.19


async def test_a_light_question_does_not_wait_behind_heavy_ones() -> None:
    budget, done = WeightBudget(50, 500), list[float]()
    await budget.spend(50)
    heavy = [asyncio.create_task(spend(budget, 50, done)) for _ in range(4)]
    await asyncio.sleep(0)
    light = asyncio.create_task(spend(budget, 2, done))
    await asyncio.gather(light, *heavy)
    assert done == [2, 50, 50, 50, 50]


async def test_who_goes_away_while_waiting_holds_up_nobody() -> None:
    budget, done = WeightBudget(50, 500), list[float]()
    await budget.spend(50)
    first = asyncio.create_task(spend(budget, 5, done))
    second = asyncio.create_task(spend(budget, 10, done))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    async with asyncio.timeout(5):
        await second
    assert done == [10]
