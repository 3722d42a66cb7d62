"""The guide's four cases and its three troubles, with a venue that a test drives."""

from collections import deque
from decimal import Decimal
from pathlib import Path

import pytest

from scripts.rebalance_bot.domain.position import Position
from tests.rebalance_bot.stage import Stage
from tests.support.rebalance_venue import D, Trouble

FALLING = ["0.0495"] * 18 + ["0.0492"] * 7


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage.at(tmp_path)


def for_sale(stage: Stage) -> None:
    """The account of the second case."""
    stage.venue.coin, stage.venue.money, stage.venue.closes = D(12000), D(240), FALLING


def to_buy(stage: Stage, quantity: str, price: str) -> None:
    """Money enough that the plan is to buy so much at this price of the market."""
    stage.venue.price = D(price)
    coin = stage.venue.coin = D(2000)
    stage.venue.money = (coin + 2 * D(quantity)) * D(price)


async def test_a_buy_is_filled_in_two_parts(stage: Stage) -> None:
    stage.venue.fee = D("0.0006")
    stage.venue.script.append([(2, "0.0499", "800"), (6, "0.0499", "1200")])
    assert await stage.once("--average-cost", "0.052") == 0
    assert stage.polls() == [("NEW", D(0)), ("PARTIALLY_FILLED", D(800)), ("FILLED", D(2000))]
    assert stage.clock.slept == [1, 2, 4]
    assert (stage.venue.coin, stage.venue.money) == (D(10000), D("500.14012"))
    position = stage.position()
    assert position == Position(D(10000), D("0.05158"))
    assert round((position.average_cost / D("0.052") - 1) * 100, 2) == D("-0.81")
    assert stage.history()[0]["client_id"] == "rebal_buy_20260101120000"


async def test_a_sale_that_is_filled_in_part_is_given_up_after_50_seconds(stage: Stage) -> None:
    for_sale(stage)
    parts = [(0, "0.05014", "1500"), (2, "0.0501", "700"), (5, "0.0501", "600")]
    stage.venue.script.append([*parts, (10, "0.0501", "150")])
    assert await stage.once("--average-cost", "0.049") == 6
    filled = [executed for _, executed in stage.polls()]
    assert filled[:4] == [1500, 2200, 2800, 2950]
    assert sum(stage.clock.slept) == 50
    ended = stage.events("order_filled")[0]["order"]
    assert ended["status"] == "PARTIALLY_CANCELED"
    assert ended["fill_rate"] == "81.9"
    # The guide says 0.05012; exactly it is 147.855 / 2950.
    assert ended["total_cost"] == "147.855"
    assert round(Decimal(ended["avg_price"]), 5) == D("0.05012")
    assert stage.position() == Position(D(9050), D("0.049"))


async def test_too_many_requests_are_waited_for_twice(stage: Stage) -> None:
    to_buy(stage, "1500", "0.04990")
    stage.venue.troubles["POST /api/v3/order"] = deque([Trouble(429, -1003)] * 2)
    assert await stage.once("--average-cost", "0.052") == 0
    # The guide's log says 1 and 2; its strategy, which waits 5 at least, is right.
    assert stage.waits() == [5, 5]
    assert stage.venue.places == 1
    plan = stage.events("rebalance_start")[0]["plan"]
    assert (plan["quantity"], plan["price"]) == ("1500", "0.0498")


async def test_an_order_that_is_too_small_is_not_sent(stage: Stage) -> None:
    to_buy(stage, "80", "0.05011")
    assert await stage.once("--average-cost", "0.052") == 0
    reason = stage.events("rebalance_start")[0]["plan"]["reason"]
    assert reason == "notional 4 is below 5 USDT"
    assert stage.venue.requests.count("POST /api/v3/order") == 0


async def test_an_order_that_is_too_small_is_refused_by_the_exchange(stage: Stage) -> None:
    to_buy(stage, "80", "0.05011")
    before = stage.venue.coin, stage.venue.money
    assert await stage.once("--average-cost", "0.052", "--min-notional", "0") == 4
    assert stage.events("rebalance_error")[0]["details"].startswith("-1013")
    assert (stage.venue.coin, stage.venue.money) == before
    assert stage.history() == []


async def test_an_order_that_stays_new_is_canceled(stage: Stage) -> None:
    stage.venue.script.append([])
    assert await stage.once("--average-cost", "0.052") == 6
    assert stage.history()[0]["status"] == "CANCELED"
    assert stage.position() == Position(D(8000), D("0.052"))


async def test_a_wrong_signature_is_not_tried_again(stage: Stage) -> None:
    assert await stage.once(secret="another") == 3
    assert stage.events("rebalance_error")[0]["error_type"] == "BadKey"
    assert stage.venue.requests.count("GET /api/v3/account") == 1


async def test_spaces_around_a_secret_do_no_harm(stage: Stage) -> None:
    assert await stage.once("--average-cost", "0.052", secret=" secret\n") == 0


async def test_money_that_went_meanwhile_makes_the_exchange_refuse(stage: Stage) -> None:
    stage.venue.troubles["POST /api/v3/order"] = deque([Trouble(400, -2010)])
    assert await stage.once("--average-cost", "0.052") == 4
    assert stage.waits() == []
    assert stage.venue.places == 0
    # What was refused is over: the next rebalance begins anew.
    assert await stage.once("--average-cost", "0.052") == 0
    assert stage.venue.places == 1
