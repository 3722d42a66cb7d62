"""The trades of one synthetic minute, moment by moment.

A minute has 120 moments, two a second, 20 in each of its six segments. The pairs of trades of a
segment stand at mirrored moments and mirrored prices. A moment has trades of one side only, at one
price: an order that arrives takes one or several that wait.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hypersim.feeds.synthetic.minutes import Segment
from hypersim.feeds.synthetic.noise import key_of, octets
from hypersim.feeds.synthetic.paths import KNOTS

MOMENTS = 120
"""Moments of a minute at which something can happen."""

PARTS = KNOTS
"""Segments of a minute, with as many moments each."""

_EACH = MOMENTS // PARTS
_PLACES = _EACH // 2
_ROLLS = 32


class Moment(NamedTuple):
    """Where the price is (ticks), who takes, and how much each of its trades has (lots of two steps
    are pairs, so a trade's size is in steps); `traded` counts the minute's trades before it."""

    price: int
    buyer_is_taker: bool
    sizes: tuple[int, ...]
    traded: int


class Tapes:
    """The minutes of one market, trade by trade."""

    def __init__(self, seed: int, symbol: str) -> None:
        self._key = key_of(seed, symbol, "tape")

    def minute(self, segments: Sequence[Segment], minute: int) -> list[Moment]:
        """The 120 moments of the minute number `minute`, which has these six segments."""
        return [one for part in range(PARTS) for one in self.part(segments, minute, part)]

    def part(self, segments: Sequence[Segment], minute: int, part: int) -> list[Moment]:
        """Those of one of its segments alone."""
        rolls = octets(self._key, minute * PARTS + part, 1, _ROLLS // 8)[0].tolist()
        traded = 2 * sum(segment.pairs for segment in segments[:part])
        return _moments(segments[part], rolls, traded)


def _moments(segment: Segment, rolls: list[int], traded: int) -> list[Moment]:
    places = _places(segment, rolls)
    way = segment.end - segment.start
    low, high = min(0, way), max(0, way)
    there: list[tuple[int, bool, tuple[int, ...]]] = []
    back: list[tuple[int, bool, tuple[int, ...]]] = []
    rises = way >= 0
    for place in range(_PLACES):
        gone = way * place // (_EACH - 1)
        if place:
            gone = min(high, max(low, gone + way * (rolls[place] - 128) // 1_024))
        buys, sizes = places.get(place, (rises, ()))
        there.append((segment.start + gone, buys, sizes))
        back.append((segment.end - gone, buys, sizes))
    moments = []
    for price, buys, sizes in (*there, *reversed(back)):
        moments.append(Moment(price, buys, sizes, traded))
        traded += len(sizes)
    return moments


def _places(segment: Segment, rolls: list[int]) -> dict[int, tuple[bool, tuple[int, ...]]]:
    """Which pairs stand where: (buyers take, sizes) by place. The first place always has some, so
    that both ends of the segment are traded at, in its direction where anybody trades that way."""
    bought, sold = segment.bought_pairs, segment.pairs - segment.bought_pairs
    first_buys = bought > 0 and (segment.end >= segment.start or sold == 0)
    order = sorted(range(1, _PLACES), key=lambda place: rolls[_PLACES + place])
    firsts, seconds = (bought, sold) if first_buys else (sold, bought)
    # So many places as pairs, as far as they go; shared between the sides as the pairs are.
    room = min(segment.pairs, _PLACES)
    for_seconds = min(seconds, max(1, room * seconds // segment.pairs)) if seconds else 0
    for_firsts = min(firsts, room - for_seconds)
    chosen = [0, *order]
    places: dict[int, tuple[bool, tuple[int, ...]]] = {}
    for buys, pairs, taken in (
        (first_buys, firsts, chosen[:for_firsts]),
        (not first_buys, seconds, chosen[for_firsts : for_firsts + for_seconds]),
    ):
        lots = segment.bought_lots if buys else segment.lots - segment.bought_lots
        sizes = _sizes(lots, pairs, rolls)
        for number, place in enumerate(taken):
            places[place] = buys, tuple(sizes[number :: len(taken)])
    return places


def _sizes(lots: int, pairs: int, rolls: list[int]) -> list[int]:
    """How large the trades of each pair are, a few large and many small."""
    weights = [4_096 + rolls[20 + i % 12] ** 2 * (1 + i % 3) for i in range(pairs)]
    spare, total = lots - pairs, sum(weights)
    sizes = [1 + spare * weight // total for weight in weights]
    if sizes:
        sizes[0] += lots - sum(sizes)
    return sizes
