"""What happened, as it stands in the journal.

Events of the core stand there as they are, but for four things: what changes nothing in the record
is left out, as is what an order took from the market, which is the market's; secrets are sealed as
in the tables; and of very many orders that ended together only their numbers are told, as all else
of them is known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from hypersim.account.entries import LedgerEntry
from hypersim.service.transaction import Cause, Transaction
from hypersim.storage.tables.users import (
    KeyRow,
    UserRow,
    key_of,
    key_row,
    user_of,
    user_row,
)
from hypersim.storage.vault import Vault
from hypersim.trading.closing import ended_as
from hypersim.trading.events import (
    AccountChanged,
    Event,
    ExchangeReset,
    FillsLimited,
    FundsMoved,
    HalfRefused,
    InstrumentChanged,
    KeyChanged,
    MarketMoved,
    OrderAccepted,
    OrderActivated,
    OrderAmended,
    OrderClosed,
    OrderDecremented,
    OrderFilled,
    OrderListChanged,
    OrdersClosed,
    OrderTrailed,
    OrderTriggered,
    WithdrawalChanged,
)
from hypersim.trading.order import CloseReason, Order, OrderStatus


class AccountRecorded(msgspec.Struct, frozen=True, tag=True):
    """An `AccountChanged`, its secrets sealed."""

    user: UserRow


class KeyRecorded(msgspec.Struct, frozen=True, tag=True):
    """A `KeyChanged`, its secrets sealed."""

    key: KeyRow


class OrdersEnded(msgspec.Struct, frozen=True, tag=True, gc=False):
    """An `OrdersClosed`: these orders ended so at `ended_ms`, and hold nothing any more."""

    account_id: int
    order_ids: tuple[int, ...]
    status: OrderStatus
    reason: CloseReason
    ended_ms: int
    entries: tuple[LedgerEntry, ...]


JournalEvent = (
    OrderAccepted
    | OrderFilled
    | OrderAmended
    | OrderClosed
    | OrderActivated
    | OrderTriggered
    | OrderTrailed
    | OrderDecremented
    | OrdersEnded
    | OrderListChanged
    | FundsMoved
    | WithdrawalChanged
    | AccountRecorded
    | KeyRecorded
    | InstrumentChanged
    | ExchangeReset
)


class JournalTransaction(msgspec.Struct, frozen=True):
    """A `Transaction` as it stands in the journal: without the balances, which follow from it."""

    seq: int
    generation: int
    time_ms: int
    cause: Cause
    events: Sequence[JournalEvent]

    @property
    def first_seq(self) -> int:
        """The number of its first event; its last one has `seq`."""
        return self.seq + 1 - sum(map(numbers_of, self.events))


def numbers_of(event: JournalEvent) -> int:
    """How many numbers the event takes: one for each thing that it says."""
    return len(event.order_ids) if isinstance(event, OrdersEnded) else 1


def written(transactions: Iterable[Transaction], vault: Vault) -> list[JournalTransaction]:
    """As they are to stand in the journal; those that change nothing there do not."""
    found: list[JournalTransaction] = []
    for one in transactions:
        events: list[Any] = []
        for event in one.events:
            told = _TOLD.get(type(event))
            if told is None:
                events.append(event)
            else:
                events += told(event, vault)
        if events:
            found.append(
                JournalTransaction(one.seq, one.generation, one.time_ms, one.cause, events)
            )
    return found


def _nothing(_: Event, __: Vault) -> tuple[JournalEvent, ...]:
    return ()


def _untaken(event: OrderFilled, _: Vault) -> tuple[JournalEvent, ...]:
    return (replace(event, taken=()) if event.taken else event,)


def _account(event: AccountChanged, vault: Vault) -> tuple[JournalEvent, ...]:
    return (AccountRecorded(user_row(event.user, vault)),)


def _key(event: KeyChanged, vault: Vault) -> tuple[JournalEvent, ...]:
    return (KeyRecorded(key_row(event.key, vault)),)


def _ended(event: OrdersClosed, _: Vault) -> tuple[JournalEvent, ...]:
    first = event.orders[0]
    ids = tuple([order.id for order in event.orders])
    told = OrdersEnded(
        event.account_id, ids, first.status, event.reason, first.updated_ms, event.entries
    )
    return (told,)


_TOLD: Mapping[type, Callable[[Any, Vault], tuple[JournalEvent, ...]]] = {
    OrderFilled: _untaken,
    AccountChanged: _account,
    KeyChanged: _key,
    OrdersClosed: _ended,
    MarketMoved: _nothing,
    HalfRefused: _nothing,
    FillsLimited: _nothing,
}
"""How what does not stand in the journal as it is is told there."""


def as_it_was(event: JournalEvent, open_orders: Mapping[int, Order], vault: Vault) -> Event:
    """The event that happened. `open_orders` are those just before it. Raises KeyError where one
    that ended was not open, and MasterKeyUnusable."""
    match event:
        case AccountRecorded(user=user):
            return AccountChanged(user_of(user, vault))
        case KeyRecorded(key=key):
            return KeyChanged(key_of(key, vault))
        case OrdersEnded():
            how = (event.status, event.reason, event.ended_ms)
            orders = tuple([ended_as(open_orders[one], *how) for one in event.order_ids])
            return OrdersClosed(event.account_id, orders, event.reason, event.entries)
        case _:
            return event
