"""Amended and replaced orders over REST, with raw HTTP."""

from typing import Any

import pytest

from tests.support.binance_trading import Trader

NEW_ORDER = {
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.1",
    "price": "41000",
}


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
