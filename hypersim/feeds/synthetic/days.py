"""What assets are worth at each day's opening: a walk from day to day, since the first.

Each day rests on the one before, so a walk is a slow loop; all assets of a feed go through one
together.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import sqrt

import numpy as np

from hypersim.feeds.synthetic.motion import Motion, noise_of
from hypersim.feeds.synthetic.noise import Floats, Ints
from hypersim.feeds.synthetic.volatility import DAY_MINUTES, day_levels

FIRST_DAY = 14_610
"""2010-01-01 as a number of days since 1970; before it the days' closes stand still."""

UNIT = 4_294_967_296.0
"""Logarithms are whole numbers of this part."""

_HOME = 7
"""Each day a price gives back 2^-7 of its distance from home."""

_DAYS_AT_ONCE = 512
_FEW, _TOGETHER = 8, 128
_KNOWN_MAX = 1_024

_known: dict[tuple[int, Motion, int], Ints] = {}
"""Walks by seed, motion and number of days: what these say, whoever asks."""


def closes(seed: int, motion: Motion, first: int, count: int) -> Ints:
    """The logarithm at the opening of each day."""
    at = np.maximum(0, np.arange(first - FIRST_DAY, first - FIRST_DAY + count))
    days = _days_until(int(at[-1]))
    found = _known.get((seed, motion, days))
    if found is None:
        found = _find(seed, [motion], days)[0]
    return found[at]


def know_closes(seed: int, motions: Iterable[Motion], day: int) -> None:
    """Have those of all these up to a day at hand."""
    days = _days_until(max(0, day - FIRST_DAY))
    unknown = [one for one in dict.fromkeys(motions) if (seed, one, days) not in _known]
    for start in range(0, len(unknown), _TOGETHER):
        _find(seed, unknown[start : start + _TOGETHER], days)


def _days_until(day: int) -> int:
    return -(-(day + 1) // _DAYS_AT_ONCE) * _DAYS_AT_ONCE


def _find(seed: int, motions: Sequence[Motion], days: int) -> list[Ints]:
    steps = [_steps(seed, motion, days) for motion in motions]
    found = _walked_together(steps) if len(motions) > _FEW else [_walked(one) for one in steps]
    if len(_known) > _KNOWN_MAX:
        _known.clear()
    for motion, walk in zip(motions, found, strict=True):
        _known[seed, motion, days] = walk
    return found


def _walked(steps: Ints) -> Ints:
    """Where these steps lead, from 0."""
    path, at = [0], 0
    for step in steps[:-1].tolist():
        at += step - (at >> _HOME)
        path.append(at)
    return np.array(path, np.int64)


def _walked_together(steps: Sequence[Ints]) -> list[Ints]:
    """The same for many, which takes hardly longer than for one."""
    walks = np.zeros((len(steps[0]), len(steps)), np.int64)
    for number, one in enumerate(steps):
        walks[1:, number] = one[:-1]
    drawn, at = np.empty(len(steps), np.int64), walks[0]
    for step in walks[1:]:
        np.right_shift(at, _HOME, out=drawn)
        step -= drawn
        step += at
        at = step
    return [walks[:, number].copy() for number in range(len(steps))]


def _steps(seed: int, motion: Motion, count: int) -> Ints:
    """By how much each day moves it."""
    levels = _all_levels(seed, count)
    variances = np.rint(levels * levels * 65_536.0).astype(np.int64).reshape(-1, 8)
    steps = _levelled(noise_of(seed, motion, "days", 0, count).reshape(-1, 8), variances).ravel()
    steps *= levels * (motion.volatility * UNIT * sqrt(DAY_MINUTES))
    return np.rint(steps).astype(np.int64)


@lru_cache(maxsize=4)
def _all_levels(seed: int, count: int) -> Floats:
    return day_levels(seed, FIRST_DAY, count)


def _levelled(noise: Floats, weights: Ints) -> Floats:
    """The rows of noise, each made so much larger or smaller that its steps have the variance that
    their weights promise."""
    squares = np.rint(weights * noise * noise).astype(np.int64).sum(axis=1)
    factors: Floats = np.sqrt(weights.sum(axis=1) / np.maximum(1, squares))
    return noise * factors[:, None]
