"""What a batch of transactions changes of what readers see in memory."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, assert_never

import msgspec

from hypersim.account.entries import Balance, BalanceKey, LedgerEntry
from hypersim.account.user import ApiKey, User
from hypersim.account.withdrawal import Withdrawal
from hypersim.market.instrument import Instrument
from hypersim.service.transaction import Transaction
from hypersim.trading.counters import Counters
from hypersim.trading.events import (
    AccountChanged,
    Event,
    ExchangeReset,
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
from hypersim.trading.order import Order
from hypersim.trading.order_list import OrderList


class EndedTogether(NamedTuple):
    """Very many orders of one account that ended at once and for the same reason, after as many of
    `Changes.orders` as `before` says had ended."""

    orders: tuple[Order, ...]
    before: int


class Changes(msgspec.Struct, eq=False):
    """The sum of some transactions. Of each order, list, balance, user and key only the last state
    counts; orders that ended `together` may stand in `orders` as they were before. `is_reset` says
    that everything but the markets was emptied first."""

    balances: dict[BalanceKey, Balance] = {}
    orders: dict[int, Order] = {}
    together: list[EndedTogether] = []
    lists: dict[int, OrderList] = {}
    withdrawals: dict[int, Withdrawal] = {}
    users: dict[int, User] = {}
    keys: dict[str, ApiKey] = {}
    instruments: dict[str, Instrument] = {}
    counters: Counters = msgspec.field(default_factory=Counters)
    is_reset: bool = False

    def add(self, transactions: Iterable[Transaction]) -> None:
        """Fold in what happened."""
        orders = self.orders
        for transaction in transactions:
            after = transaction.balances_after
            for event in transaction.events:
                match event:
                    case OrderFilled() | OrderAccepted() | OrderClosed():
                        order = event.order
                        # The latest change last: those that ended stand as they did.
                        orders.pop(order.id, None)
                        orders[order.id] = order
                        self._post(event.entry, after)
                    case MarketMoved() | HalfRefused():
                        pass
                    case _:
                        self._add_rarer(event, after)

    def _add_rarer(self, event: Event, after: Mapping[BalanceKey, Balance]) -> None:
        match event:
            case (
                OrderTriggered()
                | OrderActivated()
                | OrderTrailed()
                | OrderDecremented()
                | OrderAmended()
            ):
                self.orders.pop(event.order.id, None)
                self.orders[event.order.id] = event.order
                self._post(event.entry, after)
            case OrderListChanged(order_list=order_list):
                self.lists[order_list.id] = order_list
                self._post(event.entry, after)
            case FundsMoved():
                self._post(event.entry, after)
            case WithdrawalChanged(withdrawal=withdrawal):
                self.withdrawals[withdrawal.id] = withdrawal
                self._post(event.entry, after)
            case OrdersClosed():
                ended = sum(order.status.is_terminal for order in self.orders.values())
                self.together.append(EndedTogether(event.orders, ended))
                for entry in event.entries:
                    self._post(entry, after)
            case AccountChanged() | KeyChanged() | InstrumentChanged() | ExchangeReset():
                self._add_directory(event)
            case _:
                raise AssertionError(event)

    def _add_directory(
        self, event: AccountChanged | KeyChanged | InstrumentChanged | ExchangeReset
    ) -> None:
        match event:
            case AccountChanged(user=user):
                self.users[user.id] = user
            case KeyChanged(key=key):
                self.keys[key.key] = key
            case InstrumentChanged(instrument=instrument):
                self.instruments[instrument.symbol] = instrument
            case ExchangeReset():
                self._begin_again()
            case _:
                assert_never(event)

    def _begin_again(self) -> None:
        self.is_reset = True
        for kept in (self.balances, self.users, self.keys, self.withdrawals):
            kept.clear()
        for kept_by_id in (self.orders, self.lists):
            kept_by_id.clear()
        self.together.clear()

    def _post(self, entry: LedgerEntry | None, after: Mapping[BalanceKey, Balance]) -> None:
        """What the entry moved stands as the whole transaction left it."""
        if entry is None:
            return
        balances = self.balances
        for posting in entry.postings:
            key, target = posting.source[:2], posting.target[:2]
            balances[key] = after[key]
            # Most postings lock or release what stays with its account.
            if target != key:
                balances[target] = after[target]
