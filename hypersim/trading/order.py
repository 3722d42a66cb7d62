"""Orders and fills: frozen values, and the only transitions that an order's status can make."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec

from hypersim.market.number import ZERO


class Side(StrEnum):
    """Buy or sell."""

    # Enum's own hash is a Python function; members are keys of many dicts on the way of an order.
    __hash__ = str.__hash__

    BUY = "buy"
    SELL = "sell"

    opposite: "Side"
    """The side that this one trades with."""


Side.BUY.opposite, Side.SELL.opposite = Side.SELL, Side.BUY

BUY: Final = Side.BUY
"""Every order asks a dozen times, and Python 3.11 finds a name ten times as fast as a member."""


class OrderType(StrEnum):
    """What decides the price."""

    __hash__ = str.__hash__

    MARKET = "market"
    LIMIT = "limit"


class Trigger(StrEnum):
    """What a conditional order waits for: a price that moved against the account, or one that moved
    in its favor. Before, the order is not in the book; afterwards it is a plain market or limit
    order."""

    STOP_LOSS = "stop_loss"
    TAKE_PROFIT = "take_profit"

    def rises(self, side: Side) -> bool:
        """Whether an order of `side` waits for a price at or above its trigger price; else it waits
        for one at or below it."""
        return (self is Trigger.STOP_LOSS) is (side is Side.BUY)


class TimeInForce(StrEnum):
    """How long an order may rest: until canceled, not at all, all or nothing, until a date."""

    __hash__ = str.__hash__

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"


class SelfTradePrevention(StrEnum):
    """Which of two orders of one account expires instead of trading with the other. `DECREMENT`
    takes what would have traded off both, so that the smaller one expires. `TRANSFER` does the same
    between orders of one account, and there are no groups of accounts."""

    __hash__ = str.__hash__

    EXPIRE_MAKER = "expire_maker"
    EXPIRE_TAKER = "expire_taker"
    EXPIRE_BOTH = "expire_both"
    DECREMENT = "decrement"
    TRANSFER = "transfer"
    NONE = "none"


class PegBasis(StrEnum):
    """Which side of the book a pegged order takes its price from: its own, or the other one."""

    __hash__ = str.__hash__

    PRIMARY = "primary"
    MARKET = "market"


class Peg(msgspec.Struct, frozen=True, gc=False):
    """How a pegged order gets its price: from the best level of a side, or `offset` levels deeper,
    but no worse for its account than `limit`."""

    basis: PegBasis
    offset: int = 0
    limit: Decimal | None = None


class CloseReason(StrEnum):
    """Why an order ended without being filled.

    `SIBLING_STARTED`: the other order of a one-cancels-the-other pair traded, was triggered or
    ended. `WORKING_ENDED`: the order whose fill it waited for ended without one. `REFUSED`: it
    could not be carried out when its turn came. `BY_EXCHANGE`: so the exchange would have it."""

    BY_USER = "by_user"
    TIME_IN_FORCE = "time_in_force"
    EXPIRY = "expiry"
    SELF_TRADE = "self_trade"
    SIBLING_STARTED = "sibling_started"
    WORKING_ENDED = "working_ended"
    REFUSED = "refused"
    BY_EXCHANGE = "by_exchange"


class OrderStatus(StrEnum):
    """Where an order is in its life. A new one waits for another order of its list to fill; an open
    one may still wait for its trigger."""

    __hash__ = str.__hash__

    NEW = "new"
    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"

    is_terminal: bool
    """No more changes can come."""


_ENDS = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED})

TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.NEW: frozenset(
        {OrderStatus.OPEN, OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED}
    ),
    OrderStatus.OPEN: _ENDS | {OrderStatus.PARTIALLY_FILLED},
    OrderStatus.PARTIALLY_FILLED: _ENDS | {OrderStatus.PARTIALLY_FILLED},
    OrderStatus.FILLED: frozenset(),
    OrderStatus.CANCELED: frozenset(),
    OrderStatus.EXPIRED: frozenset(),
    OrderStatus.REJECTED: frozenset(),
}

for _status, _after in TRANSITIONS.items():
    _status.is_terminal = not _after


class Liquidity(StrEnum):
    """Whether a fill's order had rested (maker) or arrived (taker)."""

    MAKER = "maker"
    TAKER = "taker"


