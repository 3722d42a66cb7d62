"""Orders over REST: placed, filled, queried, canceled and amended, with raw HTTP."""

from typing import Any

import pytest

from tests.support.binance_client import BinanceClient, now_ms
from tests.support.binance_trading import Trader
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess


def test_a_market_order_is_answered_with_its_fills(trader: Trader) -> None:
    answer = trader.place("BUY", "MARKET", quantity="0.1", newClientOrderId="first")
    assert abs(answer.pop("transactTime") - now_ms()) < 60_000
    assert answer.pop("workingTime") > 0
    order_id, trade_id = answer.pop("orderId"), answer["fills"][0].pop("tradeId")
    assert answer == {
        "symbol": "BTCUSDT",
        "orderListId": -1,
        "clientOrderId": "first",
        "price": "0.00000000",
        "origQty": "0.10000000",
        "executedQty": "0.10000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "5000.00000000",
        "status": "FILLED",
        "timeInForce": "GTC",
        "type": "MARKET",
        "side": "BUY",
        "fills": [
            {
                "price": "50000.00000000",
                "qty": "0.10000000",
                "commission": "0.00010000",
                "commissionAsset": "BTC",
            }
        ],
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    (trade,) = trader.ask("GET", "myTrades")
    assert abs(trade.pop("time") - now_ms()) < 60_000
    assert trade == {
        "symbol": "BTCUSDT",
        "id": trade_id,
        "orderId": order_id,
        "orderListId": -1,
        "price": "50000.00000000",
        "qty": "0.10000000",
        "quoteQty": "5000.00000000",
        "commission": "0.00010000",
        "commissionAsset": "BTC",
        "isBuyer": True,
        "isMaker": False,
        "isBestMatch": True,
    }
    assert trader.balance("BTC") == ("10.09990000", "0.00000000")


def test_a_market_order_by_cost_says_what_was_asked(trader: Trader) -> None:
    answer = trader.place("BUY", "MARKET", quoteOrderQty="100")
    assert (answer["origQuoteOrderQty"], answer["status"]) == ("100.00000000", "FILLED")
    assert (answer["executedQty"], answer["cummulativeQuoteQty"]) == (
        "0.00200000",
        "100.00000000",
    )
    assert trader.order(answer["orderId"])["origQuoteOrderQty"] == "100.00000000"


def test_a_resting_order_fills_as_maker_and_is_found_by_either_id(
    trader: Trader, admin: AdminClient
) -> None:
    answer = trader.limit("BUY", "1", "49000", newClientOrderId="resting")
    assert (answer["status"], answer["fills"]) == ("NEW", [])
    assert trader.balance("USDT") == ("951000.00000000", "49000.00000000")
    (shown,) = trader.open()
    assert shown == trader.order(answer["orderId"])
    assert shown == trader.ask("GET", "order", origClientOrderId="resting")
    assert (shown["isWorking"], shown["workingTime"]) == (True, answer["workingTime"])
    assert shown["updateTime"] == shown["time"] == answer["transactTime"]
    admin.set_price("48900")
    filled = trader.order(answer["orderId"])
    assert (filled["status"], filled["cummulativeQuoteQty"]) == ("FILLED", "49000.00000000")
    assert filled["updateTime"] >= filled["time"]
    assert trader.open() == []
    (trade,) = trader.ask("GET", "myTrades", orderId=answer["orderId"])
    assert (trade["isMaker"], trade["commissionAsset"]) == (True, "BTC")


@pytest.mark.parametrize(
    ("kind", "terms", "fields"),
    [
        ("LIMIT", {"timeInForce": "GTC", "price": "40000"}, "full"),
        ("MARKET", {}, "full"),
        ("LIMIT_MAKER", {"price": "40000"}, "ack"),
        ("STOP_LOSS", {"stopPrice": "60000"}, "ack"),
        (
            "TAKE_PROFIT_LIMIT",
            {"stopPrice": "45000", "price": "45000", "timeInForce": "GTC"},
            "ack",
        ),
    ],
)
def test_how_much_is_answered_depends_on_the_type(
    trader: Trader, kind: str, terms: dict[str, str], fields: str
) -> None:
    answer = trader.place("BUY", kind, quantity="0.01", **terms)
    assert ("fills" in answer) is (fields == "full")
    assert ("status" in answer) is (fields == "full")
    wanted = {"ACK": (False, False), "RESULT": (True, False), "FULL": (True, True)}
    for word, shows in wanted.items():
        answer = trader.place("BUY", kind, quantity="0.01", newOrderRespType=word, **terms)
        assert ("status" in answer, "fills" in answer) == shows


def test_what_cannot_fill_at_once_expires_as_its_time_in_force_says(trader: Trader) -> None:
    for word, reason in (
        ("IOC", "UNFILLED_IOC_QUANTITY_EXPIRED"),
        ("FOK", "UNFILLED_FOK_ORDER_EXPIRED"),
    ):
        answer = trader.limit("BUY", "0.1", "40000", timeInForce=word)
        assert (answer["status"], answer["expiryReason"]) == ("EXPIRED", reason)
        assert trader.order(answer["orderId"])["expiryReason"] == reason


def test_a_market_order_that_finds_too_little_expires(trader: Trader, admin: AdminClient) -> None:
    admin.post("/admin/price", {"symbol": "BTC/USDT", "price": "50000", "askSize": "0.5"})
    answer = trader.place("BUY", "MARKET", quantity="1")
    assert (answer["status"], answer["executedQty"]) == ("EXPIRED", "0.50000000")
    assert answer["expiryReason"] == "INSUFFICIENT_LIQUIDITY"


@pytest.mark.parametrize(
    ("terms", "code", "msg"),
    [
        ({"price": "50000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"price": "300000"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
        ({"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0.00001"}, -1013, "Filter failure: NOTIONAL"),
        ({"quantity": "100"}, -2010, "Account has insufficient balance for requested action."),
        ({"price": "0.0000000001"}, -1111, "Parameter 'price' has too much precision."),
        ({"symbol": "NOPE"}, -1121, "Invalid symbol."),
        ({"type": "LIMIT_MAKER", "timeInForce": None, "price": "51000"}, -2010, None),
    ],
)
def test_a_refused_order_says_why(
    trader: Trader, terms: dict[str, Any], code: int, msg: str | None
) -> None:
    usual = {
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.1",
        "price": "49000",
    }
    refused = trader.refusal("POST", "order", **{**usual, **terms})
    assert refused == (code, msg or "Order would immediately match and take.")
    assert trader.open() == []


@pytest.mark.parametrize(
    ("quantity", "name"),
    [("129.84957", None), ("129.84958", "MARKET_LOT_SIZE"), ("9000.00001", "LOT_SIZE")],
)
def test_a_market_order_s_own_limit_has_a_name_of_its_own(
    trader: Trader, quantity: str, name: str | None
) -> None:
    (symbol,) = trader.client.get("/api/v3/exchangeInfo", symbol="BTCUSDT")["symbols"]
    shown = {one["filterType"]: one for one in symbol["filters"]}
    assert shown["MARKET_LOT_SIZE"]["maxQty"] == "129.84957276"
    assert shown["LOT_SIZE"]["maxQty"] == "9000.00000000"
    refused = trader.refusal("POST", "order", side="BUY", type="MARKET", quantity=quantity)
    poor = (-2010, "Account has insufficient balance for requested action.")
    assert refused == ((-1013, f"Filter failure: {name}") if name else poor)


def test_an_order_s_name_is_taken_while_it_is_open(trader: Trader) -> None:
    first = trader.limit("BUY", "0.1", "40000", newClientOrderId="name")
    usual = {"side": "BUY", "type": "MARKET", "quantity": "0.1", "newClientOrderId": "name"}
    assert trader.refusal("POST", "order", **usual) == (-2010, "Duplicate order sent.")
    trader.ask("DELETE", "order", orderId=first["orderId"])
    second = trader.place("BUY", "MARKET", quantity="0.1", newClientOrderId="name")
    assert second["orderId"] != first["orderId"]
    assert trader.ask("GET", "order", origClientOrderId="name")["orderId"] == second["orderId"]


def test_a_canceled_order_shows_its_cancel_s_name(trader: Trader) -> None:
    placed = trader.limit("BUY", "0.1", "40000", newClientOrderId="mine")
    answer = trader.ask("DELETE", "order", origClientOrderId="mine", newClientOrderId="cancel")
    assert answer["transactTime"] >= placed["transactTime"]
    del answer["transactTime"]
    assert answer == {
        "symbol": "BTCUSDT",
        "origClientOrderId": "mine",
        "orderId": placed["orderId"],
        "orderListId": -1,
        "clientOrderId": "cancel",
        "price": "40000.00000000",
        "origQty": "0.10000000",
        "executedQty": "0.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "CANCELED",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    assert trader.order(placed["orderId"])["status"] == "CANCELED"
    assert trader.refusal("DELETE", "order", orderId=placed["orderId"]) == (
        -2011,
        "Unknown order sent.",
    )
    assert trader.balance("USDT") == ("1000000.00000000", "0.00000000")


def test_a_tested_order_is_not_placed(trader: Trader) -> None:
    usual = {"side": "BUY", "type": "MARKET", "quantity": "0.1"}
    assert trader.ask("POST", "order/test", **usual) == {}
    rates = trader.ask("POST", "order/test", computeCommissionRates="true", **usual)
    assert rates["standardCommissionForOrder"] == {"maker": "0.00100000", "taker": "0.00100000"}
    assert trader.ask("GET", "allOrders") == []
    assert trader.ask("POST", "sor/order/test", **usual) == {}


def test_a_routed_order_trades_in_the_symbol_s_own_book(trader: Trader) -> None:
    answer = trader.ask("POST", "sor/order", side="BUY", type="MARKET", quantity="0.1")
    assert (answer["usedSor"], answer["workingFloor"]) == (True, "EXCHANGE")
    assert answer["status"] == "FILLED"
    assert trader.ask("GET", "myAllocations") == []
    assert trader.refusal(
        "POST", "sor/order", side="BUY", type="STOP_LOSS", quantity="1", stopPrice="1"
    ) == (-1116, "Invalid orderType.")


def test_the_account_says_what_it_has_and_pays(trader: Trader) -> None:
    trader.limit("BUY", "1", "40000")
    account = trader.client.answer("GET", "/api/v3/account")
    assert account["commissionRates"]["taker"] == "0.00100000"
    assert (account["makerCommission"], account["takerCommission"]) == (10, 10)
    assert account["permissions"] == ["SPOT"]
    assert abs(account["updateTime"] - now_ms()) < 60_000
    assets = {row["asset"]: row for row in account["balances"]}
    assert assets["USDT"]["locked"] == "40000.00000000"
    assert "ETH" in assets
    held = trader.client.answer("GET", "/api/v3/account", omitZeroBalances="true")
    assert {row["asset"] for row in held["balances"]} == {"USDT", "BTC"}
    commission = trader.ask("GET", "account/commission")
    assert commission["standardCommission"]["maker"] == "0.00100000"
    filters = trader.ask("GET", "myFilters")["symbolFilters"]
    assert filters[0]["filterType"] == "PRICE_FILTER"
    counts = trader.client.answer("GET", "/api/v3/rateLimit/order")
    assert [(one["interval"], one["intervalNum"]) for one in counts] == [
        ("SECOND", 10),
        ("DAY", 1),
    ]


def test_a_key_that_may_only_read_does_not_trade(admin: AdminClient, venue: ServerProcess) -> None:
    email = "reader@example.com"
    admin.post("/admin/users", {"email": email})
    made = admin.post("/admin/keys", {"user": email, "permissions": ["read"]})
    with BinanceClient(f"{venue.url}/binance", made["apiKey"], made["apiSecret"]) as client:
        assert client.answer("GET", "/api/v3/account")["canTrade"] is True
        response = client.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=1)
        assert (response.status_code, response.json()["code"]) == (401, -2015)


def test_orders_are_shown_by_both_names_of_the_server(trader: Trader, venue: ServerProcess) -> None:
    placed = trader.limit("BUY", "0.1", "40000")
    with BinanceClient(venue.url, trader.client.key, trader.client.signer) as root:
        shown = root.answer("GET", "/api/v3/order", symbol="BTCUSDT", orderId=placed["orderId"])
    assert shown == trader.order(placed["orderId"])
