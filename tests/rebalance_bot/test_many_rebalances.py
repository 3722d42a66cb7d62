"""Rebalances by the hundred over a way on which everything gets lost: never two orders for one."""

import random
from collections import deque
from pathlib import Path

import pytest

from tests.rebalance_bot.stage import Stage
from tests.support.rebalance_venue import D, RebalanceVenue, Trouble

ORDER = ("POST /api/v3/order", "GET /api/v3/order", "DELETE /api/v3/order")
REST = ("GET /api/v3/account", "GET /api/v3/time", "GET /api/v3/ticker/price")
UP, DOWN = ["0.0492"] * 18 + ["0.0495"] * 7, ["0.0495"] * 18 + ["0.0492"] * 7


@pytest.mark.parametrize(
    ("seed", "rounds"),
    [*((seed, 15) for seed in range(1, 6)), pytest.param(7, 1000, marks=pytest.mark.slow)],
)
async def test_no_order_is_sent_twice(tmp_path: Path, seed: int, rounds: int) -> None:
    dice, stage = random.Random(seed), Stage.at(tmp_path)
    venue = stage.venue
    async with stage.bot("--average-cost", "0.05", "--threshold", "0.0001") as bot:
        for _ in range(rounds):
            set_market(dice, venue)
            for name in (*ORDER, *REST):
                venue.troubles[name] = deque(troubles(dice))
            await bot.once()
            await stage.clock.sleep(60)
            assert len(open_orders(venue)) <= 1
        venue.troubles.clear()
        await bot.once()
        assert open_orders(venue) == []
    placed = venue.orders.values()
    assert len(placed) == venue.places > rounds // 5
    # What was filled is in the history, each order once.
    told = {line["client_id"]: D(line["executed"]) for line in stage.history()}
    assert len(told) == len(stage.history())
    assert told == {name: order.executed for name, order in venue.orders.items()}


def set_market(dice: random.Random, venue: RebalanceVenue) -> None:
    """Prices under or over the average cost, with the averages that make the bot trade."""
    is_low = dice.random() < 0.5
    venue.price = D("0.048") if is_low else D("0.053")
    venue.closes = UP if is_low else DOWN
    venue.coin, venue.money = (D(8000), D(600)) if is_low else (D(12000), D(240))
    if dice.random() < 0.3:
        venue.script.append([])


def troubles(dice: random.Random) -> list[Trouble]:
    """What becomes of the next few requests of one kind: often nothing."""
    kinds = (
        Trouble(lost="request"),
        Trouble(lost="answer"),
        Trouble(503, 0),
        Trouble(429, -1003, wait_s=7),
        Trouble(400, -1021),
    )
    return [dice.choice(kinds) for _ in range(4) if dice.random() < 0.25]


def open_orders(venue: RebalanceVenue) -> list[str]:
    """Names of those that may still be filled."""
    states = ("NEW", "PARTIALLY_FILLED")
    return [name for name, order in venue.orders.items() if order.told["status"] in states]
