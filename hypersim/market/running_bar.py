"""A candle that is being watched: folded minute by minute, so that it may be older than what memory
keeps, and no event has to add it up anew. Its last minutes are read anew each time: the feed's own
word on a minute comes late."""

from collections.abc import Sequence
from typing import NamedTuple

from hypersim.market.candle import Candle, Interval, aggregate
from hypersim.market.data import MarketData

MINUTES_UNSETTLED = 2
"""Closed minutes that may still be replaced."""


class Zoned(NamedTuple):
    """An interval where local time is `offset_ms` ahead of UTC."""

    interval: Interval
    offset_ms: int = 0

    def open_ms(self, time_ms: int) -> int:
        """When the bar opened that `time_ms` is in."""
        return self.interval.open_ms(time_ms + self.offset_ms) - self.offset_ms

    def next_open_ms(self, open_ms: int) -> int:
        """When the bar after it opens."""
        return self.interval.next_open_ms(open_ms + self.offset_ms) - self.offset_ms

    def aggregate(self, candles: Sequence[Candle]) -> list[Candle]:
        """Bars from ascending shorter ones."""
        return aggregate(candles, self.interval, self.offset_ms)


class RunningBar:
    """The current bar of one market. `known` is what is over of it up to the minute `from_ms`. Who
    watches looks either at what `changed`, or at what has `ended` and at the `current` one."""

    def __init__(self, data: MarketData, zoned: Zoned, known: Candle | None, from_ms: int) -> None:
        self.zoned = zoned
        self._data = data
        self._over = known
        self._from_ms = from_ms
        self._told_ms = zoned.open_ms(from_ms)
        self._minute_ms = 0
        self._shown: dict[int, Candle] = {}

    def changed(self, settled_ms: int) -> list[Candle]:
        """The bars that changed since the last look: those that ended, each whole at last, and the
        current one as it stands. Nothing from before `settled_ms` will still come."""
        minutes = self._data.candles(Interval.M1, self._from_ms)
        if not minutes:
            return []
        bars = self._bars(minutes)
        changed = [bar for bar in bars[:-1] if self._shown.get(bar.open_ms) != bar]
        self._shown = {bar.open_ms: bar for bar in bars}
        self.ended(settled_ms)
        return [*changed, bars[-1]]

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
            if bar.open_ms >= self._told_ms and self.zoned.next_open_ms(bar.open_ms) <= minute_ms
        ]
        if ended:
            self._told_ms = self.zoned.next_open_ms(ended[-1].open_ms)
        self._put_away(minutes)
        return ended

    def current(self) -> Candle | None:
        """The bar as it stands, or the one before it whose end was not told yet; None before a
        price is known."""
        bars = self._bars(self._data.candles(Interval.M1, self._from_ms))
        return next((bar for bar in bars if bar.open_ms >= self._told_ms), None)

    def latest(self) -> Candle | None:
        """The bar as it stands; None before a price is known."""
        bars = self._bars(self._data.candles(Interval.M1, self._from_ms))
        return bars[-1] if bars else None

    def _bars(self, minutes: Sequence[Candle]) -> list[Candle]:
        return self.zoned.aggregate([*([self._over] if self._over else []), *minutes])

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
