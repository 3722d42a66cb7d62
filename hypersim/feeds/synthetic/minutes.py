"""The minutes of one market in whole ticks and lots, many at once: prices, volumes, trades.

A minute has six segments, each from one knot of the price to the next. The trades of a segment come
in mirrored pairs of equal size: one at `start + d`, its twin at `end - d`. So a pair's notional is
its size times `start + end`, whatever `d` is, and the sums of a minute follow from its segments
without a trade being made. What is said here of a minute is what its trades add up to, exactly.
"""

from decimal import Decimal
from functools import cached_property
from math import floor
from typing import NamedTuple

import msgspec
import numpy as np

from hypersim.feeds.synthetic.motion import Motion
from hypersim.feeds.synthetic.noise import Flags, Floats, Ints, key_of, octets
from hypersim.feeds.synthetic.paths import KNOTS, block
from hypersim.feeds.synthetic.volatility import DAY_MINUTES, day_levels

PAIR_LOTS = 8
"""Lots that a pair of trades has at least, on average of its segment."""

USUAL_PAIRS = 33
"""Pairs of trades in a usual minute."""

QUIET_PAIRS = 2 * KNOTS
"""Pairs that the quietest minute has."""

PRODUCT_MAX = 1 << 53
"""Ticks of the price times lots of a usual day, so that a wild day's notional fits in 64 bits."""

_USUAL_RANGE = 1.35
"""Range of a minute in deviations of a usual minute's return, on average."""

_USUAL_VOLUME = 0.75
"""Makes the volume of a usual day that of the market's profile."""


class Figures(msgspec.Struct, frozen=True):
    """What makes one market: prices in ticks are `ticks` where its assets are at home; a usual day
    trades `lots` (a lot is two steps); `rounding` is how far a knot may be off, in ticks;
    `volatility` is the deviation of a usual minute's return."""

    symbol: str
    ticks: float
    lots: float
    rounding: float
    volatility: float
    base: Motion | None
    quote: Motion | None


class Segment(NamedTuple):
    """One of the six parts of a minute; see `Minutes`."""

    start: int
    end: int
    lots: int
    pairs: int
    bought_lots: int
    bought_pairs: int


class Minutes(msgspec.Struct, frozen=True, dict=True):
    """Some whole days of minutes. Arrays of segments have the shape (6, minutes): where each starts
    and ends in ticks, the lots and pairs of trades in it, and the part of both that buyers took.
    They are whole numbers though of floats, which are faster."""

    starts: Floats
    ends: Floats
    lots: Floats
    pairs: Floats
    bought_lots: Floats
    bought_pairs: Floats

    @property
    def _columns(self) -> tuple[Floats, ...]:
        return (
            self.starts,
            self.ends,
            self.lots,
            self.pairs,
            self.bought_lots,
            self.bought_pairs,
        )

    def segments(self, row: int) -> list[Segment]:
        """The segments of one minute."""
        figures = (column[:, row].astype(np.int64).tolist() for column in self._columns)
        return [Segment(*one) for one in zip(*figures, strict=True)]

    def part(self, first: int, end: int) -> "Minutes":
        """These minutes alone."""
        return Minutes(*(column[:, first:end].copy() for column in self._columns))

    @cached_property
    def rows(self) -> Ints:
        """(9, minutes): open, high, low, close, lots, pairs, notional, lots bought, notional
        bought; notionals in ticks times lots of two steps."""
        both = self.starts + self.ends
        rows = np.empty((9, both.shape[1]), np.int64)
        rows[0] = self.starts[0]
        rows[1] = np.maximum(self.starts[0], self.ends.max(axis=0))
        rows[2] = np.minimum(self.starts[0], self.ends.min(axis=0))
        rows[3] = self.ends[-1]
        rows[4] = self.lots.sum(axis=0)
        rows[5] = self.pairs.sum(axis=0)
        rows[6] = (both * self.lots).sum(axis=0)
        rows[7] = self.bought_lots.sum(axis=0)
        both *= self.bought_lots
        rows[8] = both.sum(axis=0)
        return rows


def minutes_of(figures: Figures, seed: int, first: int, count: int) -> Minutes:
    """The minutes of `count` days from day number `first` on."""
    start, length = first * DAY_MINUTES, count * DAY_MINUTES
    rolls = octets(key_of(seed, figures.symbol, "segments"), start - 1, length + 1, 3)
    rolls = np.ascontiguousarray(rolls.T)
    before, ends = _prices(figures, seed, first, count, rolls[:KNOTS])
    rolls = rolls[:, 1:]
    starts = np.empty_like(ends)
    starts[1:] = ends[:-1]
    starts[0, 1:] = ends[-1, :-1]
    starts[0, 0] = before
    span = np.maximum(starts[0], ends.max(axis=0))
    span -= np.minimum(starts[0], ends.min(axis=0))
    active = span / (figures.ticks * figures.volatility * _USUAL_RANGE)
    minute_pairs = _pairs(figures, seed, first, active, rolls[22])
    volume = _volume(figures, active, rolls[18:22])
    moves = ends - starts
    gone = np.abs(moves)
    gone *= 256.0 / (span + 1.0)
    gone += rolls[KNOTS : 2 * KNOTS]
    gone += 24.0
    for segment in range(1, KNOTS):
        gone[segment] += gone[segment - 1]
    gone /= gone[-1].copy()
    pairs = _shares(minute_pairs - QUIET_PAIRS, gone)
    pairs += 2.0
    lots = _shares(volume, gone)
    lots += PAIR_LOTS * pairs
    return _sided(starts, ends, moves >= 0, lots, pairs, rolls[12:18])


