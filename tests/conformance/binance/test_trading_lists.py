"""Order lists over REST: what activates, cancels and expires what."""

from typing import Any

import pytest

from tests.conformance.binance.order_lists import OCO, listed, place, statuses
from tests.support.binance_client import now_ms
from tests.support.binance_trading import Trader, trading_account
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess


def test_a_pair_is_answered_as_documented(trader: Trader) -> None:
    answer = place(
        trader,
        "orderList/oco",
        OCO,
        listClientOrderId="pair",
        aboveClientOrderId="above",
        belowClientOrderId="below",
        newOrderRespType="RESULT",
    )
    stop, profit = answer.pop("orderReports")
    assert abs(answer.pop("transactionTime") - now_ms()) < 60_000
    list_id = answer.pop("orderListId")
    assert answer == {
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": "pair",
        "symbol": "BTCUSDT",
        "orders": [
            {"symbol": "BTCUSDT", "orderId": stop["orderId"], "clientOrderId": "below"},
            {"symbol": "BTCUSDT", "orderId": profit["orderId"], "clientOrderId": "above"},
        ],
    }
    assert (stop["type"], stop["stopPrice"], stop["workingTime"]) == (
        "STOP_LOSS_LIMIT",
        "48500.00000000",
        -1,
    )
    assert (profit["type"], profit["status"]) == ("LIMIT_MAKER", "NEW")
    assert profit["workingTime"] > 0
    assert {stop["orderListId"], profit["orderListId"]} == {list_id}
    assert "fills" not in stop
    assert trader.balance("BTC") == ("9.00000000", "1.00000000")


def test_a_pair_s_stop_takes_the_other_order_with_it(trader: Trader, admin: AdminClient) -> None:
    placed = place(trader, "orderList/oco", OCO)
    admin.set_price("48200")
    assert statuses(trader, placed) == ["FILLED", "EXPIRED"]
    assert trader.order(placed["orders"][1]["orderId"])["expiryReason"] == "OCO_TRIGGER"
    assert listed(trader, placed)["listOrderStatus"] == "ALL_DONE"
    assert trader.balance("BTC")[1] == "0.00000000"


def test_a_pair_s_limit_order_takes_the_stop_with_it(trader: Trader, admin: AdminClient) -> None:
    placed = place(trader, "orderList/oco", OCO)
    admin.set_price("52500")
    assert statuses(trader, placed) == ["EXPIRED", "FILLED"]


