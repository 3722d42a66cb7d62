"""The replay feed, on real recordings and on small ones made up here."""

import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from hypersim import feeds
from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.recordings import recognize
from hypersim.feeds.replay.rows import KlineRow
from hypersim.feeds.replay.source import parse_source
from hypersim.feeds.replay.tables import Table
from hypersim.market.candle import DAY_MS, HOUR_MS, MINUTE_MS, Candle, Interval, aggregate
from hypersim.market.data import MarketData
from hypersim.market.events import (
    CandleClosed,
    DepthUpdated,
    MarketEvent,
    QuoteUpdated,
    TradePrinted,
)
from hypersim.service.feed import FeedState
from hypersim.service.simulated_clock import SimulatedClock
from tests.support.real_data import DATA, MONTH, needs_data
from tests.support.recordings import T0, kline, of, played, replaying, saved, trade
from tests.support.timed_feeds import events_of, options_at

TRADES = DATA / "BTCUSDT-trades-2021-01-08.csv"


QUOTES = DATA / "BTCUSDT-bookTicker-2021-01-08.csv"


ADA = DATA / "ADABTC-1m-2021-11-27.csv"


DEPTH = DATA / "btcusdt-depth-snap.csv", DATA / "btcusdt-depth-update.csv"


def bar(candle: Candle) -> tuple[Decimal, ...]:
    return candle.open, candle.high, candle.low, candle.close, candle.volume


def minutes_of(
    events: list[MarketEvent], keep: Callable[[MarketEvent], bool] = lambda _: True
) -> list[Candle]:
    """The minutes that our market data closes."""
    data = MarketData(events[0].symbol)
    return [candle for event in events if keep(event) for candle in data.apply(event)]


@pytest.mark.slow
@needs_data
async def test_the_recorded_month_comes_out_as_it_went_in() -> None:
    recorded = [
        entry.row.candle
        for entry in recognize(Table(MONTH, "BTCUSDT-1m-2022-01.csv")).entries("BTC/USDT")
        if isinstance(entry.row, KlineRow)
    ]
    assert len(recorded) == 44_640
    events = await played(MONTH)
    assert minutes_of(events) == recorded
    # The made-up trades alone have the same prices and volumes.
    from_trades = minutes_of(events, lambda event: not isinstance(event, CandleClosed))
    assert [bar(candle) for candle in from_trades] == [bar(candle) for candle in recorded[:-1]]


@needs_data
async def test_recorded_trades_print_as_they_were_inside_a_quote_of_one_tick() -> None:
    events = await played(TRADES)
    prints = of(TradePrinted, events)
    assert len(prints) == 2_001
    first = prints[0]
    assert (first.price, first.quantity) == (Decimal("39432.48"), Decimal("0.000263"))
    assert (first.time_ms, first.venue_id) == (1_610_064_000_278, 553287559)
    assert first.buyer_is_maker
    quote = events[0]
    assert isinstance(quote, QuoteUpdated)
    assert (quote.bid, quote.ask) == (Decimal("39432.48"), Decimal("39432.49"))


@needs_data
async def test_trades_and_quotes_of_one_market_merge_by_time(tmp_path: Path) -> None:
    for file in (TRADES, QUOTES):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    events = await played(tmp_path)
    times = [event.time_ms for event in events]
    assert times == sorted(times)
    assert len(of(TradePrinted, events)) == 2_001
    assert len(of(QuoteUpdated, events)) == 451, "recorded quotes are not mixed with made-up ones"


@needs_data
async def test_a_recorded_symbol_that_nobody_lists_is_derived_from_its_file() -> None:
    feed = replaying(ADA)
    (instrument,) = await feed.open()
    assert (instrument.symbol, instrument.base, instrument.quote) == ("ADA/BTC", "ADA", "BTC")
    assert instrument.tick_size == Decimal("0.00000001")
    assert instrument.step_size == Decimal("0.1")
    candles = [event.candle for event in of(CandleClosed, await events_of(feed))]
    assert len(candles) == 10
    assert candles[0].trade_count == 79
    assert candles[0].taker_quote_volume == Decimal("0.55694227")


@needs_data
async def test_recorded_depth_is_one_book_that_is_never_crossed(tmp_path: Path) -> None:
    for file in DEPTH:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    first, second = of(DepthUpdated, await played(tmp_path))
    assert len(first.bids) == 100
    assert first.bids[0] == (Decimal("20377.00"), Decimal("1.770"))
    assert first.asks == ()
    assert second.bids[0][0] < second.asks[0][0]
    assert second.asks[0][0] == Decimal("20472.20")


@needs_data
async def test_a_folder_of_everything_plays_in_order_of_time(tmp_path: Path) -> None:
    for file in (TRADES, QUOTES, ADA, *DEPTH):
        (tmp_path / file.name).symlink_to(file)
    feed = replaying(tmp_path)
    symbols = [instrument.symbol for instrument in await feed.open()]
    assert symbols == ["BTC/USDT", "ADA/BTC"]
    times = [event.time_ms for event in await events_of(feed)]
    assert times == sorted(times)
    assert times[0] == feeds.timeline_start_ms(f"replay:{tmp_path}") == 1_610_064_000_278


