"""One account's events as Binance groups them: what belongs to one transaction, and the balances
after it.

The bus hands over events without saying where one command ends and the next one begins. What only
a command can begin (an order, a cancel, an amendment, a transfer, a new list) begins a transaction;
what follows from it at the same time (fills, expiries, activations) belongs to it.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, get_args

from hypersim.account.ledger import NO_BALANCE, Balance, Leg, legs_of
from hypersim.dialects.binance.user_data_reports import OrderNews
from hypersim.service.changes import BalanceKey
from hypersim.trading.events import (
    Event,
    FundsMoved,
    HalfRefused,
    OrderAccepted,
    OrderAmended,
    OrderClosed,
    OrderListChanged,
)
from hypersim.trading.order import CloseReason

AccountEvent = OrderNews | OrderListChanged | HalfRefused | FundsMoved


class Transaction(NamedTuple):
    """Events that belong together. `balances` are the assets that they may have changed (those of
    an order's symbol and of its fee, whichever moved), as they left them; `time_ms` is when they
    happened."""

    events: Sequence[AccountEvent]
    balances: Mapping[str, Balance]
    time_ms: int


_OWNERS: Mapping[type, Callable[[Any], int]] = {
    **dict.fromkeys(get_args(OrderNews), attrgetter("order.account_id")),
    OrderListChanged: attrgetter("order_list.account_id"),
    HalfRefused: attrgetter("account_id"),
    FundsMoved: attrgetter("account_id"),
}
"""A table, as every event of every account is asked whose it is."""


def account_of(event: Event) -> int | None:
    """Whose event it is; None for what is no `AccountEvent`."""
    owner = _OWNERS.get(type(event))
    return None if owner is None else owner(event)


def transactions(
    account_id: int,
    events: Sequence[AccountEvent],
    now: Mapping[BalanceKey, Balance],
    fee_asset: str | None = None,
) -> list[Transaction]:
    """The account's events, grouped in order. `now` is what it has after the last of them,
    `fee_asset` what it pays fees in, if that is an asset of its own."""
    standing: dict[str, Balance] = {}
    found: list[Transaction] = []
    for group in reversed(_groups(events)):
        legs = [leg for event in group for leg in _legs(event) if leg.account_id == account_id]
        after = {
            asset: standing.get(asset) or now.get((account_id, asset), NO_BALANCE)
            for asset in _assets(group, legs, fee_asset)
        }
        # What was still to come is taken back, beginning at the end.
        standing |= after
        for leg in legs:
            left = standing[leg.asset]
            standing[leg.asset] = Balance(left.available - leg.available, left.locked - leg.locked)
        found.append(Transaction(group, after, max(map(_time_ms, group))))
    found.reverse()
    return found


def _assets(
    group: Sequence[AccountEvent], legs: Sequence[Leg], fee_asset: str | None
) -> dict[str, None]:
    """What the group may have changed, where it changed anything: the base, the quote and the fee
    asset of its orders, besides what it did change."""
    if not legs:
        return {}
    symbols = {event.order.symbol for event in group if isinstance(event, OrderNews)}
    assets = dict.fromkeys(asset for symbol in sorted(symbols) for asset in symbol.split("/"))
    if assets and fee_asset is not None:
        assets[fee_asset] = None
    return assets | dict.fromkeys(leg.asset for leg in legs)


def _groups(events: Sequence[AccountEvent]) -> list[list[AccountEvent]]:
    groups: list[list[AccountEvent]] = []
    lists: set[int] = set()
    time_ms = 0
    for event in events:
        list_id = _list_id(event)
        happened_ms = _time_ms(event) or time_ms
        if not groups or happened_ms != time_ms or _begins(event, list_id in lists):
            groups.append([])
            lists.clear()
        groups[-1].append(event)
        time_ms = happened_ms
        if list_id is not None:
            lists.add(list_id)
    return groups


def _begins(event: AccountEvent, is_list_known: bool) -> bool:
    match event:
        case FundsMoved():
            return True
        case OrderAccepted() | OrderAmended() | OrderListChanged():
            return not is_list_known
        case OrderClosed(reason=CloseReason.BY_USER):
            return not is_list_known
        case _:
            return False


def _legs(event: AccountEvent) -> Sequence[Leg]:
    entry = None if isinstance(event, HalfRefused) else event.entry
    return () if entry is None else legs_of(entry)


def _list_id(event: AccountEvent) -> int | None:
    match event:
        case FundsMoved() | HalfRefused():
            return None
        case OrderListChanged(order_list=order_list):
            return order_list.id
        case _:
            return event.order.list_id


def _time_ms(event: AccountEvent) -> int:
    """Zero for a refusal, which happens when what comes before it does."""
    match event:
        case HalfRefused():
            return 0
        case FundsMoved(entry=entry):
            return entry.time_ms
        case OrderListChanged(order_list=order_list):
            return order_list.updated_ms
        case _:
            return event.order.updated_ms
