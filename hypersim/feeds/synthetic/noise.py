"""Deterministic noise: a hash of who asks for what, so that any value can be had without the ones
before it, and is the same on every machine.

Everything that prices are made of is whole numbers, or floats that only ever see + - * / sqrt,
floor and rint. IEEE 754 says what these give to the last bit, so neither the machine nor the
version of numpy can change a price. No libm, no sums of broken floats, whose order is not ours.
"""

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]

MASK = (1 << 64) - 1
_GOLDEN, _ONE, _TWO = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def key_of(seed: int, *names: str) -> int:
    """64 bits for one purpose of one seed."""
    text = "|".join((str(seed), *names)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


def mixed(key: int, index: Any) -> Any:
    """64 random bits for each index: one whole number, or an array of uint64 (splitmix64)."""
    bits = (index * _GOLDEN + key) & MASK
    bits = ((bits ^ (bits >> 30)) * _ONE) & MASK
    bits = ((bits ^ (bits >> 27)) * _TWO) & MASK
    return bits ^ (bits >> 31)


def words(key: int, first: int, count: int) -> NDArray[np.uint64]:
    """64 random bits for each index from `first` on."""
    bits = np.arange(first, first + count).astype(np.uint64)
    bits *= np.uint64(_GOLDEN)
    bits += np.uint64(key)
    for shift, factor in ((30, _ONE), (27, _TWO)):
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(factor)
    bits ^= bits >> np.uint64(31)
    return bits


def shorts(key: int, first: int, count: int, each: int = 1) -> NDArray[np.int16]:
    """`4 * each` whole numbers from -32768 to 32767 for each index, shape (count, 4 * each)."""
    bits = words(key, first * each, count * each)
    return bits.astype("<u8", copy=False).view("<i2").reshape(count, 4 * each)


def octets(key: int, first: int, count: int, each: int = 1) -> NDArray[np.uint8]:
    """`8 * each` whole numbers from 0 to 255 for each index, shape (count, 8 * each)."""
    bits = words(key, first * each, count * each)
    return bits.astype("<u8", copy=False).view("u1").reshape(count, 8 * each)
