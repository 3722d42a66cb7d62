"""Orders from their creation to their end, in the words of the source design, section 4.3."""

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.support.native_account import Account, error_of, exact
from tests.support.native_client import AdminClient

ORDER_FIELDS = {
    *("id", "clientOrderId", "timestamp", "datetime", "lastTradeTimestamp", "symbol", "type"),
    *("side", "price", "amount", "cost", "filled", "remaining", "status", "fee", "trades", "info"),
    *("average", "timeInForce", "postOnly", "lastUpdateTimestamp", "expiresAt"),
}
"""Those of the source design, and CCXT's."""

TRADE_FIELDS = {
    *("id", "order", "clientOrderId", "timestamp", "datetime", "symbol", "side", "takerOrMaker"),
    *("price", "amount", "cost", "fee", "info"),
}


def test_a_limit_order_is_answered_as_the_source_design_shows(account: Account) -> None:
    response = account.client.order("buy", "0.01", "49000.00")
    assert response.status_code == 201
    order = exact(response)
    assert order.keys() == ORDER_FIELDS
    now_ms = time.time_ns() // 1_000_000
    assert now_ms - 10_000 < order["timestamp"] <= now_ms + 1_000
    assert order["id"].isdigit()
    assert order["datetime"].endswith("Z")
    expected: dict[str, Any] = {
        "clientOrderId": None,
        "lastTradeTimestamp": None,
        "symbol": "BTC/USDT",
        "type": "limit",
        "side": "buy",
        "price": 49000,
        "amount": Decimal("0.01"),
        "cost": 490,
        "filled": 0,
        "remaining": Decimal("0.01"),
        "status": "open",
        "fee": None,
        "trades": [],
        "info": {},
    }
    assert {name: order[name] for name in expected} == expected
    assert account.read(f"/v1/order/{order['id']}") == order


def test_a_market_order_is_filled_in_the_answer(account: Account) -> None:
    order = account.place("buy", "0.01")
    assert (order["status"], order["filled"], order["remaining"]) == ("filled", Decimal("0.01"), 0)
    assert (order["average"], order["cost"], order["price"]) == (50000, 500, None)
    assert order["fee"] == {"currency": "BTC", "cost": Decimal("0.00001"), "rate": None} or (
        order["fee"]["cost"] == Decimal("0.00001")
    )
    (trade,) = order["trades"]
    assert trade.keys() == TRADE_FIELDS
    assert (trade["order"], trade["takerOrMaker"], trade["side"]) == (order["id"], "taker", "buy")
    assert trade["fee"] == {
        "currency": "BTC",
        "cost": Decimal("0.00001"),
        "rate": Decimal("0.001"),
    }
    balance = account.read("/v1/balance")
    assert balance["USDT"] == {"free": 9500, "used": 0, "total": 9500}
    assert balance["BTC"]["free"] == Decimal("1.00999")


def test_a_market_order_by_cost_buys_what_the_money_buys(account: Account) -> None:
    body = {"symbol": "BTC/USDT", "side": "buy", "type": "market", "cost": "1000"}
    order = exact(account.client.post("/v1/order", body))
    assert (order["status"], order["cost"], order["filled"]) == ("filled", 1000, Decimal("0.02"))


def test_a_resting_order_is_filled_when_the_price_comes_to_it(
    account: Account, admin: AdminClient
) -> None:
    order = account.place("buy", "0.01", "49000")
    assert account.read("/v1/balance")["USDT"] == {"free": 9510, "used": 490, "total": 10000}
    admin.set_price("48000")
    after = account.read(f"/v1/order/{order['id']}")
    assert (after["status"], after["average"], after["cost"]) == ("filled", 49000, 490)
    assert after["trades"][0]["takerOrMaker"] == "maker"
    assert after["lastTradeTimestamp"] == after["trades"][0]["timestamp"] >= order["timestamp"]
    assert account.read("/v1/balance")["USDT"] == {"free": 9510, "used": 0, "total": 9510}
    assert account.read("/v1/orders/open") == []
    assert account.read("/v1/orders/closed") == [after]
    assert account.read("/v1/myTrades") == after["trades"]


def test_a_partly_filled_order_is_open(account: Account, admin: AdminClient) -> None:
    order = account.place("sell", "0.5", "51000")
    thin = {"symbol": "BTC/USDT", "price": "51000", "bidSize": "0.2", "askSize": "1"}
    admin.post("/admin/price", thin)
    after = account.read(f"/v1/order/{order['id']}")
    assert (after["status"], after["filled"]) == ("open", Decimal("0.2"))


def test_a_canceled_order_gives_its_hold_back(account: Account) -> None:
    order = account.place("sell", "0.3", "52000")
    assert account.read("/v1/balance")["BTC"]["used"] == Decimal("0.3")
    response = account.client.delete(f"/v1/order/{order['id']}")
    assert response.status_code == 200
    assert exact(response)["status"] == "canceled"
    assert account.read("/v1/balance")["BTC"] == {"free": 1, "used": 0, "total": 1}
    again = account.client.delete(f"/v1/order/{order['id']}")
    assert error_of(again) == (400, "ORDER_ALREADY_CANCELED")


