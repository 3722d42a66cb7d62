"""What the API refuses, what only the engine refuses, and what a test order is told of it."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from hypersim.market.instrument import TradingStatus
from hypersim.service.transaction import Source
from hypersim.trading.commands import SetTradingStatus
from tests.support.binance_desk import Desk, binance_desk

BUY = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.01"}
SELL = {**BUY, "side": "SELL"}
RESTS = {"type": "LIMIT", "timeInForce": "GTC", "price": "40000"}
ORDER = BUY | RESTS
OCO = {
    **BUY,
    "aboveType": "STOP_LOSS",
    "aboveStopPrice": "60000",
    "belowType": "LIMIT_MAKER",
    "belowPrice": "40000",
}
OTO = {
    "symbol": "BTCUSDT",
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "40000",
    "workingQuantity": "0.01",
    "workingTimeInForce": "GTC",
    "pendingType": "MARKET",
    "pendingSide": "SELL",
    "pendingQuantity": "0.01",
}
CLOSED = (-1013, "Market is closed.")
FULL = (-2010, "Filter failure: MAX_NUM_ORDERS")


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with binance_desk() as made:
        yield made


async def halt(desk: Desk) -> None:
    await desk.venue.services.engine.submit(
        SetTradingStatus("BTC/USDT", TradingStatus.HALTED), Source.ADMIN
    )


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("order.place", ORDER),
        ("order.place", SELL | {"type": "MARKET"}),
        ("order.place", BUY | {"type": "STOP_LOSS", "stopPrice": "60000"}),
        ("order.test", ORDER),
        ("sor.order.place", ORDER),
        ("sor.order.test", ORDER),
        ("orderList.place.oco", OCO),
        ("orderList.place.oto", OTO),
        (
            "order.cancelReplace",
            ORDER | {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": "1"},
        ),
    ],
)
async def test_a_halted_symbol_is_closed_before_the_engine(
    desk: Desk, method: str, params: dict[str, str]
) -> None:
    await desk.run("order.place", **ORDER)
    await halt(desk)
    assert await desk.refusal(method, **params) == CLOSED
    assert len(await desk.open_ids()) == 1


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("order.place", ORDER),
        ("order.place", BUY | {"type": "MARKET"}),
        ("order.place", BUY | {"type": "MARKET", "quantity": None, "quoteOrderQty": "100"}),
        ("order.place", BUY | RESTS | {"timeInForce": "IOC", "price": "51000"}),
        ("order.place", BUY | RESTS | {"timeInForce": "FOK"}),
        ("sor.order.place", ORDER),
        ("orderList.place.oco", OCO),
        ("orderList.place.oto", OTO),
    ],
)
async def test_with_as_many_orders_open_as_are_allowed_the_engine_takes_no_more(
    desk: Desk, method: str, params: dict[str, Any]
) -> None:
    await desk.list_with("BTC/USDT", open_orders_max=2)
    sent = {name: value for name, value in params.items() if value is not None}
    for _ in range(2):
        await desk.run("order.place", **ORDER)
    assert await desk.refusal(method, **sent) == FULL
    if method == "order.place":
        assert await desk.run("order.test", **sent) == {}


@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
async def test_a_replacement_is_counted_before_anything_is_canceled(desk: Desk, mode: str) -> None:
    """The venue's CHANGELOG of 2022-06-15."""
    await desk.list_with("BTC/USDT", open_orders_max=3)
    before = [(await desk.run("order.place", **ORDER))["orderId"] for _ in range(3)]
    error = await desk.error(
        "order.cancelReplace", **ORDER, cancelReplaceMode=mode, cancelOrderId=str(before[0])
    )
    assert (error.code, error.status) == (-2022, 400)
    data: Any = error.data
    assert (data.cancel_result, data.new_order_result) == ("FAILURE", "FAILURE")
    assert data.cancel_response == {"code": -2011, "msg": FULL[1]}
    assert data.new_order_response == {"code": -2010, "msg": FULL[1]}
    assert await desk.open_ids() == before


