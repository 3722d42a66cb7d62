"""Recorded candles: kept a few files at a time, served as history, and made into trades."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache

from hypersim.feeds.replay.recordings import KlineRow, Recording
from hypersim.market.candle import Candle, Interval, aggregate
from hypersim.market.events import CandleClosed, MarketEvent, QuoteUpdated, TradePrinted

FILES_KEPT = 4
"""Files of candles held in memory per symbol and length, the last used; a month is 30 MB."""

_ROWS_PER_REPORT = 100_000


class CandleSeries:
    """The candles of one symbol and one length, from files that follow each other in time."""

    def __init__(
        self,
        symbol: str,
        interval: Interval,
        recordings: list[Recording],
        say: Callable[[str], None],
    ) -> None:
        self.interval = interval
        self._symbol = symbol
        self._recordings = sorted(recordings, key=lambda one: one.first_ms)
        self._say = say
        self._load = lru_cache(maxsize=FILES_KEPT)(self._read)

    def rows(self) -> Iterator[KlineRow]:
        """Every candle, ascending."""
        for index in range(len(self._recordings)):
            yield from self._load(index)

    def history(self, interval: Interval, start_ms: int, end_ms: int, now_ms: int) -> list[Candle]:
        """Candles of `interval` that opened from `start_ms` up to but not including `end_ms` and
        were closed at `now_ms`."""
        first_ms = interval.open_ms(max(start_ms, self._recordings[0].first_ms))
        if first_ms < start_ms or first_ms < self._recordings[0].first_ms:
            first_ms = interval.next_open_ms(first_ms)
        last_ms = min(interval.next_open_ms(interval.open_ms(end_ms - 1)), interval.open_ms(now_ms))
        candles = list(self._between(first_ms, last_ms))
        return candles if interval is self.interval else aggregate(candles, interval)

    def _between(self, start_ms: int, end_ms: int) -> Iterator[Candle]:
        starts = [one.first_ms for one in self._recordings]
        for index, first_ms in enumerate(starts):
            is_over = index + 1 < len(starts) and starts[index + 1] <= start_ms
            if is_over or first_ms >= end_ms:
                continue
            for row in self._load(index):
                if start_ms <= row.time_ms < end_ms:
                    yield row.candle

    def _read(self, index: int) -> list[KlineRow]:
        recording = self._recordings[index]
        name = recording.table.name
        self._say(f"replay: loading {name}")
        rows: list[KlineRow] = []
        for row in recording.rows(self._symbol):
            if isinstance(row, KlineRow):
                rows.append(row)
            if len(rows) % _ROWS_PER_REPORT == 0:
                self._say(f"replay: {len(rows):,} candles of {name}")
        return rows


def candle_events(
    symbol: str, row: KlineRow, tick: Decimal, step: Decimal, *, with_trades: bool
) -> list[MarketEvent]:
    """What may have happened while the candle was open: four trades that share its volume, at its
    open, both extremes (a rising candle falls first) and close, each in a quote one tick wide, and
    at last the candle itself."""
    candle = row.candle
    closed: MarketEvent = CandleClosed(
        symbol, row.time_ms + row.length_ms, _interval(row.length_ms), candle
    )
    if not with_trades:
        return [closed]
    rises = candle.close >= candle.open
    turns = (candle.low, candle.high) if rises else (candle.high, candle.low)
    offsets = 0, row.length_ms // 4, row.length_ms // 2, row.length_ms - row.length_ms // 60
    events: list[MarketEvent] = []
    before, buys = candle.open, rises
    prices = (candle.open, *turns, candle.close)
    for price, offset, size in zip(prices, offsets, _shares(candle.volume), strict=True):
        buys = price > before if price != before else buys
        time_ms = row.time_ms + offset
        events.append(quote_around(symbol, time_ms, price, size or step, tick, is_ask=buys))
        if size:
            events.append(TradePrinted(symbol, time_ms, price, size, not buys))
        before = price
    return [*events, closed]


def quote_around(
    symbol: str, time_ms: int, price: Decimal, size: Decimal, tick: Decimal, *, is_ask: bool
) -> QuoteUpdated:
    """A spread of one tick with a trade's price as the ask or the bid."""
    bid = price - tick if is_ask and price > tick else price
    return QuoteUpdated(symbol, time_ms, bid, size, bid + tick, size)


def interval_of(length_ms: int) -> Interval | None:
    """The interval of candles of this length; a month has 28 to 31 days."""
    day_ms = Interval.D1.length_ms
    if 28 * day_ms <= length_ms <= 31 * day_ms:
        return Interval.MONTH
    return next((one for one in Interval if one.length_ms == length_ms), None)


def _interval(length_ms: int) -> Interval:
    interval = interval_of(length_ms)
    assert interval is not None, length_ms
    return interval


def _shares(volume: Decimal) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """`volume` in four parts with no more decimals than it has; the last takes what is left."""
    unit = Decimal(1).scaleb(int(volume.as_tuple().exponent))
    part = volume / 4 // unit * unit
    return part, part, part, volume - 3 * part
