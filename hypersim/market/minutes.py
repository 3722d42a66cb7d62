"""The minutes of one market: those that are over, and the running one.

Minutes are the base: every longer candle and the ticker come from them. A minute without a trade is
a flat bar at the last price, so that bars never have gaps. A trade that comes late goes into the
minute in which it happened.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice

from hypersim.market.candle import DAY_MS, MINUTE_MS, Candle, Interval, flat_candle, merged
from hypersim.market.tape import PublicTrade

MINUTES_MAX = 2 * 24 * 60
"""Closed minutes kept per symbol; older candles come from the feed's history."""


class Minutes:
    """`running` is the unfinished minute, None until a price is known."""

    def __init__(self) -> None:
        self.running: Candle | None = None
        self._over: deque[Candle] = deque(maxlen=MINUTES_MAX)
        self._day: Candle | None = None
        self._day_start_ms: int | None = None

    def add(self, trade: PublicTrade) -> list[Candle]:
        """Take in a trade; returns the closed minutes that it closed or changed."""
        closed = self.pass_time(trade.time_ms)
        open_ms = Interval.M1.open_ms(trade.time_ms)
        running = self.running or flat_candle(open_ms, trade.price)
        if open_ms < running.open_ms:
            late = flat_candle(open_ms, trade.price).with_public(trade)
            return self._add_late(late, running.open_ms - open_ms)
        self.running = running.with_public(trade)
        return closed

    def add_told(self, bar: Candle) -> list[Candle]:
        """Take in what trades of one moment add up to; returns the closed minutes that it closed or
        changed."""
        closed = self.pass_time(bar.open_ms)
        open_ms = Interval.M1.open_ms(bar.open_ms)
        running = self.running or flat_candle(open_ms, bar.open)
        if open_ms < running.open_ms:
            return self._add_late(bar, running.open_ms - open_ms)
        self.running = running.followed_by(bar)
        return closed

    def pass_time(self, time_ms: int) -> list[Candle]:
        """Close the minutes that are over at `time_ms`."""
        running = self.running
        if running is None or time_ms < running.open_ms + MINUTE_MS:
            return []
        open_ms = Interval.M1.open_ms(time_ms)
        closed = [running, *flat_minutes(running, open_ms)]
        self._over.extend(closed)
        self.running = flat_candle(open_ms, running.close)
        return closed

    def load(self, candles: Iterable[Candle]) -> None:
        """Take in minutes from before the running one, of which more may be known than was seen
        here: those from before the start, or while the server was down."""
        known = {one.open_ms: one for one in candles}
        if not known:
            return
        last = max(known.values(), key=lambda one: one.open_ms)
        if self.running is None:
            self.running = flat_candle(last.open_ms + MINUTE_MS, last.close)
        end_ms = self.running.open_ms
        for ours in self._over:
            theirs = known.get(ours.open_ms)
            if theirs is None or theirs.trade_count < ours.trade_count:
                known[ours.open_ms] = ours
        over = [known[open_ms] for open_ms in sorted(known) if open_ms < end_ms]
        self._over = deque(_without_gaps(over, end_ms), maxlen=MINUTES_MAX)
        self._flatten_from(len(self._over))
        self._day_start_ms = None

    def resume(self, minute: Candle) -> None:
        """Begin with the minute that was running at the end of the record."""
        self.running = minute

    def stand(self, time_ms: int, price: Decimal) -> None:
        """The price is there now, though nobody has traded here since: a running minute without a
        trade stands at it."""
        running = self.running or flat_candle(Interval.M1.open_ms(time_ms), price)
        if running.is_flat:
            self.running = flat_candle(running.open_ms, price)

    def since(self, start_ms: int, now_ms: int = 0) -> list[Candle]:
        """Ascending minutes that opened at `start_ms` or later, the running one last: that of the
        last event, or of `now_ms` if that is later."""
        if self.running is None:
            return []
        quiet = flat_minutes(self.running, Interval.M1.open_ms(now_ms) + MINUTE_MS)
        minutes = [*self._over, self.running, *quiet]
        skip = max(0, -((minutes[0].open_ms - start_ms) // MINUTE_MS))
        return minutes[skip:]

    @property
    def first_ms(self) -> int | None:
        """When the oldest minute at hand opened; None until a price is known."""
        first = self._over[0] if self._over else self.running
        return None if first is None else first.open_ms

    def day(self) -> Candle | None:
        """The rolling 24 hours up to the running minute as one bar."""
        running = self.running
        if running is None:
            return None
        start_ms = running.open_ms - DAY_MS + MINUTE_MS
        if start_ms != self._day_start_ms:
            skip = max(0, len(self._over) - DAY_MS // MINUTE_MS)
            day = [one for one in islice(self._over, skip, None) if one.open_ms >= start_ms]
            self._day, self._day_start_ms = merged(day) if day else None, start_ms
        return self._day.followed_by(running) if self._day else running

    def replace(self, candle: Candle, *, knows_price: bool = True) -> list[Candle]:
        """The venue's own bar is truer than ours, which missed trades before we were connected;
        returns the closed minutes that changed. Where users traded, it may not know at which price
        a minute stands in which nobody did."""
        closed = self.pass_time(candle.open_ms + MINUTE_MS)
        if self.running is None:
            self._over.append(candle)
            self.running = flat_candle(candle.open_ms + MINUTE_MS, candle.close)
            return [candle]
        changed = [bar for bar in closed if bar.open_ms < candle.open_ms]
        index = self._index(candle.open_ms)
        if index is None:
            return [*changed, candle]
        if candle.is_flat and index > 0 and not knows_price:
            candle = flat_candle(candle.open_ms, self._over[index - 1].close)
        self._over[index] = candle
        self._day_start_ms = None
        return [*changed, candle, *self._flatten_from(index + 1)]

    def at(self, open_ms: int) -> Candle | None:
        """The closed minute that opened then, if it is at hand."""
        index = self._index(open_ms)
        return None if index is None else self._over[index]

    def _add_late(self, late: Candle, behind_ms: int) -> list[Candle]:
        index = len(self._over) - behind_ms // MINUTE_MS
        if index < 0:
            return []
        self._over[index] = self._over[index].followed_by(late)
        self._day_start_ms = None
        return [self._over[index], *self._flatten_from(index + 1)]

    def _index(self, open_ms: int) -> int | None:
        if self.running is None:
            return None
        index = len(self._over) - (self.running.open_ms - open_ms) // MINUTE_MS
        is_there = 0 <= index < len(self._over) and self._over[index].open_ms == open_ms
        return index if is_there else None

    def _flatten_from(self, index: int) -> list[Candle]:
        """Minutes without a trade stay at the close before them; returns the closed ones."""
        flattened = []
        price = self._over[index - 1].close if index > 0 else None
        while index < len(self._over) and self._over[index].is_flat and price is not None:
            self._over[index] = flat_candle(self._over[index].open_ms, price)
            flattened.append(self._over[index])
            index += 1
        running = self.running
        if price is not None and index == len(self._over) and running and running.is_flat:
            self.running = flat_candle(running.open_ms, price)
        return flattened


def flat_minutes(last: Candle, end_ms: int) -> Iterator[Candle]:
    """The minutes after `last` up to `end_ms`; after a long sleep only those that are kept."""
    start_ms = max(last.open_ms + MINUTE_MS, end_ms - MINUTES_MAX * MINUTE_MS)
    for open_ms in range(start_ms, end_ms, MINUTE_MS):
        yield flat_candle(open_ms, last.close)


def _without_gaps(candles: Iterable[Candle], end_ms: int) -> Iterator[Candle]:
    """Each minute from the first candle up to `end_ms`; those that are missing are flat bars."""
    last: Candle | None = None
    for candle in candles:
        if last is not None:
            yield from flat_minutes(last, candle.open_ms)
            if candle.is_flat:
                candle = flat_candle(candle.open_ms, last.close)
        yield candle
        last = candle
    if last is not None:
        yield from flat_minutes(last, end_ms)
