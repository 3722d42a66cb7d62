"""The streams of candles.

A bar that is being watched is folded minute by minute, so that it may be older than what memory
keeps. Its last minutes are read anew each minute: the feed's own word on a minute comes late.
"""

from collections.abc import Sequence

from hypersim.dialects.binance.numbers import TimeUnit, first_id, last_id
from hypersim.dialects.binance.streams.names import SLOW_MS
from hypersim.dialects.binance.streams.sources import Market, Payload
from hypersim.market.candle import Candle, Interval, aggregate, flat_candle
from hypersim.market.data import MarketData
from hypersim.service.markets import Markets

MINUTES_UNSETTLED = 2
"""Closed minutes that may still be replaced."""

BARS_MS = 2_000
"""How often an unfinished bar is pushed; one that has ended is pushed at once."""


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
        self._over = known
        self._from_ms = from_ms
        self._told_ms = zoned.open_ms(from_ms)
        self._minute_ms = 0

    def ended(self, settled_ms: int) -> list[Candle]:
        """The bars that ended since the last look: whole, as nothing from before `settled_ms` will
        still come."""
        minute_ms = Interval.M1.open_ms(settled_ms)
        if minute_ms <= self._minute_ms:
            return []
        self._minute_ms = minute_ms
        minutes = self._data.candles(Interval.M1, self._from_ms, settled_ms)
        minutes = [one for one in minutes if one.open_ms < minute_ms]
        ended = [
            bar
            for bar in self._bars(minutes)
            if bar.open_ms >= self._told_ms and self._zoned.next_open_ms(bar.open_ms) <= minute_ms
        ]
        if ended:
            self._told_ms = self._zoned.next_open_ms(ended[-1].open_ms)
        self._put_away(minutes)
        return ended

    def current(self) -> Candle | None:
        """The bar as it stands, or the one before it whose end was not told yet; None before a
        price is known."""
        bars = self._bars(self._data.candles(Interval.M1, self._from_ms))
        return next((bar for bar in bars if bar.open_ms >= self._told_ms), None)

    def _bars(self, minutes: Sequence[Candle]) -> list[Candle]:
        return self._zoned.aggregate([*([self._over] if self._over else []), *minutes])

    def _put_away(self, minutes: Sequence[Candle]) -> None:
        """Fold what is told or will not change any more, and read the rest anew the next time."""
        begun = [one for one in minutes if one.open_ms >= self._told_ms]
        if self._over is not None and self._over.open_ms < self._told_ms:
            self._over = None
        cut = max(0, len(begun) - MINUTES_UNSETTLED)
        if cut:
            self._over = self._bars(begun[:cut])[0]
        if begun:
            self._from_ms = begun[cut].open_ms
        else:
            self._from_ms = max(self._from_ms, self._told_ms)


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
        ended = self._bar.ended(self._market.settled_ms())
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
        return bar_payload(
            self._market, self._zoned.interval, bar, end_ms, now_ms, is_closed=is_closed
        )


class SecondsSource:
    """<symbol>@kline_1s"""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._open_ms = Interval.S1.open_ms(market.settled_ms())

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`. Each second is told once it is whole, also if nothing traded in it."""
        open_ms = Interval.S1.open_ms(self._market.settled_ms())
        if open_ms == self._open_ms:
            return ()
        ended = self._seconds(self._open_ms, open_ms - 1)
        self._open_ms = open_ms
        payloads = [self._payload(bar, now_ms, is_closed=True) for bar in ended]
        return [*payloads, *self.current(now_ms)]

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        bars = self._seconds(self._open_ms, self._open_ms)
        return [self._payload(bar, now_ms, is_closed=False) for bar in bars[:1]]

    def _seconds(self, start_ms: int, last_ms: int) -> list[Candle]:
        data = self._market.data
        bars = [bar for bar in data.tape.seconds(start_ms, last_ms) if bar.open_ms <= last_ms]
        if not bars and not data.trades and data.last_price is not None:
            opens = range(start_ms, last_ms + 1, SLOW_MS)
            bars = [flat_candle(open_ms, data.last_price) for open_ms in opens]
        return bars

    def _payload(self, bar: Candle, now_ms: int, *, is_closed: bool) -> Payload:
        end_ms = bar.open_ms + SLOW_MS
        return bar_payload(self._market, Interval.S1, bar, end_ms, now_ms, is_closed=is_closed)


def bar_payload(
    market: Market,
    interval: Interval,
    bar: Candle,
    end_ms: int,
    now_ms: int,
    *,
    is_closed: bool,
) -> Payload:
    """A kline event."""

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
                "f": first_id(bar),
                "L": last_id(bar),
                "o": market.price(bar.open),
                "c": market.price(bar.close),
                "h": market.price(bar.high),
                "l": market.price(bar.low),
                "v": market.quantity(bar.volume),
                "n": bar.trade_count,
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