@pytest.mark.parametrize(
    "terms",
    [
        BUY | {"type": "MARKET", "quantity": "100"},
        SELL | {"type": "MARKET", "quantity": "1"},
        BUY | {"type": "MARKET", "quoteOrderQty": "90000", "quantity": None},
        BUY | {"type": "LIMIT_MAKER", "price": "51000"},
        SELL | {"type": "LIMIT_MAKER", "price": "49000"},
        BUY | {"type": "STOP_LOSS", "stopPrice": "45000"},
        BUY | RESTS | {"type": "STOP_LOSS_LIMIT", "stopPrice": "45000"},
        SELL | {"type": "STOP_LOSS", "stopPrice": "55000"},
        BUY | RESTS | {"type": "TAKE_PROFIT_LIMIT", "stopPrice": "55000"},
        SELL | {"type": "TAKE_PROFIT", "stopPrice": "45000"},
    ],
)
async def test_a_test_is_not_told_what_only_the_engine_knows(
    desk: Desk, terms: dict[str, Any]
) -> None:
    sent = {name: value for name, value in terms.items() if value is not None}
    assert (await desk.refusal("order.place", **sent))[0] == -2010
    assert await desk.run("order.test", **sent) == {}


@pytest.mark.parametrize(
    ("terms", "filter_"),
    [
        (ORDER | {"price": "40000.001"}, "PRICE_FILTER"),
        (ORDER | {"quantity": "0.000001"}, "LOT_SIZE"),
        (ORDER | {"quantity": "0.00001"}, "NOTIONAL"),
        (ORDER | {"price": "900000"}, "PERCENT_PRICE_BY_SIDE"),
        (BUY | {"type": "STOP_LOSS", "trailingDelta": "3000"}, "TRAILING_DELTA"),
    ],
)
async def test_a_test_is_told_of_filters(desk: Desk, terms: dict[str, str], filter_: str) -> None:
    for method in ("order.test", "order.place"):
        assert await desk.refusal(method, **terms) == (-1013, f"Filter failure: {filter_}")


@pytest.mark.parametrize(
    ("side", "stop_price", "kind"),
    [
        ("BUY", "45000", "STOP_LOSS"),
        ("SELL", "55000", "STOP_LOSS"),
        ("BUY", "55000", "TAKE_PROFIT"),
        ("SELL", "45000", "TAKE_PROFIT"),
    ],
)
async def test_a_stop_on_the_wrong_side_says_so_in_the_venue_s_words(
    desk: Desk, side: str, stop_price: str, kind: str
) -> None:
    refused = await desk.refusal(
        "order.place", **{**BUY, "side": side}, type=kind, stopPrice=stop_price
    )
    assert refused == (-2010, "Stop price would trigger immediately.")


@pytest.mark.parametrize(("side", "size"), [("BUY", "ask_size"), ("SELL", "bid_size")])
async def test_a_cost_that_the_book_cannot_take_expires_in_part(
    desk: Desk, side: str, size: str
) -> None:
    await desk.deposit("BTC", "1")
    await desk.set_price("BTC/USDT", "50000", **{size: "0.002"})
    wanted = {"symbol": "BTCUSDT", "side": side, "type": "MARKET", "quoteOrderQty": "1000"}
    answer = await desk.run("order.place", **wanted)
    assert (answer["status"], answer["expiryReason"]) == ("EXPIRED", "INSUFFICIENT_LIQUIDITY")
    assert (answer["executedQty"], answer["origQty"]) == ("0.00200000", "0.02000000")
    assert answer["cummulativeQuoteQty"] == "100.00000000"
    shown = await desk.run("order.status", symbol="BTCUSDT", orderId=str(answer["orderId"]))
    assert (shown["status"], shown["origQuoteOrderQty"]) == ("EXPIRED", "1000.00000000")


async def test_a_book_with_less_than_the_smallest_quantity_takes_no_cost(desk: Desk) -> None:
    await desk.list_with("BTC/USDT", min_quantity=Decimal(1))
    await desk.set_price("BTC/USDT", "100", ask_size="0.5", bid_size="0.5")
    wanted = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "50"}
    too_little = (-2010, "Order book liquidity is less than LOT_SIZE filter minimum quantity.")
    assert await desk.refusal("order.place", **wanted) == too_little
    assert await desk.refusal("order.place", **{**wanted, "side": "SELL"}) == too_little


