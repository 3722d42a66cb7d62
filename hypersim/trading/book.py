"""Resting orders of one pool and symbol, in price-time order.

Layout: per side a sorted map from price to the orders at it. Dicts keep insertion order, which is
time priority, as orders join in the order of their `rank`; an iceberg order leaves and joins again
with each part that it shows. Invariant: no empty price level.
Cost: O(log levels) to open a level, O(1) to join or leave one.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal

from sortedcontainers import SortedDict

from hypersim.trading.order import Order, Side


class BookSide:
    """One side of a book; the best price is the highest bid or the lowest ask."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._sign = -1 if side is Side.BUY else 1
        self._levels: SortedDict[Decimal, dict[int, Order]] = SortedDict()
        self._icebergs: set[int] = set()

    def put(self, order: Order) -> None:
        """Add an order at the end of its level, or replace it in its place."""
        assert order.price is not None, order
        key = order.price * self._sign
        level = self._levels.get(key)
        if level is None:
            self._levels[key] = {order.id: order}
        else:
            level[order.id] = order
        if order.iceberg_quantity is not None:
            self._icebergs.add(order.id)

    def remove(self, order: Order) -> None:
        """Take an order out; it must be there."""
        assert order.price is not None, order
        key = order.price * self._sign
        level = self._levels[key]
        del level[order.id]
        if not level:
            del self._levels[key]
        if order.iceberg_quantity is not None:
            self._icebergs.remove(order.id)

    def best_price(self) -> Decimal | None:
        """The price at the front, or None when nothing rests."""
        if not self._levels:
            return None
        price: Decimal = self._levels.peekitem(0)[0]
        return price * self._sign

    def by_priority(self) -> Iterator[Order]:
        """All orders, best price first, then the oldest."""
        levels = self._levels
        for key in levels:
            level = levels[key]
            yield from level.values()

    def offers(self) -> Iterator[tuple[Order, Decimal | None]]:
        """(order, quantity) as an arriving order meets them; None is all that remains of it. An
        iceberg order stands again behind the others at its price with each part."""
        levels = self._levels
        for key in levels:
            level = levels[key]
            if self._icebergs and not self._icebergs.isdisjoint(level):
                yield from _in_turns(level.values())
            else:
                for order in level.values():
                    yield order, None

    def reached_by(self, offer: Decimal) -> Iterator[Order]:
        """The orders that would trade at `offer`, best price first, then the oldest."""
        limit = offer * self._sign
        for key, level in self._levels.items():
            if key > limit:
                return
            yield from level.values()

    def __bool__(self) -> bool:
        return bool(self._levels)


def _in_turns(level: Iterable[Order]) -> Iterator[tuple[Order, Decimal | None]]:
    queue = deque((order, order.remaining, order.visible) for order in level)
    while queue:
        order, left, part = queue.popleft()
        yield order, part
        left -= part
        if left:
            assert order.iceberg_quantity is not None, order
            queue.append((order, left, min(left, order.iceberg_quantity)))


class OrderBook:
    """Both sides. `put` and `remove` keep it; matching only reads it."""

    def __init__(self) -> None:
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)

    def side(self, side: Side) -> BookSide:
        """Where orders of `side` rest."""
        return self.bids if side is Side.BUY else self.asks
