"""What an arriving order would trade with, as values: what matching is asked and what it plans."""

from decimal import Decimal

import msgspec

from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import BUY, Order, SelfTradePrevention, Side


class Match(msgspec.Struct, frozen=True, gc=False):
    """A trade to be: with a resting order, or with the reference market when `maker` is None."""

    price: Decimal
    quantity: Decimal
    maker: Order | None


class SelfTrade(msgspec.Struct, frozen=True, gc=False):
    """A resting order of the same account stands in the way: `quantity` would have traded, and what
    is taken off the two instead is None for the one that is left alone."""

    price: Decimal
    quantity: Decimal
    maker: Order
    taker_quantity: Decimal | None
    maker_quantity: Decimal | None


class Plan(msgspec.Struct, frozen=True, gc=False):
    """What happens on arrival. `quantity` and `notional` are traded, `prevented` is what self-trade
    prevention takes off the order, in base. `missing` is what an order by cost would have bought
    besides at the last price that there was, had there been more; in base."""

    steps: tuple[Match | SelfTrade, ...]
    quantity: Decimal
    notional: Decimal
    prevented: Decimal = ZERO
    missing: Decimal = ZERO

    @property
    def meets_nothing(self) -> bool:
        """The order can join the book without a trade, which is what post-only asks for."""
        return not self.steps


NO_ARRIVAL = Plan((), ZERO, ZERO)


class Taker(msgspec.Struct, frozen=True, gc=False):
    """The arriving order as matching needs it: either bound, in base or in quote, may be open."""

    account_id: int
    side: Side
    limit: Decimal | None
    quantity: Decimal | None
    quote_quantity: Decimal | None
    instrument: Instrument
    self_trade_prevention: SelfTradePrevention

    def accepts(self, price: Decimal) -> bool:
        """Whether it may trade at this price."""
        if self.limit is None:
            return True
        return price <= self.limit if self.side is BUY else price >= self.limit

    def wants(self, price: Decimal, done: Decimal, spent: Decimal) -> Decimal:
        """How much more it takes at this price, in base."""
        if self.quantity is not None:
            return self.quantity - done if done else self.quantity
        assert self.quote_quantity is not None
        step = self.instrument.step_size
        return (self.quote_quantity - spent) // (price * step) * step


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """An order that passed every check but that of its owner's funds: it needs `required` of what
    it pays with, of which `hold` stays locked."""

    command: PlaceOrder
    arrival: Plan
    quantity: Decimal
    hold: Decimal
    required: Decimal
