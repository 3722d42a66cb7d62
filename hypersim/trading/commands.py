"""What can be asked of the exchange: the closed set of commands, imperative.

Numbers are exact and already parsed; whether they suit the instrument is for the exchange to say.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec

from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.trading.account_commands import AccountCommand
from hypersim.trading.order import (
    OrderType,
    Peg,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from hypersim.trading.order_list import ListKind

_LIMIT = OrderType.LIMIT
_GTD = TimeInForce.GTD


class PlaceOrder(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A new order. A market order states `quantity` (base) or `quote_quantity` (quote), not both.

    `symbol` is in any spelling. With `is_retry_safe`, a client order id stands for one order of the
    symbol for good: repeating the request yields that order, a different request under it is
    refused. Otherwise the id only has to be unique among the account's open orders of the symbol.

    With a `trigger` it waits outside the book for `trigger_price`; with `trailing_delta` (in basis
    points) for a price that comes back that far from its best, counted from the trigger price on
    if there is one, else from now on. `iceberg_quantity` is how much of it the public book shows at
    a time. `strategy_id` and `strategy_type` are the account's own notes. With a `peg` the
    `price` is left to the exchange, which chooses it when the order enters the market.
    """

    account_id: int
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    client_order_id: str | None = None
    expires_ms: int | None = None
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER
    is_retry_safe: bool = True
    trigger: Trigger | None = None
    trigger_price: Decimal | None = None
    trailing_delta: int | None = None
    iceberg_quantity: Decimal | None = None
    strategy_id: int | None = None
    strategy_type: int | None = None
    peg: Peg | None = None

    def __post_init__(self) -> None:
        has_price = self.price is not None or self.peg is not None
        if (self.type is _LIMIT) != has_price:
            raise ValueError("a limit order states a price, and no other order does")
        if (self.quantity is None) == (self.quote_quantity is None):
            raise ValueError("an order states its quantity, or what it costs")
        if self.quote_quantity is not None and self.type is not OrderType.MARKET:
            raise ValueError("only a market order can be stated by what it costs")
        if (self.time_in_force is _GTD) != (self.expires_ms is not None):
            raise ValueError("an order good till a date states that date, and no other order does")
        if self.trigger is not None or self.trigger_price or self.trailing_delta:
            self._check_trigger()
        if self.iceberg_quantity is not None:
            self._check_iceberg()

    def _check_trigger(self) -> None:
        if self.trigger is None or not (self.trigger_price or self.trailing_delta):
            raise ValueError(
                "a conditional order states a trigger price or a trailing delta, and no other does"
            )
        if self.quote_quantity is not None:
            raise ValueError("a conditional order states its quantity")
        if self.post_only:
            raise ValueError("a conditional order cannot be post-only")

    def _check_iceberg(self) -> None:
        is_patient = self.time_in_force in (TimeInForce.GTC, _GTD)
        if self.type is not _LIMIT or not is_patient:
            raise ValueError("only a limit order that may rest can be an iceberg order")


class PlaceOrderList(msgspec.Struct, frozen=True, gc=False):
    """Orders that depend on each other, placed together or not at all.

    `orders` are of one account and symbol. A pair is two orders of one side and quantity: a
    stop-loss, and a take-profit or a post-only limit order. Where one triggers others, the working
    order comes first and is a plain limit order; the others state their quantity. Where it pays
    them, it buys, the others sell, and their quantity is zero: it is what the first one bought.
    Client order ids only have to be unique among open orders, and `client_list_id` among open
    lists.
    """

    account_id: int
    symbol: str
    kind: ListKind
    orders: tuple[PlaceOrder, ...]
    client_list_id: str | None = None

    def __post_init__(self) -> None:
        if len(self.orders) != self.kind.size:
            raise ValueError(f"a list of kind {self.kind} has {self.kind.size} orders")
        for order in self.orders:
            if (order.account_id, order.symbol) != (self.account_id, self.symbol):
                raise ValueError("the orders of a list are of one account and symbol")
            if order.quantity is None:
                raise ValueError("the orders of a list state their quantity")
        waiting = self.orders if self.kind.is_pair_only else self.orders[1:]
        if not self.kind.is_pair_only:
            self._check_working(self.orders[0], waiting)
        if len(waiting) == 2:
            _check_pair(*waiting)

    def _check_working(self, working: PlaceOrder, waiting: tuple[PlaceOrder, ...]) -> None:
        if working.type is not _LIMIT or working.trigger is not None:
            raise ValueError("the working order of a list is a plain limit order")
        if self.kind.pays != (not any(order.quantity for order in waiting)):
            raise ValueError("the others state a quantity unless the working order pays for them")
        sides = {working.side, *(order.side.opposite for order in waiting)}
        if self.kind.pays and sides != {Side.BUY}:
            raise ValueError("an order pays for others by buying what they sell")


