"""What happened: the closed set of events, past tense, each with the state that it leaves behind.

An order event carries the whole order after the change and the ledger entry that goes with it, so
that whoever keeps a copy (the record, the read side, a stream) needs no rule of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import get_args

import msgspec

from hypersim.account.entries import LedgerEntry
from hypersim.account.user import ApiKey, User
from hypersim.account.withdrawal import Withdrawal
from hypersim.market.events import Level, MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import CloseReason, Fill, Order, PreventedMatch
from hypersim.trading.order_list import OrderList
from hypersim.trading.rejections import Rejected, Rejection


class OrderAccepted(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """A new order is open, or waits for another one of its list; `entry` places its hold, if it has
    one."""

    order: Order
    entry: LedgerEntry | None


class OrderActivated(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """An order that waited for another one to fill is open now; `entry` places its hold."""

    order: Order
    entry: LedgerEntry | None


class OrderTrailed(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """A trailing order began to follow the price, or followed it to a new best. No money moves, and
    nobody has to be told unless `order.trailing_ms` has just been set."""

    order: Order
    entry: None = None


class OrderTriggered(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """A conditional order starts to work; `entry` adapts its hold. What it does as an arriving
    order follows."""

    order: Order
    entry: LedgerEntry | None


class OrderDecremented(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """Self-trade prevention took a part off an order that stays open; `entry` releases its hold."""

    order: Order
    match: PreventedMatch
    entry: LedgerEntry | None


class OrderFilled(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """`order` after `fill`. `taken` is what it took from the reference market, level by level."""

    order: Order
    fill: Fill
    entry: LedgerEntry
    taken: tuple[Level, ...] = ()


class OrderAmended(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """An open order changed price or quantity; `entry` adapts its hold."""

    order: Order
    entry: LedgerEntry | None
    previous: Order


class OrderClosed(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """An order was canceled, expired or rejected; `entry` releases its hold. `match` is what
    self-trade prevention ended it for, `refusal` why it could not be carried out, `cancel_id` what
    the client calls the request that canceled it."""

    order: Order
    reason: CloseReason
    entry: LedgerEntry | None
    match: PreventedMatch | None = None
    refusal: Rejection | None = None
    cancel_id: str | None = None


class OrdersClosed(msgspec.Struct, frozen=True, gc=False):
    """Very many open orders of one account were canceled or expired at one moment, in this order.
    `entries` release what they held, one for each asset."""

    account_id: int
    orders: tuple[Order, ...]
    reason: CloseReason
    entries: tuple[LedgerEntry, ...]


class OrderListChanged(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """An order list was placed, moved on or is over; `entry` adapts what the list itself holds. A
    new list is told before its orders, its end after theirs."""

    order_list: OrderList
    entry: LedgerEntry | None = None


class HalfRefused(msgspec.Struct, frozen=True, gc=False):
    """One half of a `ReplaceOrder` was refused: the new order that `placement` wanted, or without
    one the cancel of `order_id`, if there is such an order. Nothing changed, so nothing is
    recorded."""

    account_id: int
    order_id: int | None
    rejected: Rejected
    placement: PlaceOrder | None = None


class FillsLimited(msgspec.Struct, frozen=True, gc=False):
    """An open order fills no further than to `most` (base), or as far as it can again. Nobody is
    told, and nothing is recorded."""

    symbol: str
    order_id: int
    most: Decimal | None


class FundsMoved(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """Money came into or left an account."""

    account_id: int
    entry: LedgerEntry


class WithdrawalChanged(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """A withdrawal was asked for, or has ended; what that moved in the account itself is a
    `FundsMoved` before it."""

    withdrawal: Withdrawal
    entry: LedgerEntry | None


class AccountChanged(msgspec.Struct, frozen=True):
    """A user was added, or pays other fees."""

    user: User


class KeyChanged(msgspec.Struct, frozen=True):
    """A key was issued or revoked."""

    key: ApiKey


class InstrumentChanged(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """An instrument was listed, changed, halted or resumed."""

    instrument: Instrument
    is_new: bool


class ExchangeReset(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """The exchange began again, with a new generation: accounts, keys, money, orders and their
    numbers are gone. Instruments and the market stay."""

    generation: int


class MarketMoved(msgspec.Struct, frozen=True, gc=False):
    """The feed said something; its event, as it came. It may be how the market stood before: what
    orders could reach of that, they had then."""

    event: MarketEvent
    meets_orders: bool = True


OrderEvent = (
    OrderAccepted
    | OrderFilled
    | OrderAmended
    | OrderClosed
    | OrderActivated
    | OrderTriggered
    | OrderTrailed
    | OrderDecremented
)

ORDER_EVENTS = frozenset(get_args(OrderEvent))
"""Their types. To ask whether a Struct is an instance of another one's type takes five times as
long as to look its type up, so where every event passes it is looked up."""

Event = (
    OrderEvent
    | OrdersClosed
    | OrderListChanged
    | HalfRefused
    | FillsLimited
    | FundsMoved
    | WithdrawalChanged
    | AccountChanged
    | KeyChanged
    | InstrumentChanged
    | ExchangeReset
    | MarketMoved
)


def orders_in(event: Event) -> Sequence[Order]:
    """The orders that it tells of, as it left them."""
    if isinstance(event, OrderEvent):
        return (event.order,)
    return event.orders if isinstance(event, OrdersClosed) else ()


def closed_orders(events: Iterable[Event]) -> Iterator[Order]:
    """The orders that were canceled, expired or rejected, one by one or together, in order."""
    for event in events:
        if isinstance(event, OrderClosed):
            yield event.order
        elif isinstance(event, OrdersClosed):
            yield from event.orders
