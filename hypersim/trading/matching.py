"""What an arriving order would trade with, best price first. Only reads; nothing happens here.

Resting orders of the pool and the reference market's levels are merged by price. At one price the
pool's orders come first: they stand in the book, the reference market answers from outside.
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from hypersim.market.number import ZERO
from hypersim.trading.book import OrderBook
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.fills import FillModel
from hypersim.trading.order import Order, OrderStatus, SelfTradePrevention, Side
from hypersim.trading.reference import ReferenceMarket


class Match(msgspec.Struct, frozen=True, gc=False):
    """A trade to be: with a resting order, or with the reference market when `maker` is None."""

    price: Decimal
    quantity: Decimal
    maker: Order | None


class SelfTrade(msgspec.Struct, frozen=True, gc=False):
    """A resting order of the same account stands in the way and expires instead."""

    maker: Order


class Plan(msgspec.Struct, frozen=True, gc=False):
    """What happens on arrival. `is_stopped` says that self-trade prevention ended the order."""

    steps: tuple[Match | SelfTrade, ...]
    quantity: Decimal
    notional: Decimal
    is_stopped: bool = False

    @property
    def meets_nothing(self) -> bool:
        """The order can join the book without a trade, which is what post-only asks for."""
        return not self.steps and not self.is_stopped


class Taker(msgspec.Struct, frozen=True, gc=False):
    """The arriving order as matching needs it: either bound, in base or in quote, may be open."""

    account_id: int
    side: Side
    limit: Decimal | None
    quantity: Decimal | None
    quote_quantity: Decimal | None
    step_size: Decimal
    self_trade_prevention: SelfTradePrevention

    def accepts(self, price: Decimal) -> bool:
        """Whether it may trade at this price."""
        if self.limit is None:
            return True
        return price <= self.limit if self.side is Side.BUY else price >= self.limit

    def wants(self, price: Decimal, done: Decimal, spent: Decimal) -> Decimal:
        """How much more it takes at this price, in base."""
        if self.quantity is not None:
            return self.quantity - done
        assert self.quote_quantity is not None
        return (self.quote_quantity - spent) // (price * self.step_size) * self.step_size


def plan(
    taker: Taker, *, book: OrderBook, reference: ReferenceMarket, fills: FillModel, pool_id: int
) -> Plan:
    """Everything that `taker` would trade with on arrival."""
    steps: list[Match | SelfTrade] = []
    done = spent = ZERO
    offers = _merge(taker.side, book, fills.offers(reference, taker.side, pool_id))
    for price, size, maker in offers:
        quantity = taker.wants(price, done, spent)
        if quantity <= 0 or not taker.accepts(price):
            break
        if maker is not None and _is_self_trade(taker, maker):
            if taker.self_trade_prevention is not SelfTradePrevention.EXPIRE_TAKER:
                steps.append(SelfTrade(maker))
            if taker.self_trade_prevention is not SelfTradePrevention.EXPIRE_MAKER:
                return Plan(tuple(steps), done, spent, is_stopped=True)
            continue
        if size is not None and size < quantity:
            quantity = size
        steps.append(Match(price, quantity, maker))
        done += quantity
        spent += price * quantity
    return Plan(tuple(steps), done, spent)


def taker_of(command: PlaceOrder, step_size: Decimal) -> Taker:
    """The order that a command asks for, as a taker."""
    return Taker(
        command.account_id,
        command.side,
        command.price,
        command.quantity,
        command.quote_quantity,
        step_size,
        command.self_trade_prevention,
    )


def _is_self_trade(taker: Taker, maker: Order) -> bool:
    return (
        maker.account_id == taker.account_id
        and taker.self_trade_prevention is not SelfTradePrevention.NONE
    )


def _merge(
    side: Side, book: OrderBook, offers: Iterator[tuple[Decimal, Decimal | None]]
) -> Iterator[tuple[Decimal, Decimal | None, Order | None]]:
    """(price, size, maker) best first; the pool's own orders go before the reference market."""
    is_buy = side is Side.BUY
    outside = next(offers, None)
    for maker in book.side(side.opposite).by_priority():
        assert maker.price is not None and maker.status is not OrderStatus.FILLED, maker
        while outside is not None and (
            outside[0] < maker.price if is_buy else outside[0] > maker.price
        ):
            yield outside[0], outside[1], None
            outside = next(offers, None)
        yield maker.price, maker.remaining, maker
    while outside is not None:
        yield outside[0], outside[1], None
        outside = next(offers, None)