async def test_a_candle_becomes_four_trades_that_share_its_volume(tmp_path: Path) -> None:
    file = saved(tmp_path / "BTCUSDT-1m.csv", kline(0, "100.0 103.0 99.0 102.0 1.003"))
    events = await played(file)
    prints = of(TradePrinted, events)
    assert [one.price for one in prints] == [Decimal(price) for price in (100, 99, 103, 102)]
    assert [one.buyer_is_maker for one in prints] == [False, True, False, True]
    assert sum(one.quantity for one in prints) == Decimal("1.003")
    assert [one.time_ms - T0 for one in prints] == [0, 15_000, 30_000, 59_000]
    for quote, one in zip(of(QuoteUpdated, events), prints, strict=True):
        assert quote.time_ms == one.time_ms
        assert quote.ask - quote.bid == Decimal("0.01")
        assert one.price == (quote.bid if one.buyer_is_maker else quote.ask)
    assert isinstance(events[-1], CandleClosed)
    assert events[-1].time_ms == T0 + MINUTE_MS
    assert events[-1].candle.quote_volume == Decimal("1000.5")


async def test_a_minute_without_volume_has_quotes_but_no_trades(tmp_path: Path) -> None:
    events = await played(saved(tmp_path / "BTCUSDT-1m.csv", kline(0, "100 100 100 100 0")))
    assert of(TradePrinted, events) == []
    assert all(quote.bid_size > 0 for quote in of(QuoteUpdated, events))
    assert minutes_of(events)[0].close == 100


