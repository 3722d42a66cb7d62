"""The streams of candles.

A bar that is being watched is folded minute by minute, so that it may be older than what memory
keeps. Its last minutes are read anew each minute: the feed's own word on a minute comes late.
"""

from collections.abc import Sequence

from hypersim.dialects.binance.streams_names import SLOW_MS
from hypersim.dialects.binance.streams_sources import Market, Payload
from hypersim.dialects.binance.text import TimeUnit
from hypersim.market.candle import Candle, Interval, aggregate
from hypersim.market.data import MarketData
from hypersim.service.markets import Markets

MINUTES_UNSETTLED = 2
"""Closed minutes that may still be replaced."""

BARS_MS = 2_000
"""How often an unfinished bar is pushed; one that has ended is pushed at once."""

SETTLED_MS = 100
"""A trade of a second is known so long after it."""


class Zoned:
    """An interval where local time is `offset_ms` ahead of UTC."""

    def __init__(self, interval: Interval, offset_ms: int) -> None:
        self.interval = interval
        self._offset_ms = offset_ms

    def open_ms(self, time_ms: int) -> int:
        """When the bar opened that `time_ms` is in."""
        return self.interval.open_ms(time_ms + self._offset_ms) - self._offset_ms

    def next_open_ms(self, open_ms: int) -> int:
        """When the bar after it opens."""
        return self.interval.next_open_ms(open_ms + self._offset_ms) - self._offset_ms

    def aggregate(self, candles: Sequence[Candle]) -> list[Candle]:
        """Bars from ascending shorter ones."""
        return aggregate(candles, self.interval, self._offset_ms)


class RunningBar:
    """The current bar of one market. `known` is what is over of it up to the minute `from_ms`."""

    def __init__(self, data: MarketData, zoned: Zoned, known: Candle | None, from_ms: int) -> None:
        self._data = data
        self._zoned = zoned
        self._settled = known
        self._from_ms = from_ms
        self._unsettled: list[Candle] = []
        self._over: list[Candle] = []
        self._minute_ms: int | None = None
        self._fold()

    def ended(self) -> list[Candle]:
        """The bars that ended since the last look."""
        self._fold()
        over, self._over = self._over, []
        return over

    def current(self) -> Candle | None:
        """The bar as it stands."""
        self._fold()
        running = self._data.running_minute
        if running is None:
            return None
        settled = [] if self._settled is None else [self._settled]
        return self._zoned.aggregate([*settled, *self._unsettled, running])[-1]

    def _fold(self) -> None:
        running = self._data.running_minute
        if running is None or running.open_ms == self._minute_ms:
            return
        self._minute_ms = running.open_ms
        open_ms = self._zoned.open_ms(running.open_ms)
        settled = [] if self._settled is None else [self._settled]
        parts = [*settled, *self._data.candles(Interval.M1, self._from_ms)[:-1]]
        over = [bar for bar in parts if bar.open_ms < open_ms]
        self._over += self._zoned.aggregate(over)
        begun = parts[len(over) :]
        # The settled part is the first of them, if it is there: it opened with the bar.
        cut = max(len(begun) - MINUTES_UNSETTLED, len(settled) if settled == begun[:1] else 0)
        self._unsettled = begun[cut:]
        self._settled = self._zoned.aggregate(begun[:cut])[0] if cut else None
        self._from_ms = (self._unsettled or [running])[0].open_ms


class BarSource:
    """<symbol>@kline_1m"""

    def __init__(self, market: Market, zoned: Zoned, bar: RunningBar) -> None:
        self._market = market
        self._zoned = zoned
        self._bar = bar
        self._looked_ms = 0
        self._shown = market.data.running_minute

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        ended = self._bar.ended()
        running = self._market.data.running_minute
        payloads = [self._payload(bar, now_ms, is_closed=True) for bar in ended]
        is_due = now_ms // BARS_MS != self._looked_ms // BARS_MS
        self._looked_ms = now_ms
        if is_due and running is not self._shown:
            self._shown = running
            payloads += self.current(now_ms)
        return payloads

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        bar = self._bar.current()
        return () if bar is None else (self._payload(bar, now_ms, is_closed=False),)

    def _payload(self, bar: Candle, now_ms: int, *, is_closed: bool) -> Payload:
        end_ms = self._zoned.next_open_ms(bar.open_ms)
        data = self._market.data
        last_id = _last_id_before(data, end_ms) if is_closed else data.last_trade_id
        return bar_payload(
            self._market, self._zoned.interval, bar, end_ms, last_id, now_ms, is_closed=is_closed
        )


