"""The trades of one synthetic minute, and what they add up to without listing them.

A minute has 120 slots, two a second, with at most one trade each. The price runs in three legs,
from the open to one extreme, to the other, to the close. Within a leg from `a` to `b` the trades
come in mirrored pairs of equal size: one at `a + d`, its twin at `b - d`. So a pair's notional is
its size times `a + b`, whatever `d` is, and the sums of a leg follow from its ends and its volume.
Three quarters of that volume go with the leg (buyers take while it rises), one quarter against.
"""

from struct import unpack
from typing import NamedTuple

from hypersim.feeds.synthetic_noise import Dice
from hypersim.feeds.synthetic_path import MINUTE_LOTS_MIN, Bar

SLOTS = 120
"""Moments of a minute at which something can happen."""

TRADES_MEAN = 66
"""Trades in an average minute."""

_PAIRS = SLOTS // 2
_LEG_LOTS_MIN = MINUTE_LOTS_MIN // 3
_LAYOUTS = (
    (20, 20, 20),
    (12, 24, 24),
    (24, 24, 12),
    (10, 40, 10),
    (30, 20, 10),
    (10, 20, 30),
    (16, 28, 16),
    (24, 12, 24),
)
"""Pairs in each leg."""

# Of every leg the first pair trades with its direction, so that its ends are reached, and the
# second against it, so that both quarters of the volume have somebody to trade them.
_FIRSTS = tuple(1 | 1 << a | 1 << (a + b) for a, b, _ in _LAYOUTS)
_ALWAYS = tuple(first | first << 1 for first in _FIRSTS)

_MINUTE, _TAPE = 20, 21


class Sums(NamedTuple):
    """What a bar's trades add up to: quotes in ticks times steps, volume in steps."""

    trades: int
    quote: int
    taker_volume: int
    taker_quote: int


class Slot(NamedTuple):
    """One moment: where the price is (ticks), who takes, and how much trades (steps, may be 0)."""

    price: int
    buyer_is_taker: bool
    quantity: int


class _Legs(NamedTuple):
    """Turning points and volumes (lots) of the three legs, and the pairs that trade (bit sets)."""

    turns: tuple[int, int]
    lots: tuple[int, int, int]
    rises_first: bool
    layout: int
    active: int
    against: int


def minute_sums(bar: Bar, minute: int, dice: Dice) -> Sums:
    """What the trades of the minute add up to."""
    legs = _legs(bar, minute, dice)
    one, two = legs.turns
    first, second, third = legs.lots
    ends = bar[0] + one, one + two, two + bar[3]
    quote = ends[0] * first + ends[1] * second + ends[2] * third
    # Of the volume and its quote, what was traded in the direction of the first leg.
    with_first = first - (first >> 2), second >> 2, third - (third >> 2)
    volume_with = 2 * sum(with_first)
    quote_with = ends[0] * with_first[0] + ends[1] * with_first[1] + ends[2] * with_first[2]
    trades = 2 * legs.active.bit_count()
    if legs.rises_first:
        return Sums(trades, quote, volume_with, quote_with)
    return Sums(trades, quote, 2 * bar[4] - volume_with, quote - quote_with)


def estimated_sums(bar: Bar, minutes: int) -> Sums:
    """About what the trades of a longer bar add up to, in no time."""
    quote = bar[4] * (bar[0] + bar[1] + bar[2] + bar[3]) // 2
    return Sums(TRADES_MEAN * minutes, quote, bar[4], quote // 2)


def minute_slots(bar: Bar, minute: int, dice: Dice) -> list[Slot]:
    """The 120 moments of the minute."""
    legs = _legs(bar, minute, dice)
    turns = (bar[0], *legs.turns, bar[3])
    rolls = dice.roll(_TAPE, minute, SLOTS)
    slots: list[Slot] = []
    start = 0
    for leg, pairs in enumerate(_LAYOUTS[legs.layout]):
        bits = (1 << pairs) - 1
        slots += _leg_slots(
            (turns[leg], turns[leg + 1]),
            legs.lots[leg],
            legs.rises_first == (leg != 1),
            [bool(legs.active >> start & bits & 1 << pair) for pair in range(pairs)],
            [bool(legs.against >> start & bits & 1 << pair) for pair in range(pairs)],
            rolls[2 * start : 2 * (start + pairs)],
        )
        start += pairs
    return slots


def _legs(bar: Bar, minute: int, dice: Dice) -> _Legs:
    _, high, low, _, lots = bar
    active, against, *weights, shape = unpack("<QQHHHH", dice.raw(_MINUTE, minute, 24))
    layout = shape & 7
    rises_first = bool(shape & 8)
    spare = lots - MINUTE_LOTS_MIN
    one, two, three = weights
    total = one + two + three + 1
    first = _LEG_LOTS_MIN + spare * one // total
    second = _LEG_LOTS_MIN + spare * two // total
    return _Legs(
        (high, low) if rises_first else (low, high),
        (first, second, lots - first - second),
        rises_first,
        layout,
        (active & (1 << _PAIRS) - 1) | _ALWAYS[layout],
        (against | _FIRSTS[layout] << 1) & ~_FIRSTS[layout],
    )


def _leg_slots(
    ends: tuple[int, int],
    lots: int,
    rises: bool,
    active: list[bool],
    against: list[bool],
    rolls: tuple[int, ...],
) -> list[Slot]:
    start, stop = ends
    way = stop - start
    pairs = len(active)
    low, high = min(0, way), max(0, way)
    sizes = _sizes(lots, active, against, rolls[:pairs])
    there: list[Slot] = []
    back: list[Slot] = []
    for pair in range(pairs):
        gone = way * pair // (2 * pairs - 1)
        if pair:
            gone = min(high, max(low, gone + way * rolls[pairs + pair] // 262_144))
        buys = rises != against[pair]
        there.append(Slot(start + gone, buys, sizes[pair]))
        back.append(Slot(stop - gone, buys, sizes[pair]))
    return [*there, *reversed(back)]


def _sizes(lots: int, active: list[bool], against: list[bool], rolls: tuple[int, ...]) -> list[int]:
    """Steps that each pair's two trades have: three quarters of the lots for those that go with the
    leg, the rest for the others, a few large and many small."""
    sizes = [0] * len(active)
    for side, share in ((False, lots - (lots >> 2)), (True, lots >> 2)):
        trading = [i for i, on in enumerate(active) if on and against[i] == side]
        weights = [rolls[i] * rolls[i] // 65_536 + 256 for i in trading]
        spare, total = share - len(trading), sum(weights)
        for i, weight in zip(trading, weights, strict=True):
            sizes[i] = 1 + spare * weight // total
        sizes[trading[0]] += share - sum(sizes[i] for i in trading)
    return sizes
