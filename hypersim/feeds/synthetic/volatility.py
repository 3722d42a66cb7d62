"""How lively the markets are: by the day, which is known for all days at once, and by the minute.

The volatility of a minute is a product of layers that change within months, days, hours and
minutes, as in a multifractal model: that is what makes calm and wild times cluster at every scale,
and returns fat-tailed. The figures were fitted to a real month of BTC minutes. All markets share
it: when one is wild, all are.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from hypersim.feeds.synthetic.noise import Floats, Ints, key_of, shorts

DAY_MINUTES = 1_440

_DAY_LAYERS = ((64, 0.25), (16, 0.30), (4, 0.35), (1, 0.25))
"""(days between the points of a layer, how far it swings)"""

_MINUTE_LAYERS = ((360, 0.55), (90, 0.70), (20, 0.60), (5, 0.60))
"""(minutes between the points of a layer, how far it swings)"""

_DAYS_AT_ONCE = 1_024
_UNEVEN = 0.45
_BURST = 1.9
_ANY = 1.0 / 32_768
_SHARE = 65_536


class DayShape(NamedTuple):
    """What the minutes of some days share: `weights` are each minute's part of its day's variance,
    whole numbers of shape (days, 1440); `scale` is the variance that a weight of 1 stands for, of
    shape (days,), when an average day has 1440."""

    weights: Ints
    scale: Floats


def day_levels(seed: int, first: int, count: int) -> Floats:
    """How lively each day is; 1 is usual. It is so for all markets, whenever they began."""
    start, end = first // _DAYS_AT_ONCE, -(-(first + count) // _DAYS_AT_ONCE)
    skip = first - start * _DAYS_AT_ONCE
    known = [_some_levels(seed, number) for number in range(start, end)]
    return np.concatenate(known)[skip : skip + count]


@lru_cache(maxsize=32)
def _some_levels(seed: int, number: int) -> Floats:
    levels = np.ones(_DAYS_AT_ONCE)
    for span, swing in _DAY_LAYERS:
        key, first = key_of(seed, "days", str(span)), number * _DAYS_AT_ONCE
        levels *= 1.0 + swing * _lattice(key, span, first, _DAYS_AT_ONCE)
    return levels


@lru_cache(maxsize=8)
def day_shape(seed: int, first: int, count: int) -> DayShape:
    """The minutes of `count` days from day number `first` on."""
    start, length = first * DAY_MINUTES, count * DAY_MINUTES
    level = np.tile(_season(), count)
    for span, swing in _MINUTE_LAYERS:
        level *= 1.0 + swing * _lattice(key_of(seed, "minutes", str(span)), span, start, length)
    rolls = shorts(key_of(seed, "minute"), start, length)
    level *= 1.0 + _UNEVEN * (rolls[:, 0] * _ANY)
    lift = rolls[:, 1] * _ANY
    lift *= lift
    lift *= lift
    lift *= lift
    level *= 1.0 + _BURST * lift
    level *= level
    level *= _SHARE
    weights = np.maximum(1, np.rint(level)).astype(np.int64).reshape(count, DAY_MINUTES)
    lively = day_levels(seed, first, count)
    scale = lively * lively * DAY_MINUTES / weights.sum(axis=1)
    return DayShape(weights, scale)


def _season() -> Floats:
    """Livelier when Europe and America are awake, by straight lines between a few hours."""
    hours = np.array([0.9, 0.75, 0.7, 0.95, 1.3, 1.15, 0.9])
    steps = np.arange(240) / 240.0
    season: Floats = hours[:-1, None] + (hours[1:] - hours[:-1])[:, None] * steps
    return season.ravel()


def _lattice(key: int, span: int, first: int, count: int) -> Floats:
    """Noise from -1 to 1 with a value at every multiple of `span`, straight lines between them."""
    start = first // span
    points = (first + count - 1) // span - start + 2
    values: Floats = shorts(key, start, points)[:, 0] * _ANY
    if span == 1:
        return values[:count]
    steps = np.arange(span) / float(span)
    lines = (values[:-1, None] + (values[1:] - values[:-1])[:, None] * steps).ravel()
    skip = first - start * span
    return lines[skip : skip + count]