def test_canceling_one_order_of_a_pair_cancels_both(trader: Trader) -> None:
    placed = place(trader, "orderList/oco", OCO)
    answer = trader.ask(
        "DELETE", "order", orderId=placed["orders"][0]["orderId"], newClientOrderId="bye"
    )
    assert (answer["listStatusType"], answer["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    assert [one["orderId"] for one in answer["orderReports"]] == [
        one["orderId"] for one in placed["orders"]
    ]
    assert {(one["status"], one["clientOrderId"]) for one in answer["orderReports"]} == {
        ("CANCELED", "bye")
    }
    assert trader.open() == []
    assert trader.balance("BTC") == ("10.00000000", "0.00000000")


def test_a_pair_is_asked_for_in_the_old_way(trader: Trader) -> None:
    placed = trader.ask(
        "POST",
        "order/oco",
        side="SELL",
        quantity="1",
        price="52000",
        stopPrice="48500",
        stopLimitPrice="48000",
        stopLimitTimeInForce="GTC",
        limitClientOrderId="limit",
        stopClientOrderId="stop",
    )
    assert [one["clientOrderId"] for one in placed["orders"]] == ["stop", "limit"]
    assert [one["type"] for one in placed["orderReports"]] == ["STOP_LOSS_LIMIT", "LIMIT_MAKER"]
    assert all(one["fills"] == [] for one in placed["orderReports"])


@pytest.mark.parametrize(
    ("changes", "code", "msg"),
    [
        (
            {"abovePrice": "48000"},
            -2010,
            "The relationship of the prices for the orders is not correct.",
        ),
        ({"quantity": "100"}, -2010, "Account has insufficient balance for requested action."),
        ({"aboveType": "LIMIT"}, -1158, "Order type not supported in OCO."),
        ({"abovePrice": "52000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"bogus": "1"}, -1104, None),
    ],
)
def test_a_pair_that_cannot_be_says_why(
    trader: Trader, changes: dict[str, Any], code: int, msg: str | None
) -> None:
    refused = trader.refusal("POST", "orderList/oco", **{**OCO, **changes})
    assert refused[0] == code
    assert msg in (None, refused[1])
    assert trader.open() == []


def test_a_list_s_name_is_taken_while_it_is_open(trader: Trader) -> None:
    placed = place(trader, "orderList/oco", OCO, listClientOrderId="name")
    assert trader.refusal("POST", "orderList/oco", **OCO, listClientOrderId="name") == (
        -2010,
        "Duplicate order sent.",
    )
    trader.ask("DELETE", "orderList", listClientOrderId="name")
    again = place(trader, "orderList/oco", OCO, listClientOrderId="name")
    assert again["orderListId"] != placed["orderListId"]
    found = trader.ask("GET", "orderList", symbol=None, origClientOrderId="name")
    assert found["orderListId"] == again["orderListId"]


def test_lists_are_found_by_id_by_name_by_time_and_canceled(
    trader: Trader, admin: AdminClient
) -> None:
    lists = [place(trader, "orderList/oco", {**OCO, "quantity": "0.1"}) for _ in range(3)]
    ids = [one["orderListId"] for one in lists]
    shown = listed(trader, lists[0])
    without = {name: value for name, value in lists[0].items() if name != "orderReports"}
    assert shown == without
    open_lists = trader.ask("GET", "openOrderList", symbol=None)
    assert [one["orderListId"] for one in open_lists] == ids

    def all_lists(**filters: Any) -> list[int]:
        found = trader.ask("GET", "allOrderList", symbol=None, **filters)
        return [one["orderListId"] for one in found]

    assert all_lists() == ids[::-1]
    assert all_lists(limit=1) == ids[-1:]
    assert all_lists(fromId=ids[1]) == ids[1:]
    assert all_lists(startTime=lists[0]["transactionTime"]) == ids
    assert trader.refusal("GET", "allOrderList", symbol=None, fromId=1, startTime=1)[0] == -1128
    ended = trader.ask("DELETE", "orderList", orderListId=ids[0], newClientOrderId="bye")
    assert (ended["listStatusType"], ended["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    assert {one["clientOrderId"] for one in ended["orderReports"]} == {"bye"}
    assert trader.refusal("DELETE", "orderList", orderListId=ids[0]) == (
        -2011,
        "Unknown order list sent.",
    )
    assert trader.refusal("GET", "orderList", symbol=None, orderListId=999_999_999) == (
        -2013,
        "Order list does not exist.",
    )
    assert trader.refusal("GET", "orderList", symbol=None)[0] == -1102
    trader.limit("BUY", "0.1", "48500")
    alone, *rest = trader.ask("DELETE", "openOrders")
    assert alone["type"] == "LIMIT"
    assert [one["orderListId"] for one in rest] == ids[1:]
    assert all(len(one["orderReports"]) == 2 for one in rest)
    assert trader.ask("GET", "openOrderList", symbol=None) == []
    admin.set_price("50000")


def test_strangers_do_not_see_each_other_s_lists(trader: Trader, venue: ServerProcess) -> None:
    placed = place(trader, "orderList/oco", OCO, listClientOrderId="mine")
    with trading_account(venue) as stranger:
        for wanted in (
            {"orderListId": placed["orderListId"]},
            {"origClientOrderId": "mine"},
        ):
            assert stranger.refusal("GET", "orderList", symbol=None, **wanted)[0] == -2013
        refused = stranger.refusal("DELETE", "orderList", orderListId=placed["orderListId"])
        assert refused[0] == -2011
    assert len(trader.open()) == 2


def test_both_orders_of_a_pair_shrink_together(trader: Trader) -> None:
    placed = place(trader, "orderList/oco", OCO)
    stop, profit = (one["orderId"] for one in placed["orders"])
    answer = trader.ask("PUT", "order/amend/keepPriority", orderId=stop, newQty="0.5")
    assert answer["amendedOrder"]["qty"] == "0.50000000"
    assert answer["listStatus"]["orderListId"] == placed["orderListId"]
    assert answer["listStatus"]["listOrderStatus"] == "EXECUTING"
    assert {trader.order(one)["origQty"] for one in (stop, profit)} == {"0.50000000"}
