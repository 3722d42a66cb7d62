"""How an asset moves, and the noise that moves it: partly that of all coins, partly its own."""

from functools import lru_cache
from math import sqrt

import msgspec
import numpy as np

from hypersim.feeds.synthetic.noise import Floats, Ints, key_of, shorts

ANY = 1.0 / 32_768
"""What a roll of 16 bits is multiplied by, to be from -1 to 1."""

SPREAD = sqrt(3.0)
"""Makes the variance of what is spread evenly from -1 to 1 one."""


class Motion(msgspec.Struct, frozen=True):
    """How an asset moves: `volatility` is the deviation of a usual minute's return, `shared` how
    much of its motion is that of all coins (0 to 1)."""

    name: str
    volatility: float
    shared: float

    @property
    def own(self) -> float:
        """How much of its motion is its own; the squares of both add up to 1."""
        return sqrt(1.0 - self.shared * self.shared)


def noise_of(seed: int, motion: Motion, purpose: str, first: int, count: int) -> Floats:
    """Noise of variance 1, with few extremes, so that a month is not made by one lucky day."""
    shared = _shared_even(seed, purpose, first, count)
    own = _even(key_of(seed, motion.name, purpose), first, count)
    return shared * motion.shared + own * motion.own


@lru_cache(maxsize=8)
def _shared_even(seed: int, purpose: str, first: int, count: int) -> Floats:
    return _even(key_of(seed, "all coins", purpose), first, count)


def _even(key: int, first: int, count: int) -> Floats:
    """Noise of variance 1 whose sizes are spread evenly over every eight, and of whose signs half
    turn: so neither the variance of a month nor that it trends is much a matter of luck."""
    start = first // 8
    blocks = -(-(first + count) // 8) - start
    rolls = shorts(key, 8 * start, 8 * blocks).reshape(blocks, 8, 4)
    ranks = _ranks(rolls[:, :, :2])
    sizes = (ranks[:, :, 0] * 4_096 + (rolls[:, :, 2] & 4_095)) * (SPREAD * ANY)
    turns = np.cumsum(ranks[:, :, 1] & 1, axis=1) + (rolls[:, :1, 3] & 1)
    noise = np.where(turns & 1, sizes, -sizes).ravel()
    skip = first - 8 * start
    return noise[skip : skip + count]


def _ranks(rolls: Ints) -> Ints:
    """How many of the eight in its row come before each; the first of equal ones is first."""
    order = rolls.astype(np.int32) * 8 + np.arange(8, dtype=np.int32)[None, :, None]
    # Of many rows each place is one long run of memory then, which is four times as fast.
    order = np.ascontiguousarray(order.transpose(2, 1, 0))
    ranks = np.zeros(order.shape, np.int8)
    for place in range(8):
        ranks += order[:, place : place + 1] < order
    return ranks.transpose(2, 1, 0).astype(np.int64)
