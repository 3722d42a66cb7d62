"""Orders and fills: frozen values, and the only transitions that an order's status can make."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from hypersim.market.number import ZERO


class Side(StrEnum):
    """Buy or sell."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        """The side that this one trades with."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """What decides the price."""

    MARKET = "market"
    LIMIT = "limit"


class TimeInForce(StrEnum):
    """How long an order may rest: until canceled, not at all, all or nothing, until a date."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"


class SelfTradePrevention(StrEnum):
    """Which of two orders of one account expires instead of trading with the other."""

    EXPIRE_MAKER = "expire_maker"
    EXPIRE_TAKER = "expire_taker"
    EXPIRE_BOTH = "expire_both"
    NONE = "none"


class OrderStatus(StrEnum):
    """Where an order is in its life."""

    NEW = "new"
    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"

    @property
    def is_terminal(self) -> bool:
        """No more changes can come."""
        return not TRANSITIONS[self]


_ENDS = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED})

TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.NEW: frozenset({OrderStatus.OPEN, OrderStatus.REJECTED}),
    OrderStatus.OPEN: _ENDS | {OrderStatus.PARTIALLY_FILLED},
    OrderStatus.PARTIALLY_FILLED: _ENDS | {OrderStatus.PARTIALLY_FILLED},
    OrderStatus.FILLED: frozenset(),
    OrderStatus.CANCELED: frozenset(),
    OrderStatus.EXPIRED: frozenset(),
    OrderStatus.REJECTED: frozenset(),
}


class Liquidity(StrEnum):
    """Whether a fill's order had rested (maker) or arrived (taker)."""

    MAKER = "maker"
    TAKER = "taker"


class Order(msgspec.Struct, frozen=True, gc=False):
    """One order as it stands.

    `quantity`, `filled` are in base; `notional` is what was traded so far, in quote. `hold` is what
    it locks: quote for a buy, base for a sell. `fee` is charged in the asset that the order
    receives. `rank` is its place in time priority: lower came first.
    """

    id: int
    account_id: int
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    created_ms: int
    updated_ms: int
    rank: int
    status: OrderStatus = OrderStatus.NEW
    filled: Decimal = ZERO
    notional: Decimal = ZERO
    fee: Decimal = ZERO
    hold: Decimal = ZERO
    quote_quantity: Decimal | None = None
    post_only: bool = False
    client_order_id: str | None = None
    expires_ms: int | None = None
    last_fill_ms: int | None = None
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER
    fingerprint: int | None = None

    @property
    def remaining(self) -> Decimal:
        """What is still to be done, in base."""
        return self.quantity - self.filled

    @property
    def average(self) -> Decimal | None:
        """Mean price of what was done, in quote; rounded at the context's 76 digits."""
        return self.notional / self.filled if self.filled else None

    def moved_to(self, status: OrderStatus, **changes: Any) -> "Order":
        """This order in another status and with `changes`; an impossible transition is a bug."""
        assert status in TRANSITIONS[self.status], (self.status, status)
        return msgspec.structs.replace(self, status=status, **changes)


class Fill(msgspec.Struct, frozen=True, gc=False):
    """One order's half of a trade. Both halves of a trade between users share `id`."""

    id: int
    order_id: int
    account_id: int
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    fee_rate: Decimal
    liquidity: Liquidity
    time_ms: int
    client_order_id: str | None = None
    counter_order_id: int | None = None

    @property
    def notional(self) -> Decimal:
        """Price times quantity, in quote."""
        return self.price * self.quantity
