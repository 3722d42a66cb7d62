"""What one market did, in columns: its minutes, days, and the numbers of its trades.

Nothing is kept but a row per day that somebody asked for: minutes are made again when needed, a
thousand in a millisecond.
"""

from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from hypersim.feeds.synthetic.minutes import Figures, Minutes, Segment, day_pairs, minutes_of
from hypersim.feeds.synthetic.noise import Ints
from hypersim.feeds.synthetic.volatility import DAY_MINUTES
from hypersim.market.candle import DAY_MS, MINUTE_MS

OPEN, HIGH, LOW, CLOSE, LOTS, PAIRS, NOTIONAL, BOUGHT, BOUGHT_NOTIONAL = range(9)
"""Rows; see `Minutes.rows`."""

_DAYS_AT_ONCE = 4
_DAYS_COUNTED = 1_024
_STRETCH = 40


class Columns:
    """The rows of one market, from the minute of `listed_ms` on."""

    def __init__(self, figures: Figures, seed: int, listed_ms: int) -> None:
        self.first_minute = listed_ms // MINUTE_MS
        self.since_day = listed_ms // DAY_MS
        self._figures = figures
        self._seed = seed
        self._days = np.zeros((9, 0), np.int64)

    def day(self, day: int) -> Minutes:
        """The minutes of one day, kept for a while."""
        return _day(self._figures, self._seed, day)

    def opening(self, day: int) -> int:
        """The price (ticks) at which a day opened."""
        return int(self.day(day).starts[0, 0])

    def minutes(self, first: int, end: int) -> Ints:
        """A column for each minute since the epoch from `first` up to but not including `end`."""
        first_day, last_day = first // DAY_MINUTES, (end - 1) // DAY_MINUTES
        if first_day == last_day:
            skip = first - first_day * DAY_MINUTES
            return self.day(first_day).rows[:, skip : skip + end - first]
        parts = [self._made(day, last_day + 1) for day in _stretches(first_day, last_day + 1)]
        skip = first - first_day * DAY_MINUTES
        return np.concatenate(parts, axis=1)[:, skip : skip + end - first]

    def days(self, first: int, end: int) -> Ints:
        """A column for each day from `first` up to but not including `end`, from the start on."""
        first -= self.since_day
        end -= self.since_day
        if end > self._days.shape[1]:
            more = np.zeros((9, end + _DAYS_COUNTED - self._days.shape[1]), np.int64)
            self._days = np.concatenate((self._days, more), axis=1)
        known = self._days
        day = first
        while day < end:
            if known[PAIRS, day]:
                day += 1
                continue
            rows = self._made(day + self.since_day, end + self.since_day)
            made = rows.shape[1] // DAY_MINUTES
            starts = np.arange(made) * DAY_MINUTES
            if day == 0:
                starts[0] = self.first_minute % DAY_MINUTES
            known[:, day : day + made] = joined(rows, starts)
            day += made
        return known[:, first:end]

    def knows_days(self, first: int, end: int) -> bool:
        """Whether these days have been made."""
        first, end = max(0, first - self.since_day), end - self.since_day
        return end <= self._days.shape[1] and bool(self._days[PAIRS, first:end].all())

    def pairs_before(self, minute: int) -> int:
        """How many pairs of trades there were before this minute since the epoch."""
        day, into = divmod(minute, DAY_MINUTES)
        before = int(self._day_pairs(day)[day - self.since_day]) - self._unlisted
        return before + (int(self.day(day).rows[PAIRS, :into].sum()) if into else 0)

    def minute_of_pair(self, pair: int) -> int:
        """The minute in which the pair number `pair` traded, the first being number 0."""
        pair += self._unlisted
        day = self.since_day + _DAYS_COUNTED
        while self._day_pairs(day)[-1] <= pair:
            day += _DAYS_COUNTED
        into = int(np.searchsorted(self._day_pairs(day), pair, side="right")) - 1
        left = pair - int(self._day_pairs(day)[into])
        gone = np.cumsum(self.day(self.since_day + into).rows[PAIRS])
        return (self.since_day + into) * DAY_MINUTES + int(np.searchsorted(gone, left, "right"))

    def segments(self, minute: int) -> tuple[list[Segment], int]:
        """The six segments of a minute, and how many pairs of trades there were before it."""
        day, into = divmod(minute, DAY_MINUTES)
        return self.day(day).segments(into), self.pairs_before(minute)

    @cached_property
    def _unlisted(self) -> int:
        """Pairs of the first day before the market began."""
        into = self.first_minute % DAY_MINUTES
        return int(self.day(self.since_day).rows[PAIRS, :into].sum()) if into else 0

    def _made(self, day: int, end: int) -> Ints:
        count = min(_DAYS_AT_ONCE, end - day)
        return minutes_of(self._figures, self._seed, day, count).rows

    def _day_pairs(self, day: int) -> Ints:
        """Pairs before each day, as far as `day` at least."""
        count = -(-(day - self.since_day + 2) // _DAYS_COUNTED) * _DAYS_COUNTED
        return _counted(self._figures, self._seed, self.since_day, count)


class _Piece(NamedTuple):
    """Some minutes of a day, the price at which that opened, and how many pairs of trades there
    were before each."""

    first: int
    opening: int
    minutes: Minutes
    pairs: list[int]

    def has(self, minute: int) -> bool:
        return self.first <= minute < self.first + len(self.pairs) - 1

    def at(self, minute: int) -> tuple[list[Segment], int]:
        row = minute - self.first
        return self.minutes.segments(row), self.pairs[row]


class Stretch:
    """The minutes of a market that lives: an hour or so at hand, the next made when its time comes.
    Markets do that at different times, so that not all do it at once."""

    def __init__(self, columns: Columns, phase: int) -> None:
        self._columns = columns
        self._length = _STRETCH + phase % _STRETCH
        self._piece: _Piece | None = None

    def at(self, minute: int) -> tuple[list[Segment], int]:
        """See `Columns.segments`; the time goes on from here."""
        piece = self._piece
        if piece is None or not piece.has(minute):
            piece = self._piece = self._from(minute)
        return piece.at(minute)

    def opening(self, minute: int) -> int:
        """The price (ticks) at which the day of this minute opened."""
        piece = self._piece
        if piece and piece.has(minute):
            return piece.opening
        return self._columns.opening(minute // DAY_MINUTES)

    def look(self, minute: int) -> tuple[list[Segment], int]:
        """The same for any minute: what is not at hand is made for this once."""
        piece = self._piece
        return piece.at(minute) if piece and piece.has(minute) else self._columns.segments(minute)

    def begin(self, minute: int) -> None:
        """Have what comes next at hand, where nothing is yet."""
        if self._piece is None:
            self._piece = self._from(minute)

    def _from(self, minute: int) -> _Piece:
        day, into = divmod(minute, DAY_MINUTES)
        end = min(into + self._length, DAY_MINUTES)
        opening = self._columns.opening(day)
        minutes = self._columns.day(day).part(into, end)
        before = self._columns.pairs_before(minute)
        pairs = list(accumulate(minutes.rows[PAIRS].tolist(), initial=before))
        return _Piece(minute, opening, minutes, pairs)


def joined(rows: Ints, starts: Ints) -> Ints:
    """The rows of longer bars, each from one of `starts` to the next."""
    bars: Ints = np.add.reduceat(rows, starts, axis=1)
    ends = np.append(starts[1:], rows.shape[1]) - 1
    bars[OPEN] = rows[OPEN, starts]
    bars[HIGH] = np.maximum.reduceat(rows[HIGH], starts)
    bars[LOW] = np.minimum.reduceat(rows[LOW], starts)
    bars[CLOSE] = rows[CLOSE, ends]
    return bars


def _stretches(first: int, end: int) -> range:
    return range(first, end, _DAYS_AT_ONCE)


@lru_cache(maxsize=32)
def _day(figures: Figures, seed: int, day: int) -> Minutes:
    return minutes_of(figures, seed, day, 1)


@lru_cache(maxsize=512)
def _counted(figures: Figures, seed: int, since_day: int, count: int) -> Ints:
    """Pairs before each of `count` days, (count,)."""
    pairs = day_pairs(figures, seed, since_day, count - 1)
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(pairs)))
