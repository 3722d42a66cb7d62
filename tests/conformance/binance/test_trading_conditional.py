"""Conditional, iceberg and self-trading orders over REST, with raw HTTP."""

from typing import Any

import pytest

from tests.support.binance_trading import Trader
from tests.support.native_client import AdminClient


@pytest.mark.parametrize(
    ("side", "kind", "stop", "trigger"),
    [
        ("SELL", "STOP_LOSS", "45000", "44000"),
        ("BUY", "STOP_LOSS", "55000", "56000"),
        ("SELL", "TAKE_PROFIT", "55000", "56000"),
        ("BUY", "TAKE_PROFIT", "45000", "44000"),
    ],
)
def test_a_conditional_order_waits_for_its_stop_price(
    trader: Trader, admin: AdminClient, side: str, kind: str, stop: str, trigger: str
) -> None:
    answer = trader.place(
        side, kind, quantity="0.1", stopPrice=stop, newOrderRespType="RESULT", strategyId=5
    )
    assert (answer["status"], answer["workingTime"]) == ("NEW", -1)
    assert (answer["stopPrice"], answer["strategyId"]) == (f"{stop}.00000000", 5)
    waiting = trader.order(answer["orderId"])
    assert (waiting["isWorking"], waiting["workingTime"], waiting["type"]) == (False, -1, kind)
    admin.set_price(trigger)
    filled = trader.order(answer["orderId"])
    assert (filled["status"], filled["isWorking"]) == ("FILLED", True)
    assert filled["workingTime"] >= waiting["time"]


def test_a_conditional_limit_order_rests_once_it_is_triggered(
    trader: Trader, admin: AdminClient
) -> None:
    terms = {"quantity": "0.1", "stopPrice": "45000", "price": "46000", "timeInForce": "GTC"}
    answer = trader.place("SELL", "STOP_LOSS_LIMIT", **terms)
    assert answer.keys() == {
        "symbol",
        "orderId",
        "orderListId",
        "clientOrderId",
        "transactTime",
    }
    admin.set_price("44000")
    resting = trader.order(answer["orderId"])
    assert (resting["status"], resting["isWorking"]) == ("NEW", True)
    admin.set_price("46000")
    assert trader.order(answer["orderId"])["status"] == "FILLED"


def test_a_trailing_stop_tells_when_it_began_to_trail(trader: Trader, admin: AdminClient) -> None:
    answer = trader.place(
        "SELL", "STOP_LOSS", quantity="0.1", trailingDelta=1000, newOrderRespType="RESULT"
    )
    assert answer["trailingDelta"] == 1000
    assert "stopPrice" not in answer
    assert answer["trailingTime"] > 0
    admin.set_price("60000")
    admin.set_price("55000")
    assert trader.order(answer["orderId"])["status"] == "NEW"
    admin.set_price("54000")
    assert trader.order(answer["orderId"])["status"] == "FILLED"


@pytest.mark.parametrize(
    ("terms", "code", "msg"),
    [
        (
            {"type": "STOP_LOSS", "stopPrice": "55000"},
            -2010,
            "Stop price would trigger immediately.",
        ),
        ({"type": "STOP_LOSS", "trailingDelta": 1}, -1013, "Filter failure: TRAILING_DELTA"),
        (
            {
                "type": "LIMIT",
                "price": "60000",
                "timeInForce": "GTC",
                "icebergQty": "0.2",
            },
            -2010,
            "IcebergQty exceeds QTY.",
        ),
        (
            {
                "type": "LIMIT",
                "price": "60000",
                "timeInForce": "GTC",
                "icebergQty": "0.0001",
            },
            -1013,
            "Filter failure: ICEBERG_PARTS",
        ),
    ],
)
def test_a_refused_order_says_why(
    trader: Trader, terms: dict[str, Any], code: int, msg: str
) -> None:
    usual = {"side": "SELL", "quantity": "0.1"}
    assert trader.refusal("POST", "order", **usual, **terms) == (code, msg)


def test_only_so_many_orders_may_wait_for_a_trigger(trader: Trader) -> None:
    terms = {"side": "SELL", "type": "STOP_LOSS", "quantity": "0.01", "stopPrice": "45000"}
    for _ in range(5):
        trader.ask("POST", "order", **terms)
    refused = trader.refusal("POST", "order", **terms)
    assert refused == (-2010, "Filter failure: MAX_NUM_ALGO_ORDERS")


def test_an_iceberg_shows_its_part(trader: Trader) -> None:
    answer = trader.limit("BUY", "1", "40000", icebergQty="0.2")
    assert answer["icebergQty"] == "0.20000000"
    assert trader.order(answer["orderId"])["icebergQty"] == "0.20000000"


@pytest.mark.parametrize(
    ("mode", "maker", "taker", "prevented"),
    [
        ("EXPIRE_MAKER", "EXPIRED_IN_MATCH", "NEW", {"makerPreventedQuantity"}),
        ("EXPIRE_TAKER", "NEW", "EXPIRED_IN_MATCH", {"takerPreventedQuantity"}),
        (
            "EXPIRE_BOTH",
            "EXPIRED_IN_MATCH",
            "EXPIRED_IN_MATCH",
            {"makerPreventedQuantity", "takerPreventedQuantity"},
        ),
        (
            "DECREMENT",
            "NEW",
            "EXPIRED_IN_MATCH",
            {"makerPreventedQuantity", "takerPreventedQuantity"},
        ),
    ],
)
def test_an_account_does_not_trade_with_itself(
    trader: Trader, admin: AdminClient, mode: str, maker: str, taker: str, prevented: set[str]
) -> None:
    admin.post("/admin/price", {"symbol": "BTC/USDT", "price": "50000", "bid": "49900"})
    resting = trader.limit("BUY", "1", "49950")
    answer = trader.limit("SELL", "0.4", "49950", selfTradePreventionMode=mode)
    assert (answer["status"], answer["selfTradePreventionMode"]) == (taker, mode)
    (match,) = answer["preventedMatches"]
    assert match["makerOrderId"] == resting["orderId"]
    assert {name for name in match if name.endswith("Quantity")} == prevented
    shown = trader.order(resting["orderId"])
    assert shown["status"] == maker
    if maker == "EXPIRED_IN_MATCH":
        assert shown["preventedMatchId"] == match["preventedMatchId"]
        assert shown["preventedQuantity"] == "1.00000000"
    (found,) = trader.ask("GET", "myPreventedMatches", orderId=answer["orderId"])
    assert found == {
        **match,
        "symbol": "BTCUSDT",
        "takerOrderId": answer["orderId"],
        "makerSymbol": "BTCUSDT",
        "tradeGroupId": -1,
        "selfTradePreventionMode": mode,
        "transactTime": answer["transactTime"],
    }
    by_id = trader.ask("GET", "myPreventedMatches", preventedMatchId=match["preventedMatchId"])
    assert by_id == [found]
    assert trader.refusal("GET", "myPreventedMatches")[0] == -1128
