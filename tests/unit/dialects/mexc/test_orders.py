"""Orders in MEXC's words: how they are asked for, and how they are told."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.dialects.stand import BOB
from tests.support.mexc_desk import Desk, desk_of

DAY_MS = 86_400_000
LOW, BEST = "40000", "50000.01"


@pytest.mark.parametrize(
    ("kind", "terms", "status", "filled"),
    [
        ("LIMIT", {"quantity": "0.5", "price": LOW}, "NEW", "0"),
        ("LIMIT", {"quantity": "0.5", "price": "50001"}, "FILLED", "0.5"),
        ("LIMIT", {"quantity": "15", "price": "50000.01"}, "PARTIALLY_FILLED", "10"),
        ("LIMIT_MAKER", {"quantity": "0.5", "price": LOW}, "NEW", "0"),
        ("MARKET", {"quantity": "0.5"}, "FILLED", "0.5"),
        ("MARKET", {"quantity": "0.5", "price": "1"}, "FILLED", "0.5"),
        ("MARKET", {"quoteOrderQty": "5000.1"}, "FILLED", "0.1"),
        ("IMMEDIATE_OR_CANCEL", {"quantity": "0.5", "price": "50001"}, "FILLED", "0.5"),
        ("IMMEDIATE_OR_CANCEL", {"quantity": "0.5", "price": LOW}, "CANCELED", "0"),
        (
            "IMMEDIATE_OR_CANCEL",
            {"quantity": "15", "price": "50000.01"},
            "PARTIALLY_CANCELED",
            "10",
        ),
        ("FILL_OR_KILL", {"quantity": "15", "price": "50000.01"}, "CANCELED", "0"),
        ("FILL_OR_KILL", {"quantity": "15", "price": "50000.02"}, "FILLED", "15"),
    ],
)
async def test_each_type_does_what_it_says(
    kind: str, terms: dict[str, Any], status: str, filled: str
) -> None:
    async with desk_of() as desk:
        told = await desk.order(kind, **terms)
        assert (told["type"], told["status"], told["executedQty"]) == (kind, status, filled)
        assert (told["symbol"], told["side"]) == ("BTCUSDT", "BUY")


async def test_the_answer_to_a_new_order_says_nothing_of_what_became_of_it() -> None:
    async with desk_of() as desk:
        now_ms = desk.stand.clock.now_ms()
        terms = {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": "0.50"}
        placed = await desk.done("POST", "order", **terms)
        order_id = placed.pop("orderId")
        assert isinstance(order_id, str)
        assert placed == {
            "symbol": "BTCUSDT",
            "orderListId": -1,
            "price": "0",
            "origQty": "0.5",
            "type": "MARKET",
            "side": "SELL",
            "stpMode": "",
            "transactTime": now_ms,
        }


async def test_an_order_that_traded_in_part_and_was_canceled_says_both() -> None:
    async with desk_of() as desk:
        told = await desk.order("LIMIT", quantity="15", price="50000.01")
        canceled = await desk.done(
            "DELETE", "order", symbol="BTCUSDT", orderId=told["orderId"], newClientOrderId="away"
        )
        assert (canceled["status"], canceled["executedQty"]) == ("PARTIALLY_CANCELED", "10")
        assert (canceled["origClientOrderId"], canceled["clientOrderId"]) == (None, "away")
        told = await desk.done("GET", "order", symbol="BTCUSDT", orderId=told["orderId"])
        assert told["status"] == "PARTIALLY_CANCELED"


async def test_an_order_is_found_by_number_without_its_symbol_and_by_name_with_it() -> None:
    async with desk_of() as desk:
        told = await desk.order("LIMIT", quantity="0.5", price=LOW, newClientOrderId="mine")
        assert await desk.done("GET", "order", orderId=told["orderId"]) == told
        named = {"symbol": "BTCUSDT", "origClientOrderId": "mine"}
        assert await desk.done("GET", "order", **named) == told
        assert await desk.code("GET", "order", origClientOrderId="mine") == 700004
        assert await desk.code("GET", "order", symbol="BTCUSDT") == 700004
        assert await desk.code("GET", "order", symbol="BTCUSDT", orderId="no-number") == -2013
        assert await desk.code("DELETE", "order", symbol="BTCUSDT", orderId="no-number") == -2011
        assert (await desk.done("DELETE", "order", **named))["status"] == "CANCELED"
        assert await desk.code("DELETE", "order", **named) == -2011


async def test_an_account_may_trade_with_itself_unless_it_says_otherwise() -> None:
    async with desk_of() as desk:
        terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.1"}
        for mode, prevention in {"": "none", "cancel_both": "expire_both"}.items():
            placed = await desk.done("POST", "order", price=LOW, stpMode=mode, **terms)
            assert placed["stpMode"] == mode
            order = desk.stand.exchange.engine.view.orders[int(placed["orderId"])]
            assert order.self_trade_prevention == prevention
        assert await desk.code("POST", "order", price=LOW, stpMode="all", **terms) == 33333


async def test_a_test_checks_everything_and_places_nothing() -> None:
    async with desk_of() as desk:
        terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "price": LOW}
        assert await desk.done("POST", "order/test", quantity="0.5", **terms) == {}
        assert await desk.code("POST", "order/test", quantity="500000", **terms) == 30003
        assert await desk.done("GET", "openOrders") == []


async def test_of_a_batch_each_order_stands_for_itself() -> None:
    async with desk_of() as desk:
        one = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT_ORDER", "price": LOW}
        wanted: list[dict[str, Any]] = [
            {**one, "quantity": "0.5", "newClientOrderId": 9588234},
            {**one, "quantity": "0.00001", "newClientOrderId": "small"},
            {**one, "quantity": 0.25},
        ]
        first, small, last = await desk.done("POST", "batchOrders", batchOrders=json.dumps(wanted))
        assert first["newClientOrderId"] == "9588234"
        assert (small["newClientOrderId"], small["code"]) == ("small", 30002)
        assert last.keys() == {"symbol", "orderId", "orderListId"}
        opened = await desk.done("GET", "openOrders", symbol="BTCUSDT")
        assert [order["orderId"] for order in opened] == [first["orderId"], last["orderId"]]
        assert [order["origQty"] for order in opened] == ["0.5", "0.25"]


@pytest.mark.parametrize("text", ["[]", "{}", "no json", json.dumps([{"symbol": "BTCUSDT"}] * 21)])
async def test_what_is_no_batch_places_nothing(text: str) -> None:
    async with desk_of() as desk:
        assert await desk.code("POST", "batchOrders", batchOrders=text) == 33333


async def rest(desk: Desk, count: int) -> list[str]:
    told = [await desk.order("LIMIT", quantity="0.1", price=LOW) for _ in range(count)]
    return [one["orderId"] for one in told]


async def test_open_orders_are_canceled_by_symbol_and_all_together() -> None:
    async with desk_of() as desk:
        first = await rest(desk, 2)
        canceled = await desk.done("DELETE", "openOrders", symbol="BTCUSDT")
        assert [one["orderId"] for one in canceled] == first
        assert {one["status"] for one in canceled} == {"CANCELED"}
        assert await desk.done("DELETE", "openOrders", symbol="BTCUSDT") == []
        await rest(desk, 2)
        assert (await desk.done("DELETE", "order/all"))["code"] == 200
        assert await desk.done("GET", "openOrders") == []
        six = ",".join(["BTCUSDT"] * 6)
        assert await desk.code("DELETE", "openOrders", symbol=six) == 33333


async def test_all_orders_are_those_of_the_last_day_or_of_seven() -> None:
    async with desk_of() as desk:
        (old,) = await rest(desk, 1)
        began_ms = desk.stand.clock.now_ms()
        await desk.stand.pass_time(2 * DAY_MS)
        new = await rest(desk, 3)

        async def listed(**more: Any) -> list[str]:
            orders = await desk.done("GET", "allOrders", symbol="BTCUSDT", **more)
            return [order["orderId"] for order in orders]

        assert await listed() == new
        assert await listed(limit=2) == new[1:]
        assert await listed(startTime=began_ms) == [old, *new]
        assert await listed(startTime=began_ms, limit=2) == [old, new[0]]
        assert await listed(startTime=began_ms, endTime=began_ms + 1) == [old]
        await desk.stand.pass_time(6 * DAY_MS)
        assert await listed(startTime=began_ms) == new


@pytest.mark.parametrize(
    ("states", "kinds"),
    [("1", "rests"), ("3", "fills"), ("4", "ends"), ("3,4", "fills ends"), ("9", "")],
)
async def test_all_orders_are_those_in_the_states_that_ccxt_asks_for(
    states: str, kinds: str
) -> None:
    async with desk_of() as desk:
        await desk.order("LIMIT", quantity="0.1", price=LOW, newClientOrderId="rests")
        await desk.order("MARKET", quantity="0.1", newClientOrderId="fills")
        await desk.order("FILL_OR_KILL", quantity="0.1", price=LOW, newClientOrderId="ends")
        found = await desk.done("GET", "allOrders", symbol="BTCUSDT", states=states)
        assert [order["clientOrderId"] for order in found] == kinds.split()


async def test_trades_tell_of_each_fill_and_its_fee() -> None:
    async with desk_of() as desk:
        told = await desk.order("MARKET", quantity="15", newClientOrderId="mine")
        await desk.order("MARKET", side="SELL", quantity="1")
        trades = await desk.done("GET", "myTrades", symbol="BTCUSDT", orderId=told["orderId"])
        assert [(one["price"], one["qty"]) for one in trades] == [
            ("50000.01", "10"),
            ("50000.02", "5"),
        ]
        assert sum(Decimal(one["quoteQty"]) for one in trades) == Decimal(
            told["cummulativeQuoteQty"]
        )
        assert {one["clientOrderId"] for one in trades} == {"mine"}
        assert {(one["isBuyer"], one["isMaker"]) for one in trades} == {(True, False)}
        assert len(await desk.done("GET", "myTrades", symbol="BTCUSDT")) == 3
        assert await desk.done("GET", "myTrades", symbol="BTCUSDT", trader=BOB) == []
        assert await desk.done("GET", "myTrades", symbol="BTCUSDT", orderId="no-number") == []


async def test_an_account_has_what_it_owns_and_may_do() -> None:
    async with desk_of() as desk:
        await rest(desk, 1)
        told = await desk.done("GET", "account")
        held = {one["asset"]: (one["free"], one["locked"]) for one in told["balances"]}
        assert held == {"BTC": ("100", "0"), "USDT": ("996000", "4000")}
        assert (told["canTrade"], told["accountType"]) == (True, "SPOT")
