"""Deterministic dice for the synthetic feed: a hash of who asks for what, so that any roll can be
had without the ones before it, and is the same on every machine."""

from functools import lru_cache
from hashlib import shake_128
from struct import unpack

LATTICE_ONE = 1 << 20
"""The fixed-point 1 of `wander`."""

_ANY = 1 << 15
# Days between the points of each layer, and how far the layer swings, of LATTICE_ONE. Like a random
# walk's, the swings grow with the square root of the days; unlike a walk, the sum stays bounded.
_LAYERS = ((1, 9_000), (4, 16_000), (16, 32_000), (64, 64_000), (256, 100_000))


class Dice:
    """The rolls of one seed and one name."""

    def __init__(self, seed: int, name: str) -> None:
        self._prefix = f"{seed}|{name}|".encode()

    def roll(self, level: int, index: int, count: int) -> tuple[int, ...]:
        """`count` whole numbers from -32768 to 32767."""
        return unpack(f"<{count}h", self.raw(level, index, 2 * count))

    def raw(self, level: int, index: int, size: int) -> bytes:
        """`size` bytes."""
        return shake_128(self._prefix + b"%d|%d" % (level, index)).digest(size)

    def wander(self, day: int) -> int:
        """How far something has wandered from home on `day`: within 0.22 of LATTICE_ONE either way,
        close to where it was the day before."""
        total = 0
        for layer, (days, swing) in enumerate(_LAYERS):
            index, into = divmod(day, days)
            here, there = self._lattice(layer, index), self._lattice(layer, index + 1)
            total += (here * (days - into) + there * into) * swing // (_ANY * days)
        return total

    def _lattice(self, layer: int, index: int) -> int:
        return _lattice_point(self._prefix, layer, index)


@lru_cache(maxsize=65_536)
def _lattice_point(prefix: bytes, layer: int, index: int) -> int:
    text = prefix + b"lattice|%d|%d" % (layer, index)
    value: int = unpack("<h", shake_128(text).digest(2))[0]
    return value
