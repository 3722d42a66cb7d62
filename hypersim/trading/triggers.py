"""Conditional orders of one symbol that wait for a price, found in constant time when none is due.

Layout: four ladders of (price, rank, order id). An order that does not trail stands on one, at its
trigger price. One that trails stands on two: at the price that fires it, and at its best price,
beyond which it has to move on.
"""

from collections.abc import Iterator
from decimal import Decimal

from sortedcontainers import SortedSet

from hypersim.market.number import ZERO
from hypersim.trading.order import Order, Side

BASIS_POINTS = Decimal(10_000)

_BEFORE_ALL, _AFTER_ALL = -1, 2**63


class Ladder:
    """Orders by the price that they wait for; it is reached from below, or from above."""

    def __init__(self, *, rises: bool) -> None:
        self._sign = 1 if rises else -1
        self._steps: SortedSet[tuple[Decimal, int, int]] = SortedSet()

    def add(self, price: Decimal, order: Order) -> None:
        """Let the order wait; nothing changes if it does already."""
        self._steps.add((price * self._sign, order.rank, order.id))

    def remove(self, price: Decimal, order: Order) -> None:
        """Take the order off; it must be there."""
        self._steps.remove((price * self._sign, order.rank, order.id))

    def next_beyond(self, price: Decimal) -> Decimal | None:
        """The first price that an order waits for and that `price` has not reached."""
        place = self._steps.bisect_right((price * self._sign, _AFTER_ALL, _AFTER_ALL))
        return self._steps[place][0] * self._sign if place < len(self._steps) else None

    def reached(self, price: Decimal, *, is_beyond: bool) -> Iterator[tuple[int, int]]:
        """(rank, order id) of those that the price reaches, or goes beyond."""
        steps = self._steps
        if not steps or steps[0][0] > price * self._sign:
            return
        end = (price * self._sign, _BEFORE_ALL if is_beyond else _AFTER_ALL)
        for _, rank, order_id in steps.irange(maximum=end):
            yield rank, order_id


class Triggers:
    """All untriggered orders of a symbol. `count` is how many there are."""

    def __init__(self) -> None:
        self.count = 0
        self._ids: set[int] = set()
        self._rising, self._falling = Ladder(rises=True), Ladder(rises=False)
        self._above, self._below = Ladder(rises=True), Ladder(rises=False)

    def put(self, order: Order) -> None:
        """Let the order wait for its price. A trailing order that moved on is removed first."""
        for ladder, price in self._places(order):
            ladder.add(price, order)
        self._ids.add(order.id)
        self.count = len(self._ids)

    def remove(self, order: Order) -> None:
        """Forget the order; it must be there as it is."""
        for ladder, price in self._places(order):
            ladder.remove(price, order)
        self._ids.remove(order.id)
        self.count = len(self._ids)

    def next_between(self, start: Decimal, end: Decimal) -> Decimal | None:
        """The first price after `start`, up to and including `end`, that fires an order on the way
        from one to the other."""
        price = (self._rising if end > start else self._falling).next_beyond(start)
        if price is None:
            return None
        return price if min(start, end) <= price <= max(start, end) else None

    def reached(self, price: Decimal) -> list[int]:
        """Ids of the orders that this price fires or moves on, by time priority."""
        found = {
            *self._rising.reached(price, is_beyond=False),
            *self._falling.reached(price, is_beyond=False),
            *self._above.reached(price, is_beyond=True),
            *self._below.reached(price, is_beyond=True),
        }
        return [order_id for _, order_id in sorted(found)]

    def _places(self, order: Order) -> Iterator[tuple[Ladder, Decimal]]:
        assert order.trigger is not None, order
        if order.trailing_price is not None:
            is_sell = order.side is Side.SELL
            yield (self._falling if is_sell else self._rising), firing_price(order)
            yield (self._above if is_sell else self._below), order.trailing_price
        elif order.trigger_price is None:
            # It begins to trail at whatever price comes first.
            yield self._rising, ZERO
        else:
            rises = order.trigger.rises(order.side)
            yield (self._rising if rises else self._falling), order.trigger_price


def firing_price(order: Order) -> Decimal:
    """What fires a trailing order now: its best price less (a sell) or plus (a buy) the delta."""
    assert order.trailing_price is not None and order.trailing_delta is not None, order
    delta = -order.trailing_delta if order.side is Side.SELL else order.trailing_delta
    return order.trailing_price * (BASIS_POINTS + delta) / BASIS_POINTS


def is_fired(order: Order, price: Decimal) -> bool:
    """Whether the order, which this price reaches, starts to work; else it only moves on."""
    if order.trailing_delta is None:
        return True
    if order.trailing_price is None:
        return False
    stop = firing_price(order)
    return price <= stop if order.side is Side.SELL else price >= stop
