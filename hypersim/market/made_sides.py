"""Whole numbers that add up: the lots of one bar, from its figures in ticks and steps.

A bar has up to four prices that must be traded: the first and the last one, and its extremes where
they are others. Each gets a trade of one side or the other; what is left of a side's volume is
traded at its mean price, rounded down and up, which meets the side's quote volume exactly.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from hypersim.market.made_lots import Body, Lot, MadeLots, mixed
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


class _Side(NamedTuple):
    """What the trades of one kind of taker add up to, and the prices that are among them."""

    volume: int
    quote: int
    trades: int
    prices: tuple[int, ...]


class _Way(NamedTuple):
    """`flags` say of each price that must be whether its taker bought."""

    flags: tuple[int, ...]
    bought: _Side
    sold: _Side

    @property
    def is_roomy(self) -> bool:
        """Whether both sides have trades to spare."""
        sides = self.bought, self.sold
        return all(side.trades == 0 or side.trades - len(side.prices) > 1 for side in sides)


class _Solved(NamedTuple):
    """Trades of a side at its prices, and the rest of it."""

    turns: list[Sized]
    body: Body


_NONE = Body(0, 0, 0)


def made_lots(bar: Bar, dice: Dice) -> MadeLots:
    """The bar's trades; see `made_trades` for what gives way where none fit."""
    volume = max(1, bar.volume)
    musts = _musts(bar, volume)
    count = max(len(musts), min(bar.trades, volume))
    bar = bar._replace(volume=volume, trades=count, bought=min(bar.bought, volume))
    turn = dice(2)
    for fitting in (bar, *_relaxed(bar, musts)):
        for way in _splits(fitting, musts, turn):
            bought = _solved(way.bought, bar)
            sold = _solved(way.sold, bar) if bought is not None else None
            if bought is not None and sold is not None:
                return _turned(musts, way.flags, bought, sold)
    size = max(1, volume // len(musts))
    return mixed(tuple(Lot(one, size, bar.bought > 0) for one in musts), _NONE, _NONE)


def _turned(
    musts: tuple[int, ...], flags: tuple[int, ...], bought: _Solved, sold: _Solved
) -> MadeLots:
    of_buyers, of_sellers = iter(bought.turns), iter(sold.turns)
    turns = tuple(
        Lot(*next(of_buyers if buys else of_sellers), bool(buys))
        for _, buys in zip(musts, flags, strict=True)
    )
    return mixed(turns, bought.body, sold.body)


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


def _splits(bar: Bar, musts: tuple[int, ...], turn: int) -> Iterator[_Way]:
    """Ways to tell who made which trades: those first in which both sides have trades to spare."""
    least, most = _bounds(bar, bar.volume, musts)
    if not least <= bar.quote <= most:
        return
    yield from (way for way in _ways(bar, musts, turn) if way.is_roomy)
    if bar.trades <= _FEW:
        yield from (way for way in _ways(bar, musts, turn) if not way.is_roomy)


def _ways(bar: Bar, musts: tuple[int, ...], turn: int) -> Iterator[_Way]:
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
    for count in counts:
        for flags in product((turn, 1 - turn), repeat=len(musts)):
            bought = tuple(price for price, buys in zip(musts, flags, strict=True) if buys)
            rest = tuple(price for price, buys in zip(musts, flags, strict=True) if not buys)
            if len(bought) <= count and len(rest) <= bar.trades - count:
                yield _Way(
                    flags,
                    _Side(bar.bought, bar.bought_quote, count, bought),
                    _Side(sold, sold_quote, bar.trades - count, rest),
                )


def _solved(side: _Side, bar: Bar) -> _Solved | None:
    """Trades that add up to the side, those at its prices first; None where there are none."""
    if side.trades == 0:
        is_empty = (side.volume, side.quote) == (0, 0) and not side.prices
        return _Solved([], _NONE) if is_empty else None
    spare = side.trades - len(side.prices)
    if spare < 0 or side.volume < side.trades:
        return None
    if not side.volume * bar.low <= side.quote <= side.volume * bar.high:
        return None
    if spare < 2:
        found = sized(side.prices, side.volume, side.quote) if spare == 0 else _one_more(side, bar)
        return None if found is None else _told_apart(found, len(side.prices))
    body = Body(side.volume - len(side.prices), side.quote - sum(side.prices), spare)
    if not body.volume * bar.low <= body.quote <= body.volume * bar.high:
        return None
    return _Solved([(price, 1) for price in side.prices], body)


def _told_apart(trades: list[Sized], turns: int) -> _Solved:
    """Those at prices that must be, and perhaps one more."""
    if len(trades) == turns:
        return _Solved(trades, _NONE)
    ((price, size),) = trades[turns:]
    return _Solved(trades[:turns], Body(size, price * size, 1))


def _one_more(side: _Side, bar: Bar) -> list[Sized] | None:
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