async def test_the_answer_to_an_order_that_only_trails_has_no_stop_price(desk: Desk) -> None:
    terms = BUY | {"type": "STOP_LOSS", "trailingDelta": "500", "newOrderRespType": "FULL"}
    answer = await desk.run("order.place", **terms)
    assert "stopPrice" not in answer and answer["trailingDelta"] == 500
    named = await desk.run("order.place", **terms, stopPrice="60000")
    assert named["stopPrice"] == "60000.00000000"
    ended = await desk.run("order.cancel", symbol="BTCUSDT", orderId=str(answer["orderId"]))
    assert "stopPrice" not in ended


async def test_an_order_that_is_not_there_has_no_amendments(desk: Desk) -> None:
    assert await desk.run("order.amendments", symbol="BTCUSDT", orderId="999") == []
    placed = await desk.run("order.place", **ORDER)
    elsewhere = {"symbol": "ETHUSDT", "orderId": str(placed["orderId"])}
    assert await desk.run("order.amendments", **elsewhere) == []


async def test_a_client_order_id_is_looked_up_within_its_symbol(desk: Desk) -> None:
    await desk.set_price("ETH/USDT", "3000")
    named = {"newClientOrderId": "abc"}
    bitcoin = await desk.run("order.place", **BUY, type="MARKET", **named)
    ether = {**ORDER, "symbol": "ETHUSDT", "price": "2900"} | named
    placed = await desk.run("order.place", **ether)
    for symbol, order in (("BTCUSDT", bitcoin), ("ETHUSDT", placed)):
        found = await desk.run("order.status", symbol=symbol, origClientOrderId="abc")
        assert (found["orderId"], found["symbol"]) == (order["orderId"], symbol)
    duplicate = (-2010, "Duplicate order sent.")
    assert await desk.refusal("order.place", **ether) == duplicate
    resting = await desk.run("order.place", **ORDER, **named)
    gone = await desk.run("order.cancel", symbol="ETHUSDT", origClientOrderId="abc")
    assert gone["orderId"] == placed["orderId"]
    assert await desk.open_ids() == [resting["orderId"]]


async def test_a_market_order_is_measured_at_the_average_price(desk: Desk) -> None:
    await desk.deposit("ETH", "1")
    await desk.set_price("ETH/USDT", "3000", bid="2000", ask="4000")
    wanted = {"symbol": "ETHUSDT", "type": "MARKET", "quantity": "0.0014"}
    too_small = (-1013, "Filter failure: NOTIONAL")
    for side in ("BUY", "SELL"):
        for method in ("order.place", "order.test", "sor.order.place"):
            assert await desk.refusal(method, **wanted, side=side) == too_small
        assert (await desk.run("order.place", **{**wanted, "side": side, "quantity": "0.0017"}))[
            "status"
        ] == "FILLED"
    average = await desk.run("avgPrice", symbol="ETHUSDT")
    assert (average["mins"], average["price"]) == (5, "3000.00000000")


async def test_the_average_price_that_is_told_is_the_one_that_bars_orders(desk: Desk) -> None:
    await desk.set_price("BTC/USDT", "52000")
    told = await desk.run("avgPrice", symbol="BTCUSDT")
    assert told["price"] == "51000.00000000"
    barred = (-1013, "Filter failure: PERCENT_PRICE_BY_SIDE")
    assert await desk.refusal("order.place", **{**ORDER, "price": "25499.99"}) == barred
    assert await desk.refusal("order.test", **{**ORDER, "price": "61200.01"}) == barred
    assert (await desk.run("order.place", **{**ORDER, "price": "25500"}))["status"] == "NEW"
    assert await desk.run("order.test", **{**ORDER, "price": "61200"}) == {}


async def test_a_market_order_has_no_largest_notional(desk: Desk) -> None:
    await desk.list_with("BTC/USDT", max_notional=Decimal(1_000))
    assert await desk.refusal("order.place", **{**ORDER, "quantity": "0.03"}) == (
        -1013,
        "Filter failure: NOTIONAL",
    )
    bought = await desk.run("order.place", **{**BUY, "quantity": "0.03"}, type="MARKET")
    assert bought["status"] == "FILLED"
