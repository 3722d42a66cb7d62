"""Prices set by hand: what they are, and what fills before the answer."""

from decimal import Decimal
from typing import Any

import pytest

from hypersim.service.feed import FeedState, FeedStatus
from hypersim.service.record import RecordHealth
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.events import OrderFilled
from hypersim.trading.order import OrderStatus, OrderType, Side
from tests.support.memory_exchange import MemoryExchange, Store, memory_exchange
from tests.support.memory_record import MemoryRecord


def order(side: Side, quantity: str, price: str | None = None) -> PlaceOrder:
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    limit = None if price is None else Decimal(price)
    return PlaceOrder(1, "BTC/USDT", side, kind, quantity=Decimal(quantity), price=limit)


async def open_rich_account(exchange: MemoryExchange) -> None:
    await exchange.done(OpenAccount("ann@example.com"))
    for asset in ("BTC", "USDT"):
        await exchange.done(Deposit(1, asset, Decimal(10_000_000)))


async def set_price(exchange: MemoryExchange, **body: Any) -> dict[str, Any]:
    answer = await exchange.admin.post("/admin/price", json={"symbol": "BTC/USDT", **body})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def statuses(exchange: MemoryExchange) -> list[OrderStatus]:
    return [order.status for order in exchange.record.recorded_orders.values()]


async def prices_of(exchange: MemoryExchange, placed: PlaceOrder) -> list[str]:
    events = await exchange.done(placed)
    return [str(event.fill.price) for event in events if isinstance(event, OrderFilled)]


@pytest.mark.parametrize("fill_model", ["touch", "depth"])
async def test_both_sides_trade_at_exactly_the_price_set(fill_model: str) -> None:
    async with memory_exchange(fill_model=fill_model) as exchange:
        await open_rich_account(exchange)
        for price in ("50000", "51000.01", "49999.99"):
            shown = await set_price(exchange, price=price)
            assert shown["last"] == float(price)
            tick = Decimal("0.01")
            data = exchange.engine.view.markets["BTC/USDT"]
            assert data.bids[0][0] == Decimal(price) - tick
            assert data.asks[0][0] == Decimal(price) + tick
            for side in Side:
                assert await prices_of(exchange, order(side, "2")) == [price]


async def test_bid_ask_and_sizes_are_taken_as_given(exchange: MemoryExchange) -> None:
    await open_rich_account(exchange)
    await set_price(exchange, price="90")
    await set_price(exchange, price="100", bid="99", ask="101", bidSize="0.5", askSize="3")
    data = exchange.engine.view.markets["BTC/USDT"]
    assert data.bids == ((Decimal(99), Decimal("0.5")),)
    assert data.asks == ((Decimal(101), Decimal(3)),)
    assert data.last_price == 100
    # Only what is shown can be had: no level of an earlier price is left behind it.
    assert await prices_of(exchange, order(Side.SELL, "1")) == ["99"]
    assert exchange.engine.view.orders[1].filled == Decimal("0.5")


async def test_one_of_bid_and_ask_can_be_left_out(exchange: MemoryExchange) -> None:
    shown = await set_price(exchange, price="100", bid="99.5")
    assert (shown["bid"], shown["ask"]) == (99.5, 100)
    shown = await set_price(exchange, price="100", ask="100")
    assert (shown["bid"], shown["ask"]) == (99.99, 100)


@pytest.mark.parametrize(
    ("given", "fills_at"),
    [
        ({}, ["100", "100"]),
        ({"bid": "99.99", "ask": "100.02"}, ["100.02", "99.99"]),
        # A tick from the price, as it would be without them, and yet given.
        ({"bid": "99.99", "ask": "100.01"}, ["100.01", "99.99"]),
        ({"bid": "99.99"}, ["100", "99.99"]),
    ],
)
async def test_a_price_shown_again_after_a_restart_trades_as_before(
    exchange: MemoryExchange, given: dict[str, str], fills_at: list[str]
) -> None:
    await open_rich_account(exchange)
    await set_price(exchange, price="100", **given)
    shown = exchange.engine.view.markets["BTC/USDT"].ticker()
    (recorded,) = await exchange.record.last_quotes()
    await set_price(exchange, price="90")
    await exchange.prices.restore([recorded])
    after = exchange.engine.view.markets["BTC/USDT"].ticker()
    assert (after.bid, after.ask) == (shown.bid, shown.ask)
    sides = (Side.BUY, Side.SELL)
    filled = [Decimal((await prices_of(exchange, order(side, "2")))[0]) for side in sides]
    assert filled == [Decimal(price) for price in fills_at]


@pytest.mark.parametrize(
    ("price", "bid", "ask"), [("0.01", "0.01", "0.02"), ("1000000", "999999.99", "1000000")]
)
async def test_at_the_end_of_the_grid_there_is_a_spread_too(
    exchange: MemoryExchange, price: str, bid: str, ask: str
) -> None:
    await set_price(exchange, price=price)
    data = exchange.engine.view.markets["BTC/USDT"]
    assert (data.bids[0][0], data.asks[0][0]) == (Decimal(bid), Decimal(ask))


