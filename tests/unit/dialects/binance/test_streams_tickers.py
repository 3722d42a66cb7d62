"""Statistics of a rolling window, and arrays of what changed."""

from decimal import Decimal
from typing import Any

from hypersim.api.streams.sources import Source
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.sources import Market, Payload
from hypersim.dialects.binance.streams.tickers import (
    AllMarketsSource,
    AveragePriceSource,
    MiniTickerSource,
    TickerSource,
    WindowTickerSource,
)
from hypersim.feeds.manual import ManualFeed
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS
from hypersim.market.data import MarketData
from hypersim.market.events import QuoteUpdated, TradePrinted
from hypersim.service.changes import Changes
from hypersim.service.clock import WallClock
from hypersim.service.markets import Markets
from hypersim.service.view import View
from hypersim.trading.events import MarketMoved
from tests.support.builders import instrument, transaction
from tests.support.memory_record import MemoryRecord

START_MS = 1_700_006_400_000


def market_of(symbol: str = "BTC/USDT") -> Market:
    """A market without a price yet."""
    base, quote = symbol.split("/")
    view = View(shows_users_orders=False)
    listed = instrument(symbol=symbol, base=base, quote=quote)
    view.put_instrument(listed)
    markets = Markets(view, ManualFeed([listed], WallClock()), MemoryRecord(), WallClock())
    return Market(listed, view.markets[symbol], markets, lambda: 0)


def trade(data: MarketData, time_ms: int, price: int, quantity: int = 1) -> None:
    """A public trade."""
    event = TradePrinted(
        data.symbol, time_ms, Decimal(price), Decimal(quantity), buyer_is_maker=False
    )
    data.apply(event)


def polled(source: Source[Payload], now_ms: int) -> list[Any]:
    """What the source has to say."""
    return [payload(TimeUnit.MILLISECOND) for payload in source.poll(now_ms)]


def test_a_window_opens_on_a_minute_and_forgets_what_is_older() -> None:
    market = market_of()
    source = WindowTickerSource(market, "1h", HOUR_MS)
    assert polled(source, START_MS) == []
    trade(market.data, START_MS, 100, 5)
    trade(market.data, START_MS + 30 * MINUTE_MS, 80)
    (first,) = polled(source, START_MS + 30 * MINUTE_MS + 1_000)
    assert (first["e"], first["o"], first["l"], first["v"]) == (
        "1hTicker",
        "100.00000000",
        "80.00000000",
        "6.00000000",
    )
    assert (first["n"], first["L"] - first["F"]) == (2, 1)
    assert (first["p"], first["P"], first["w"]) == ("-20.00000000", "-20.000", "96.66666666")
    later_ms = START_MS + HOUR_MS + MINUTE_MS + 5
    trade(market.data, later_ms, 90)
    (second,) = polled(source, later_ms)
    # The price stood at 100 when the window opened, but nobody traded at it in the window.
    assert (second["O"], second["C"]) == (START_MS + MINUTE_MS, later_ms)
    assert (second["o"], second["h"], second["v"], second["n"]) == (
        "80.00000000",
        "90.00000000",
        "2.00000000",
        2,
    )
    assert polled(source, later_ms + 1) == []


def test_a_ticker_is_told_again_only_after_a_change() -> None:
    for source_of in (MiniTickerSource, TickerSource, AveragePriceSource):
        market = market_of()
        source: Source[Payload] = source_of(market)
        assert polled(source, START_MS) == []
        trade(market.data, START_MS, 100)
        assert len(polled(source, START_MS + 500)) == 1
        assert polled(source, START_MS + 1_500) == []


def test_times_are_in_the_unit_that_was_asked_for() -> None:
    market = market_of()
    trade(market.data, START_MS, 100)
    (payload,) = TickerSource(market).current(START_MS + 5)
    for unit in TimeUnit:
        event: Any = payload(unit)
        assert event["E"] == event["C"] == (START_MS + 5) * unit
        assert event["O"] == (START_MS + 5 - DAY_MS) * unit


def test_the_average_price_is_weighted_by_volume_over_five_minutes() -> None:
    view = View(shows_users_orders=False)
    listed = instrument()
    view.put_instrument(listed)
    markets = Markets(view, ManualFeed([listed], WallClock()), MemoryRecord(), WallClock())
    for minute, price, size in ((0, 999, 9), (5, 100, 1), (9, 108, 3)):
        time_ms = START_MS + minute * MINUTE_MS
        printed = TradePrinted(listed.symbol, time_ms, Decimal(price), Decimal(size), False)
        view.apply(Changes(), [transaction([MarketMoved(printed)])])
    market = Market(listed, view.markets[listed.symbol], markets, lambda: 0)
    (payload,) = AveragePriceSource(market).current(START_MS + 9 * MINUTE_MS + 10)
    event: Any = payload(TimeUnit.MILLISECOND)
    assert (event["i"], event["w"]) == ("5m", "106.00000000")
    assert event["T"] == START_MS + 9 * MINUTE_MS


def test_an_array_holds_the_markets_that_changed_and_those_that_are_new() -> None:
    btc, eth, new = (market_of(symbol) for symbol in ("BTC/USDT", "ETH/USDT", "NEW/USDT"))
    listed = [btc, eth]
    source = AllMarketsSource(lambda: listed, MiniTickerSource)
    assert polled(source, START_MS) == []
    for market in (btc, eth, new):
        trade(market.data, START_MS, 100)
    assert [row["s"] for row in polled(source, START_MS)[0]] == ["BTCUSDT", "ETHUSDT"]
    quote = [Decimal(number) for number in (99, 1, 101, 1)]
    eth.data.apply(QuoteUpdated("ETH/USDT", START_MS + 1, *quote))
    listed.append(new)
    assert [row["s"] for row in polled(source, START_MS + 1)[0]] == ["ETHUSDT", "NEWUSDT"]
    assert polled(source, START_MS + 2) == []
    assert [row["s"] for payload in source.current(START_MS) for row in _rows(payload)] == [
        "BTCUSDT",
        "ETHUSDT",
        "NEWUSDT",
    ]


def _rows(payload: Payload) -> list[Any]:
    rows = payload(TimeUnit.MILLISECOND)
    assert isinstance(rows, list)
    return rows
