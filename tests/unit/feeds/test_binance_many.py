"""Binance with many markets: all of them have prices, those that somebody looks at have books."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.catalog import Catalog
from hypersim.feeds.binance import shelf
from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.feeds.binance.lines import SYMBOLS_PER_LINE
from hypersim.feeds.choice_of_symbols import choice_of
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.events import DepthUpdated
from hypersim.service import book_demand, pump
from hypersim.service.book_demand import BookDemand
from hypersim.service.feed import FeedState
from tests.support.fake_binance_answers import BROKEN
from tests.support.feed_tap import listening
from tests.support.live_feeds import instrument, options
from tests.support.many_markets import CHOOSY, ManyMarkets, eventually, many_markets, venue_of

COINS = ("BTC", "ETH", "SOL", "PEPE")
PEPE = "PEPEUSDT"
PEPE_BOOK = "pepeusdt@depth@100ms"
LEVELS = 100
"""That a feed shows of a book."""


def levels_of(many: ManyMarkets, symbol: str = "PEPE/USDT") -> int:
    return len(many.exchange.engine.view.markets[symbol].bids)


async def test_four_hundred_markets_have_prices_for_a_handful_of_questions() -> None:
    names = [f"A{number}" for number in range(400)]
    async with venue_of(names).running() as venue, many_markets(venue) as many:
        view = many.exchange.engine.view
        await eventually(lambda: all(one.statistics for one in view.markets.values()))
        await eventually(lambda: len(venue.subscribed()) == 3 * len(names) + 2)
        assert "!miniTicker@arr" in venue.subscribed()
        assert not [name for name in venue.subscribed() if "@depth" in name]
        assert len(venue.sockets) == -(-len(names) // SYMBOLS_PER_LINE) == 2
        # Each connection has a sign of life, however quiet its own markets are.
        lively = {"!miniTicker@arr", "a0usdt@ticker"}
        assert all(len(names & lively) == 1 for names in venue.sockets.values())
        assert not venue.times_asked("depth") and not venue.times_asked("klines")
        assert not venue.times_asked("aggTrades")
        polls = {"ticker/bookTicker", "ticker/24hr"}
        asked_once = [one for one in venue.asked if one.path not in polls]
        assert [one.path for one in asked_once] == ["ping", "exchangeInfo"]
        venue.move("A399USDT", "123")
        await eventually(lambda: view.markets["A399/USDT"].bids[0][0] == Decimal("122.99"))


async def test_the_first_look_gets_the_whole_book() -> None:
    async with venue_of(COINS).running() as venue, many_markets(venue) as many:
        assert levels_of(many) == 1
        book = await many.desk.run("depth", symbol=PEPE, limit="5000")
        assert len(book["bids"]) == len(book["asks"]) == LEVELS
        assert [venue.markets[PEPE].depth(LEVELS)[side] for side in ("bids", "asks")] == [
            book[side] for side in ("bids", "asks")
        ]
        assert [one.params["symbol"] for one in venue.asked if one.path == "depth"] == [PEPE]
        assert {name for name in venue.subscribed() if "@depth" in name} == {PEPE_BOOK}


async def test_looking_at_the_best_prices_brings_no_book() -> None:
    async with venue_of(COINS).running() as venue, many_markets(venue) as many:
        best = await many.desk.run("ticker.book", symbol=PEPE)
        assert best["bidPrice"] == "99.99000000"
        catalog = Catalog(many.desk.venue)
        assert "pepeusdt@bookTicker" in await catalog.open(["pepeusdt@bookTicker"])
        assert not venue.times_asked("depth")


async def test_a_book_is_let_go_when_nobody_looks_and_comes_again() -> None:
    timings = replace(CHOOSY, book_kept_s=0.2)
    async with venue_of(COINS).running() as venue, many_markets(venue, timings) as many:
        await many.desk.run("depth", symbol=PEPE)
        await eventually(lambda: PEPE_BOOK not in venue.subscribed())
        # What is behind the best prices would grow old: it is shown no longer.
        await eventually(lambda: levels_of(many) == 1)
        venue.move(PEPE, "150")
        await eventually(lambda: many.exchange.engine.view.markets["PEPE/USDT"].bids[0][0] > 149)
        assert levels_of(many) == 1
        book = await many.desk.run("depth", symbol=PEPE)
        assert book["bids"] == venue.markets[PEPE].depth(LEVELS)["bids"]
        await eventually(lambda: PEPE_BOOK in venue.subscribed())


async def test_who_follows_a_book_keeps_it() -> None:
    timings = replace(CHOOSY, book_kept_s=0.3)
    async with venue_of(COINS).running() as venue, many_markets(venue, timings) as many:
        opened = await Catalog(many.desk.venue).open(["pepeusdt@depth20@100ms", "nothing@depth"])
        (payload,) = opened["pepeusdt@depth20@100ms"].source.current(0)
        assert len(payload(TimeUnit.MILLISECOND)["bids"]) == 20  # type: ignore[index]
        source = opened["pepeusdt@depth20@100ms"].source
        until_s = asyncio.get_running_loop().time() + 3 * timings.book_kept_s
        price = 100
        while asyncio.get_running_loop().time() < until_s:
            price += 1
            venue.move(PEPE, str(price))
            await asyncio.sleep(0.02)
            source.poll(0)
            assert PEPE_BOOK in venue.subscribed()
        assert len(venue.times_asked("depth")) == 1


async def test_an_order_meets_the_whole_book() -> None:
    async with venue_of(COINS).running() as venue, many_markets(venue) as many:
        # Asks of 1, 2, 3 … from 100.01 up.
        order = await many.desk.run(
            "order.place", symbol=PEPE, side="BUY", type="MARKET", quantity="5"
        )
        assert [fill["price"] for fill in order["fills"]] == [
            f"100.0{cents}000000" for cents in (1, 2, 3)
        ]
        assert venue.times_asked("depth")


async def test_an_open_order_holds_its_book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "HOLD_BOOKS_S", 0.05)
    timings = replace(CHOOSY, book_kept_s=0.3)
    async with venue_of(COINS).running() as venue, many_markets(venue, timings) as many:
        words = {"symbol": PEPE, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        order = await many.desk.run("order.place", price="99", quantity="5", **words)
        await asyncio.sleep(3 * timings.book_kept_s)
        assert PEPE_BOOK in venue.subscribed()
        await many.desk.run("order.cancel", symbol=PEPE, orderId=str(order["orderId"]))
        await eventually(lambda: PEPE_BOOK not in venue.subscribed())


async def test_a_book_that_does_not_come_is_waited_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(book_demand, "WAIT_S", 0.2)
    async with venue_of(COINS).running() as venue, many_markets(venue) as many:
        monkeypatch.setattr(shelf, "BOOKS_MAX", 0)
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        book = await many.desk.run("depth", symbol=PEPE)
        waited_s = loop.time() - started_s
        assert waited_s >= 0.2 and len(book["bids"]) == 1
        await many.books.whole("PEPE/USDT")
        assert not venue.times_asked("depth")


async def test_candles_are_asked_for_when_somebody_wants_them() -> None:
    async with venue_of(COINS).running() as venue, many_markets(venue) as many:
        assert not venue.times_asked("klines")
        rows = await many.desk.run("klines", symbol=PEPE, interval="1h", limit="10")
        assert len(rows) == 10
        # The running minute is there though nothing has traded since the start.
        clock = many.exchange.engine.clock
        before_ms = Interval.M1.open_ms(clock.now_ms())
        rows = await many.desk.run("klines", symbol=PEPE, interval="1m", limit="3")
        assert before_ms <= rows[-1][0] <= clock.now_ms()
        assert [row[0] - rows[-1][0] for row in rows] == [-2 * MINUTE_MS, -MINUTE_MS, 0]
        asked = len(venue.times_asked("klines"))
        await many.desk.run("klines", symbol=PEPE, interval="1m", limit="500")
        assert len(venue.times_asked("klines")) == asked
        assert {one.params["symbol"] for one in venue.asked if one.path == "klines"} == {PEPE}


async def test_the_running_minute_is_whole_without_a_question() -> None:
    async with venue_of(COINS).running() as venue, many_markets(venue) as many:
        data = many.exchange.engine.view.markets["PEPE/USDT"]
        open_ms = Interval.M1.open_ms(many.exchange.engine.clock.now_ms())
        venue.push(PEPE, "kline_1m", venue.markets[PEPE].kline_event(open_ms, is_closed=False))
        await eventually(
            lambda: data.running_minute is not None and data.running_minute.trade_count == 308
        )
        assert not venue.times_asked("aggTrades")


async def test_minutes_that_the_prints_tell_whole_are_not_asked_for() -> None:
    async with venue_of(COINS).running() as venue, many_markets(venue) as many:
        # The minute that was running when the streams began may be asked for; later ones are not.
        clock = many.exchange.engine.clock
        first_ms = Interval.M1.open_ms(clock.now_ms())
        await asyncio.sleep(0.3)
        later = [
            one
            for one in venue.asked
            if one.path == "klines" and int(one.params["startTime"]) > first_ms + MINUTE_MS
        ]
        assert not later


async def test_a_venue_that_is_away_is_told_in_few_words() -> None:
    names = [f"A{number}" for number in range(60)]
    async with venue_of(names).running() as venue, many_markets(venue) as many:
        venue.is_silent = True
        venue.always(BROKEN)
        feed = many.exchange.services.feed
        await eventually(lambda: feed.status().state is FeedState.STALE)
        assert feed.status().detail.count("no fresh price") == 5
        assert feed.status().detail.endswith("nor of 55 more")
        venue.heal()
        await eventually(lambda: feed.status().state is FeedState.LIVE)


async def test_a_book_that_is_lost_with_its_connection_comes_again() -> None:
    async with venue_of(COINS).running() as venue, many_markets(venue) as many:
        await many.desk.run("depth", symbol=PEPE)
        venue.refuses_sockets = True
        venue.drop_sockets()
        # REST tells the best prices meanwhile.
        await eventually(lambda: levels_of(many) == 1)
        assert "PEPE/USDT" in many.books.shallow
        venue.refuses_sockets = False
        book = await many.desk.run("depth", symbol=PEPE)
        assert len(book["bids"]) == LEVELS


async def test_what_was_listed_before_is_served_beside_what_is_chosen() -> None:
    async with venue_of(COINS).running() as venue:
        books = BookDemand()
        given = replace(options(venue.url), choice=choice_of("BTC/USDT"), books=books)
        feed = BinanceFeed(given, CHOOSY)
        assert [one.symbol for one in await feed.open()] == ["BTC/USDT"]
        assert not books.is_selective
        for coin in ("ETH", "PEPE"):
            feed.add(instrument(f"{coin}/USDT"))
        # Before anything is asked: together they are more than are followed in all depth.
        assert books.is_selective
        async with listening(feed) as tap:
            await tap.until(DepthUpdated, lambda one: one.symbol == "PEPE/USDT")
            assert not venue.times_asked("depth")


async def test_all_streams_come_back_after_a_cut() -> None:
    names = [f"A{number}" for number in range(120)]
    timings = replace(CHOOSY, control_pause_s=0.001)
    async with venue_of(names).running() as venue, many_markets(venue, timings) as many:
        await many.desk.run("depth", symbol="A7USDT")
        wanted = 3 * len(names) + 2
        await eventually(lambda: len(venue.subscribed()) == wanted)
        # A question and its answer later there is nothing left to subscribe to.
        await many.desk.run("klines", symbol="A7USDT", interval="1m")
        opened = venue.sockets_opened
        venue.drop_sockets()
        await eventually(lambda: venue.sockets_opened > opened)
        await eventually(lambda: len(venue.subscribed()) == wanted)
        data = many.exchange.engine.view.markets["A7/USDT"]
        venue.move("A7USDT", "130")
        await eventually(lambda: data.bids[0][0] == Decimal("129.99") and len(data.bids) == LEVELS)


async def test_the_day_counts_on_from_what_rest_told() -> None:
    async with venue_of(COINS).running() as venue, many_markets(venue) as many:
        data = many.exchange.engine.view.markets["PEPE/USDT"]
        await eventually(lambda: data.statistics is not None)
        venue.trade(PEPE, "101", "1", "2")
        last_id = venue.markets[PEPE].trade_id
        await eventually(lambda: data.ticker().trade_count == last_id)
        assert data.ticker().first_trade_id == 1


def test_without_a_selective_feed_a_look_costs_nothing() -> None:
    books = BookDemand()
    books.look("BTC/USDT")
    assert not books.is_selective and not books.shallow