def day_pairs(figures: Figures, seed: int, first: int, count: int) -> Ints:
    """How many pairs of trades each day has; known without its minutes."""
    levels = day_levels(seed, first, count)
    rolls = octets(key_of(seed, figures.symbol, "trades"), first, count)[:, 0]
    lively = (USUAL_PAIRS - QUIET_PAIRS) * DAY_MINUTES * levels * (0.75 + rolls / 512.0)
    return QUIET_PAIRS * DAY_MINUTES + np.floor(lively).astype(np.int64)


def whole_lots(volume: Decimal, step: Decimal, ticks: float) -> float:
    """Lots of a usual day, fewer where the sums of a wild day would outgrow 64 bits."""
    return float(min(volume / step / 2, Decimal(PRODUCT_MAX) / Decimal(max(1.0, ticks))))


def _prices(
    figures: Figures, seed: int, first: int, count: int, rolls: Ints
) -> tuple[float, Floats]:
    """The price before the first minute, and at every knot. `rolls`, one minute longer, say by how
    much it is rounded."""
    base = None if figures.base is None else block(seed, figures.base, first, count)
    quote = None if figures.quote is None else block(seed, figures.quote, first, count)
    edge, knots = figures.ticks, np.empty((KNOTS, count * DAY_MINUTES))
    if base is None:
        knots.fill(figures.ticks)
    else:
        edge *= base.edges[0]
        np.multiply(base.knots, figures.ticks, out=knots)
    if quote is not None:
        edge /= quote.edges[0]
        knots /= quote.knots
    off = rolls * (figures.rounding / 256.0)
    off += 0.5 - 0.5 * figures.rounding
    knots += off[:, 1:]
    np.floor(knots, out=knots)
    np.maximum(knots, 2.0, out=knots)
    return max(2.0, floor(edge + off[-1, 0])), knots


def _pairs(figures: Figures, seed: int, first: int, active: Floats, rolls: Ints) -> Floats:
    """The day's pairs, shared out to its minutes: more where more happens."""
    days = len(active) // DAY_MINUTES
    weights = np.minimum(255.0, (0.2 + active) * (16.0 + rolls / 16.0)).astype(np.int64) + 1
    gone = np.cumsum(weights.reshape(days, DAY_MINUTES), axis=1)
    spare = day_pairs(figures, seed, first, days) - QUIET_PAIRS * DAY_MINUTES
    ends = np.floor(gone * (spare / gone[:, -1])[:, None])
    ends[:, -1] = spare
    return np.diff(ends, axis=1, prepend=0).ravel() + QUIET_PAIRS


def _volume(figures: Figures, active: Floats, rolls: Ints) -> Floats:
    """Lots of each minute: more where more happens, unevenly."""
    usual = figures.lots / DAY_MINUTES * _USUAL_VOLUME
    uneven = 0.4 + rolls[0] / 320.0 + rolls[1] / 512.0
    lift = rolls[2] / 256.0
    lift *= lift
    lift *= lift
    lift *= lift
    volume: Floats = usual * (0.05 + active) * uneven * (1.0 + 3.0 * lift)
    return np.floor(volume)


def _sided(
    starts: Floats, ends: Floats, rises: Flags, lots: Floats, pairs: Floats, rolls: Ints
) -> Minutes:
    """Who takes: buyers rather where the price rises. Both sides have a pair in every segment."""
    part = rolls * (136.0 / 65_536.0)
    part += 44.0 / 256.0
    part += rises * (32.0 / 256.0)
    bought = pairs - 1.0
    bought *= part
    np.floor(bought, out=bought)
    bought += 1.0
    taken = lots - 4.0 * pairs
    taken *= part
    np.floor(taken, out=taken)
    taken += 4.0 * bought
    return Minutes(starts, ends, lots, pairs, taken, bought)


def _shares(whole: Floats, gone: Floats) -> Floats:
    """`whole` in whole parts, of which `gone` is the part that is gone at the end of each."""
    shares = gone * whole
    np.floor(shares, out=shares)
    shares[-1] = whole
    for segment in range(KNOTS - 1, 0, -1):
        shares[segment] -= shares[segment - 1]
    return shares
