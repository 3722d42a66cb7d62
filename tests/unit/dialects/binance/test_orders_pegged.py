"""A pegged order in Binance's words: what is asked, and what every answer says of its price."""

from collections.abc import AsyncIterator

import pytest

from tests.support.binance_desk import Desk, binance_desk

ORDER = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "pegPriceType": "PRIMARY_PEG",
}
TOO_THIN = (-2010, "Order book liquidity is too low for this pegged order.")


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with binance_desk() as made:
        await made.set_price("BTC/USDT", "50000", bid="49990", ask="50010")
        yield made


async def test_every_answer_tells_the_peg_and_the_price_that_it_chose(desk: Desk) -> None:
    placed = await desk.run("order.place", **ORDER)
    expected = {
        "price": "0.00000000",
        "pegPriceType": "PRIMARY_PEG",
        "peggedPrice": "49990.00000000",
    }
    which = {"symbol": "BTCUSDT", "orderId": str(placed["orderId"])}
    queried = await desk.run("order.status", **which)
    (listed,) = await desk.run("openOrders.status")
    canceled = await desk.run("order.cancel", **which)
    for body in (placed, queried, listed, canceled):
        assert {name: body.get(name) for name in expected} == expected
        assert "pegOffsetType" not in body


async def test_the_limit_stays_the_price_and_the_offset_is_told(desk: Desk) -> None:
    offset = {"pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "0"}
    placed = await desk.run("order.place", **ORDER, **offset, price="49000")
    assert (placed["price"], placed["peggedPrice"]) == ("49000.00000000", "49000.00000000")
    deep = {"pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "100"}
    assert await desk.refusal("order.place", **ORDER, **deep) == TOO_THIN


async def test_what_waits_has_no_pegged_price_yet(desk: Desk) -> None:
    stop = ORDER | {"type": "STOP_LOSS_LIMIT", "stopPrice": "60000"}
    placed = await desk.run("order.place", **stop)
    queried = await desk.run("order.status", symbol="BTCUSDT", orderId=str(placed["orderId"]))
    assert queried["pegPriceType"] == "PRIMARY_PEG"
    assert "peggedPrice" not in queried


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        (
            {"type": "MARKET"},
            (-2010, "This order type may not use pegged price."),
        ),
        (
            {"type": "LIMIT_MAKER", "pegPriceType": "MARKET_PEG"},
            (-2010, "This price peg cannot be used with this order type."),
        ),
    ],
)
async def test_types_that_have_no_price_to_peg_are_refused(
    desk: Desk, changes: dict[str, str], refusal: tuple[int, str]
) -> None:
    order = ORDER | changes
    del order["timeInForce"]
    assert await desk.refusal("order.place", **order) == refusal


async def test_a_routed_order_cannot_be_pegged(desk: Desk) -> None:
    code, _ = await desk.refusal("sor.order.place", **ORDER)
    assert code == -1104


async def test_a_test_of_a_pegged_order_never_asks_the_book(desk: Desk) -> None:
    deep = {"pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "100"}
    assert await desk.run("order.test", **ORDER, **deep) == {}


async def test_symbols_announce_pegs_and_transfers(desk: Desk) -> None:
    (symbol,) = (await desk.run("exchangeInfo", symbol="BTCUSDT"))["symbols"]
    assert symbol["pegInstructionsAllowed"] is True
    assert "TRANSFER" in symbol["allowedSelfTradePreventionModes"]
    plain = {name: value for name, value in ORDER.items() if name != "pegPriceType"}
    placed = await desk.run(
        "order.place", **plain, price="40000", selfTradePreventionMode="TRANSFER"
    )
    assert placed["selfTradePreventionMode"] == "TRANSFER"
