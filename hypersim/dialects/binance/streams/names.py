"""The names of market streams: btcusdt@depth@100ms."""

import re
from enum import Enum, auto
from typing import NamedTuple

from hypersim.market.candle import HOUR_MS, Interval

INSTANT_MS = 0
"""The speed of what is pushed when it happens."""

FAST_MS = 100
SLOW_MS = 1_000
SLOWEST_MS = 3_000

ZONE_MS = 8 * HOUR_MS
"""How far the other time zone of candles is ahead of UTC."""

WINDOWS_MS = {"1h": HOUR_MS, "4h": 4 * HOUR_MS, "1d": 24 * HOUR_MS}

_POSSIBLE = re.compile(r"[!\w]+(?:@[\w+:-]+)*")


class Kind(Enum):
    """What a stream tells."""

    TRADE = auto()
    AGGREGATE_TRADE = auto()
    KLINE = auto()
    MINI_TICKER = auto()
    TICKER = auto()
    WINDOW_TICKER = auto()
    BOOK_TICKER = auto()
    AVERAGE_PRICE = auto()
    PARTIAL_BOOK = auto()
    DIFF = auto()


class Stream(NamedTuple):
    """What a name asks for. `symbol` as in BTCUSDT, None for all markets. `levels` is for partial
    books, `interval` and `offset_ms` for candles, `window` for rolling tickers."""

    kind: Kind
    speed_ms: int
    symbol: str | None = None
    levels: int = 0
    interval: Interval = Interval.M1
    offset_ms: int = 0
    window: str = ""


def parse_name(name: str) -> Stream | None:
    """What the name asks for; None when no market has a stream of that name."""
    if name.startswith("!"):
        return _ALL_MARKETS.get(name)
    symbol, _, rest = name.partition("@")
    stream = _ONE_MARKET.get(rest)
    # All symbols are in lower case; others are no streams.
    if stream is None or symbol != symbol.lower():
        return None
    return stream._replace(symbol=symbol.upper())


def is_possible(name: str) -> bool:
    """Whether it could be the name of any stream, here or at the venue."""
    return bool(_POSSIBLE.fullmatch(name))


def _one_market() -> dict[str, Stream]:
    streams = {
        "trade": Stream(Kind.TRADE, INSTANT_MS),
        "aggTrade": Stream(Kind.AGGREGATE_TRADE, INSTANT_MS),
        "bookTicker": Stream(Kind.BOOK_TICKER, INSTANT_MS),
        "miniTicker": Stream(Kind.MINI_TICKER, SLOW_MS),
        "ticker": Stream(Kind.TICKER, SLOW_MS),
        "avgPrice": Stream(Kind.AVERAGE_PRICE, SLOW_MS),
    }
    for suffix, speed_ms in (("", SLOW_MS), ("@1000ms", SLOW_MS), ("@100ms", FAST_MS)):
        streams[f"depth{suffix}"] = Stream(Kind.DIFF, speed_ms)
        for levels in (5, 10, 20):
            partial = Stream(Kind.PARTIAL_BOOK, speed_ms, levels=levels)
            streams[f"depth{levels}{suffix}"] = partial
    for window in WINDOWS_MS:
        streams[f"ticker_{window}"] = Stream(Kind.WINDOW_TICKER, SLOW_MS, window=window)
    for interval in Interval:
        # Looked at often, so that a bar's end is told at once; see `bars`.
        bars = Stream(Kind.KLINE, FAST_MS, interval=interval)
        streams[f"kline_{interval}"] = bars
        streams[f"kline_{interval}@+08:00"] = bars._replace(offset_ms=ZONE_MS)
    return streams


_ONE_MARKET = _one_market()

_ALL_MARKETS = {
    "!miniTicker@arr": Stream(Kind.MINI_TICKER, SLOW_MS),
    # The venue pushes these too, undocumented; python-binance asks for them.
    "!miniTicker@arr@1000ms": Stream(Kind.MINI_TICKER, SLOW_MS),
    "!miniTicker@arr@3000ms": Stream(Kind.MINI_TICKER, SLOWEST_MS),
    "!ticker@arr": Stream(Kind.TICKER, SLOW_MS),
    **{
        f"!ticker_{window}@arr": Stream(Kind.WINDOW_TICKER, SLOW_MS, window=window)
        for window in WINDOWS_MS
    },
}
