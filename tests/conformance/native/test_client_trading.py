"""A bot's plain work through `ccxt.hypersim`: look, buy, sell, cancel, and the money adds up."""

from decimal import Decimal
from typing import Any

import ccxt
import pytest

BTC = "BTC/USDT"


@pytest.fixture
def bot(exchange: Any) -> Any:
    """Connected, with 10 BTC and 1,000,000 USDT."""
    exchange.load_markets()
    return exchange


def low(bot: Any) -> float:
    """A price at which nothing fills."""
    return float(bot.fetch_ticker(BTC)["bid"]) * 0.9


def test_the_plain_flow(bot: Any) -> None:
    before = bot.fetch_balance()
    bought = bot.create_order(BTC, "market", "buy", 0.05)
    assert (bought["status"], bought["filled"], bought["remaining"]) == ("closed", 0.05, 0)
    resting = bot.create_order(BTC, "limit", "buy", 0.05, low(bot))
    assert resting["status"] == "open"
    assert bot.fetch_order(resting["id"], BTC)["status"] == "open"
    assert [order["id"] for order in bot.fetch_open_orders(BTC)] == [resting["id"]]
    held = bot.fetch_balance()["USDT"]
    assert held["used"] == pytest.approx(resting["price"] * 0.05)
    assert bot.cancel_order(resting["id"], BTC)["status"] == "canceled"
    sold = bot.create_order(BTC, "limit", "sell", 0.02, bot.fetch_ticker(BTC)["bid"] * 0.99)
    assert sold["status"] == "closed"
    after = bot.fetch_balance()
    assert after["USDT"]["used"] == after["BTC"]["used"] == 0
    fees = {"BTC": Decimal(0), "USDT": Decimal(0)}
    money = {code: Decimal(str(before["total"][code])) for code in fees}
    for trade in bot.fetch_my_trades(BTC):
        sign = 1 if trade["side"] == "buy" else -1
        money["BTC"] += sign * Decimal(str(trade["amount"]))
        money["USDT"] -= sign * Decimal(str(trade["cost"]))
        money[trade["fee"]["currency"]] -= Decimal(str(trade["fee"]["cost"]))
    assert money == {code: Decimal(str(after["total"][code])) for code in fees}


def test_markets_keep_their_precision_and_limits(bot: Any) -> None:
    market = bot.market(BTC)
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.01, 0.00001)
    assert market["limits"]["cost"]["min"] == 5
    assert (market["maker"], market["taker"]) == (0.001, 0.001)
    assert bot.price_to_precision(BTC, 12345.678) == "12345.68"
    assert bot.amount_to_precision(BTC, 0.123456789) == "0.12345"
    assert len(bot.symbols) >= 10


def test_numbers_are_cut_to_the_grid_before_they_are_sent(bot: Any) -> None:
    order = bot.create_limit_buy_order(BTC, 0.123456789, low(bot) + 0.001234)
    assert order["amount"] == 0.12345
    assert order["price"] == round(order["price"], 2)


def test_a_market_order_can_be_sized_by_what_it_costs(bot: Any) -> None:
    for order in (
        bot.create_market_buy_order_with_cost(BTC, 1000),
        bot.create_market_order_with_cost(BTC, "buy", 1000),
        bot.create_order(BTC, "market", "buy", None, None, {"cost": 1000}),
        bot.create_market_sell_order_with_cost(BTC, 1000),
    ):
        assert order["status"] == "closed"
        assert 990 < order["cost"] <= 1000


def test_post_only_and_time_in_force(bot: Any) -> None:
    price = low(bot)
    resting = bot.create_post_only_order(BTC, "limit", "buy", 0.01, price)
    assert (resting["status"], resting["postOnly"], resting["timeInForce"]) == ("open", True, "PO")
    same = bot.create_order(BTC, "limit", "buy", 0.01, price, {"timeInForce": "PO"})
    assert same["postOnly"] is True
    for word in ("IOC", "FOK"):
        gone = bot.create_order(BTC, "limit", "buy", 0.01, price, {"timeInForce": word})
        assert (gone["status"], gone["filled"], gone["timeInForce"]) == ("expired", 0, word)
    with pytest.raises(ccxt.InvalidOrder, match="postOnly"):
        both = {"postOnly": True, "timeInForce": "IOC"}
        bot.create_order(BTC, "limit", "buy", 0.01, price, both)


def test_an_order_ends_when_its_time_is_over(bot: Any) -> None:
    ends = bot.fetch_time() + 60_000
    order = bot.create_order(BTC, "limit", "buy", 0.01, low(bot), {"expiresAt": ends})
    assert (order["status"], order["timeInForce"]) == ("open", "GTD")
    assert order["info"]["expiresAt"] == ends


def test_an_open_order_can_be_edited_and_stays_the_same(bot: Any) -> None:
    order = bot.create_limit_buy_order(BTC, 0.01, low(bot))
    edited = bot.edit_order(order["id"], BTC, "limit", "buy", 0.02, order["price"] - 10)
    assert edited["id"] == order["id"]
    assert (edited["amount"], edited["price"]) == (0.02, pytest.approx(order["price"] - 10))


