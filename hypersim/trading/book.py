"""Resting orders of one pool and symbol, in price-time order.

Layout: per side a map from price to the orders at it, and the prices in order, best first. Dicts
keep insertion order, which is time priority, as orders join in the order of their `rank`; an
iceberg order leaves and joins again with each part that it shows. Invariant: no empty price level.
Cost: O(1) to join or leave a level; O(log levels) comparisons and a move of memory to open or close
one, which in a plain list is the fastest up to far more levels than a market has.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from hypersim.trading.order import BUY, Order, Side


class BookSide:
    """One side of a book; the best price is the highest bid or the lowest ask."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._is_bids = side is BUY
        self._levels: dict[Decimal, dict[int, Order]] = {}
        self._keys: list[Decimal] = []
        self._icebergs: set[int] = set()

    def put(self, order: Order) -> None:
        """Add an order at the end of its level, or replace it in its place."""
        assert order.price is not None, order
        level = self._levels.get(order.price)
        if level is None:
            self._levels[order.price] = {order.id: order}
            insort(self._keys, self._key_of(order.price))
        else:
            level[order.id] = order
        if order.iceberg_quantity is not None:
            self._icebergs.add(order.id)

    def remove(self, order: Order) -> None:
        """Take an order out; it must be there."""
        assert order.price is not None, order
        level = self._levels[order.price]
        del level[order.id]
        if not level:
            del self._levels[order.price]
            del self._keys[bisect_left(self._keys, self._key_of(order.price))]
        if order.iceberg_quantity is not None:
            self._icebergs.remove(order.id)

    def remove_all(self, leaving: Mapping[Decimal, Sequence[int]]) -> None:
        """Take many orders out, ids by price; they must be there."""
        for price, order_ids in leaving.items():
            level = self._levels[price]
            for order_id in order_ids:
                del level[order_id]
            if not level:
                del self._levels[price]
            if self._icebergs:
                self._icebergs.difference_update(order_ids)
        self._keys = sorted(map(self._key_of, self._levels))

    def best_price(self) -> Decimal | None:
        """The price at the front, or None when nothing rests."""
        if not self._keys:
            return None
        return -self._keys[0] if self._is_bids else self._keys[0]

    def offers(self) -> Iterator[tuple[Order, Decimal | None]]:
        """(order, quantity) as an arriving order meets them; None is all that remains of it. An
        iceberg order stands again behind the others at its price with each part."""
        for price in self.prices():
            level = self._levels[price]
            if self._icebergs and not self._icebergs.isdisjoint(level):
                yield from _in_turns(level.values())
            else:
                for order in level.values():
                    yield order, None

    def prices(self) -> Iterator[Decimal]:
        """The prices at which orders rest, best first."""
        return map(self._price_of, self._keys)

    def reached_by(self, offer: Decimal) -> Iterator[Order]:
        """The orders that would trade at `offer`, best price first, then the oldest."""
        limit = self._key_of(offer)
        for key in self._keys:
            if key > limit:
                return
            yield from self._levels[self._price_of(key)].values()

    def next_from(self, offer: Decimal, *, is_beyond: bool) -> Decimal | None:
        """The best price at which an order rests, not better than `offer`, or worse than it."""
        find = bisect_right if is_beyond else bisect_left
        place = find(self._keys, self._key_of(offer))
        return self._price_of(self._keys[place]) if place < len(self._keys) else None

    def __bool__(self) -> bool:
        return bool(self._keys)

    def _key_of(self, price: Decimal) -> Decimal:
        """Of a better price it is less."""
        return -price if self._is_bids else price

    def _price_of(self, key: Decimal) -> Decimal:
        return -key if self._is_bids else key


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
        self.bids = BookSide(BUY)
        self.asks = BookSide(Side.SELL)
        self.sides = {BUY: self.bids, Side.SELL: self.asks}
        """Where orders of a side rest."""
