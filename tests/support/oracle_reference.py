"""The reference market as the naive exchange of oracle.py sees it: what it shows, and what is left
of that for whom."""

from decimal import Decimal

from hypersim.market.events import Level
from hypersim.trading.order import Side
from tests.support.oracle_orders import NOTHING

ENDLESS = Decimal(10**9)


class Reference:
    """`shown` are the levels, the best first, that an order of a side meets. Orders of one pool
    eat from the same levels; where those are endless, there is always more of the best one."""

    def __init__(self, *, is_endless: bool) -> None:
        self.is_endless = is_endless
        self.shown: dict[Side, tuple[Level, ...]] = {Side.BUY: (), Side.SELL: ()}
        self.eaten: dict[tuple[int, Side, Decimal], Decimal] = {}

    def show(self, bids: tuple[Level, ...], asks: tuple[Level, ...]) -> None:
        """What was eaten of a level stays so until the level changes."""
        for side, new in ((Side.BUY, asks), (Side.SELL, bids)):
            same = set(self.shown[side]) & set(new)
            kept = {(side, price) for price, _ in same}
            self.eaten = {k: v for k, v in self.eaten.items() if k[1] is not side or k[1:] in kept}
            self.shown[side] = new

    def offered(self, side: Side, pool: int) -> list[Level]:
        """What an order of this side and pool can still have."""
        if self.is_endless:
            return [(price, ENDLESS) for price, _ in self.shown[side][:1]]
        eaten = [self.eaten.get((pool, side, price), NOTHING) for price, _ in self.shown[side]]
        left = [(p, size - gone) for (p, size), gone in zip(self.shown[side], eaten, strict=True)]
        return [level for level in left if level[1]]

    def eat(self, side: Side, pool: int, price: Decimal, quantity: Decimal) -> None:
        """An order of this side and pool takes so much of a level."""
        key = pool, side, price
        self.eaten[key] = self.eaten.get(key, NOTHING) + quantity
