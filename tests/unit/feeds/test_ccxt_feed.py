"""The CCXT feed, with CCXT's own Binance class pointed at the fake Binance."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import count, pairwise

import pytest
from msgspec.structs import replace

from hypersim.feeds import ccxt
from hypersim.feeds.ccxt.feed import CcxtFeed
from hypersim.feeds.ccxt.timings import CcxtTimings
from hypersim.feeds.choice_of_symbols import choice_of
from hypersim.feeds.options import FeedOptions
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.events import (
    CandleClosed,
    DepthUpdated,
    FeedStalled,
    QuoteUpdated,
    StatisticsUpdated,
    TradePrinted,
)
from hypersim.market.instrument import TradingStatus
from hypersim.service.feed import FeedState, FeedUnavailable, NotOffered
from tests.support.fake_binance import (
    BROKEN,
    GARBAGE,
    HANGING,
    TRUNCATED,
    WRONG_TYPES,
    Answer,
    FakeBinance,
    banned,
    rate_limited,
)
from tests.support.fake_binance_market import kline_price, now_ms
from tests.support.feed_tap import listening
from tests.support.live_feeds import (
    BTC,
    ETH,
    SettableClock,
    instrument,
    options,
    two_markets,
)
from tests.support.many_markets import eventually, many_markets

FAST = CcxtTimings(
    open_attempts=2,
    request_s=0.2,
    backoff_first_s=0.05,
    backoff_cap_s=0.1,
    rate_limited_s=0.3,
    stale_after_s=0.4,
    stale_check_s=0.02,
    minute_grace_s=0.0,
)


@pytest.fixture
async def venue() -> AsyncIterator[FakeBinance]:
    async with two_markets().running() as fake:
        yield fake


def named(given: FeedOptions, exchange: str = "binance") -> FeedOptions:
    return replace(given, argument=exchange)


def make(
    venue: FakeBinance, given: FeedOptions | None = None, timings: CcxtTimings = FAST
) -> CcxtFeed:
    config = {
        "rateLimit": 2,
        # For connections with TLS, which these are not.
        "timeout_on_exit": 0,
        "urls": {"api": {"public": f"{venue.url}/api/v3"}},
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot"]},
            "fetchCurrencies": False,
        },
    }
    return CcxtFeed(named(given or options(venue.url)), config, timings)


def has_state(feed: CcxtFeed, state: FeedState, words: str = "") -> bool:
    status = feed.status()
    return status.state is state and words in status.detail


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


async def test_prices_books_and_statistics_are_polled_exactly(venue: FakeBinance) -> None:
    feed = make(venue)
    await feed.open()
    async with listening(feed) as tap:
        quote = await tap.until(QuoteUpdated, lambda q: q.symbol == "BTC/USDT")
        assert (quote.bid, quote.ask) == (Decimal("39999.99"), Decimal("40000.01"))
        day = await tap.until(StatisticsUpdated, lambda s: s.symbol == "BTC/USDT")
        assert (day.open, day.high, day.low, day.last) == tuple(
            map(Decimal, (39_999, 40_002, 39_998, 40_000))
        )
        assert day.base_volume == Decimal("8913.3")
        shown = await tap.until(DepthUpdated, lambda d: d.symbol == "BTC/USDT")
        market = venue.markets[BTC]
        assert shown.bids == tuple(sorted(market.bids.items(), reverse=True)[:100])
        assert shown.asks == tuple(sorted(market.asks.items())[:100])
        assert has_state(feed, FeedState.LIVE, "polls are answered")
        assert feed.status().name == "ccxt:binance"
        tap.forget()
        venue.lose_update(BTC, "9999.5")
        shown = await tap.until(DepthUpdated, lambda d: d.bids[0][0] == Decimal("9999.49"))
        assert shown.asks[-1][0] == Decimal("10000.50")


async def test_each_new_trade_is_printed_once(venue: FakeBinance) -> None:
    venue.trade(BTC, "39000", "9")
    feed = make(venue)
    await feed.open()
    async with listening(feed) as tap:
        polls = len(venue.times_asked("aggTrades"))
        await tap.eventually(lambda: len(venue.times_asked("aggTrades")) >= polls + 3)
        assert not tap.of(TradePrinted)
        for number in range(1, 6):
            venue.trade(BTC, "40000.01", f"0.0{number}", buyer_is_maker=number == 1)
        await tap.eventually(lambda: len(tap.of(TradePrinted)) >= 5)
        trades = tap.of(TradePrinted)
        assert [str(trade.quantity) for trade in trades] == [f"0.0{n}000000" for n in range(1, 6)]
        # Numbers of our own are without gaps, and the record keeps what nobody tells again.
        assert {trade.venue_id for trade in trades} == {None}
        assert trades[0].buyer_is_maker
        assert not trades[1].buyer_is_maker
        assert trades[4].quantity == Decimal("0.05")
        assert "not all seen" not in feed.status().detail


async def test_finished_minutes_are_told_once_each(venue: FakeBinance) -> None:
    clock = SettableClock(now_ms() - 3 * MINUTE_MS)
    feed = make(venue, replace(options(venue.url), clock=clock))
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(DepthUpdated, lambda d: d.symbol == "ETH/USDT")
        first_ms = Interval.M1.open_ms(clock.now_ms())
        clock.set(now_ms())
        last_ms = Interval.M1.open_ms(clock.now_ms()) - MINUTE_MS
        told = await tap.until(
            CandleClosed, lambda c: c.symbol == "ETH/USDT" and c.candle.open_ms == last_ms
        )
        assert told.candle.close == kline_price(last_ms)
        opens = [c.candle.open_ms for c in tap.of(CandleClosed) if c.symbol == "ETH/USDT"]
        assert opens == list(range(first_ms, last_ms + 1, MINUTE_MS))


async def test_history_is_paged_and_a_failure_gives_none(venue: FakeBinance) -> None:
    feed = make(venue)
    await feed.open()
    end_ms = Interval.M1.open_ms(now_ms())
    start_ms = end_ms - 1_800 * MINUTE_MS
    bars = await feed.history("BTC/USDT", Interval.M1, start_ms, end_ms)
    assert [bar.open_ms for bar in bars] == list(range(start_ms, end_ms, MINUTE_MS))
    venue.always(BROKEN)
    assert await feed.history("BTC/USDT", Interval.M1, start_ms, end_ms) == []
    await feed.close()


async def test_a_limit_is_obeyed_until_retry_after_is_over(venue: FakeBinance) -> None:
    feed = make(venue)
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(DepthUpdated, lambda d: d.symbol == "ETH/USDT")
        venue.next_answers("depth", rate_limited(1))
        await tap.eventually(lambda: has_state(feed, FeedState.DEGRADED, "limits our requests"))
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))
        times = sorted(asked.at_s for asked in venue.asked)
        assert max(after - before for before, after in pairwise(times)) >= 0.9
        assert feed.status().reconnects == 1


@pytest.mark.parametrize("failure", [BROKEN, WRONG_TYPES, TRUNCATED, HANGING])
async def test_a_failing_exchange_goes_stale_and_recovers(
    venue: FakeBinance, failure: Answer
) -> None:
    feed = make(venue)
    await feed.open()
    async with listening(feed) as tap:
        await tap.until(DepthUpdated, lambda d: d.symbol == "ETH/USDT")
        await tap.eventually(lambda: has_state(feed, FeedState.LIVE))
        venue.always(failure)
        await tap.eventually(lambda: len(tap.of(FeedStalled)) == 2)
        assert has_state(feed, FeedState.STALE, "no fresh price of BTC/USDT")
        venue.heal()
        prices = count(41_000)
        await tap.eventually(
            lambda: has_state(feed, FeedState.LIVE),
            nudge=lambda: venue.lose_update(BTC, str(next(prices))),
        )
        assert len(tap.of(FeedStalled)) == 2


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