class SecondsSource:
    """<symbol>@kline_1s"""

    def __init__(self, market: Market, now_ms: int) -> None:
        self._market = market
        self._open_ms = Interval.S1.open_ms(now_ms - SETTLED_MS)

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`. A second without a trade is told too."""
        open_ms = Interval.S1.open_ms(now_ms - SETTLED_MS)
        if open_ms == self._open_ms:
            return ()
        ended = self._market.data.tape.seconds(self._open_ms, open_ms - 1)
        self._open_ms = open_ms
        payloads = [self._payload(bar, now_ms, is_closed=True) for bar in ended]
        return [*payloads, *self.current(now_ms)]

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        bars = self._market.data.tape.seconds(self._open_ms, self._open_ms)
        return [self._payload(bar, now_ms, is_closed=False) for bar in bars[:1]]

    def _payload(self, bar: Candle, now_ms: int, *, is_closed: bool) -> Payload:
        end_ms = bar.open_ms + SLOW_MS
        last_id = _last_id_before(self._market.data, end_ms)
        return bar_payload(
            self._market, Interval.S1, bar, end_ms, last_id, now_ms, is_closed=is_closed
        )


def bar_payload(
    market: Market,
    interval: Interval,
    bar: Candle,
    end_ms: int,
    last_id: int,
    now_ms: int,
    *,
    is_closed: bool,
) -> Payload:
    """A kline event; `last_id` is that of the bar's last trade, if it has one."""
    count = bar.trade_count

    def payload(unit: TimeUnit) -> object:
        return {
            "e": "kline",
            "E": now_ms * unit,
            "s": market.id,
            "k": {
                "t": bar.open_ms * unit,
                "T": end_ms * unit - 1,
                "s": market.id,
                "i": interval.value,
                "f": max(0, last_id - count + 1) if count else -1,
                "L": last_id if count else -1,
                "o": market.price(bar.open),
                "c": market.price(bar.close),
                "h": market.price(bar.high),
                "l": market.price(bar.low),
                "v": market.quantity(bar.volume),
                "n": count,
                "x": is_closed,
                "q": market.quote(bar.quote_volume),
                "V": market.quantity(bar.taker_volume),
                "Q": market.quote(bar.taker_quote_volume),
                "B": "0",
            },
        }

    return payload


async def running_bar(
    markets: Markets, data: MarketData, interval: Interval, offset_ms: int, now_ms: int
) -> tuple[Zoned, RunningBar]:
    """The current bar; asks for its beginning where memory does not reach back so far."""
    zoned = Zoned(interval, offset_ms)
    # The market may be a moment behind the clock.
    now_ms = now_ms if data.running_minute is None else data.running_minute.open_ms
    open_ms = zoned.open_ms(now_ms)
    minutes = data.candles(Interval.M1, open_ms)
    if minutes and minutes[0].open_ms == open_ms:
        return zoned, RunningBar(data, zoned, None, open_ms)
    minute_ms = Interval.M1.open_ms(now_ms)
    hour_ms = max(open_ms, Interval.H1.open_ms(minute_ms))
    parts: list[Candle] = []
    for part, start_ms, end_ms in (
        (Interval.H1, open_ms, hour_ms),
        (Interval.M1, hour_ms, minute_ms),
    ):
        if start_ms < end_ms:
            limit = (end_ms - start_ms) // part.length_ms
            parts += await markets.candles(
                data.symbol, part, since_ms=start_ms, until_ms=end_ms - 1, limit=limit
            )
    known = zoned.aggregate([bar for bar in parts if bar.open_ms < minute_ms])
    return zoned, RunningBar(data, zoned, known[-1] if known else None, minute_ms)


def _last_id_before(data: MarketData, end_ms: int) -> int:
    for trade in reversed(data.tape.trades):
        if trade.time_ms < end_ms:
            return trade.id
    return data.last_trade_id
