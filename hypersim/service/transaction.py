"""What one command brought about, whole: readers group nothing, rebuild nothing and ask nobody."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from hypersim.account.entries import NO_BALANCE, Balance, BalanceKey, LedgerEntry, Leg
from hypersim.account.ledger import legs_of
from hypersim.trading.events import (
    ORDER_EVENTS,
    AccountChanged,
    Event,
    ExchangeReset,
    FillsLimited,
    FundsMoved,
    HalfRefused,
    InstrumentChanged,
    KeyChanged,
    MarketMoved,
    OrderListChanged,
    OrdersClosed,
)
from hypersim.trading.order import Order
from hypersim.trading.state import ExchangeState

E = TypeVar("E", bound=Event)


class Source(StrEnum):
    """What makes things happen when no account asks for them."""

    FEED = "feed"
    CLOCK = "clock"
    ADMIN = "admin"


class Caller(msgspec.Struct, frozen=True, gc=False):
    """An account that asks for something, in a dialect; by which API key, if by one. Who only asks
    for an account has none yet."""

    account_id: int | None
    key: str | None
    dialect: str


Cause = Source | Caller


class Transaction(msgspec.Struct, frozen=True):
    """`events` in their order, and the balances that they changed as they left them. `seq` is the
    number of its last recorded event; where nothing is recorded (the market moved, half of a
    request was refused), of the last one before it. `time_ms` is the exchange's."""

    seq: int
    generation: int
    time_ms: int
    cause: Cause
    events: Sequence[Event]
    balances_after: Mapping[BalanceKey, Balance]

    def first(self, kind: type[E]) -> E:
        """The first event of that kind; there must be one."""
        return next(event for event in self.events if isinstance(event, kind))

    def numbered(self) -> Iterator[tuple[int, Event]]:
        """Its events, each with its number in the record; what is not recorded has that of what
        came before it."""
        seq = self.seq - sum(map(numbers_of, self.events))
        for event in self.events:
            seq += numbers_of(event)
            yield seq, event

    def left(self, account_id: int) -> dict[str, Balance]:
        """By asset, what the account has after it of all that it moved or might have moved."""
        return {
            asset: balance
            for (owner, asset), balance in self.balances_after.items()
            if owner == account_id
        }

    def after_each(self, account_id: int) -> list[dict[str, Balance]]:
        """By event, what the account had after it of all that any of them moved or might have
        moved."""
        standing = self.left(account_id)
        found: list[dict[str, Balance]] = []
        for event in reversed(self.events):
            found.append(dict(standing))
            for leg in legs_in(event, account_id):
                left = standing[leg.asset]
                standing[leg.asset] = Balance(
                    left.available - leg.available, left.locked - leg.locked
                )
        found.reverse()
        return found

    @property
    def is_recorded(self) -> bool:
        """Whether any of it belongs into the record."""
        for event in self.events:  # noqa: SIM110 - a generator costs more, and every command asks
            if type(event) not in _UNRECORDED:
                return True
        return False

    @property
    def begins_again(self) -> bool:
        """Whether it is a reset."""
        return type(self.events[0]) is ExchangeReset


def entries_of(event: Event) -> Sequence[LedgerEntry]:
    """What the event moved."""
    if isinstance(event, _MONEYLESS):
        return ()
    if isinstance(event, OrdersClosed):
        return event.entries
    return () if event.entry is None else (event.entry,)


def account_of(event: Event) -> int | None:
    """Whose event it is; None for what is of the market, of the exchange or of users as such."""
    owner = _OWNERS.get(type(event))
    return None if owner is None else owner(event)


def legs_in(event: Event, account_id: int) -> list[Leg]:
    """What it moved of the account."""
    return [
        leg for entry in entries_of(event) for leg in legs_of(entry) if leg.account_id == account_id
    ]


def balances_after(
    events: Iterable[Event], moved: dict[BalanceKey, Balance], state: ExchangeState
) -> dict[BalanceKey, Balance]:
    """What there is of all that the events moved or might have moved: of an order's symbol and of
    the asset of its account's fees, if anything moved. `moved` is what there is of what did, and
    the state must stand where they left it."""
    if moved:
        event: Any
        for event in events:
            if type(event) in ORDER_EVENTS and event.entry is not None:
                _add_symbol(moved, event.order, state)
    return moved


def _add_symbol(found: dict[BalanceKey, Balance], order: Order, state: ExchangeState) -> None:
    account_id, discount, ledger = order.account_id, state.rules.discount, state.ledger
    instrument = state.markets[order.symbol].instrument
    for asset in (instrument.base, instrument.quote):
        key = (account_id, asset)
        if key not in found:
            found[key] = ledger.balances.get(key, NO_BALANCE)
    if discount is not None and state.users[account_id].wants_discount:
        found[account_id, discount.asset] = ledger.balance(account_id, discount.asset)


def numbers_of(event: Event) -> int:
    """How many numbers of the record an event takes: one for each thing that it says."""
    if type(event) in _UNRECORDED:
        return 0
    return len(event.orders) if type(event) is OrdersClosed else 1


_UNRECORDED = frozenset((MarketMoved, HalfRefused, FillsLimited))

_OWNERS: Mapping[type, Callable[[Any], int]] = {
    **dict.fromkeys(ORDER_EVENTS, attrgetter("order.account_id")),
    **dict.fromkeys((OrdersClosed, HalfRefused, FundsMoved), attrgetter("account_id")),
    OrderListChanged: attrgetter("order_list.account_id"),
}
"""A table, as every event of every account is asked whose it is."""

_MONEYLESS = (
    MarketMoved,
    HalfRefused,
    FillsLimited,
    AccountChanged,
    KeyChanged,
    InstrumentChanged,
    ExchangeReset,
)
