"""Whatever gets lost on the way, an order is sent once, and the next start finds it."""

import asyncio
from collections import deque
from pathlib import Path

import pytest

from scripts.rebalance_bot.application.errors import RateLimited, Unclear
from scripts.rebalance_bot.domain.position import Position
from tests.rebalance_bot.stage import Stage
from tests.support.rebalance_venue import D, DrivenClock, Trouble

POST, GET, DELETE = (f"{method} /api/v3/order" for method in ("POST", "GET", "DELETE"))
COST = ("--average-cost", "0.052")
BOUGHT = Position(D(10000), D("0.05158"))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage.at(tmp_path)


async def test_an_order_whose_answer_was_lost_is_found_by_its_name(stage: Stage) -> None:
    stage.venue.troubles[POST] = deque([Trouble(lost="answer")])
    assert await stage.once(*COST) == 0
    assert (stage.venue.places, stage.venue.requests.count(POST)) == (1, 1)
    assert stage.position() == BOUGHT


async def test_an_order_that_never_came_is_sent_again_when_it_cannot_come_any_more(
    stage: Stage,
) -> None:
    stage.venue.troubles[POST] = deque([Trouble(lost="request")])
    assert await stage.once(*COST) == 0
    assert (stage.venue.places, stage.venue.requests.count(POST)) == (1, 2)
    assert stage.clock.slept[0] == 6, "the window of 5 s, and one for clocks that differ"
    assert len(stage.venue.orders) == 1


async def test_an_order_that_came_late_is_not_sent_again(stage: Stage) -> None:
    """It is unknown when it is looked up first, and there when its window is over."""
    stage.venue.troubles[POST] = deque([Trouble(lost="answer")])
    stage.venue.troubles[GET] = deque([Trouble(404, -2013)])
    assert await stage.once(*COST) == 0
    assert stage.venue.requests.count(POST) == 1
    assert stage.position() == BOUGHT


@pytest.mark.parametrize("status", [500, 503, 504])
async def test_a_server_error_is_no_answer(stage: Stage, status: int) -> None:
    stage.venue.troubles[POST] = deque([Trouble(status, 0)])
    assert await stage.once(*COST) == 0
    assert stage.venue.places == 1


async def test_an_order_that_cannot_be_looked_up_is_left_to_the_next_start(stage: Stage) -> None:
    stage.venue.troubles[POST] = deque([Trouble(lost="answer")])
    stage.venue.troubles[GET] = deque([Trouble(lost="answer")] * 3)
    assert await stage.once(*COST) == 5
    assert await stage.once(*COST) == 0
    assert (stage.venue.places, len(stage.history())) == (1, 1)
    assert stage.position() == BOUGHT


async def test_polls_without_an_answer_are_polls_without_news(stage: Stage) -> None:
    stage.venue.troubles[GET] = deque([Trouble(429, -1003), Trouble(lost="answer")])
    assert await stage.once(*COST) == 0
    assert stage.polls() == [("FILLED", D(2000))]


async def test_a_cancel_whose_answer_was_lost_is_read_once_more(stage: Stage) -> None:
    stage.venue.script.append([(1, "0.0499", "800")])
    stage.venue.troubles[DELETE] = deque([Trouble(lost="answer")])
    assert await stage.once(*COST) == 6
    assert stage.history()[0]["status"] == "PARTIALLY_CANCELED"
    assert stage.position() == Position(D(8800), (D(416) + D("39.92")) / D(8800))


async def test_the_exchanges_clock_is_the_one_that_counts(stage: Stage) -> None:
    async with stage.bot(*COST) as bot:
        stage.venue.clock = DrivenClock()
        stage.venue.clock.ms += 60_000
        assert await bot.dry_run() == 0
    assert stage.waits() == []


async def test_a_clock_that_went_off_is_set_right(stage: Stage) -> None:
    stage.venue.troubles["GET /api/v3/account"] = deque([Trouble(400, -1021)])
    assert await stage.once(*COST) == 0
    assert stage.waits() == [1]
    assert stage.venue.requests.count("GET /api/v3/time") == 2


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("request_number", range(1, 9))
async def test_a_bot_that_is_stopped_at_any_request_loses_nothing(
    stage: Stage, request_number: int, is_done: bool
) -> None:
    """It is stopped before the exchange has done what was asked, or before it hears of it."""
    stage.venue.stop = (request_number, is_done)
    with pytest.raises(asyncio.CancelledError):
        await stage.once(*COST)
    assert DELETE not in stage.venue.requests
    assert await stage.once(*COST) == 0
    assert (stage.venue.places, len(stage.history())) == (1, 1)
    assert stage.position() == BOUGHT


async def test_the_next_start_tells_which_order_it_found(stage: Stage) -> None:
    stage.venue.stop = (7, False)
    with pytest.raises(asyncio.CancelledError):
        await stage.once(*COST)
    assert await stage.once(*COST) == 0
    assert stage.events("resumed")[0]["client_id"] == "rebal_buy_20260101120000"


async def test_two_orders_of_one_second_have_two_names(stage: Stage) -> None:
    stage.venue.troubles[POST] = deque([Trouble(400, -2010)])
    await stage.once(*COST)
    await stage.once(*COST)
    assert list(stage.venue.orders) == ["rebal_buy_20260101120001"]


async def test_nothing_is_signed_by_a_clock_that_is_known_to_be_wrong(stage: Stage) -> None:
    async with stage.bot(*COST) as bot:
        await bot.exchange.synchronize()
        stage.venue.troubles["GET /api/v3/account"] = deque([Trouble(400, -1021)])
        stage.venue.troubles["GET /api/v3/time"] = deque([Trouble(lost="answer")] * 2)
        with pytest.raises(Unclear):
            await bot.rebalancer.retry.read("account", bot.exchange.holdings)
    assert stage.venue.requests.count("GET /api/v3/account") == 1


async def test_whoever_is_told_to_wait_waits_before_anything_else(stage: Stage) -> None:
    stage.venue.troubles["GET /api/v3/ticker/price"] = deque([Trouble(429, -1003, wait_s=30)])
    async with stage.bot(*COST) as bot:
        with pytest.raises(RateLimited):
            await bot.exchange.price()
        await bot.exchange.closes("15m", 25)
    assert stage.clock.slept == [30.5]


async def test_a_time_that_took_long_to_be_told_is_asked_for_again(stage: Stage) -> None:
    stage.venue.troubles["GET /api/v3/time"] = deque([Trouble(lost="late", wait_s=32)])
    assert await stage.once(*COST) == 0
    assert stage.venue.requests.count("GET /api/v3/time") == 2
    assert stage.waits() == [1]
