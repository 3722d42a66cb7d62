"""How orders count against an account's limit, and what a replacement does beyond it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hypersim.dialects.binance.errors.general import BinanceError
from tests.support.binance_desk import Desk, binance_desk

MOST = 3
ORDER = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "40000",
}
OCO = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "quantity": "0.01",
    "aboveType": "STOP_LOSS",
    "aboveStopPrice": "60000",
    "belowType": "LIMIT_MAKER",
    "belowPrice": "40000",
}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with binance_desk(orders_1d=MOST) as made:
        yield made


async def fill_up(desk: Desk) -> list[str]:
    """As many orders as are allowed; their ids."""
    return [str((await desk.run("order.place", **ORDER))["orderId"]) for _ in range(MOST)]


def halves(error: BinanceError) -> tuple[str, str]:
    """What became of the cancel and of the new order."""
    data: Any = error.data
    return data.cancel_result, data.new_order_result


async def test_each_order_of_a_list_counts(desk: Desk) -> None:
    await desk.run("orderList.place.oco", **OCO)
    assert desk.count() == 2
    assert (await desk.error("orderList.place.oco", **OCO)).code == -1015
    assert desk.count() == 2


async def test_a_refused_order_does_not_count(desk: Desk) -> None:
    assert (await desk.error("order.place", **{**ORDER, "price": "0.001"})).code == -1013
    assert desk.count() == 0
    await desk.run("order.test", **ORDER)
    assert desk.count() == 0


async def test_beyond_the_limit_nothing_is_placed(desk: Desk) -> None:
    await fill_up(desk)
    error = await desk.error("order.place", **ORDER)
    assert (error.code, error.status) == (-1015, 429)
    assert error.msg == "Too many new orders; current limit is 3 orders per 1 DAY."


async def test_beyond_the_limit_a_replacement_usually_does_nothing(desk: Desk) -> None:
    first, *_ = await fill_up(desk)
    error = await desk.error(
        "order.cancelReplace", **ORDER, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=first
    )
    assert (error.code, error.status) == (-1015, 429)
    assert len(await desk.run("openOrders.status")) == MOST


@pytest.mark.parametrize(("mode", "status"), [("STOP_ON_FAILURE", 429), ("ALLOW_FAILURE", 409)])
async def test_beyond_the_limit_a_replacement_may_still_cancel(
    desk: Desk, mode: str, status: int
) -> None:
    first, *_ = await fill_up(desk)
    error = await desk.error(
        "order.cancelReplace",
        **ORDER,
        cancelReplaceMode=mode,
        cancelOrderId=first,
        orderRateLimitExceededMode="CANCEL_ONLY",
    )
    assert (error.code, error.status) == (-2021, status)
    assert halves(error) == ("SUCCESS", "FAILURE")
    data: Any = error.data
    assert data.new_order_response["code"] == -1015
    assert len(await desk.run("openOrders.status")) == MOST - 1
    assert desk.count() == MOST


@pytest.mark.parametrize(
    ("mode", "status", "new_result"),
    [("STOP_ON_FAILURE", 429, "NOT_ATTEMPTED"), ("ALLOW_FAILURE", 400, "FAILURE")],
)
async def test_beyond_the_limit_a_cancel_can_fail_too(
    desk: Desk, mode: str, status: int, new_result: str
) -> None:
    await fill_up(desk)
    error = await desk.error(
        "order.cancelReplace",
        **ORDER,
        cancelReplaceMode=mode,
        cancelOrderId="999",
        orderRateLimitExceededMode="CANCEL_ONLY",
    )
    assert (error.code, error.status) == (-2022, status)
    assert halves(error) == ("FAILURE", new_result)


async def test_an_order_that_was_not_attempted_counts(desk: Desk) -> None:
    wanted = {**ORDER, "cancelOrderId": "999", "cancelReplaceMode": "STOP_ON_FAILURE"}
    assert (await desk.error("order.cancelReplace", **wanted)).code == -2022
    assert desk.count() == 1
    wanted["cancelReplaceMode"] = "ALLOW_FAILURE"
    assert (await desk.error("order.cancelReplace", **wanted)).code == -2021
    assert desk.count() == 2
    assert len(await desk.run("openOrders.status")) == 1
    counted = await desk.run("account.rateLimits.orders")
    assert [(one["interval"], one["count"]) for one in counted] == [("SECOND", 2), ("DAY", 2)]
