"""What some rows of the journal make of the tables. Every column follows from the journal alone, so
it does not matter how many of them are taken at once."""

from collections.abc import Iterable, Mapping
from typing import assert_never

import msgspec

from hypersim.account.entries import NO_BALANCE, Balance, BalanceKey, LedgerEntry
from hypersim.account.ledger import legs_of
from hypersim.account.withdrawal import Withdrawal
from hypersim.market.instrument import Instrument
from hypersim.service.record import Amendment
from hypersim.storage.journal.encoding import Payload
from hypersim.storage.journal.events import (
    AccountRecorded,
    JournalEvent,
    JournalTransaction,
    KeyRecorded,
    OrdersEnded,
    numbers_of,
)
from hypersim.storage.tables.money import EntryRow
from hypersim.storage.tables.orders import ClosedOrder
from hypersim.storage.tables.users import KeyRow, UserRow
from hypersim.trading.closing import ended_as
from hypersim.trading.counters import Counters
from hypersim.trading.events import (
    ExchangeReset,
    FundsMoved,
    InstrumentChanged,
    OrderAccepted,
    OrderActivated,
    OrderAmended,
    OrderClosed,
    OrderDecremented,
    OrderFilled,
    OrderListChanged,
    OrderTrailed,
    OrderTriggered,
    WithdrawalChanged,
)
from hypersim.trading.order import Fill, Order, PreventedMatch
from hypersim.trading.order_list import OrderList


