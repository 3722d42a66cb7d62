"""The minutes of one market: those that are over, and the running one.

Minutes are the base: every longer candle and the ticker come from them. A minute without a trade is
a flat bar at the last price, so that bars never have gaps. A trade that comes late goes into the
minute in which it happened.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from hypersim.market.bars import Bars
from hypersim.market.candle import DAY_MS, MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.tape import PublicTrade

MINUTES_MAX = 2 * 24 * 60
"""Closed minutes kept per symbol; older candles come from the feed's history."""


class Minutes:
    """`running` is the unfinished minute, None until a price is known."""

    def __init__(self) -> None:
        self.running: Candle | None = None
        self._over = Bars()
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
        self._close(closed)
        self.running = flat_candle(open_ms, running.close)
        return closed

    def load(self, candles: Sequence[Candle]) -> None:
        """Take in ascending minutes from before the running one, of which more may be known than
        was seen here: those from before the start, or while the server was down."""
        if not candles:
            return
        last = candles[-1]
        if self.running is None:
            self.running = flat_candle(last.open_ms + MINUTE_MS, last.close)
        end_ms = self.running.open_ms
        ours, self._over = self._over, Bars()
        if isinstance(candles, Bars) and _goes_before(candles, ours, end_ms):
            self._over = candles.part(0, (end_ms - candles.open_ms(0)) // MINUTE_MS)
            for one in ours:
                self._fit(one)
            self._close(flat_minutes(self._over[-1], end_ms))
        else:
            self._close(_without_gaps(_fuller(candles, ours, end_ms), end_ms))
        self._over.drop_first(len(self._over) - MINUTES_MAX)
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
        first_ms = self.first_ms
        assert first_ms is not None
        skip = max(0, -((first_ms - start_ms) // MINUTE_MS))
        later = [self.running, *quiet]
        return [*self._over[skip:], *later[max(0, skip - len(self._over)) :]]

    @property
    def first_ms(self) -> int | None:
        """When the oldest minute at hand opened; None until a price is known."""
        if self._over:
            return self._over.open_ms(0)
        return None if self.running is None else self.running.open_ms

    def day(self) -> Candle | None:
        """The rolling 24 hours up to the running minute as one bar."""
        running = self.running
        if running is None:
            return None
        start_ms = running.open_ms - DAY_MS + MINUTE_MS
        if start_ms != self._day_start_ms:
            skip = max(0, len(self._over) - DAY_MS // MINUTE_MS)
            while skip < len(self._over) and self._over.open_ms(skip) < start_ms:
                skip += 1
            self._day, self._day_start_ms = self._over.merged(skip, len(self._over)), start_ms
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

    def _fit(self, ours: Candle) -> None:
        """A minute that was seen here, after the first one at hand."""
        index = (ours.open_ms - self._over.open_ms(0)) // MINUTE_MS
        if index < len(self._over):
            if self._over[index].trade_count < ours.trade_count:
                self._over[index] = ours
            return
        last = self._over[-1]
        self._close(flat_minutes(last, ours.open_ms))
        self._over.append(flat_candle(ours.open_ms, last.close) if ours.is_flat else ours)

    def _close(self, minutes: Iterable[Candle]) -> None:
        for minute in minutes:
            self._over.append(minute)
        self._over.drop_first(len(self._over) - MINUTES_MAX)

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
        is_there = 0 <= index < len(self._over) and self._over.open_ms(index) == open_ms
        return index if is_there else None

    def _flatten_from(self, index: int) -> list[Candle]:
        """Minutes without a trade stay at the close before them; returns the closed ones."""
        flattened = []
        price = self._over[index - 1].close if index > 0 else None
        while index < len(self._over) and self._over.is_flat(index) and price is not None:
            self._over[index] = flat_candle(self._over.open_ms(index), price)
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


def _goes_before(minutes: Bars, ours: Bars, end_ms: int) -> bool:
    """Whether these minutes, without gaps, begin before `end_ms`, and none of ours before them."""
    first_ms = minutes.open_ms(0)
    is_later = not ours or ours.open_ms(0) >= first_ms
    return first_ms < end_ms and is_later and not minutes.has_gaps(MINUTE_MS)


def _fuller(theirs: Iterable[Candle], ours: Iterable[Candle], end_ms: int) -> list[Candle]:
    """Of each minute before `end_ms` the bar that knows of more trades; theirs, if both do."""
    known = {one.open_ms: one for one in theirs}
    for one in ours:
        other = known.get(one.open_ms)
        if other is None or other.trade_count < one.trade_count:
            known[one.open_ms] = one
    return [known[open_ms] for open_ms in sorted(known) if open_ms < end_ms]


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
