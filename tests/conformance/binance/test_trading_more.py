"""Conditional, iceberg and self-trading orders; amendments; cancel-replace; with raw HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.binance_trading import Trader, quiet_venue, trading_account
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess

NEW_ORDER = {
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.1",
    "price": "41000",
}


@pytest.fixture(scope="module")
def venue() -> Iterator[ServerProcess]:
    with quiet_venue() as server:
        yield server


@pytest.fixture
def admin(venue: ServerProcess) -> Iterator[AdminClient]:
    with AdminClient(venue.url) as client:
        yield client


@pytest.fixture
def trader(venue: ServerProcess) -> Iterator[Trader]:
    with trading_account(venue) as made:
        yield made


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
    assert (answer["trailingDelta"], answer["stopPrice"]) == (1000, "0.00000000")
    assert answer["trailingTime"] > 0
    admin.set_price("60000")
    admin.set_price("55000")
    assert trader.order(answer["orderId"])["status"] == "NEW"
    admin.set_price("54000")
    assert trader.order(answer["orderId"])["status"] == "FILLED"


@pytest.mark.parametrize(
    ("terms", "code", "msg"),
    [
        ({"type": "STOP_LOSS", "stopPrice": "55000"}, -2010, "Order would trigger immediately."),
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
                "icebergQty": "0.001",
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
    assert refused == (-1013, "Filter failure: MAX_NUM_ALGO_ORDERS")


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


def test_an_amendment_keeps_the_place_and_shrinks_the_order(trader: Trader) -> None:
    placed = trader.limit("BUY", "1", "40000", newClientOrderId="before")
    answer = trader.ask(
        "PUT",
        "order/amend/keepPriority",
        orderId=placed["orderId"],
        newQty="0.6",
        newClientOrderId="after",
    )
    assert answer["transactTime"] >= placed["transactTime"]
    assert answer["amendedOrder"] == {
        "symbol": "BTCUSDT",
        "orderId": placed["orderId"],
        "orderListId": -1,
        "origClientOrderId": "before",
        "clientOrderId": "after",
        "price": "40000.00000000",
        "qty": "0.60000000",
        "executedQty": "0.00000000",
        "preventedQty": "0.00000000",
        "quoteOrderQty": "0.00000000",
        "cumulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "workingTime": placed["workingTime"],
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    assert trader.balance("USDT")[1] == "24000.00000000"
    named = trader.ask("GET", "order", origClientOrderId="after")
    assert (named["orderId"], named["origQty"]) == (placed["orderId"], "0.60000000")
    again = trader.ask("PUT", "order/amend/keepPriority", orderId=placed["orderId"], newQty="0.5")
    assert again["amendedOrder"]["origClientOrderId"] == "after"
    assert again["executionId"] > answer["executionId"]
    history = trader.ask("GET", "order/amendments", orderId=placed["orderId"])
    assert history[0] == {
        "symbol": "BTCUSDT",
        "orderId": placed["orderId"],
        "executionId": answer["executionId"],
        "origClientOrderId": "before",
        "newClientOrderId": "after",
        "origQty": "1.00000000",
        "newQty": "0.60000000",
        "time": answer["transactTime"],
    }
    wanted = {"orderId": placed["orderId"], "fromExecutionId": again["executionId"]}
    assert trader.ask("GET", "order/amendments", **wanted) == history[1:]
    assert trader.ask("GET", "order/amendments", orderId=placed["orderId"], limit=1) == history[:1]


def test_an_amendment_that_cannot_be_says_why(trader: Trader) -> None:
    placed = trader.limit("BUY", "1", "40000")

    def refusal(**params: Any) -> tuple[int, str]:
        return trader.refusal("PUT", "order/amend/keepPriority", **params)

    order_id = placed["orderId"]
    assert refusal(orderId=order_id, newQty="1") == (
        -2038,
        "The requested action would change no state; rejecting.",
    )
    assert refusal(orderId=order_id, newQty="2") == (
        -2038,
        "Order amend (quantity increase) is not supported.",
    )
    assert refusal(orderId=order_id, newQty="0.0000001") == (-1013, "Filter failure: LOT_SIZE")
    assert refusal(orderId=order_id, newQty="0") == (-1013, "Invalid newQty.")
    assert refusal(orderId=999_999_999, newQty="1") == (-2038, "Unknown order sent.")
    for step in range(1, 11):
        trader.ask(
            "PUT", "order/amend/keepPriority", orderId=order_id, newQty=f"{1 - step / 100:.2f}"
        )
    assert refusal(orderId=order_id, newQty="0.5") == (
        -2038,
        "Filter failure: MAX_NUM_ORDER_AMENDS",
    )


def test_an_order_is_replaced_in_one_request(trader: Trader) -> None:
    old = trader.limit("BUY", "0.1", "40000", newClientOrderId="old")
    answer = trader.ask(
        "POST",
        "order/cancelReplace",
        **NEW_ORDER,
        cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrderId=old["orderId"],
        cancelNewClientOrderId="cancel",
        newClientOrderId="old",
    )
    assert (answer["cancelResult"], answer["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    canceled, placed = answer["cancelResponse"], answer["newOrderResponse"]
    assert (canceled["status"], canceled["clientOrderId"]) == ("CANCELED", "cancel")
    assert (placed["status"], placed["clientOrderId"], placed["fills"]) == ("NEW", "old", [])
    assert [one["orderId"] for one in trader.open()] == [placed["orderId"]]


def replaced(trader: Trader, status: int, **params: Any) -> Any:
    """The error of a cancel-replace that does not succeed whole."""
    wanted = {"symbol": "BTCUSDT", **NEW_ORDER, **params}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    response = trader.client.signed("POST", "/api/v3/order/cancelReplace", **wanted)
    assert response.status_code == status, response.text
    return response.json()


def test_a_cancel_that_fails_stops_the_replacement(trader: Trader) -> None:
    body = replaced(trader, 400, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=999_999_999)
    assert body == {
        "code": -2022,
        "msg": "Order cancel-replace failed.",
        "data": {
            "cancelResult": "FAILURE",
            "newOrderResult": "NOT_ATTEMPTED",
            "cancelResponse": {"code": -2011, "msg": "Unknown order sent."},
            "newOrderResponse": None,
        },
    }
    assert trader.open() == []


def test_a_cancel_that_fails_need_not_stop_the_replacement(trader: Trader) -> None:
    body = replaced(
        trader, 409, cancelReplaceMode="ALLOW_FAILURE", cancelOrigClientOrderId="unknown"
    )
    assert (body["code"], body["msg"]) == (-2021, "Order cancel-replace partially failed.")
    data = body["data"]
    assert (data["cancelResult"], data["newOrderResult"]) == ("FAILURE", "SUCCESS")
    assert data["cancelResponse"] == {"code": -2011, "msg": "Unknown order sent."}
    assert [one["orderId"] for one in trader.open()] == [data["newOrderResponse"]["orderId"]]


@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
def test_a_replacement_that_fails_leaves_the_order_canceled(trader: Trader, mode: str) -> None:
    old = trader.limit("BUY", "0.1", "40000")
    maker = {"type": "LIMIT_MAKER", "price": "51000", "timeInForce": None}
    body = replaced(trader, 409, cancelReplaceMode=mode, cancelOrderId=old["orderId"], **maker)
    assert body["code"] == -2021
    assert body["data"]["cancelResult"] == "SUCCESS"
    assert body["data"]["cancelResponse"]["orderId"] == old["orderId"]
    assert body["data"]["newOrderResult"] == "FAILURE"
    assert body["data"]["newOrderResponse"] == {
        "code": -2010,
        "msg": "Order would immediately match and take.",
    }
    assert trader.open() == []


def test_both_halves_of_a_replacement_can_fail(trader: Trader) -> None:
    maker = {"type": "LIMIT_MAKER", "price": "51000", "timeInForce": None}
    body = replaced(trader, 400, cancelReplaceMode="ALLOW_FAILURE", cancelOrderId=1, **maker)
    assert body["code"] == -2022
    data = body["data"]
    assert (data["cancelResult"], data["newOrderResult"]) == ("FAILURE", "FAILURE")
    assert (data["cancelResponse"]["code"], data["newOrderResponse"]["code"]) == (-2011, -2010)


def test_a_replacement_that_breaks_a_filter_changes_nothing(trader: Trader) -> None:
    old = trader.limit("BUY", "0.1", "40000")
    wanted = {
        **NEW_ORDER,
        "cancelReplaceMode": "ALLOW_FAILURE",
        "cancelOrderId": old["orderId"],
        "price": "41000.001",
    }
    refused = trader.refusal("POST", "order/cancelReplace", **wanted)
    assert refused == (-1013, "Filter failure: PRICE_FILTER")
    assert [one["orderId"] for one in trader.open()] == [old["orderId"]]
