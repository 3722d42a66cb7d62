"""Which instruments of Binance are listed, with which filters, and those that are added later."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.market.events import (
    DepthUpdated,
    QuoteUpdated,
)
from hypersim.market.instrument import PriceBand, TradingStatus
from hypersim.service.feed import FeedUnavailable
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_market import FakeMarket
from tests.support.feed_tap import listening
from tests.support.live_feeds import BTC, ETH, FAST, instrument, live, options


async def test_instruments_have_the_filters_of_the_venue(venue: FakeBinance) -> None:
    feed = BinanceFeed(options(venue.url), FAST)
    first, second = await feed.open()
    await feed.close()
    assert (first.symbol, second.symbol) == ("BTC/USDT", "ETH/USDT")
    assert (first.tick_size, first.min_price, first.max_price) == (
        Decimal("0.01"),
        Decimal("0.01"),
        Decimal(1_000_000),
    )
    assert (first.step_size, first.min_quantity, first.max_quantity) == (
        Decimal("0.00001"),
        Decimal("0.00001"),
        Decimal(9_000),
    )
    assert first.market_max_quantity == Decimal("101.5")
    assert (first.min_notional, first.max_notional) == (Decimal(5), Decimal(8_000_000))
    assert first.price_band == PriceBand(
        Decimal("0.3"), Decimal("1.2"), Decimal("0.8"), Decimal("4")
    )
    assert (first.open_orders_max, first.algo_orders_max, first.iceberg_parts_max) == (150, 7, 100)
    assert first.status is TradingStatus.TRADING


async def test_a_filter_that_is_absent_or_zero_leaves_ours(venue: FakeBinance) -> None:
    venue.markets[BTC].filters = [
        {"filterType": "PRICE_FILTER", "minPrice": "0.00", "maxPrice": "0", "tickSize": "0.5"},
        {"filterType": "A_FILTER_OF_NEXT_YEAR", "size": "7"},
    ]
    feed = BinanceFeed(options(venue.url), FAST)
    first, _ = await feed.open()
    await feed.close()
    ours = instrument("BTC/USDT")
    assert first == replace(ours, tick_size=Decimal("0.5"))


@pytest.mark.parametrize("status", ["HALT", "BREAK", "CANCEL_ONLY", "END_OF_DAY"])
async def test_a_symbol_that_does_not_trade_there_is_halted_here(
    venue: FakeBinance, status: str
) -> None:
    venue.markets[ETH].status = status
    feed = BinanceFeed(options(venue.url), FAST)
    first, second = await feed.open()
    await feed.close()
    assert first.status is TradingStatus.TRADING
    assert second.status is TradingStatus.HALTED


async def test_a_symbol_that_the_venue_does_not_list_is_left_out_with_a_line(
    venue: FakeBinance,
) -> None:
    said: list[str] = []
    feed = BinanceFeed(options(venue.url, "BTC/USDT", "XYZ/USDT", said=said), FAST)
    listed = await feed.open()
    await feed.close()
    assert [one.symbol for one in listed] == ["BTC/USDT"]
    assert said == ["XYZ/USDT is left out: Binance does not list it"]


async def test_a_venue_that_lists_nothing_of_ours_cannot_serve(venue: FakeBinance) -> None:
    feed = BinanceFeed(options(venue.url, "XYZ/USDT"), FAST)
    with pytest.raises(FeedUnavailable, match="lists none of the instruments"):
        await feed.open()
    await feed.close()


async def test_an_instrument_added_at_run_time_is_served_too(venue: FakeBinance) -> None:
    venue.markets["SOLUSDT"] = FakeMarket("SOL", "USDT", "150")
    async with live(venue) as (feed, tap):
        await tap.until(DepthUpdated)
        feed.add(instrument("SOL/USDT"))
        shown = await tap.until(DepthUpdated, lambda d: d.symbol == "SOL/USDT")
        assert shown.bids[0][0] == Decimal("149.99")
        assert [message["method"] for message in venue.control_messages] == ["SUBSCRIBE"]


async def test_an_unlisted_instrument_added_at_run_time_disturbs_nobody(
    venue: FakeBinance,
) -> None:
    said: list[str] = []
    feed = BinanceFeed(options(venue.url, said=said), FAST)
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(DepthUpdated)
        feed.add(instrument("XYZ/USDT"))
        await tap.eventually(lambda: bool(said))
        assert said == ["XYZ/USDT has no prices: Binance does not list it"]
        tap.forget()
        await tap.until(QuoteUpdated, nudge=lambda: venue.move(BTC, "41000"))
