"""What one unit of an asset is worth in dollars, at any moment.

A random walk, cut from the large to the small: the days' closes, then each day's six parts, their
hours, minutes, and six knots in a minute. Each cut is a Brownian bridge: random steps, with the
difference between where they lead and where they must lead taken off in proportion to the variance.
So any minute is found through its day alone, and returns over hours have the variance of as many
minutes: what has risen is no more likely to fall again. Only over months are prices drawn home.

Between two knots the logarithm runs straight; so what is bought and sold along the way is bounded
by the knots, and a cross follows from its legs at every moment.
"""

import operator
from functools import lru_cache
from itertools import accumulate
from math import sqrt

import msgspec
import numpy as np

from hypersim.feeds.synthetic.days import UNIT, closes
from hypersim.feeds.synthetic.motion import ANY, SPREAD, Motion, noise_of
from hypersim.feeds.synthetic.noise import Floats, Ints, key_of, shorts
from hypersim.feeds.synthetic.volatility import DAY_MINUTES, day_shape

KNOTS = 6
"""Knots of a minute; the price at its opening is that of the knot before."""

_SPREAD_2 = sqrt(1.5)

_LN2_64 = 0.010830424696249145
_ROOT = sqrt(sqrt(sqrt(sqrt(sqrt(sqrt(2.0))))))
_ROOTS = np.array(list(accumulate([_ROOT] * 63, operator.mul, initial=1.0)))


class Block(msgspec.Struct, frozen=True):
    """The worth of an asset in some days, against its home: at each day's opening and the end of
    the last day (days + 1,), and at every knot (KNOTS, minutes)."""

    edges: Floats
    knots: Floats


@lru_cache(maxsize=24)
def block(seed: int, motion: Motion, first: int, count: int) -> Block:
    """The worth of the asset in `count` days from day number `first` on."""
    opened = closes(seed, motion, first, count + 1)
    shape = day_shape(seed, first, count)
    weights = shape.weights.reshape(count, 6, 4, 60)
    hours = weights.sum(axis=3)
    parts = hours.sum(axis=2)
    scale = np.sqrt(shape.scale) * (motion.volatility * UNIT)
    noise = noise_of(seed, motion, "parts", first * 6, count * 6)
    by_part = _cut(noise, parts, scale, opened[1:] - opened[:-1])
    noise = noise_of(seed, motion, "hours", first * 24, count * 24)
    by_hour = _cut(noise, hours, scale, _moves(by_part))
    opens = _starts(_starts(opened[:-1, None], by_part).reshape(-1, 1), by_hour).reshape(-1, 1)
    start, minutes = first * DAY_MINUTES, count * DAY_MINUTES
    deviation = (np.sqrt(shape.weights) * scale[:, None]).ravel()
    steps = np.rint(_noise_2(seed, motion, start, minutes) * deviation).astype(np.int64)
    by_minute = _bridge(
        steps.reshape(-1, 60), shape.weights.reshape(-1, 60), _moves(by_hour).ravel()
    )
    # An exact power for the hours; within them four terms of the series are as smooth.
    away = _starts(np.zeros_like(opens), by_minute) / UNIT
    worth = _exp(opens) * (1.0 + away * (1.0 + away * (0.5 + away * (1 / 6 + away / 24))))
    deviation /= UNIT
    knots = _knots(seed, motion, start, deviation, _moves(by_minute).ravel() / UNIT)
    knots *= worth.ravel()
    edges = _exp(opened)
    knots[-1, DAY_MINUTES - 1 :: DAY_MINUTES] = edges[1:]
    return Block(edges, knots)


def _knots(seed: int, motion: Motion, start: int, deviation: Floats, moves: Floats) -> Floats:
    """How many times its opening price each minute has at its knots, (KNOTS, minutes)."""
    step = deviation * (SPREAD / sqrt(KNOTS) * ANY)
    knots = _shared_knots(seed, start, len(moves)) * motion.shared
    own = shorts(key_of(seed, motion.name, "knots"), start, len(moves), 2)
    for knot in range(KNOTS):
        knots[knot] += own[:, knot] * motion.own
        knots[knot] *= step
        if knot:
            knots[knot] += knots[knot - 1]
    excess = (knots[-1] - moves) / KNOTS
    for knot in range(KNOTS - 1):
        knots[knot] -= excess * (knot + 1)
    knots[-1] = moves
    # e to the power of so little.
    square = knots * knots
    square *= 0.5
    knots += square
    knots += 1.0
    return knots


@lru_cache(maxsize=4)
def _shared_knots(seed: int, start: int, minutes: int) -> Floats:
    rolls = shorts(key_of(seed, "all coins", "knots"), start, minutes, 2)
    return rolls[:, :KNOTS].T.astype(np.float64, order="C")


def _noise_2(seed: int, motion: Motion, first: int, count: int) -> Floats:
    """Noise of variance 1, as the sum of two rolls."""
    shared = shorts(key_of(seed, "all coins", "minutes"), first, count).astype(np.int64)
    own = shorts(key_of(seed, motion.name, "minutes"), first, count).astype(np.int64)
    noise = (shared[:, 0] + shared[:, 1]) * motion.shared
    noise += (own[:, 0] + own[:, 1]) * motion.own
    return noise * (_SPREAD_2 * ANY)


def _cut(noise: Floats, weights: Ints, scale: Floats, moves: Ints) -> Ints:
    """Where the parts of each longer time lead, as long as its parts are in a row of `weights`."""
    each = weights.shape[-1]
    days = len(scale)
    steps = noise.reshape(days, -1) * np.sqrt(weights.reshape(days, -1)) * scale[:, None]
    whole = np.rint(steps).astype(np.int64).reshape(-1, each)
    return _bridge(whole, weights.reshape(-1, each), moves.ravel())


def _bridge(steps: Ints, weights: Ints, moves: Ints) -> Ints:
    """Where the steps of each row lead, when they must lead to `moves` in the end."""
    away = np.cumsum(steps, axis=1)
    gone = np.cumsum(weights, axis=1)
    excess = (away[:, -1] - moves) / gone[:, -1]
    away -= np.floor(gone * excess[:, None]).astype(np.int64)
    away[:, -1] = moves
    return away


def _moves(away: Ints) -> Ints:
    return np.diff(away, axis=1, prepend=0)


def _starts(opens: Ints, away: Ints) -> Ints:
    """Where each part begins, when its row begins at `opens`, (rows, 1)."""
    starts = np.empty_like(away)
    starts[:, :1] = opens
    starts[:, 1:] = opens + away[:, :-1]
    return starts


def _exp(logarithms: Ints) -> Floats:
    """e to the power of so many units."""
    power: Floats = logarithms / UNIT
    part = np.rint(power / _LN2_64)
    rest = power - part * _LN2_64
    whole = part.astype(np.int64)
    squared = rest * (0.5 + rest * (1 / 6 + rest * (1 / 24 + rest / 120)))
    grown: Floats = 1.0 + rest * (1.0 + squared)
    grown *= _ROOTS[whole & 63]
    np.ldexp(grown, (whole >> 6).astype(np.int32), out=grown)
    return grown
