"""Orders and trades are found, canceled and listed as documented."""

from typing import Any

from hypersim.market.candle import DAY_MS
from tests.support.binance_trading import Trader
from tests.support.native_client import AdminClient


def test_an_order_is_only_found_by_ids_that_belong_together(
    trader: Trader, stranger: Trader
) -> None:
    one = trader.limit("BUY", "0.1", "40000", newClientOrderId="one")
    trader.limit("BUY", "0.1", "40000", newClientOrderId="two")
    both = {"orderId": one["orderId"], "origClientOrderId": "two"}
    for method in ("GET", "DELETE"):
        code = -2013 if method == "GET" else -2011
        msg = "Order does not exist." if method == "GET" else "Unknown order sent."
        assert trader.refusal(method, "order", **both) == (
            -2039,
            "Client order ID is not correct for this order ID.",
        )
        assert trader.refusal(method, "order", orderId=one["orderId"], symbol="ETHUSDT") == (
            code,
            msg,
        )
        assert trader.refusal(method, "order", orderId=2**62) == (code, msg)
        assert trader.refusal(method, "order", origClientOrderId="none") == (code, msg)
        assert stranger.refusal(method, "order", orderId=one["orderId"]) == (code, msg)
        assert trader.refusal(method, "order") == (
            -1102,
            "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
        )
    assert len(trader.open()) == 2


def test_a_cancel_can_be_restricted_by_status(trader: Trader, admin: AdminClient) -> None:
    placed = trader.limit("BUY", "1", "49000")
    wanted = {"orderId": placed["orderId"]}
    refused = (-2011, "Order was not canceled due to cancel restrictions.")
    partly = {**wanted, "cancelRestrictions": "ONLY_PARTIALLY_FILLED"}
    assert trader.refusal("DELETE", "order", **partly) == refused
    admin.post(
        "/admin/price",
        {"symbol": "BTC/USDT", "price": "48900", "bidSize": "0.4", "askSize": "0.4"},
    )
    assert trader.order(placed["orderId"])["status"] == "PARTIALLY_FILLED"
    only_new = {**wanted, "cancelRestrictions": "ONLY_NEW"}
    assert trader.refusal("DELETE", "order", **only_new) == refused
    assert trader.refusal("DELETE", "order", **wanted, cancelRestrictions="X") == (
        -1145,
        "Invalid cancelRestrictions",
    )
    answer = trader.ask("DELETE", "order", **partly)
    assert (answer["status"], answer["executedQty"]) == ("CANCELED", "0.40000000")


def test_all_orders_of_a_symbol_are_canceled_at_once(trader: Trader, admin: AdminClient) -> None:
    admin.set_price("3000", "ETH/USDT")
    for price in ("40000", "41000"):
        trader.limit("BUY", "0.1", price)
    trader.limit("BUY", "1", "2000", symbol="ETHUSDT")
    answer = trader.ask("DELETE", "openOrders")
    assert [one["price"] for one in answer] == ["40000.00000000", "41000.00000000"]
    assert {one["status"] for one in answer} == {"CANCELED"}
    assert len({one["clientOrderId"] for one in answer}) == 1
    assert trader.open() == []
    assert len(trader.ask("GET", "openOrders", symbol=None)) == 1
    assert trader.refusal("DELETE", "openOrders") == (-2011, "Unknown order sent.")


def test_all_orders_are_listed_by_id_by_time_or_the_latest(trader: Trader) -> None:
    ids = [trader.limit("BUY", "0.1", str(40_000 + step))["orderId"] for step in range(5)]
    trader.ask("DELETE", "order", orderId=ids[0])

    def listed(**filters: Any) -> list[int]:
        return [one["orderId"] for one in trader.ask("GET", "allOrders", **filters)]

    assert listed() == ids
    assert listed(limit=2) == ids[-2:]
    assert listed(orderId=ids[1]) == ids[1:]
    assert listed(orderId=ids[1], limit=2) == ids[1:3]
    since = trader.order(ids[0])["time"]
    # Times are those of an order's latest update; the first one was canceled last.
    by_update = [*ids[1:], ids[0]]
    assert listed(startTime=since) == by_update
    assert listed(startTime=since, limit=2) == by_update[:2]
    assert listed(endTime=since - 1) == []
    assert listed(startTime=since, endTime=since + DAY_MS) == by_update
    assert listed(symbol="ETHUSDT") == []
    later = trader.order(ids[0])["updateTime"] + 1
    while trader.client.get("/api/v3/time")["serverTime"] < later:
        pass
    canceled = trader.ask("DELETE", "order", orderId=ids[1])["transactTime"]
    assert canceled >= later
    assert listed(startTime=later) == listed(startTime=later, orderId=ids[4]) == [ids[1]]
    assert ids[1] not in listed(endTime=canceled - 1)
    assert trader.refusal("GET", "allOrders", startTime=1, endTime=DAY_MS + 2) == (
        -1127,
        "More than 24 hours between startTime and endTime.",
    )


def test_trades_are_listed_by_id_by_order_by_time_or_the_latest(trader: Trader) -> None:
    orders = [trader.place("BUY", "MARKET", quantity="0.01") for _ in range(4)]
    ids = [one["fills"][0]["tradeId"] for one in orders]

    def listed(**filters: Any) -> list[int]:
        return [one["id"] for one in trader.ask("GET", "myTrades", **filters)]

    assert listed() == ids
    assert listed(limit=2) == ids[-2:]
    assert listed(fromId=ids[1]) == ids[1:]
    assert listed(fromId=ids[1], limit=1) == ids[1:2]
    assert listed(orderId=orders[2]["orderId"]) == ids[2:3]
    assert listed(orderId=orders[2]["orderId"], fromId=ids[3]) == []
    assert listed(startTime=orders[0]["transactTime"]) == ids
    for filters in ({"fromId": 1, "startTime": 1}, {"orderId": 1, "endTime": 1}):
        assert trader.refusal("GET", "myTrades", **filters) == (
            -1128,
            "Combination of optional parameters invalid.",
        )