def test_the_clients_own_id_will_do(bot: Any) -> None:
    order = bot.create_limit_buy_order(BTC, 0.01, low(bot), {"clientOrderId": "mine-1"})
    assert order["clientOrderId"] == "mine-1"
    assert bot.fetch_order_with_client_order_id("mine-1", BTC)["id"] == order["id"]
    edited = bot.edit_order_with_client_order_id("mine-1", BTC, "limit", "buy", 0.02)
    assert (edited["id"], edited["amount"]) == (order["id"], 0.02)
    assert bot.cancel_order_with_client_order_id("mine-1", BTC)["status"] == "canceled"
    assert bot.fetch_order_with_client_order_id("mine-1")["status"] == "canceled"


def test_lists_tell_apart_how_orders_ended(bot: Any) -> None:
    price = low(bot)
    filled = [bot.create_market_buy_order(BTC, 0.001)["id"] for _ in range(3)]
    canceled = [bot.create_limit_buy_order(BTC, 0.001, price)["id"] for _ in range(3)]
    bot.cancel_all_orders(BTC)
    expired = bot.create_order(BTC, "limit", "buy", 0.001, price, {"timeInForce": "IOC"})["id"]
    still = bot.create_limit_buy_order(BTC, 0.001, price)["id"]

    def ids(orders: list[dict[str, Any]]) -> list[str]:
        return [order["id"] for order in orders]

    assert ids(bot.fetch_closed_orders(BTC)) == filled
    assert ids(bot.fetch_canceled_orders()) == canceled
    assert ids(bot.fetch_canceled_and_closed_orders(BTC)) == [*filled, *canceled, expired]
    assert ids(bot.fetch_open_orders()) == [still]
    assert ids(bot.fetch_orders(BTC)) == [*filled, *canceled, expired, still]
    assert ids(bot.fetch_orders("ETH/USDT")) == []
    assert ids(bot.fetch_closed_orders(BTC, limit=2)) == filled[1:]
    since = bot.fetch_order(filled[0])["timestamp"]
    assert ids(bot.fetch_closed_orders(BTC, since, 2)) == filled[:2]
    assert ids(bot.fetch_canceled_orders(BTC, since, 1)) == canceled[:1]
    assert bot.fetch_order_status(expired) == "expired"


def test_pages_of_ended_orders_are_followed_until_there_are_enough(
    bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hypersim.client.account_methods.PAGE_ROWS", 4)
    price = low(bot)
    filled = []
    for _ in range(4):
        filled.append(bot.create_market_buy_order(BTC, 0.001)["id"])
        for _ in range(5):
            bot.cancel_order(bot.create_limit_buy_order(BTC, 0.001, price)["id"])
    since = bot.fetch_order(filled[0])["timestamp"]
    assert [order["id"] for order in bot.fetch_closed_orders(BTC, None, 3)] == filled[1:]
    assert [order["id"] for order in bot.fetch_closed_orders(BTC, since, 3)] == filled[:3]
    assert [order["id"] for order in bot.fetch_closed_orders(BTC, since, 50)] == filled


def test_an_orders_trades_and_the_ledger_tell_of_it(bot: Any) -> None:
    bot.create_market_buy_order(BTC, 0.001)
    order = bot.create_market_buy_order(BTC, 0.002)
    trades = bot.fetch_order_trades(order["id"], BTC)
    assert sum(Decimal(str(trade["amount"])) for trade in trades) == Decimal("0.002")
    assert {trade["order"] for trade in trades} == {order["id"]}
    entries = bot.fetch_ledger("BTC")
    assert [entry["type"] for entry in entries] == ["transaction", "trade", "trade"]
    assert entries[-1]["after"] == bot.fetch_balance()["BTC"]["total"]
    assert bot.fetch_trading_fee(BTC)["taker"] == bot.fetch_trading_fees()[BTC]["taker"] == 0.001
    foretold = bot.calculate_fee(BTC, "market", "buy", 0.002, order["average"])
    charged = order["fee"]
    assert (foretold["currency"], foretold["cost"]) == (charged["currency"], charged["cost"])


def test_market_data_can_be_asked_for_some_symbols(bot: Any) -> None:
    wanted = [BTC, "ETH/USDT"]
    for answer in (
        bot.fetch_tickers(wanted),
        bot.fetch_bids_asks(wanted),
        bot.fetch_last_prices(wanted),
    ):
        assert sorted(answer) == wanted
    assert len(bot.fetch_order_book(BTC, 3)["bids"]) == 3
    assert len(bot.fetch_trades(BTC, limit=5)) <= 5
    candles = bot.fetch_ohlcv(BTC, "5m", limit=50)
    assert len(candles) == 50
    assert bot.fetch_ohlcv(BTC, "5m", candles[10][0], 5)[0][0] == candles[10][0]
    until = bot.fetch_ohlcv(BTC, "5m", params={"until": candles[20][0], "limit": 5})
    assert until[-1][0] == candles[20][0]
    assert bot.fetch_status()["status"] == "ok"


def test_a_wrong_key_opens_nothing(bot: Any) -> None:
    stranger = ccxt.hypersim({"apiKey": "x", "secret": "y", "urls": bot.urls})
    assert stranger.fetch_ticker(BTC)["last"] > 0
    for private in (
        stranger.fetch_balance,
        stranger.fetch_open_orders,
        lambda: stranger.create_order(BTC, "market", "buy", 1),
    ):
        with pytest.raises(ccxt.AuthenticationError):
            private()
    stranger.close()
