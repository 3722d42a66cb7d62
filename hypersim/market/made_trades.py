"""The trades of a candle that nobody has the trades of: made up, the same ones at any time.

They add up to the candle exactly, on the instrument's grid: number, volume, quote volume, the
takers' part of both, open, high, low and close. The figures of each side (takers who bought, takers
who sold) are met on their own, in whole ticks and steps (`made_sides`); then the trades are put in
an order that runs from the open over both extremes to the close, and get times within the bar.

Three kinds of candle cannot be met in every figure: one that does not tell the number of its trades
or the takers' part (see `told`), one that is not on the grid (it gets a finer one), and one that no
trades could make, such as a mean price beyond its extremes; there the quote volume gives way.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import blake2b

import msgspec

from hypersim.market.candle import Candle
from hypersim.market.instrument import Instrument
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


def made_trades(
    symbol: str, candle: Candle, length_ms: int, instrument: Instrument, first_id: int
) -> list[PublicTrade]:
    """The trades of a bar of `length_ms`, ascending, the first of which has the id `first_id`.
    They depend on the symbol and the candle alone."""
    candle = told(candle, instrument)
    if candle.trade_count == 0:
        return []
    tick = _unit(instrument.tick_size, candle.open, candle.high, candle.low, candle.close)
    step = _unit(instrument.step_size, candle.volume, candle.taker_volume)
    dice = _Dice(symbol, candle)
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
    lots = made_lots(bar, dice)
    times = _times(candle.open_ms, length_ms, len(lots), dice)
    return [
        PublicTrade(first_id + n, time_ms, lot.price * tick, lot.size * step, not lot.buys)
        for n, (lot, time_ms) in enumerate(zip(lots, times, strict=True))
    ]


_FINEST = Decimal(1).scaleb(-18)


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


def _times(open_ms: int, length_ms: int, count: int, dice: _Dice) -> Iterator[int]:
    """Ascending moments within the bar."""
    return iter(sorted(open_ms + dice(length_ms) for _ in range(count)))


def _unit(grid: Decimal, *numbers: Decimal) -> Decimal:
    """The grid, or a decimal fraction of it on which all of these numbers are."""
    unit = grid
    while unit > _FINEST and any(number % unit for number in numbers):
        unit /= 10
    return unit


def _whole(number: Decimal, unit: Decimal) -> int:
    return int((number / unit).to_integral_value(ROUND_HALF_EVEN))
