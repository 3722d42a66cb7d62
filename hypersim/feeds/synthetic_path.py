"""The synthetic price path of one market, in whole ticks and lots: any bar, from any time, at once.

A day's bar is a function of the seed and the day; each shorter bar is cut out of the longer one
that holds it (day → 12 h → 4 h → 1 h → 15 min → 5 min → 1 min). So the parts of a bar always add up
to it exactly: first open, highest high, lowest low, last close, summed volume. A calm day has calm
minutes, because a part's range is cut from the whole's.
"""

from math import isqrt

from hypersim.feeds.synthetic_noise import LATTICE_ONE, Dice

Bar = tuple[int, int, int, int, int]
"""open, high, low, close in ticks; volume in lots (a lot is two steps of the instrument)"""

DAY, HALF_DAY, FOUR_HOURS, HOUR, QUARTER, FIVE_MINUTES, MINUTE = range(7)
"""Levels of the path, longest first."""

PARTS = (1, 2, 3, 4, 4, 3, 5)
"""How many bars of a level make one of the level before."""

MINUTES = (1440, 720, 240, 60, 15, 5, 1)
"""How long a bar of each level is."""

MINUTE_LOTS_MIN = 384
"""Lots that trade in the quietest minute, so that every trade of its tape has some."""

# How far a part's end strays from the straight way and how long its wicks are, both as shares of
# the whole's range over the root of the number of parts, as for a random walk. The figures were
# fitted: a minute of a liquid pair spans 7 basis points in the middle, 70 once in a hundred.
_SHIFT = 32
_STEP = tuple((1 << _SHIFT) * 100 // (40_000 * isqrt(10_000 * parts)) for parts in PARTS)
_WICK = tuple((1 << _SHIFT) * 32 // (65_536 * isqrt(10_000 * parts)) for parts in PARTS)

# What all markets share and what is a market's own, in quarters, so that they move together.
_SHARED, _OWN = 4, 2


class PricePath:
    """Bars of one market. Two markets with the same dice move as one, as the same coin in two
    dollars does. `shared` are the dice of what all markets have in common, None for a market that
    goes its own way."""

    def __init__(
        self, own: Dice, shared: Dice | None, reference_ticks: int, daily_lots: int
    ) -> None:
        self._own = own
        self._shared = shared
        self._reference = reference_ticks
        self._lots = max(daily_lots, 2 * MINUTES[DAY] * MINUTE_LOTS_MIN)

    def bars(self, level: int, first: int, end: int) -> list[Bar]:
        """Bars number `first` up to but not including `end`; number 0 opened at the epoch."""
        if level == DAY:
            closes = [self._day_open(day) for day in range(first, end + 1)]
            return [self._day(first + i, closes[i], closes[i + 1]) for i in range(end - first)]
        parts = PARTS[level]
        parent = first // parts
        bars: list[Bar] = []
        for bar in self.bars(level - 1, parent, -(-end // parts)):
            bars += self._split(bar, level, parent)
            parent += 1
        skip = first % parts
        return bars[skip : skip + end - first]

    def _day_open(self, day: int) -> int:
        away = self._own.wander(day) * _OWN // 4
        if self._shared is not None:
            away += self._shared.wander(day) * _SHARED // 4
        return max(2, self._reference * (LATTICE_ONE + away) // (LATTICE_ONE - away))

    def _day(self, day: int, opened: int, closed: int) -> Bar:
        up, down, activity = self._own.roll(DAY, day, 3)
        # At most 3 % beyond open and close, mostly much less.
        high = max(opened, closed) + opened * up * up // (33 << 30)
        low = max(2, min(opened, closed) - opened * down * down // (33 << 30))
        moved = (high - low) * 8 * self._lots // opened
        lots = self._lots // 2 + moved + self._lots * (activity + 32_768) // 131_072
        return opened, high, low, closed, lots

    def _split(self, whole: Bar, level: int, index: int) -> list[Bar]:
        """Cut a bar into the bars of the next level."""
        opened, high, low, closed, lots = whole
        parts = PARTS[level]
        rolls = self._own.roll(level, index, 4 * parts)
        walk = self._walk(rolls, level, index)
        span = high - low
        step, wick = span * _STEP[level], span * _WICK[level]
        drift, total = closed - opened, walk[-1]
        highs, lows, edges = [], [], [opened]
        here = opened
        for part in range(1, parts + 1):
            there = opened + drift * part // parts
            there += (walk[part - 1] - total * part // parts) * step >> _SHIFT
            there = high if there > high else low if there < low else there
            top, bottom = (here, there) if here > there else (there, here)
            at = 4 * part
            highs.append(min(high, top + ((rolls[at - 3] + 65_536) * wick >> _SHIFT)))
            lows.append(max(low, bottom - ((rolls[at - 2] + 65_536) * wick >> _SHIFT)))
            edges.append(there)
            here = there
        highs[highs.index(max(highs))] = high
        lows[lows.index(min(lows))] = low
        volumes = _shares(lots, MINUTES[level] * MINUTE_LOTS_MIN, rolls[3::4])
        return list(zip(edges[:-1], highs, lows, edges[1:], volumes, strict=True))

    def _walk(self, rolls: tuple[int, ...], level: int, index: int) -> list[int]:
        parts = PARTS[level]
        walk, at = [], 0
        if self._shared is None:
            for part in range(parts):
                at += rolls[4 * part]
                walk.append(at)
            return walk
        shared = self._shared.roll(level, index, parts)
        for part in range(parts):
            at += (shared[part] * _SHARED + rolls[4 * part] * _OWN) // 4
            walk.append(at)
        return walk


def _shares(lots: int, least: int, weights: tuple[int, ...]) -> list[int]:
    """`lots` in parts of uneven size, none under `least`."""
    spare = lots - least * len(weights)
    total = sum(weights) + 49_152 * len(weights)
    shares = [least + spare * (weight + 49_152) // total for weight in weights]
    shares[-1] += lots - sum(shares)
    return shares
