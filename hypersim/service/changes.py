"""What a batch of transactions changes of what readers see in memory."""

from collections.abc import Iterable
from typing import Any, NamedTuple, assert_never

import msgspec

from hypersim.account.entries import Balance, BalanceKey
from hypersim.account.user import ApiKey, User
from hypersim.account.withdrawal import Withdrawal
from hypersim.market.instrument import Instrument
from hypersim.service.transaction import Transaction
from hypersim.trading.counters import Counters
from hypersim.trading.events import (
    ORDER_EVENTS,
    AccountChanged,
    ExchangeReset,
    FillsLimited,
    FundsMoved,
    HalfRefused,
    InstrumentChanged,
    KeyChanged,
    MarketMoved,
    OrderListChanged,
    OrdersClosed,
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
        event: Any
        for transaction in transactions:
            for event in transaction.events:
                if type(event) in ORDER_EVENTS:
                    order = event.order
                    # The latest change last: those that ended stand as they did.
                    orders.pop(order.id, None)
                    orders[order.id] = order
                elif type(event) is not MarketMoved:
                    self._add_rarer(event)
            self.balances.update(transaction.balances_after)

    def _add_rarer(
        self,
        event: OrderListChanged
        | FundsMoved
        | HalfRefused
        | FillsLimited
        | WithdrawalChanged
        | OrdersClosed
        | AccountChanged
        | KeyChanged
        | InstrumentChanged
        | ExchangeReset,
    ) -> None:
        match event:
            case OrderListChanged(order_list=order_list):
                self.lists[order_list.id] = order_list
            case FundsMoved() | HalfRefused() | FillsLimited():
                pass
            case WithdrawalChanged(withdrawal=withdrawal):
                self.withdrawals[withdrawal.id] = withdrawal
            case OrdersClosed():
                ended = sum(order.status.is_terminal for order in self.orders.values())
                self.together.append(EndedTogether(event.orders, ended))
            case AccountChanged() | KeyChanged() | InstrumentChanged() | ExchangeReset():
                self._add_directory(event)
            case _:
                assert_never(event)

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
