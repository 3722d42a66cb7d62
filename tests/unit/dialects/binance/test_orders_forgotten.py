"""An order whose client order id the memory has forgotten is still known by it."""

from collections.abc import AsyncIterator

import pytest

from hypersim.trading import recent
from tests.support.binance_desk import Desk, binance_desk

TERMS = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "price": "40000",
    "quantity": "0.01",
}
NOT_THERE = (-2013, "Order does not exist.")


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """Its memory keeps one name of an order that ended."""
    monkeypatch.setattr(recent, "CLIENT_ORDER_IDS_MAX", 1)
    async with binance_desk() as made:
        yield made


async def place_and_cancel(desk: Desk, name: str) -> int:
    placed = await desk.run("order.place", **TERMS, newClientOrderId=name)
    await desk.run("order.cancel", symbol="BTCUSDT", origClientOrderId=name)
    return int(placed["orderId"])


async def test_a_forgotten_name_is_looked_up_in_the_record(desk: Desk) -> None:
    await place_and_cancel(desk, "old")
    latest = await place_and_cancel(desk, "old")
    await place_and_cancel(desk, "other")
    found = await desk.run("order.status", symbol="BTCUSDT", origClientOrderId="old")
    assert (found["orderId"], found["status"]) == (latest, "CANCELED")
    both = {"symbol": "BTCUSDT", "orderId": str(latest), "origClientOrderId": "old"}
    assert (await desk.run("order.status", **both))["orderId"] == latest
    for elsewhere in ({"symbol": "ETHUSDT"}, {"symbol": "BTCUSDT", "origClientOrderId": "o"}):
        wanted = {"origClientOrderId": "old"} | elsewhere
        assert await desk.refusal("order.status", **wanted) == NOT_THERE


async def test_what_is_over_cannot_be_changed_by_its_forgotten_name(desk: Desk) -> None:
    await place_and_cancel(desk, "old")
    await place_and_cancel(desk, "other")
    by_name = {"symbol": "BTCUSDT", "origClientOrderId": "old"}
    unknown = "Unknown order sent."
    assert await desk.refusal("order.cancel", **by_name) == (-2011, unknown)
    amend = by_name | {"newQty": "0.005"}
    assert await desk.refusal("order.amend.keepPriority", **amend) == (-2038, unknown)


async def test_a_forgotten_name_may_be_used_again_and_then_means_the_new_order(desk: Desk) -> None:
    await place_and_cancel(desk, "old")
    await place_and_cancel(desk, "other")
    placed = await desk.run("order.place", **TERMS, newClientOrderId="old")
    found = await desk.run("order.status", symbol="BTCUSDT", origClientOrderId="old")
    assert (found["orderId"], found["status"]) == (placed["orderId"], "NEW")
