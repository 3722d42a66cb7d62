"""Where candles begin and end, and how shorter ones add up to longer ones."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypersim.market.candle import DAY_MS, MINUTE_MS, Candle, Interval, aggregate, flat_candle

times = st.integers(0, 4_000_000_000_000)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("interval", "time", "opened", "following"),
    [
        ("1s", "2024-02-29T13:37:42.999", "2024-02-29T13:37:42", "2024-02-29T13:37:43"),
        ("1m", "2024-02-29T13:37:42.999", "2024-02-29T13:37", "2024-02-29T13:38"),
        ("15m", "2024-02-29T13:44:59.999", "2024-02-29T13:30", "2024-02-29T13:45"),
        ("4h", "2024-02-29T13:37", "2024-02-29T12:00", "2024-02-29T16:00"),
        ("12h", "2024-02-29T23:59", "2024-02-29T12:00", "2024-03-01T00:00"),
        ("1d", "2024-02-29T23:59:59.999", "2024-02-29T00:00", "2024-03-01T00:00"),
        ("1w", "2024-03-03T23:59:59.999", "2024-02-26T00:00", "2024-03-04T00:00"),
        ("1w", "2024-03-04T00:00", "2024-03-04T00:00", "2024-03-11T00:00"),
        ("1M", "2024-02-29T23:59:59.999", "2024-02-01T00:00", "2024-03-01T00:00"),
        ("1M", "2024-03-01T00:00", "2024-03-01T00:00", "2024-04-01T00:00"),
        ("1M", "2023-12-31T23:59:59.999", "2023-12-01T00:00", "2024-01-01T00:00"),
    ],
)
def test_a_candle_opens_on_its_boundary(
    interval: str, time: str, opened: str, following: str
) -> None:
    assert Interval(interval).open_ms(ms(time)) == ms(opened)
    assert Interval(interval).next_open_ms(ms(opened)) == ms(following)


def test_weeks_begin_on_mondays() -> None:
    assert datetime.fromtimestamp(Interval.W1.open_ms(ms("2026-11-20")) / 1000, UTC).weekday() == 0


@given(st.sampled_from(Interval), times)
def test_a_time_is_within_its_candle(interval: Interval, time_ms: int) -> None:
    open_ms = interval.open_ms(time_ms)
    next_ms = interval.next_open_ms(open_ms)
    assert open_ms <= time_ms < next_ms
    assert interval.open_ms(next_ms - 1) == open_ms
    assert interval.open_ms(next_ms) == next_ms


@given(st.sampled_from(Interval), times)
def test_the_first_candle_from_a_time_opens_there_or_next(interval: Interval, time_ms: int) -> None:
    first_ms = interval.first_open_ms(time_ms)
    assert first_ms >= time_ms
    assert interval.open_ms(first_ms) == first_ms
    assert first_ms == time_ms or interval.open_ms(first_ms - 1) < time_ms


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_month_opens_on_its_first_day(time_ms: int) -> None:
    first = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)
    first = first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    open_ms = (first - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert Interval.MONTH.open_ms(time_ms) == open_ms


@given(st.sampled_from(Interval), st.integers(-(2**63), 2**63))
def test_any_number_is_in_a_candle(interval: Interval, time_ms: int) -> None:
    open_ms = interval.open_ms(time_ms)
    assert open_ms <= time_ms < interval.next_open_ms(open_ms)


@pytest.mark.parametrize("interval", Interval)
def test_an_interval_is_as_long_as_it_says(interval: Interval) -> None:
    if interval is not Interval.MONTH:
        assert interval.next_open_ms(interval.open_ms(0)) - interval.open_ms(0) == (
            interval.length_ms
        )


def test_a_trade_moves_all_figures_of_a_candle() -> None:
    bar = flat_candle(0, Decimal(100))
    bar = bar.with_trade(Decimal(101), Decimal(1), buyer_is_taker=False, trade_id=41)
    bar = bar.with_trade(Decimal(103), Decimal(2), buyer_is_taker=True, trade_id=42)
    bar = bar.with_trade(Decimal(98), Decimal(1), buyer_is_taker=False, trade_id=43)
    assert (bar.first_trade_id, bar.last_trade_id) == (41, 43)
    assert bar == Candle(
        0,
        open=Decimal(101),
        high=Decimal(103),
        low=Decimal(98),
        close=Decimal(98),
        volume=Decimal(4),
        quote_volume=Decimal(405),
        trade_count=3,
        taker_volume=Decimal(2),
        taker_quote_volume=Decimal(206),
        first_trade_id=41,
    )


def test_a_price_that_nobody_traded_is_in_no_candle_with_trades() -> None:
    """Case 22: 110 is the last price before; then 90 and 95 are traded."""
    traded = [
        flat_candle(n * MINUTE_MS, Decimal(price)).with_trade(
            Decimal(price), Decimal(1), buyer_is_taker=True, trade_id=n
        )
        for n, price in ((7, 90), (8, 95))
    ]
    flat = [flat_candle(n * MINUTE_MS, Decimal(110)) for n in (5, 6)]
    last = flat_candle(9 * MINUTE_MS, Decimal(95))
    (bar,) = aggregate([*flat, *traded, last], Interval.M5)
    assert (bar.open, bar.high, bar.low, bar.close) == tuple(map(Decimal, (90, 95, 90, 95)))
    assert (bar.open_ms, bar.first_trade_id, bar.trade_count) == (5 * MINUTE_MS, 7, 2)
    folded = flat[0]
    for part in (flat[1], *traded, last):
        folded = folded.followed_by(part)
    assert folded == bar


def test_a_bar_without_any_trade_stays_at_the_last_close() -> None:
    minutes = [flat_candle(n * MINUTE_MS, Decimal(110)) for n in range(5)]
    assert aggregate(minutes, Interval.M5) == [flat_candle(0, Decimal(110))]


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(1, 9), st.integers(0, 5)), min_size=1, max_size=60
    ),
    st.sampled_from([Interval.M5, Interval.M15, Interval.H1, Interval.D1]),
)
def test_aggregated_candles_keep_the_sums_and_the_extremes(
    rows: list[tuple[int, int, int]], interval: Interval
) -> None:
    minutes, open_ms = [], DAY_MS - 10 * MINUTE_MS
    for gap, price, volume in rows:
        open_ms += (1 + gap) * MINUTE_MS
        bar = flat_candle(open_ms, Decimal(price))
        minutes.append(bar.with_trade(Decimal(price + 1), Decimal(volume), buyer_is_taker=True))
    bars = aggregate(minutes, interval)
    assert sum(bar.volume for bar in bars) == sum(bar.volume for bar in minutes)
    assert sum(bar.trade_count for bar in bars) == len(minutes)
    assert [bar.open_ms for bar in bars] == sorted({interval.open_ms(m.open_ms) for m in minutes})
    for bar in bars:
        inside = [m for m in minutes if interval.open_ms(m.open_ms) == bar.open_ms]
        assert (bar.open, bar.close) == (inside[0].open, inside[-1].close)
        assert bar.high == max(m.high for m in inside)
        assert bar.low == min(m.low for m in inside)
