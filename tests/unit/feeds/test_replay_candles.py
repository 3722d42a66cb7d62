"""Recorded candles: how they are played, what bars come of them, and where a restart goes on."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.source import parse_source
from hypersim.market.candle import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    Candle,
    Interval,
    aggregate,
)
from hypersim.market.data import MarketData
from hypersim.market.events import CandleGrew, DepthUpdated, MarketEvent, PricePassed, QuoteUpdated
from hypersim.service.feed import FROM_THE_BEGINNING, FeedPosition
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.trading.commands import ApplyMarketEvent
from hypersim.trading.events import OrderFilled
from hypersim.trading.order import Side, Trigger
from tests.support.builders import ALICE, done, exchange, instrument, place
from tests.support.recordings import T0, kline, played, saved, trade
from tests.support.timed_feeds import events_of, options_at

pytestmark = pytest.mark.usefixtures("no_clock")

SYMBOL = "BTC/USDT"
LENGTHS = [
    (Interval.S1, SECOND_MS),
    (Interval.M1, MINUTE_MS),
    (Interval.M15, 15 * MINUTE_MS),
    (Interval.H1, HOUR_MS),
    (Interval.D1, DAY_MS),
]


def rows_of(length_ms: int, count: int, *, without: Sequence[int] = ()) -> list[str]:
    """Candles that follow each other from T0 on, all different, with figures that do not divide."""
    return [
        ",".join(
            [
                str(T0 + n * length_ms),
                *(str(100 + n % 7 + by) for by in (0, 3, -2, 1)),
                f"{8 + n % 3}.123",
                str(T0 + (n + 1) * length_ms - 1),
                f"{808 + n}.0457",
                str(7 + n % 5),
                "3.011",
                "301.77",
                "0",
            ]
        )
        for n in range(count)
        if n not in without
    ]


def feed_at(path: Path, now_ms: int, *, position: FeedPosition = FROM_THE_BEGINNING) -> ReplayFeed:
    options = options_at(clock=SimulatedClock(now_ms, 0), position=position)
    return ReplayFeed(options, parse_source(str(path)))


async def history(path: Path, interval: Interval, now_ms: int) -> list[Candle]:
    feed = feed_at(path, now_ms)
    await feed.open()
    return await feed.history(SYMBOL, interval, 0, now_ms)


def market_of(events: Sequence[MarketEvent], now_ms: int = 0) -> MarketData:
    """What the public sees after these events, at `now_ms` or when the last one came."""
    data = MarketData(SYMBOL)
    for event in events:
        data.apply(event)
    data.pass_time(now_ms)
    return data


@pytest.mark.parametrize(("interval", "length_ms"), LENGTHS[1:])
async def test_the_bars_that_were_lived_through_are_the_files_rows(
    tmp_path: Path, interval: Interval, length_ms: int
) -> None:
    count = 3 if interval is Interval.D1 else 40
    file = saved(tmp_path / "BTCUSDT-x.csv", *rows_of(length_ms, count))
    now_ms = T0 + count * length_ms
    recorded = await history(file, interval, now_ms)
    assert [bar.quote_volume for bar in recorded] == [
        Decimal(808 + n) + Decimal("0.0457") for n in range(count)
    ]
    data = market_of(await played(file), now_ms)
    # Memory holds two days; the last bar has just begun.
    lived = data.candles(interval, T0)[:-1]
    assert lived == recorded[-len(lived) :]
    assert len(lived) >= min(count, 2 * DAY_MS // length_ms) - 1


@pytest.mark.parametrize("length_ms", [length_ms for _, length_ms in LENGTHS])
async def test_minutes_are_the_same_lived_through_or_looked_up(
    tmp_path: Path, length_ms: int
) -> None:
    count = max(2, 600 * SECOND_MS // length_ms)
    file = saved(tmp_path / "BTCUSDT-x.csv", *rows_of(length_ms, count))
    now_ms = T0 + count * length_ms
    data = market_of(await played(file), now_ms)
    for wanted in (Interval.M1, Interval.M5):
        lived = data.candles(wanted, T0)[:-1]
        assert lived == (await history(file, wanted, now_ms))[-len(lived) :]


async def test_minutes_of_recorded_seconds_are_what_the_seconds_add_up_to(tmp_path: Path) -> None:
    file = saved(tmp_path / "BTCUSDT-1s.csv", *rows_of(SECOND_MS, 200, without=range(59, 65)))
    seconds = await history(file, Interval.S1, T0 + 200 * SECOND_MS)
    assert len(seconds) == 200
    assert [bar.is_flat for bar in seconds[58:66]] == [False, *[True] * 6, False]
    minutes = market_of(await played(file)).candles(Interval.M1, T0)
    assert minutes[:3] == aggregate(seconds, Interval.M1)[:3]


async def test_longer_bars_are_made_of_the_files_and_finer_ones_add_up_to_them(
    tmp_path: Path,
) -> None:
    file = saved(tmp_path / "BTCUSDT-1h.csv", *rows_of(HOUR_MS, 48))
    now_ms = T0 + 2 * DAY_MS
    hours = await history(file, Interval.H1, now_ms)
    assert await history(file, Interval.H4, now_ms) == aggregate(hours, Interval.H4)
    assert await history(file, Interval.D1, now_ms) == aggregate(hours, Interval.D1)
    for finer in (Interval.M1, Interval.M15):
        assert aggregate(await history(file, finer, now_ms), Interval.H1) == hours
    assert await history(file, Interval.S1, now_ms) == []


@pytest.mark.parametrize(("interval", "length_ms"), LENGTHS[1:4])
async def test_a_gap_is_flat_bars_in_memory_and_out_of_it(
    tmp_path: Path, interval: Interval, length_ms: int
) -> None:
    file = saved(tmp_path / "BTCUSDT-x.csv", *rows_of(length_ms, 40, without=range(10, 30)))
    now_ms = T0 + 60 * length_ms
    recorded = await history(file, interval, now_ms)
    assert [bar.open_ms for bar in recorded] == [T0 + n * length_ms for n in range(60)]
    assert [n for n, bar in enumerate(recorded) if bar.is_flat] == [*range(10, 30), *range(40, 60)]
    assert {bar.close for bar in recorded[10:30]} == {recorded[9].close}
    lived = market_of(await played(file), now_ms).candles(interval, T0)[:-1]
    assert lived == recorded[-len(lived) :]


async def test_history_does_not_know_how_a_running_candle_ends(tmp_path: Path) -> None:
    file = saved(tmp_path / "BTCUSDT-1h.csv", *rows_of(HOUR_MS, 2))
    now_ms = T0 + HOUR_MS + 20 * MINUTE_MS
    assert len(await history(file, Interval.H1, now_ms)) == 1
    minutes = await history(file, Interval.M1, now_ms)
    assert len(minutes) == 80
    second = minutes[60:]
    assert [bar.close for bar in second[:15]] == [Decimal(101)] * 15
    assert {bar.close for bar in second[15:]} == {Decimal(99)}


async def test_a_candle_is_a_way_through_every_price_and_between_candles_is_a_jump(
    tmp_path: Path,
) -> None:
    rows = [kline(0, "20000 20400 19400 20100 8"), kline(1, "19000 19200 18900 19100 8")]
    passed = [
        event
        for event in await played(saved(tmp_path / "BTCUSDT-1m.csv", *rows))
        if isinstance(event, PricePassed)
    ]
    assert [(int(event.price), event.is_gap) for event in passed] == [
        (20000, True),
        (19400, False),
        (20400, False),
        (20100, False),
        (19000, True),
        (18900, False),
        (19200, False),
        (19100, False),
    ]


@pytest.mark.parametrize(
    ("side", "kind", "trigger", "price"),
    [
        (Side.SELL, Trigger.STOP_LOSS, "19900", "19900"),
        (Side.SELL, Trigger.STOP_LOSS, "19400", "19400"),
        (Side.SELL, Trigger.STOP_LOSS, "19350", "19000"),
        (Side.BUY, Trigger.STOP_LOSS, "20300", "20300"),
        (Side.SELL, Trigger.TAKE_PROFIT, "20300", "20300"),
        (Side.BUY, Trigger.TAKE_PROFIT, "19500", "19500"),
        (Side.BUY, Trigger.TAKE_PROFIT, "19100", "19000"),
    ],
)
@pytest.mark.parametrize("fills", ["touch", "depth"])
async def test_a_stop_within_a_candle_fills_at_its_trigger_and_in_a_gap_at_the_open(
    tmp_path: Path, side: Side, kind: Trigger, trigger: str, price: str, fills: str
) -> None:
    rows = [
        kline(0, "20000 20000 20000 20000 8"),
        kline(1, "20000 20400 19400 20100 8"),
        kline(2, "19000 19200 18900 19100 8"),
    ]
    events = await played(saved(tmp_path / "BTCUSDT-1m.csv", *rows))
    market = instrument(symbol=SYMBOL, max_price=Decimal(100_000))
    target = exchange(fills=fills, market=market, money={"BTC": "10", "USDT": "100000"})
    filled: list[Decimal] = []
    for event in events:
        happened = done(target, ApplyMarketEvent(event), event.time_ms)
        filled += [one.fill.price for one in happened if isinstance(one, OrderFilled)]
        if event is events[2]:
            options = {"trigger": kind, "trigger_price": Decimal(trigger)}
            done(target, place(side, ALICE, "1", None, **options), event.time_ms)
    assert filled == [Decimal(price)]


@pytest.mark.parametrize("stop_after", [1, 2, 3, 7, 9, 10, 11, 19, 20, 30, 36])
async def test_a_restart_goes_on_with_what_was_not_played(tmp_path: Path, stop_after: int) -> None:
    saved(tmp_path / "BTCUSDT-1m.csv", *rows_of(MINUTE_MS, 4))
    whole = await played(tmp_path)
    stopped_ms = whole[stop_after].time_ms
    feed = feed_at(tmp_path, stopped_ms, position=FeedPosition(stopped_ms + 1))
    await feed.open()
    went_on = await events_of(feed)
    rest = [event for event in whole if event.time_ms > stopped_ms]
    begun, again = went_on[: len(went_on) - len(rest)], went_on[len(went_on) - len(rest) :]
    assert again == rest
    last = [e for e in whole if isinstance(e, QuoteUpdated) and e.time_ms <= stopped_ms][-1]
    way, quote, so_far = begun
    assert isinstance(so_far, CandleGrew)
    assert isinstance(way, PricePassed)
    assert isinstance(quote, QuoteUpdated)
    assert (way.is_gap, quote.time_ms) == (True, stopped_ms + 1)
    assert (quote.bid, quote.ask) == (last.bid, last.ask)


async def test_a_restart_after_the_end_stays_at_the_last_price(tmp_path: Path) -> None:
    file = saved(tmp_path / "BTCUSDT-1m.csv", *rows_of(MINUTE_MS, 4))
    late_ms = T0 + DAY_MS
    feed = feed_at(file, late_ms, position=FeedPosition(late_ms + 1))
    await feed.open()
    data = market_of(await events_of(feed))
    assert (data.bids[0][0], data.asks[0][0]) == (Decimal(104), Decimal("104.01"))
    minutes = await feed.history(SYMBOL, Interval.M1, late_ms - HOUR_MS, late_ms)
    assert len(minutes) == 60
    assert {bar.close for bar in minutes} == {Decimal(104)}


async def test_a_restart_within_trades_quotes_and_depth_rebuilds_what_stood(
    tmp_path: Path,
) -> None:
    saved(tmp_path / "BTCUSDT-t.csv", *(trade(n, T0 + n * 1000, str(100 + n)) for n in range(50)))
    rows = [
        f"ETHUSDT,{T0 + n * 1000},{n},{n},b,{'snap' if n == 0 else 'set'},{50 + n},1,-1"
        for n in range(50)
    ]
    saved(
        tmp_path / "e_depth_snap.csv", rows[0], rows[0].replace(",b,", ",a,").replace("50", "200")
    )
    saved(tmp_path / "e_depth_update.csv", *rows[1:])
    whole = await played(tmp_path)
    stopped_ms = T0 + 30_500
    feed = feed_at(tmp_path, stopped_ms, position=FeedPosition(stopped_ms + 1))
    await feed.open()
    went_on = await events_of(feed)
    rest = [event for event in whole if event.time_ms > stopped_ms]
    assert went_on[-len(rest) :] == rest
    begun = went_on[: -len(rest)]
    (book,) = [event for event in begun if isinstance(event, DepthUpdated)]
    books = [e for e in whole if isinstance(e, DepthUpdated) and e.time_ms <= stopped_ms]
    assert (book.bids, book.asks) == (books[-1].bids, books[-1].asks)
    (way,) = [event for event in begun if isinstance(event, PricePassed)]
    assert way.price == 130
    assert market_of([way]).last_price == 130


async def test_a_start_in_the_middle_of_a_candle_plays_what_is_left_of_it(tmp_path: Path) -> None:
    saved(tmp_path / "BTCUSDT-1h.csv", *rows_of(HOUR_MS, 2))
    start_ms = T0 + 20 * MINUTE_MS
    feed = feed_at(tmp_path, start_ms, position=FeedPosition(start_ms))
    await feed.open()
    events = await events_of(feed)
    assert events[0].time_ms == start_ms
    whole = await played(tmp_path)
    rest = [event for event in whole if event.time_ms >= start_ms]
    assert events[-len(rest) :] == rest