class CancelRestriction(StrEnum):
    """Cancel only an order that has not traded yet, or only one that has traded in part."""

    ONLY_NEW = "only_new"
    ONLY_PARTIALLY_FILLED = "only_partially_filled"


class OrderName(msgspec.Struct, frozen=True, gc=False):
    """One of an account's orders in a symbol (in any spelling): by number, by client order id, or
    by both, which are then of the same order."""

    symbol: str
    order_id: int | None = None
    client_order_id: str | None = None

    def __post_init__(self) -> None:
        if self.order_id is None and self.client_order_id is None:
            raise ValueError("an order is named by its number or by its client order id")


OrderRef = int | OrderName
"""Which order is meant: the number alone will do."""


class CancelOrder(msgspec.Struct, frozen=True, gc=False):
    """End an open order, and with it the list of which it is part. `cancel_id` is what the client
    calls this request."""

    account_id: int
    order: OrderRef
    restriction: CancelRestriction | None = None
    cancel_id: str | None = None


class CancelOrderList(msgspec.Struct, frozen=True, gc=False):
    """End an open list and all of its orders that are open."""

    account_id: int
    list_id: int
    cancel_id: str | None = None


class ReplaceOrder(msgspec.Struct, frozen=True, gc=False):
    """Cancel an order, then place another one in the same symbol.

    Refused as a whole when the new order breaks a filter, or when the cancel is refused and
    `continues_on_failure` is not set. Otherwise each half that was refused is told by an event
    `HalfRefused`: the new order after a cancel, or the cancel before a new order that is attempted
    nevertheless.
    """

    cancel: CancelOrder
    place: PlaceOrder
    continues_on_failure: bool = False

    def __post_init__(self) -> None:
        if self.cancel.account_id != self.place.account_id:
            raise ValueError("both halves are of one account")


class CancelAllOrders(msgspec.Struct, frozen=True, gc=False):
    """Cancel every open order of the account, or those of one symbol."""

    account_id: int
    symbol: str | None = None
    cancel_id: str | None = None


class AmendOrder(msgspec.Struct, frozen=True, gc=False):
    """Change an open order's total quantity (base) or price, and with it its client order id if one
    is given. It keeps its place in the queue only if the price stays and the quantity shrinks.

    Of an order that still waits, is part of an open list or is an iceberg, only the quantity can
    change, and only shrink; both orders of a pair shrink together. Where it `keeps_place`, that is
    all that it may do to any order, as often as the instrument allows.
    """

    account_id: int
    order: OrderRef
    quantity: Decimal | None = None
    price: Decimal | None = None
    client_order_id: str | None = None
    keeps_place: bool = False


class PlaceStalled(msgspec.Struct, frozen=True, gc=False):
    """A new order of which only this share finds somebody to trade with, rounded down to the step,
    until it is released."""

    order: PlaceOrder
    share: Decimal


class ReleaseStalled(msgspec.Struct, frozen=True, gc=False):
    """These orders find others to trade with again."""

    order_ids: tuple[int, ...]


class ExpireOrders(msgspec.Struct, frozen=True, gc=False):
    """The exchange ends an open order by itself, or without a number all of the symbol."""

    symbol: str
    order_id: int | None = None


class ListInstrument(msgspec.Struct, frozen=True):
    """Add an instrument, or change its increments and limits for orders to come."""

    instrument: Instrument


class SetTradingStatus(msgspec.Struct, frozen=True):
    """Halt or resume a symbol."""

    symbol: str
    status: TradingStatus


class ApplyMarketEvent(msgspec.Struct, frozen=True, gc=False):
    """The reference market moved; resting orders may fill, unless it stands as it did when it met
    them."""

    event: MarketEvent
    meets_orders: bool = True


class Reset(msgspec.Struct, frozen=True, gc=False):
    """Begin again: no accounts, the same instruments, and the market as it stands."""


class PassTime(msgspec.Struct, frozen=True, gc=False):
    """Nothing is asked; orders whose time is over expire."""


Command = (
    PlaceOrder
    | PlaceOrderList
    | CancelOrder
    | CancelOrderList
    | ReplaceOrder
    | CancelAllOrders
    | AmendOrder
    | PlaceStalled
    | ReleaseStalled
    | ExpireOrders
    | AccountCommand
    | ListInstrument
    | SetTradingStatus
    | ApplyMarketEvent
    | Reset
    | PassTime
)


def _check_pair(one: PlaceOrder, other: PlaceOrder) -> None:
    if (one.side, one.quantity) != (other.side, other.quantity):
        raise ValueError("both orders of a pair have the same side and quantity")
    stops = [order.trigger is Trigger.STOP_LOSS for order in (one, other)]
    if stops.count(True) != 1:
        raise ValueError("one order of a pair is a stop-loss, and only one")
    profit = other if stops[0] else one
    if profit.trigger is None and not profit.post_only:
        raise ValueError("the other order of a pair is a take-profit or a post-only limit order")
