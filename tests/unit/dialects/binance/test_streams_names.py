"""Names of market streams: every documented one is known, two that clients use, nothing else."""

import pytest

from hypersim.dialects.binance.streams.names import (
    FAST_MS,
    INSTANT_MS,
    SLOW_MS,
    ZONE_MS,
    Kind,
    Stream,
    is_possible,
    parse_name,
)
from hypersim.market.candle import Interval

BTC = "BTCUSDT"


@pytest.mark.parametrize(
    ("name", "stream"),
    [
        ("btcusdt@trade", Stream(Kind.TRADE, INSTANT_MS, BTC)),
        ("btcusdt@aggTrade", Stream(Kind.AGGREGATE_TRADE, INSTANT_MS, BTC)),
        ("btcusdt@bookTicker", Stream(Kind.BOOK_TICKER, INSTANT_MS, BTC)),
        ("btcusdt@miniTicker", Stream(Kind.MINI_TICKER, SLOW_MS, BTC)),
        ("btcusdt@ticker", Stream(Kind.TICKER, SLOW_MS, BTC)),
        ("btcusdt@avgPrice", Stream(Kind.AVERAGE_PRICE, SLOW_MS, BTC)),
        ("btcusdt@ticker_4h", Stream(Kind.WINDOW_TICKER, SLOW_MS, BTC, window="4h")),
        ("btcusdt@depth", Stream(Kind.DIFF, SLOW_MS, BTC)),
        ("btcusdt@depth@100ms", Stream(Kind.DIFF, FAST_MS, BTC)),
        ("btcusdt@depth5", Stream(Kind.PARTIAL_BOOK, SLOW_MS, BTC, levels=5)),
        ("btcusdt@depth20@100ms", Stream(Kind.PARTIAL_BOOK, FAST_MS, BTC, levels=20)),
        ("btcusdt@kline_1M", Stream(Kind.KLINE, FAST_MS, BTC, interval=Interval.MONTH)),
        (
            "btcusdt@kline_1m@+08:00",
            Stream(Kind.KLINE, FAST_MS, BTC, interval=Interval.M1, offset_ms=ZONE_MS),
        ),
        ("!miniTicker@arr", Stream(Kind.MINI_TICKER, SLOW_MS)),
        ("!miniTicker@arr@1000ms", Stream(Kind.MINI_TICKER, SLOW_MS)),
        ("!miniTicker@arr@3000ms", Stream(Kind.MINI_TICKER, 3_000)),
        ("!ticker@arr", Stream(Kind.TICKER, SLOW_MS)),
        ("!ticker_1d@arr", Stream(Kind.WINDOW_TICKER, SLOW_MS, window="1d")),
    ],
)
def test_a_name_says_what_to_push(name: str, stream: Stream) -> None:
    assert parse_name(name) == stream


def test_all_intervals_have_a_stream_in_both_time_zones() -> None:
    for interval in Interval:
        for zone in ("", "@+08:00"):
            stream = parse_name(f"btcusdt@kline_{interval}{zone}")
            assert stream is not None and stream.interval is interval


@pytest.mark.parametrize(
    "name",
    [
        "BTCUSDT@trade",
        "btcusdt@trades",
        "btcusdt@depth50",
        "btcusdt@depth@250ms",
        "btcusdt@kline_1m@+09:00",
        "btcusdt@kline_7m",
        "btcusdt@ticker_2h",
        "!ticker_2h@arr",
        "!bookTicker",
        "btcusdt",
        "0",
        "",
        "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1",
    ],
)
def test_other_names_have_no_stream(name: str) -> None:
    assert parse_name(name) is None


def test_a_possible_name_has_no_blanks_or_quotes() -> None:
    for name in (
        "btcusdt@trade",
        "!ticker_1h@arr",
        "btcusdt@kline_1d@+08:00",
        "pqia91ma",
        "币安@trade",
    ):
        assert is_possible(name)
    for name in ("", "not a stream", "btcusdt@", '"btcusdt@trade"', "a@b/c@d"):
        assert not is_possible(name)