async def test_whoever_joins_the_best_price_shown_rests(exchange: MemoryExchange) -> None:
    await open_rich_account(exchange)
    await set_price(exchange, price="100")
    await exchange.done(order(Side.SELL, "1", "100.01"))
    await exchange.done(order(Side.BUY, "1", "99.99"))
    assert statuses(exchange) == [OrderStatus.OPEN, OrderStatus.OPEN]
    assert await prices_of(exchange, order(Side.SELL, "1", "100")) == ["100"]


async def test_the_answer_comes_after_the_fills_are_recorded(exchange: MemoryExchange) -> None:
    await open_rich_account(exchange)
    await set_price(exchange, price="100")
    await exchange.done(order(Side.BUY, "1", "90"))
    await exchange.done(order(Side.SELL, "1", "110"))
    await set_price(exchange, price="89")
    assert statuses(exchange) == [OrderStatus.FILLED, OrderStatus.OPEN]
    await set_price(exchange, price="110")
    assert statuses(exchange) == [OrderStatus.FILLED, OrderStatus.FILLED]
    assert [str(fill.price) for fill in exchange.record.recorded_fills] == ["90", "110"]


async def test_the_last_quantity_is_known_after_a_restart() -> None:
    record = MemoryRecord()
    store = Store(record, record, RecordHealth())
    async with memory_exchange(store=store) as exchange:
        await set_price(exchange, price="100")
        await set_price(exchange, price="101")
        before = exchange.engine.view.markets["BTC/USDT"].last_trade
    async with memory_exchange(store=store) as exchange:
        await exchange.pump.resume()
        await exchange.prices.restore(await record.last_quotes())
        data = exchange.engine.view.markets["BTC/USDT"]
        assert data.last_trade == before
        assert data.last_price == 101
        await set_price(exchange, price="102")
        assert data.last_trade is not None
        assert (data.last_trade.id, data.last_trade.price) == (3, Decimal(102))


async def test_a_smallest_lot_is_printed_at_the_price(exchange: MemoryExchange) -> None:
    await set_price(exchange, price="100", bid="99", ask="101")
    trade = exchange.engine.view.markets["BTC/USDT"].trades[-1]
    smallest = exchange.engine.view.instruments["BTC/USDT"].min_quantity
    assert (trade.price, trade.quantity) == (Decimal(100), smallest)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"price": "0"}, "INVALID_PRICE"),
        ({"price": "-1"}, "INVALID_PRICE"),
        ({"price": "100.001"}, "INVALID_PRICE"),
        ({"price": "99999999"}, "INVALID_PRICE"),
        ({"price": "100", "bid": "101"}, "INVALID_PRICE"),
        ({"price": "100", "ask": "99"}, "INVALID_PRICE"),
        ({"price": "100", "bid": "101", "ask": "102", "askSize": "0"}, "INVALID_PRICE"),
        ({"price": "100", "bidSize": "0.000000001"}, "INVALID_PRICE"),
        ({"price": "100", "bidSize": "99999999999999999999"}, "INVALID_PRICE"),
        ({"price": "1e2"}, "INVALID_PRICE"),
        ({"price": None}, "INVALID_PRICE"),
        ({"price": "100", "size": "1"}, "INVALID_REQUEST"),
        ({}, "INVALID_REQUEST"),
        ({"price": "100", "symbol": "NO/SUCH"}, "INVALID_SYMBOL"),
    ],
)
async def test_an_impossible_price_changes_nothing(
    exchange: MemoryExchange, body: dict[str, Any], code: str
) -> None:
    answer = await exchange.admin.post("/admin/price", json={"symbol": "BTC/USDT", **body})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert not exchange.engine.view.markets["BTC/USDT"].trades


async def test_under_another_feed_prices_cannot_be_set(
    exchange: MemoryExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = FeedStatus("synthetic", FeedState.LIVE)
    monkeypatch.setattr(type(exchange.services.feed), "status", lambda _: status)
    answer = await exchange.admin.post("/admin/price", json={"symbol": "BTC/USDT", "price": "100"})
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "FEED_NOT_MANUAL"
    assert "synthetic" in error["message"]
    assert not exchange.engine.view.markets["BTC/USDT"].bids


async def test_the_feed_page_says_how_fresh_each_symbol_is(exchange: MemoryExchange) -> None:
    await set_price(exchange, price="100")
    body = (await exchange.admin.get("/admin/feed")).json()
    assert (body["name"], body["state"]) == ("manual", "live")
    priced = {entry["symbol"]: entry for entry in body["symbols"]}
    assert priced["BTC/USDT"]["stale"] is False
    assert 0 <= priced["BTC/USDT"]["ageMs"] < 60_000
    assert priced["ETH/USDT"]["lastEventAt"] is None