def test_what_is_filled_cannot_be_canceled_or_amended(account: Account) -> None:
    order = account.place("buy", "0.01")
    target = f"/v1/order/{order['id']}"
    assert error_of(account.client.delete(target)) == (400, "ORDER_ALREADY_FILLED")
    assert error_of(account.client.put(target, {"price": "1"})) == (400, "ORDER_ALREADY_FILLED")


def test_cancel_all_ends_the_orders_of_one_symbol_or_of_all(account: Account) -> None:
    first = account.place("buy", "0.01", "49000")
    other = account.place("buy", "0.1", "2000", symbol="ETH-USDT")
    last = account.place("sell", "0.01", "52000")
    response = account.client.delete("/v1/orders/open?symbol=BTCUSDT")
    assert [order["id"] for order in exact(response)] == [first["id"], last["id"]]
    assert [order["id"] for order in account.read("/v1/orders/open")] == [other["id"]]
    assert [o["status"] for o in exact(account.client.delete("/v1/orders/open"))] == ["canceled"]
    assert exact(account.client.delete("/v1/orders/open")) == []


def test_an_amended_order_keeps_its_id_and_holds_what_it_then_needs(account: Account) -> None:
    order = account.place("buy", "0.01", "49000", clientOrderId="mine")
    response = account.client.put(
        f"/v1/order/{order['id']}", {"amount": "0.02", "price": "48000.5"}
    )
    assert response.status_code == 200
    after = exact(response)
    assert (after["id"], after["clientOrderId"], after["status"]) == (order["id"], "mine", "open")
    assert (after["amount"], after["price"]) == (Decimal("0.02"), Decimal("48000.5"))
    assert account.read("/v1/balance")["USDT"]["used"] == Decimal("960.01")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"timeInForce": "IOC"}, "expired"),
        ({"timeInForce": "FOK"}, "expired"),
        ({"postOnly": True}, "open"),
        ({"timeInForce": "GTC"}, "open"),
    ],
)
def test_time_in_force_decides_what_becomes_of_an_order_that_meets_nothing(
    account: Account, more: dict[str, Any], status: str
) -> None:
    order = account.place("buy", "0.01", "49000", **more)
    assert (order["status"], order["filled"]) == (status, 0)
    assert order["timeInForce"] == more.get("timeInForce", "GTC")


def test_a_post_only_order_that_would_trade_is_refused(account: Account) -> None:
    response = account.client.order("buy", "0.01", "50000", postOnly=True)
    assert error_of(response) == (400, "ORDER_WOULD_MATCH")


def test_an_order_good_till_a_date_expires_then(account: Account) -> None:
    end_ms = time.time_ns() // 1_000_000 + 1_500
    order = account.place("buy", "0.01", "49000", timeInForce="GTD", expiresAt=end_ms)
    assert (order["status"], order["expiresAt"]) == ("open", end_ms)
    deadline = time.monotonic() + 30
    while order["status"] == "open" and time.monotonic() < deadline:
        order = account.read(f"/v1/order/{order['id']}")
    assert (order["status"], order["lastUpdateTimestamp"]) == ("expired", end_ms)
    assert account.read("/v1/balance")["USDT"]["used"] == 0


def test_numbers_may_be_json_numbers_or_text_and_mean_the_same(account: Account) -> None:
    as_text = account.place("buy", "0.01", "49000.10")
    body = b'{"symbol":"BTC/USDT","side":"buy","type":"limit","amount":0.010,"price":49000.1}'
    as_number = exact(account.client.send("POST", "/v1/order", body))
    for field in ("amount", "price", "cost", "remaining"):
        assert as_text[field] == as_number[field]


def test_a_repeated_client_order_id_gets_the_first_order(account: Account) -> None:
    first = account.place("buy", "0.01", "49000", clientOrderId="retry-1")
    again = account.client.order("buy", "0.010", "49000.0", clientOrderId="retry-1")
    assert again.is_success
    assert exact(again) == first
    other = account.client.order("buy", "0.02", "49000", clientOrderId="retry-1")
    assert error_of(other) == (400, "DUPLICATE_CLIENT_ORDER_ID")
    assert len(account.read("/v1/orders")) == 1


def test_a_repeated_client_order_id_gets_the_first_order_even_when_it_ended(
    account: Account,
) -> None:
    first = account.place("buy", "0.01", clientOrderId="retry-2")
    assert first["status"] == "filled"
    assert exact(account.client.order("buy", "0.01", clientOrderId="retry-2")) == first
    assert len(account.read("/v1/myTrades")) == 1


def test_client_order_ids_belong_to_one_account(account: Account, stranger: Account) -> None:
    mine = account.place("buy", "0.01", "49000", clientOrderId="same")
    theirs = stranger.place("buy", "0.01", "49000", clientOrderId="same")
    assert mine["id"] != theirs["id"]


@pytest.mark.parametrize("spelling", ["BTC/USDT", "BTC-USDT", "BTCUSDT"])
def test_every_spelling_of_a_symbol_is_understood_and_answered_with_one(
    account: Account, spelling: str
) -> None:
    order = account.place("buy", "0.01", "49000", symbol=spelling)
    assert order["symbol"] == "BTC/USDT"
    assert account.read(f"/v1/orders?symbol={spelling}") == [order]
