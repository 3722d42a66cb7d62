"""The trades of a candle that nobody has the trades of: made up, the same ones at any time.

They add up to the candle exactly, on the instrument's grid: number, volume, quote volume, the
takers' part of both, open, high, low and close. The figures of each side (takers who bought, takers
who sold) are met on their own, in whole ticks and steps (`made_sides`), and the trades are put in
an order that runs from the open over both extremes to the close (`made_lots`).

Three kinds of candle cannot be met in every figure: one that does not tell the number of its trades
or the takers' part (see `told`), one that is not on the grid (it gets a finer one), and one that no
trades could make, such as a mean price beyond its extremes; there the quote volume gives way.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from hypersim.market.candle import Candle
from hypersim.market.instrument import Instrument
from hypersim.market.made_lots import MadeLots, ends_of
from hypersim.market.made_sides import Bar, made_lots
from hypersim.market.tape import PublicTrade

UNTOLD_COUNT = 10
"""Trades of a bar that has volume and does not say how many made it; fewer where its volume has
fewer steps."""


def told(candle: Candle, instrument: Instrument) -> Candle:
    """The candle with what its source left out: a bar with volume has trades, and half of them are
    of takers who bought. What the source told stays."""
    if candle.volume == 0 or candle.trade_count > 0:
        return candle
    step = instrument.step_size
    steps = int(candle.volume / step)
    count = max(1, min(UNTOLD_COUNT, steps))
    if candle.taker_volume or steps < 2 * UNTOLD_COUNT:
        return msgspec.structs.replace(candle, trade_count=count)
    bought = steps // 2 * step
    share = candle.quote_volume * bought / candle.volume
    unit = instrument.tick_size * step
    return msgspec.structs.replace(
        candle,
        trade_count=count,
        taker_volume=bought,
        taker_quote_volume=(share / unit).to_integral_value(ROUND_HALF_EVEN) * unit,
    )


class MadeTrades:
    """The trades of one candle of a symbol, numbered from 0. They depend on the symbol, the candle
    and the instrument alone; a candle without volume has none."""

    def __init__(self, candle: Candle, instrument: Instrument) -> None:
        self._candle = told(candle, instrument)
        self._instrument = instrument
        self.count = 0
        """How many there are."""
        self.turns: tuple[Decimal, ...] = ()
        """The prices at its beginning, its extremes and its end."""
        self.ends: tuple[int, ...] = ()
        """How many trades there are up to and with each turn."""
        if self._candle.volume == 0:
            return
        if self._candle.trade_count > _TURNS_MAX:
            self.count, self.turns = self._candle.trade_count, _turns(self._candle)
            self.ends = ends_of(len(self.turns), self.count - len(self.turns))
        else:
            lots = self._made.lots
            self.count, self.ends = lots.total, lots.ends
            self.turns = tuple(turn.price * self._made.tick for turn in lots.turns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MadeTrades) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[object, ...]:
        return () if self._candle.volume == 0 else self._made

    @cached_property
    def _made(self) -> "_Made":
        """Only where somebody looks at a trade, or at what some of them add up to."""
        candle, instrument = self._candle, self._instrument
        prices = candle.open, candle.high, candle.low, candle.close
        tick = _unit(instrument.tick_size, 0, *prices)
        volumes = candle.volume, candle.taker_volume
        step = _unit(instrument.step_size, candle.trade_count, *volumes)
        bar = Bar(
            _whole(candle.open, tick),
            _whole(candle.high, tick),
            _whole(candle.low, tick),
            _whole(candle.close, tick),
            _whole(candle.volume, step),
            _whole(candle.quote_volume, tick * step),
            candle.trade_count,
            _whole(candle.taker_volume, step),
            _whole(candle.taker_quote_volume, tick * step),
        )
        return _Made(made_lots(bar, _Dice(instrument.symbol, candle)), tick, step)

    def trade(self, number: int, id_: int, time_ms: int) -> PublicTrade:
        """One of them, under its id."""
        lots, tick, step = self._made
        lot = lots.lot(number)
        return PublicTrade(id_, time_ms, lot.price * tick, lot.size * step, not lot.buys)

    def bar(self, first: int, end: int, open_ms: int, first_id: int) -> Candle:
        """What those from number `first` up to but not including `end` add up to, at least one of
        them, of which the first has the id `first_id`."""
        lots, tick, step = self._made
        unit = tick * step
        sums = lots.sums(first, end)
        return Candle(
            open_ms,
            sums.open * tick,
            sums.high * tick,
            sums.low * tick,
            sums.close * tick,
            sums.volume * step,
            sums.quote * unit,
            end - first,
            sums.bought * step,
            sums.bought_quote * unit,
            first_id,
        )


def made_count(candle: Candle, instrument: Instrument) -> int:
    """How many trades the candle has, without making them."""
    return MadeTrades(candle, instrument).count


_FINEST = Decimal(1).scaleb(-18)

_TURNS_MAX = 4
"""Prices that a candle must have traded at."""


def _turns(candle: Candle) -> tuple[Decimal, ...]:
    ends = candle.open, candle.close
    extremes = (candle.low, candle.high) if ends[1] >= ends[0] else (candle.high, candle.low)
    return (ends[0], *(one for one in extremes if one not in ends), ends[1])


class _Made(NamedTuple):
    """Prices in ticks, sizes in steps."""

    lots: MadeLots
    tick: Decimal
    step: Decimal


class _Dice:
    """Numbers that look random and follow from what they are made for."""

    def __init__(self, symbol: str, candle: Candle) -> None:
        seed = f"{symbol} {candle.open_ms} {candle.volume} {candle.close}".encode()
        self._state = int.from_bytes(blake2b(seed, digest_size=8).digest(), "big")

    def __call__(self, below: int) -> int:
        """From 0 up to but not including `below` (SplitMix64)."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        return ((mixed ^ (mixed >> 31)) * below) >> 64


def _unit(grid: Decimal, count: int, *numbers: Decimal) -> Decimal:
    """The grid, or a decimal fraction of it on which all of these numbers are, and of which the
    first has so many units."""
    unit = grid
    while unit > _FINEST and (
        any(number % unit for number in numbers) or numbers[0] < unit * count
    ):
        unit /= 10
    return unit


def _whole(number: Decimal, unit: Decimal) -> int:
    return int((number / unit).to_integral_value(ROUND_HALF_EVEN))
