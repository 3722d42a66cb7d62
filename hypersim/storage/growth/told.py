"""What the tables must show of what happened, besides the state that it came to: rows that nothing
changes any more. It is made of the core's events alone; the projector's code has no part in it."""

from collections.abc import Iterable, Sequence

import msgspec

from hypersim.account.entries import LedgerEntry
from hypersim.account.ledger import Ledger, legs_of
from hypersim.account.withdrawal import Withdrawal, WithdrawalStatus
from hypersim.service.record import Amendment, LedgerRow
from hypersim.service.transaction import entries_of, numbers_of
from hypersim.storage.growth.past import Done
from hypersim.trading.events import (
    Event,
    ExchangeReset,
    OrderAmended,
    OrderClosed,
    OrderDecremented,
    OrderFilled,
    OrderListChanged,
    WithdrawalChanged,
    orders_in,
)
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import Fill, Order, PreventedMatch
from hypersim.trading.order_list import OrderList


class Told(msgspec.Struct, eq=False):
    """Of some events. Lists are those that are over, withdrawals those that have ended; `places`
    are the numbers of the events that ended orders. Numbers of whatever came new are beside it.
    `ledger` is every balance after them."""

    ledger: Ledger
    orders: dict[int, Order] = {}
    places: dict[int, int] = {}
    fills: dict[tuple[int, int], Fill] = {}
    lines: dict[tuple[int, int], LedgerRow] = {}
    amendments: dict[tuple[int, int], Amendment] = {}
    prevented: dict[int, PreventedMatch] = {}
    lists: dict[int, OrderList] = {}
    withdrawals: dict[int, Withdrawal] = {}
    order_ids: set[int] = set()
    list_ids: set[int] = set()
    withdrawal_ids: set[int] = set()

    def add(self, done: Done) -> None:
        """Take in a transaction."""
        place = done.seq + 1 - sum(map(numbers_of, done.events))
        for event in done.events:
            self._orders(orders_in(event), place)
            for entry in entries_of(event):
                self._post(entry)
            self._more(event, place)
            place += numbers_of(event)

    def _orders(self, orders: Sequence[Order], place: int) -> None:
        for number, order in enumerate(orders):
            self.order_ids.add(order.id)
            if order.status.is_terminal:
                self.orders[order.id] = order
                self.places[order.id] = place + number

    def _post(self, entry: LedgerEntry) -> None:
        self.ledger.post(entry.postings, {})
        for number, leg in enumerate(legs_of(entry)):
            self.lines[entry.seq, number] = LedgerRow(
                entry.seq,
                number,
                leg.account_id,
                leg.asset,
                entry.kind,
                entry.reference,
                leg.available,
                leg.locked,
                self.ledger.available(leg.account_id, leg.asset),
                self.ledger.locked(leg.account_id, leg.asset),
                entry.time_ms,
            )

    def _more(self, event: Event, place: int) -> None:
        match event:
            case OrderFilled(fill=fill):
                self.fills[fill.order_id, fill.id] = fill
            case OrderAmended(order=order, previous=previous):
                self.amendments[order.id, order.amendments] = Amendment(
                    order.id,
                    order.amendments,
                    place,
                    order.account_id,
                    previous.client_order_id,
                    order.client_order_id,
                    previous.quantity,
                    order.quantity,
                    order.updated_ms,
                )
            case OrderDecremented() | OrderClosed():
                if event.match is not None:
                    self.prevented[event.match.id] = event.match
            case OrderListChanged(order_list=order_list):
                self.list_ids.add(order_list.id)
                if not order_list.is_open:
                    self.lists[order_list.id] = order_list
            case WithdrawalChanged(withdrawal=withdrawal):
                self.withdrawal_ids.add(withdrawal.id)
                if withdrawal.status is not WithdrawalStatus.PROCESSING:
                    self.withdrawals[withdrawal.id] = withdrawal
            case ExchangeReset():
                self.ledger = Ledger()
            case _:
                pass


class Telling:
    """Tells batch by batch of one generation, from where an exchange stands on."""

    def __init__(self, exchange: Exchange, generation: int) -> None:
        self._generation = generation
        self._ledger = Ledger()
        if exchange.state.counters.generation == generation:
            self._ledger.balances.update(exchange.state.ledger.balances)

    def told(self, done: Iterable[Done]) -> Told:
        """What was before a reset is in no table any more."""
        found = Told(self._ledger)
        for one in done:
            if one.generation == self._generation:
                found.add(one)
        self._ledger = found.ledger
        return found
