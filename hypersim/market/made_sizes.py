"""Sizes of trades whose prices are given, so that both their volume and their quote are met: whole
numbers above zero, where there are any."""

from collections.abc import Sequence
from itertools import product
from math import gcd

Sized = tuple[int, int]
"""(price, size)"""

_SIZES_TRIED = 64
"""Of the fourth trade and those after it, in all."""


def sized(prices: Sequence[int], volume: int, quote: int) -> list[Sized] | None:
    """One trade at each price, in that order; None where no sizes fit. With four prices and more
    only small sizes of the others than the first three are tried."""
    if len(prices) == 1:
        return [(prices[0], volume)] if prices[0] * volume == quote else None
    if len(prices) == 2:
        return _two((prices[0], prices[1]), volume, quote)
    three, more = (prices[0], prices[1], prices[2]), prices[3:]
    most = max(1, int(_SIZES_TRIED ** (1 / max(1, len(more)))))
    for sizes in product(range(1, most + 1), repeat=len(more)):
        owed = quote - sum(price * size for price, size in zip(more, sizes, strict=True))
        found = _three(three, volume - sum(sizes), owed)
        if found is not None:
            return [*found, *zip(more, sizes, strict=True)]
    return None


def _two(prices: tuple[int, int], volume: int, quote: int) -> list[Sized] | None:
    first, second = prices
    apart, owed = first - second, quote - second * volume
    if volume < 2 or (apart == 0 and owed != 0):
        return None
    if apart == 0:
        return [(first, volume - 1), (second, 1)]
    size, rest = divmod(owed, apart)
    return [(first, size), (second, volume - size)] if rest == 0 and 0 < size < volume else None


def _three(prices: tuple[int, int, int], volume: int, quote: int) -> list[Sized] | None:
    """Against the second price, the first and the third have to make up what is owed: a linear
    equation in whole numbers, whose solutions are evenly apart."""
    first, second, third = prices
    one, other, owed = first - second, third - second, quote - second * volume
    if one == 0 or other == 0:
        return _with_a_twin(prices, volume, quote)
    divisor = gcd(one, other)
    if owed % divisor:
        return None
    step = abs(other // divisor)
    start = owed // divisor * pow(one // divisor, -1, step) % step if step > 1 else 0
    last = (owed - one * start) // other
    change = -one * step // other
    # With n steps the sizes are start + n * step, last + n * change, and what is left of volume.
    least, most = _bounds((start, step), (last, change), (volume - start - last, -step - change))
    if least > most:
        return None
    steps = (least + most) // 2
    sizes = start + steps * step, last + steps * change
    return [(first, sizes[0]), (second, volume - sum(sizes)), (third, sizes[1])]


def _with_a_twin(prices: tuple[int, int, int], volume: int, quote: int) -> list[Sized] | None:
    first, second, third = prices
    twin, single = (first, third) if first == second else (second, first)
    found = _two((twin, single), volume, quote)
    if found is None or found[0][1] < 2:
        return None
    half, rest = found[0][1] // 2, found[1][1]
    pair = [(twin, half), (twin, found[0][1] - half)]
    return [*pair, (single, rest)] if first == second else [(single, rest), *pair]


def _bounds(*sizes: tuple[int, int]) -> tuple[int, int]:
    """The least and the most number n of steps for which every `start + n * step` is above zero;
    the least is more than the most where there is none. At least one of the steps is negative."""
    least, most = -(1 << 80), 1 << 80
    for start, step in sizes:
        if step > 0:
            least = max(least, -((start - 1) // step))
        elif step < 0:
            most = min(most, (start - 1) // -step)
        elif start < 1:
            return 1, 0
    return least, most