class Rows(msgspec.Struct, eq=False):
    """Of each order, list, balance, user and key only the last state counts. `opened` are orders
    that the tables do not have, `orders` and `closed` those that they have open; of `closed`
    nothing changed but that they ended. `places` are the numbers of the events that ended orders,
    `key_places` and `instrument_places` of those by which they came. `is_reset`: everything but the
    markets was emptied first. `before`: the balances until then."""

    before: Mapping[BalanceKey, Balance]
    counters: Counters = msgspec.field(default_factory=Counters)
    balances: dict[BalanceKey, Balance] = {}
    opened: dict[int, Order] = {}
    orders: dict[int, Order] = {}
    closed: dict[int, ClosedOrder] = {}
    places: dict[int, int] = {}
    lists: dict[int, OrderList] = {}
    fills: list[Fill] = []
    prevented: dict[int, PreventedMatch] = {}
    amendments: list[Amendment] = []
    ledger: list[EntryRow] = []
    withdrawals: dict[int, Withdrawal] = {}
    users: dict[int, UserRow] = {}
    keys: dict[str, KeyRow] = {}
    key_places: dict[str, int] = {}
    instruments: dict[str, Instrument] = {}
    instrument_places: dict[str, int] = {}
    is_reset: bool = False

    def add(self, payloads: Iterable[Payload]) -> None:
        """Fold in what some rows tell."""
        for payload in payloads:
            for transaction in payload.transactions:
                self.add_transaction(transaction)
            self.counters = payload.counters

    def add_transaction(self, transaction: JournalTransaction) -> None:
        """Fold in what happened."""
        place = transaction.first_seq
        for event in transaction.events:
            match event:
                case OrderFilled():
                    self._put(event.order, place)
                    self.fills.append(event.fill)
                    self._post(event.entry)
                case OrderAccepted():
                    self.opened[event.order.id] = event.order
                    self._put(event.order, place)
                    self._post(event.entry)
                case OrderClosed():
                    self._close(event, place)
                    self._post(event.entry)
                case _:
                    self._add_rarer(event, place)
            place += numbers_of(event)

    def _add_rarer(self, event: JournalEvent, place: int) -> None:
        match event:
            case OrderTriggered() | OrderActivated() | OrderTrailed() | OrderDecremented():
                self._put(event.order, place)
                if isinstance(event, OrderDecremented):
                    self.prevented[event.match.id] = event.match
                self._post(event.entry)
            case OrderAmended():
                self._put(event.order, place)
                self.amendments.append(_amendment(event, place))
                self._post(event.entry)
            case OrderListChanged(order_list=order_list):
                self.lists[order_list.id] = order_list
                self._post(event.entry)
            case FundsMoved():
                self._post(event.entry)
            case WithdrawalChanged(withdrawal=withdrawal):
                self.withdrawals[withdrawal.id] = withdrawal
                self._post(event.entry)
            case OrdersEnded():
                self._end_together(event, place)
            case AccountRecorded() | KeyRecorded() | InstrumentChanged() | ExchangeReset():
                self._add_directory(event, place)
            case _:
                raise AssertionError(event)

    def _add_directory(
        self,
        event: AccountRecorded | KeyRecorded | InstrumentChanged | ExchangeReset,
        place: int,
    ) -> None:
        match event:
            case AccountRecorded(user=user):
                self.users[user.id] = user
            case KeyRecorded(key=key):
                self.keys[key.key] = key
                self.key_places.setdefault(key.key, place)
            case InstrumentChanged(instrument=instrument):
                self.instruments[instrument.symbol] = instrument
                self.instrument_places.setdefault(instrument.symbol, place)
            case ExchangeReset():
                self._begin_again()
            case _:
                assert_never(event)

    def _begin_again(self) -> None:
        self.is_reset = True
        self.before = {}
        self.balances.clear()
        for kept in (self.users, self.keys, self.key_places):
            kept.clear()
        for orders in (self.opened, self.orders):
            orders.clear()
        for by_id in (self.closed, self.places, self.lists, self.prevented, self.withdrawals):
            by_id.clear()
        for told in (self.fills, self.amendments, self.ledger):
            told.clear()

    def _put(self, order: Order, place: int) -> None:
        (self.opened if order.id in self.opened else self.orders)[order.id] = order
        if order.status.is_terminal:
            self.places[order.id] = place

    def _close(self, event: OrderClosed, place: int) -> None:
        order, match = event.order, event.match
        if match is not None:
            self.prevented[match.id] = match
        if match is not None or order.id in self.opened or order.id in self.orders:
            self._put(order, place)
        else:
            self.closed[order.id] = ClosedOrder(
                order.id, order.status, order.updated_ms, order.close_reason
            )
            self.places[order.id] = place

    def _end_together(self, event: OrdersEnded, place: int) -> None:
        status, reason, ended_ms = event.status, event.reason, event.ended_ms
        for order_id in event.order_ids:
            before = self.opened.get(order_id) or self.orders.get(order_id)
            if before is None:
                self.closed[order_id] = ClosedOrder(order_id, status, ended_ms, reason)
                self.places[order_id] = place
            else:
                self._put(ended_as(before, status, reason, ended_ms), place)
            place += 1
        for entry in event.entries:
            self._post(entry)

    def _post(self, entry: LedgerEntry | None) -> None:
        if entry is None:
            return
        balances, recorded = self.balances, self.before
        legs: dict[int, str] = {}
        for number, leg in enumerate(legs_of(entry)):
            key = account_id, asset = leg.account_id, leg.asset
            before = balances.get(key) or recorded.get(key, NO_BALANCE)
            free, held = before.available + leg.available, before.locked + leg.locked
            balances[key] = Balance(free, held)
            told = f"{number} {asset} {leg.available!s} {leg.locked!s} {free!s} {held!s}"
            legs[account_id] = f"{legs[account_id]} {told}" if account_id in legs else told
        kind, reference, time_ms = entry.kind, entry.reference, entry.time_ms
        for account_id, words in legs.items():
            self.ledger.append(EntryRow(entry.seq, account_id, kind, reference, words, time_ms))


def _amendment(event: OrderAmended, seq: int) -> Amendment:
    order, previous = event.order, event.previous
    return Amendment(
        order.id,
        order.amendments,
        seq,
        order.account_id,
        previous.client_order_id,
        order.client_order_id,
        previous.quantity,
        order.quantity,
        order.updated_ms,
    )
