"""Whole numbers that add up: the lots of one bar, from its figures in ticks and steps.

A bar has up to four prices that must be traded: the first and the last one, and its extremes where
they are others. Each gets a trade of one side or the other; what is left of a side's volume is
traded at its mean price, rounded down and up, which meets the side's quote volume exactly. Trades
of equal size then move apart in pairs, one up and one down, which changes no sum.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from hypersim.market.made_sizes import Sized, sized

Dice = Callable[[int], int]
"""A number from 0 up to but not including the given one."""

_PRICES_TRIED = 1_000
"""Prices to both sides of the mean that are tried where a side has one trade to spare."""

_COUNTS_TRIED = 6
"""Numbers of trades of one side that are tried around its share, one after the other."""

_FEW = 12
"""Up to so many trades, those without any to spare are tried as well."""


class Bar(NamedTuple):
    """Prices in ticks, volumes in steps, quotes in ticks times steps."""

    open: int
    high: int
    low: int
    close: int
    volume: int
    quote: int
    trades: int
    bought: int
    bought_quote: int


class Lot(NamedTuple):
    """One trade; `buys` says whether its taker bought."""

    price: int
    size: int
    buys: bool


class _Side(NamedTuple):
    """What the trades of one kind of taker add up to, and the prices that are among them."""

    volume: int
    quote: int
    trades: int
    prices: tuple[int, ...]


def made_lots(bar: Bar, dice: Dice) -> list[Lot]:
    """The bar's trades in order of time; see `made_trades` for what gives way where none fit."""
    volume = max(1, bar.volume)
    musts = _musts(bar, volume)
    count = max(len(musts), min(bar.trades, volume))
    bar = bar._replace(volume=volume, trades=count, bought=min(bar.bought, volume))
    for fitting in (bar, *_relaxed(bar, musts)):
        for bought, sold in _splits(fitting, musts, dice):
            buys = _solved(bought, bar, dice)
            sells = _solved(sold, bar, dice) if buys is not None else None
            if buys is not None and sells is not None:
                return _in_order(musts, buys, sells, dice)
    return [Lot(price, max(1, volume // len(musts)), bar.bought > 0) for price in musts]


def _musts(bar: Bar, volume: int) -> tuple[int, ...]:
    """The first price, the extremes that are neither first nor last, the last price."""
    if (bar.trades == 1 and bar.open == bar.close) or volume == 1:
        return (bar.close,)
    extremes = [one for one in (bar.low, bar.high) if one not in (bar.open, bar.close)]
    if bar.close < bar.open:
        extremes.reverse()
    return (bar.open, *extremes, bar.close)[:volume]


def _relaxed(bar: Bar, musts: tuple[int, ...]) -> Iterator[Bar]:
    """Bars that are like this one but for their quote volumes, which are as near as can be: one
    side trades all prices that must be, so that the other is free."""
    least, most = _bounds(bar, bar.volume - bar.bought, musts)
    others = bar.bought * bar.low, bar.bought * bar.high
    quote = _within(bar.quote, least + others[0], most + others[1])
    share = _within(bar.bought_quote, quote - most, quote - least)
    yield bar._replace(quote=quote, bought_quote=_within(share, *others))
    least, most = _bounds(bar, bar.bought, musts)
    sold = bar.volume - bar.bought
    others = sold * bar.low, sold * bar.high
    quote = _within(bar.quote, least + others[0], most + others[1])
    share = _within(quote - bar.bought_quote, quote - most, quote - least)
    yield bar._replace(quote=quote, bought_quote=quote - _within(share, *others))
    least, most = _bounds(bar, bar.volume, musts)
    yield bar._replace(quote=_within(bar.quote, least, most), bought=0, bought_quote=0)


def _bounds(bar: Bar, volume: int, musts: tuple[int, ...]) -> tuple[int, int]:
    """The least and the most quote that the volume has if these prices are among its trades."""
    spare, owed = max(0, volume - len(musts)), sum(musts)
    return spare * bar.low + owed, spare * bar.high + owed


def _within(number: int, least: int, most: int) -> int:
    return max(least, min(number, most))


def _splits(bar: Bar, musts: tuple[int, ...], dice: Dice) -> Iterator[tuple[_Side, _Side]]:
    """Ways to tell who made which trades: those first in which both sides have trades to spare."""
    least, most = _bounds(bar, bar.volume, musts)
    if not least <= bar.quote <= most:
        return
    found = list(_ways(bar, musts, dice))
    yield from (way for way in found if all(map(_is_roomy, way)))
    if bar.trades <= _FEW:
        yield from (way for way in found if not all(map(_is_roomy, way)))


def _is_roomy(side: _Side) -> bool:
    return side.trades == 0 or side.trades - len(side.prices) > 1


def _ways(bar: Bar, musts: tuple[int, ...], dice: Dice) -> Iterator[tuple[_Side, _Side]]:
    sold, sold_quote = bar.volume - bar.bought, bar.quote - bar.bought_quote
    share = bar.trades * bar.bought // bar.volume
    least, most = max(0, bar.trades - sold), min(bar.trades, bar.bought)
    first = _within(share - _COUNTS_TRIED // 2, least, most)
    counts = sorted(
        {
            *range(first, min(most, first + _COUNTS_TRIED) + 1),
            *range(least, min(most, least + 2) + 1),
            *range(max(least, most - 2), most + 1),
        },
        key=lambda count: abs(count - share),
    )
    turn = dice(2)
    for count in counts:
        for flags in product((turn, 1 - turn), repeat=len(musts)):
            bought = tuple(price for price, buys in zip(musts, flags, strict=True) if buys)
            rest = tuple(price for price, buys in zip(musts, flags, strict=True) if not buys)
            if len(bought) <= count and len(rest) <= bar.trades - count:
                yield (
                    _Side(bar.bought, bar.bought_quote, count, bought),
                    _Side(sold, sold_quote, bar.trades - count, rest),
                )


def _solved(side: _Side, bar: Bar, dice: Dice) -> list[Sized] | None:
    """Trades that add up to the side, those at its prices first; None where there are none."""
    if side.trades == 0:
        return [] if (side.volume, side.quote) == (0, 0) and not side.prices else None
    spare = side.trades - len(side.prices)
    if spare < 0 or side.volume < side.trades:
        return None
    if not side.volume * bar.low <= side.quote <= side.volume * bar.high:
        return None
    if spare == 0:
        return sized(side.prices, side.volume, side.quote)
    if spare == 1:
        return _with_one_more(side, bar)
    volume, quote = side.volume - len(side.prices), side.quote - sum(side.prices)
    if not volume * bar.low <= quote <= volume * bar.high:
        return None
    return [*((price, 1) for price in side.prices), *_body(volume, quote, spare, bar, dice)]


def _with_one_more(side: _Side, bar: Bar) -> list[Sized] | None:
    """One trade at each price, and one at any price within the bar."""
    if not side.prices:
        price, rest = divmod(side.quote, side.volume)
        return [(price, side.volume)] if rest == 0 else None
    mean = side.quote // side.volume
    near = range(max(bar.low, mean - _PRICES_TRIED), min(bar.high, mean + _PRICES_TRIED) + 1)
    for price in sorted(near, key=lambda price: abs(price - mean)):
        found = sized((*side.prices, price), side.volume, side.quote)
        if found is not None:
            return found
    return None


def _body(volume: int, quote: int, count: int, bar: Bar, dice: Dice) -> list[Sized]:
    """At least two trades that add up to both sums: at the mean price, moved apart in pairs."""
    mean, above = divmod(quote, volume)
    if above == 0:
        return _spread(mean, _paired(volume, count, dice), bar, dice)
    least, most = max(1, count - (volume - above)), min(above, count - 1)
    higher = max(least, min(count * above // volume, most))
    return [
        *_spread(mean + 1, _paired(above, higher, dice), bar, dice),
        *_spread(mean, _paired(volume - above, count - higher, dice), bar, dice),
    ]


def _paired(volume: int, count: int, dice: Dice) -> list[int]:
    """Uneven sizes, two and two the same; the last one or two take what is left."""
    pairs = (count - 1) // 2
    weights = [64 + (dice(256) * dice(256) >> 6) for _ in range(pairs)]
    last = count - 2 * pairs
    spare, total = volume - count, 2 * sum(weights) + 300 * last
    sizes = [size for weight in weights for size in (1 + spare * weight // total,) * 2]
    left = volume - sum(sizes)
    return [*sizes, left] if last == 1 else [*sizes, left // 2, left - left // 2]


def _spread(price: int, sizes: list[int], bar: Bar, dice: Dice) -> list[Sized]:
    room = min(bar.high - price, price - bar.low)
    sized: list[Sized] = []
    for place in range(0, len(sizes) - 1, 2):
        one, other = sizes[place : place + 2]
        away = dice(room + 1) if one == other else 0
        sized += [(price + away, one), (price - away, other)]
    return sized if len(sizes) % 2 == 0 else [*sized, (price, sizes[-1])]


def _in_order(
    musts: tuple[int, ...], buys: list[Sized], sells: list[Sized], dice: Dice
) -> list[Lot]:
    """From the first price over the extremes to the last, the others on the way."""
    lots = [*(Lot(*one, True) for one in buys), *(Lot(*one, False) for one in sells)]
    turns: list[Lot] = []
    for price in musts:
        turn = next(lot for lot in lots if lot.price == price)
        lots.remove(turn)
        turns.append(turn)
    legs: list[list[Lot]] = [[] for _ in turns[1:]] or [[]]
    for lot in lots:
        legs[dice(len(legs))].append(lot)
    path = [turns[0]]
    for place, leg in enumerate(legs):
        end = turns[place + 1] if place + 1 < len(turns) else turns[place]
        leg.sort(key=lambda lot: lot.price, reverse=end.price < turns[place].price)
        path += [*leg, end] if place + 1 < len(turns) else leg
    return path
