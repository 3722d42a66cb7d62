"""Which markets of a CCXT exchange are listed, and asked about where there are many."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.feeds import ccxt
from hypersim.feeds.choice_of_symbols import choice_of
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.events import (
    DepthUpdated,
)
from hypersim.market.instrument import TradingStatus
from hypersim.service.book_demand import BookDemand
from hypersim.service.feed import FeedUnavailable, NotOffered
from tests.support.ccxt_feed import FAST, make, named
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_answers import BROKEN, GARBAGE, HANGING, Answer, banned
from tests.support.feed_tap import listening
from tests.support.live_feeds import (
    ETH,
    instrument,
    options,
)
from tests.support.many_markets import eventually, many_markets


@pytest.mark.parametrize(
    ("name", "hint"), [("kracken", "kraken"), ("", "ccxt:kraken"), ("__init__", "no exchange")]
)
def test_an_exchange_that_ccxt_does_not_know_is_refused_with_a_hint(name: str, hint: str) -> None:
    with pytest.raises(FeedUnavailable, match=hint):
        ccxt.build(named(options("http://127.0.0.1:1"), name))


async def test_instruments_are_those_of_both_with_the_filters_of_the_venue(
    venue: FakeBinance,
) -> None:
    said: list[str] = []
    venue.markets[ETH].status = "BREAK"
    feed = make(venue, options(venue.url, "BTC/USDT", "XYZ/USDT", "ETH/USDT", said=said))
    first, second = await feed.open()
    await feed.close()
    assert (first.symbol, second.symbol) == ("BTC/USDT", "ETH/USDT")
    assert (first.tick_size, first.step_size) == (Decimal("0.01"), Decimal("0.00001"))
    assert (first.max_price, first.max_quantity) == (Decimal(1_000_000), Decimal(9_000))
    assert first.min_notional == 5
    assert first.open_orders_max == instrument("BTC/USDT").open_orders_max
    assert second.status is TradingStatus.HALTED
    assert said == ["XYZ/USDT is left out: ccxt:binance does not list it"]


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("ETH/USDT", ["ETH/USDT"]),
        ("USDT:1", ["ETH/USDT"]),
        ("USDT:9", ["ETH/USDT", "BTC/USDT"]),
        ("all", ["BTC/USDT", "ETH/USDT"]),
    ],
)
async def test_symbols_are_chosen_of_those_that_the_exchange_lists(
    venue: FakeBinance, text: str, symbols: list[str]
) -> None:
    venue.markets[ETH].quote_volume = "99999999"
    venue.markets[ETH].filters[0]["tickSize"] = "0.00100000"
    feed = make(venue, replace(options(venue.url), choice=choice_of(text), instruments=()))
    listed = await feed.open()
    await feed.close()
    assert [one.symbol for one in listed] == symbols
    assert {one.tick_size for one in listed if one.base == "ETH"} == {Decimal("0.001")}


@pytest.mark.parametrize(
    ("text", "missing"), [("BTC/USDT,NOPE/USDT", "NOPE/USDT"), ("EUR:3", "anything in EUR")]
)
async def test_what_the_exchange_does_not_list_ends_the_start_by_name(
    venue: FakeBinance, text: str, missing: str
) -> None:
    feed = make(venue, replace(options(venue.url), choice=choice_of(text)))
    with pytest.raises(FeedUnavailable) as raised:
        await feed.open()
    assert str(raised.value) == f"--symbols: ccxt:binance does not list {missing}"


async def test_a_symbol_that_is_asked_for_later_has_the_filters_of_the_exchange(
    venue: FakeBinance,
) -> None:
    feed = make(venue, options(venue.url, "BTC/USDT"))
    await feed.open()
    offered = await feed.offer(instrument("ETH/USDT"))
    with pytest.raises(NotOffered, match="XYZ/USDT: ccxt:binance does not list it"):
        await feed.offer(instrument("XYZ/USDT"))
    await feed.close()
    assert (offered.tick_size, offered.min_notional) == (Decimal("0.01"), Decimal(5))


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (BROKEN, "503"),
        (GARBAGE, "lists no markets"),
        (HANGING, "RequestTimeout"),
        (banned(60), "limits"),
    ],
)
async def test_opening_gives_up_in_one_clear_line(
    venue: FakeBinance, failure: Answer, reason: str
) -> None:
    venue.always(failure)
    feed = make(venue)
    async with asyncio.timeout(5):
        with pytest.raises(FeedUnavailable, match=f"(?s)cannot serve.*{reason}") as raised:
            await feed.open()
    await feed.close()
    assert "\n" not in str(raised.value)


async def test_an_instrument_added_at_run_time_is_served_if_it_is_listed(
    venue: FakeBinance,
) -> None:
    said: list[str] = []
    feed = make(venue, options(venue.url, "BTC/USDT", said=said))
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(DepthUpdated)
        feed.add(instrument("ETH/USDT"))
        await tap.until(DepthUpdated, lambda d: d.symbol == "ETH/USDT")
        feed.add(instrument("XYZ/USDT"))
        assert said == ["XYZ/USDT has no prices: ccxt:binance does not list it"]
        tap.forget()
        await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT")


MANY = replace(FAST, books_kept_max=1, book_kept_s=0.3)


async def test_what_was_listed_before_makes_a_few_markets_many(venue: FakeBinance) -> None:
    books = BookDemand()
    said: list[str] = []
    given = replace(options(venue.url, said=said), choice=choice_of("BTC/USDT"), books=books)
    feed = make(venue, given, MANY)
    assert [one.symbol for one in await feed.open()] == ["BTC/USDT"]
    feed.add(instrument("XYZ/USDT"))
    assert said == ["XYZ/USDT has no prices: ccxt:binance does not list it"]
    assert not books.is_selective
    feed.add(instrument("ETH/USDT"))
    # Before anything is asked: together they are more than are asked about one by one.
    assert books.is_selective
    async with listening(feed) as tap:
        await tap.until(DepthUpdated, lambda one: one.symbol == "ETH/USDT")
        assert not venue.times_asked("depth")


async def test_a_few_markets_need_no_tickers_at_the_start(venue: FakeBinance) -> None:
    venue.next_answers("ticker/24hr", BROKEN)
    feed = make(venue)
    assert len(await feed.open()) == 2
    async with listening(feed) as tap:
        await tap.until(DepthUpdated)


async def test_of_many_markets_those_are_asked_about_that_somebody_looks_at(
    venue: FakeBinance,
) -> None:
    async with many_markets(venue, make=lambda given: make(venue, given, MANY)) as many:
        data = many.exchange.engine.view.markets["ETH/USDT"]
        assert len(data.bids) == 1
        assert not venue.times_asked("depth") and not venue.times_asked("klines")
        book = await many.desk.run("depth", symbol=ETH, limit="100")
        assert book["bids"] == venue.markets[ETH].depth(100)["bids"]
        asked = [one.params["symbol"] for one in venue.asked if one.path == "depth"]
        assert set(asked) == {ETH}
        # When nobody looks any more, the best prices alone are shown.
        await eventually(lambda: len(data.bids) == 1)
        venue.move(ETH, "2600")
        await eventually(lambda: data.bids[0][0] == Decimal("2599.99"))
        assert len(data.bids) == 1
        order = await many.desk.run(
            "order.place", symbol=ETH, side="BUY", type="MARKET", quantity="3"
        )
        assert len(order["fills"]) == 2


async def test_of_many_markets_minutes_are_told_from_the_first_question_on(
    venue: FakeBinance,
) -> None:
    async with many_markets(venue, make=lambda given: make(venue, given, MANY)) as many:
        clock = many.exchange.engine.clock
        rows = await many.desk.run("klines", symbol=ETH, interval="1m", limit="5")
        assert rows[-1][0] >= Interval.M1.open_ms(clock.now_ms()) - MINUTE_MS
        assert len(rows) == 5
        assert {one.params["symbol"] for one in venue.asked if one.path == "klines"} == {ETH}