async def test_candles_make_no_trades_where_trades_were_recorded(tmp_path: Path) -> None:
    saved(tmp_path / "BTCUSDT-1m.csv", *(kline(n, "100 103 99 102 8") for n in range(3)))
    saved(tmp_path / "BTCUSDT-trades.csv", trade(7, T0 + MINUTE_MS + 5, "101"))
    prints = of(TradePrinted, await played(tmp_path))
    by_minute = [
        [p for p in prints if p.time_ms // MINUTE_MS == T0 // MINUTE_MS + n] for n in range(3)
    ]
    assert [len(minute) for minute in by_minute] == [4, 1, 4]
    assert by_minute[1][0].venue_id == 7


async def test_aggregated_trades_are_read_and_yield_to_single_ones(tmp_path: Path) -> None:
    header = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
    saved(tmp_path / "ETHUSDT-aggTrades-x.csv", header, f"9,2500.5,0.2,1,3,{T0},false")
    (one,) = of(TradePrinted, await played(tmp_path))
    assert (one.symbol, one.price, one.venue_id) == ("ETH/USDT", Decimal("2500.5"), 9)
    assert not one.buyer_is_maker
    saved(tmp_path / "ETHUSDT-trades-x.csv", trade(1, T0, "2500.5", "0.2"))
    assert [one.venue_id for one in of(TradePrinted, await played(tmp_path))] == [1]
    saved(tmp_path / "ETHUSDT-aggTrades-x.csv", f"9,2500.5,0.2,1,3,{T0},False,True")
    (tmp_path / "ETHUSDT-trades-x.csv").unlink()
    assert [one.venue_id for one in of(TradePrinted, await played(tmp_path))] == [9]


async def test_microseconds_and_headers_and_zip_files_are_told_by_themselves(
    tmp_path: Path,
) -> None:
    header = (
        "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
        "taker_buy_volume,taker_buy_quote_volume,ignore"
    )
    text = "\n".join([header, kline(0, "100 103 99 102 8", unit=1_000)])
    with zipfile.ZipFile(tmp_path / "spot.zip", "w") as archive:
        archive.writestr("BTCUSDT-1m-2022-01.csv", text)
        archive.writestr("readme.txt", "not a recording")
    (closed,) = of(CandleClosed, await played(tmp_path / "spot.zip"))
    assert closed.candle.open_ms == T0
    assert closed.interval is Interval.M1


async def test_several_files_and_symbols_play_as_one_and_share_the_clock(tmp_path: Path) -> None:
    saved(tmp_path / "BTCUSDT-1m-b.csv", kline(2, "102 103 99 101 8"))
    saved(tmp_path / "BTCUSDT-1m-a.csv", *(kline(n, "100 103 99 102 8") for n in range(2)))
    saved(tmp_path / "ETHUSDT-1m.csv", *(kline(n, "10 13 9 12 8") for n in range(3)))
    feed = replaying(tmp_path)
    assert [one.symbol for one in await feed.open()] == ["BTC/USDT", "ETH/USDT"]
    events = await events_of(feed)
    closed = of(CandleClosed, events)
    assert [(one.symbol, (one.candle.open_ms - T0) // MINUTE_MS) for one in closed] == [
        (symbol, minute) for minute in range(3) for symbol in ("BTC/USDT", "ETH/USDT")
    ]
    times = [event.time_ms for event in events]
    assert times == sorted(times)


async def test_the_clock_reaches_every_event_and_the_feed_ends(tmp_path: Path) -> None:
    file = saved(tmp_path / "BTCUSDT-1m.csv", *(kline(n, "100 103 99 102 8") for n in range(3)))
    clock = SimulatedClock(T0, 0)
    feed = ReplayFeed(options_at(clock=clock), parse_source(str(file)))
    assert feed.status().state is FeedState.STARTING
    await feed.open()
    async for event in feed.events():
        assert clock.now_ms() == event.time_ms
        assert feed.status().state is FeedState.LIVE
    status = feed.status()
    assert (status.state, status.last_event_ms) == (FeedState.ENDED, T0 + 3 * MINUTE_MS)


async def test_history_is_what_was_recorded_before_now(tmp_path: Path) -> None:
    rows = [kline(n, f"{100 + n} {103 + n} {99 + n} {101 + n} 8") for n in range(130)]
    saved(tmp_path / "BTCUSDT-1m-a.csv", *rows[:70])
    saved(tmp_path / "BTCUSDT-1m-b.csv", *rows[70:])
    feed = replaying(tmp_path, now_ms=T0 + 125 * MINUTE_MS + 1)
    await feed.open()
    minutes = await feed.history("BTC/USDT", Interval.M1, 0, T0 + DAY_MS)
    assert [candle.open for candle in minutes] == [Decimal(100 + n) for n in range(125)]
    hours = await feed.history("BTC/USDT", Interval.H1, T0, T0 + DAY_MS)
    assert hours == aggregate(minutes[:120], Interval.H1)
    inside = await feed.history("BTC/USDT", Interval.M1, T0 + 1, T0 + 3 * MINUTE_MS)
    assert inside == minutes[1:3]
    assert await feed.history("BTC/USDT", Interval.M1, 0, T0) == []
    assert await feed.history("BTC/USDT", Interval.S1, T0, T0 + HOUR_MS) == []
    assert await feed.history("ETH/USDT", Interval.M1, T0, T0 + HOUR_MS) == []


async def test_a_warm_up_starts_the_clock_later_so_that_there_is_history(tmp_path: Path) -> None:
    rows = [kline(n, "100 103 99 102 8") for n in range(100)]
    file = saved(tmp_path / "BTCUSDT-1m.csv", *rows)
    assert feeds.timeline_start_ms(f"replay:{file}") == T0
    assert feeds.timeline_start_ms(f"replay:{file}?warmup=10") == T0 + 10 * MINUTE_MS
    assert feeds.timeline_start_ms(f"replay:{file}?warmup=500") == T0 + 24 * MINUTE_MS
    feed = replaying(f"{file}?warmup=10", now_ms=T0 + 10 * MINUTE_MS)
    await feed.open()
    assert len(await feed.history("BTC/USDT", Interval.M1, T0, T0 + DAY_MS)) == 10
    events = await events_of(feed)
    assert events[0].time_ms == T0 + 10 * MINUTE_MS
    assert len(of(CandleClosed, events)) == 90


async def test_a_snapshot_replaces_the_book_and_updates_change_it(tmp_path: Path) -> None:
    def row(time: int, id_: int, side: str, kind: str, price: str, size: str) -> str:
        return f"ETHUSDT,{T0 + time},{id_},{id_},{side},{kind},{price},{size},-1"

    saved(
        tmp_path / "a_depth_snap.csv",
        row(0, 10, "b", "snap", "9", "1"),
        row(0, 10, "b", "snap", "8", "1"),
        row(0, 10, "a", "snap", "10", "1"),
    )
    saved(
        tmp_path / "a_depth_update.csv",
        row(0, 9, "b", "set", "7", "5"),
        row(5, 11, "b", "set", "8", "0"),
        row(5, 11, "b", "set", "9.5", "2"),
        row(6, 12, "b", "set", "10", "3"),
    )
    books = of(DepthUpdated, await played(tmp_path))
    one, nine, ten = Decimal(1), Decimal(9), Decimal(10)
    assert [book.bids for book in books] == [
        ((nine, one), (Decimal(8), one)),
        ((Decimal("9.5"), Decimal(2)), (nine, one)),
        ((ten, Decimal(3)), (Decimal("9.5"), Decimal(2)), (nine, one)),
    ]
    assert [book.asks for book in books] == [((ten, one),), ((ten, one),), ()]


async def test_loading_says_what_it_does(tmp_path: Path) -> None:
    said: list[str] = []
    feed = replaying(saved(tmp_path / "BTCUSDT-1m.csv", kline(0, "1 1 1 1 1")), said=said)
    await feed.open()
    assert any("loading BTCUSDT-1m.csv" in line for line in said)