class Order(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One order as it stands.

    `quantity`, `filled` are in base; `notional` is what was traded so far, in quote. `hold` is what
    it locks: quote for a buy, base for a sell. `fee` is what was charged in the asset
    that the order receives; fees in another asset stand in its fills only. `rank` is its place in
    time priority: lower came first.

    `working_ms` is when it started to work: None while it waits for its trigger or for another
    order of its list. A trailing order fires once the price comes back by `trailing_delta` (in
    basis points) from its best since `trailing_ms`, which is `trailing_price`.
    `prevented` is what self-trade prevention took off, in base; `prevented_match_id` names the
    latest match that it prevented. `shown` is the visible part of an iceberg order that rests.
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
    working_ms: int | None = None
    trigger: Trigger | None = None
    trigger_price: Decimal | None = None
    trailing_delta: int | None = None
    trailing_price: Decimal | None = None
    trailing_ms: int | None = None
    iceberg_quantity: Decimal | None = None
    shown: Decimal | None = None
    list_id: int | None = None
    strategy_id: int | None = None
    strategy_type: int | None = None
    prevented: Decimal = ZERO
    prevented_match_id: int | None = None
    amendments: int = 0
    peg_basis: PegBasis | None = None
    peg_offset: int = 0
    peg_limit: Decimal | None = None
    close_reason: CloseReason | None = None

    @property
    def peg(self) -> Peg | None:
        """How a pegged order got its price, or will get it while it does not work."""
        if self.peg_basis is None:
            return None
        return Peg(self.peg_basis, self.peg_offset, self.peg_limit)

    @property
    def remaining(self) -> Decimal:
        """What is still to be done, in base."""
        left = self.quantity - self.filled
        return left - self.prevented if self.prevented else left

    @property
    def is_working(self) -> bool:
        """Whether it is, or was, in the market: not one that still waits for something."""
        return self.working_ms is not None

    @property
    def is_resting(self) -> bool:
        """Whether it stands in the book. In the book is what works and locks money; the rest of an
        arriving order that will not rest never gets there."""
        return self.working_ms is not None and bool(self.hold)

    @property
    def visible(self) -> Decimal:
        """What the public book shows of an order that rests."""
        return self.remaining if self.shown is None else self.shown

    def moved_to(self, status: OrderStatus, **changes: Any) -> "Order":
        """This order in another status and with `changes`; an impossible transition is a bug."""
        assert status in TRANSITIONS[self.status], (self.status, status)
        return msgspec.structs.replace(self, status=status, **changes)


class PreventedMatch(msgspec.Struct, frozen=True, gc=False):
    """A trade that an account would have made with itself.

    `quantity` is what would have traded at `price`; `taker_quantity` and `maker_quantity` are what
    was taken off each of the two orders instead, None for one that was left alone.
    """

    id: int
    account_id: int
    symbol: str
    taker_order_id: int
    maker_order_id: int
    mode: SelfTradePrevention
    price: Decimal
    quantity: Decimal
    taker_quantity: Decimal | None
    maker_quantity: Decimal | None
    time_ms: int


class Fill(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One order's half of a trade. Both halves of a trade between users share `id`. `notional` is
    what it was worth, in quote: price times quantity, cut after the decimals of the asset.
    """

    id: int
    order_id: int
    account_id: int
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    notional: Decimal
    fee: Decimal
    fee_asset: str
    fee_rate: Decimal
    liquidity: Liquidity
    time_ms: int
    client_order_id: str | None = None
    counter_order_id: int | None = None


def fees_of(fills: Iterable[Fill]) -> dict[str, Decimal]:
    """What was charged for them, by asset."""
    sums: dict[str, Decimal] = {}
    for fill in fills:
        sums[fill.fee_asset] = sums.get(fill.fee_asset, ZERO) + fill.fee
    return sums
