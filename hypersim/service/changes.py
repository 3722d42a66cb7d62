"""What a batch of events changes: the rows for the record and the values for the read side.

The same fold serves both, so what is answered and what is recorded cannot differ.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple, assert_never

import msgspec

from hypersim.account.ledger import NO_BALANCE, Balance, BalanceKey, LedgerEntry, legs_of
from hypersim.account.user import ApiKey, User
from hypersim.account.withdrawal import Withdrawal
from hypersim.market.candle import Candle
from hypersim.market.instrument import Instrument
from hypersim.market.tape import RecordedTrade
from hypersim.market.ticker import Ticker
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
from hypersim.trading.order import Fill, Order, PreventedMatch
from hypersim.trading.order_list import OrderList


class LedgerRow(msgspec.Struct, frozen=True, gc=False):
    """One line of the ledger: what one entry changed in one account's holdings of one asset."""

    seq: int
    leg: int
    account_id: int
    asset: str
    kind: str
    reference: str
    available_change: Decimal
    locked_change: Decimal
    available_after: Decimal
    locked_after: Decimal
    time_ms: int


class Amendment(msgspec.Struct, frozen=True, gc=False):
    """One change of an open order: its quantity (base) and client order id before and after.
    `number` counts the amendments of an order from 1 on."""

    order_id: int
    number: int
    account_id: int
    previous_client_order_id: str | None
    client_order_id: str | None
    previous_quantity: Decimal
    quantity: Decimal
    time_ms: int


class EndedTogether(NamedTuple):
    """Very many orders of one account that ended at once and for the same reason, after as many of
    `Changes.orders` as `before` says had ended."""

    orders: tuple[Order, ...]
    before: int


class Changes(msgspec.Struct, eq=False):
    """The sum of some events. Of each order, list, balance, user and key only the last state
    counts; orders that ended `together` may stand in `orders` as they were before. `closed` are the
    orders that the record has open and of which nothing changed but that they ended. `is_reset`
    says that everything but the markets was emptied first. `before`: the balances until then."""

    before: Mapping[BalanceKey, Balance]
    balances: dict[BalanceKey, Balance] = {}
    orders: dict[int, Order] = {}
    closed: set[int] = set()
    together: list[EndedTogether] = []
    lists: dict[int, OrderList] = {}
    fills: list[Fill] = []
    prevented: dict[int, PreventedMatch] = {}
    amendments: list[Amendment] = []
    ledger: list[LedgerRow] = []
    withdrawals: dict[int, Withdrawal] = {}
    users: dict[int, User] = {}
    keys: dict[str, ApiKey] = {}
    instruments: dict[str, Instrument] = {}
    candles: list[tuple[str, Candle]] = []
    public_trades: list[RecordedTrade] = []
    tickers: list[Ticker] = []
    counters: Counters = msgspec.field(default_factory=Counters)
    is_reset: bool = False

    def add(self, events: Iterable[Event]) -> None:
        """Fold in what happened."""
        for event in events:
            match event:
                case OrderFilled():
                    self._put(event.order)
                    self.fills.append(event.fill)
                    self._post(event.entry)
                case OrderAccepted(order=order):
                    self.orders[order.id] = order
                    if event.entry is not None:
                        self._post(event.entry)
                case OrderClosed():
                    self._close(event)
                case MarketMoved() | HalfRefused():
                    pass
                case ExchangeReset():
                    self._begin_again()
                case WithdrawalChanged(withdrawal=withdrawal):
                    self.withdrawals[withdrawal.id] = withdrawal
                    if event.entry is not None:
                        self._post(event.entry)
                case _:
                    self._add_rarer(event)

    def _add_rarer(
        self,
        event: OrderAmended
        | OrderTriggered
        | OrderActivated
        | OrderTrailed
        | OrderDecremented
        | OrderListChanged
        | OrdersClosed
        | FundsMoved
        | AccountChanged
        | KeyChanged
        | InstrumentChanged,
    ) -> None:
        match event:
            case OrderTriggered() | OrderActivated() | OrderTrailed() | OrderDecremented():
                self._put(event.order)
                if isinstance(event, OrderDecremented):
                    self.prevented[event.match.id] = event.match
            case OrderAmended():
                self._put(event.order)
                self.amendments.append(_amendment(event))
            case OrderListChanged(order_list=order_list):
                self.lists[order_list.id] = order_list
            case FundsMoved():
                pass
            case OrdersClosed():
                self._close_together(event)
                return
            case _:
                self._add_directory(event)
                return
        if event.entry is not None:
            self._post(event.entry)

    def _add_directory(self, event: AccountChanged | KeyChanged | InstrumentChanged) -> None:
        match event:
            case AccountChanged(user=user):
                self.users[user.id] = user
            case KeyChanged(key=key):
                self.keys[key.key] = key
            case InstrumentChanged(instrument=instrument):
                self.instruments[instrument.symbol] = instrument
            case _:
                assert_never(event)

    def _begin_again(self) -> None:
        self.is_reset = True
        self.before = {}
        self.closed.clear()
        for kept in (self.balances, self.users, self.keys, self.withdrawals):
            kept.clear()
        for kept_by_id in (self.orders, self.lists, self.prevented):
            kept_by_id.clear()
        for told in (self.together, self.fills, self.amendments, self.ledger):
            told.clear()

    def _close(self, event: OrderClosed) -> None:
        order, match = event.order, event.match
        if match is not None:
            self.prevented[match.id] = match
        elif order.id not in self.orders:
            self.closed.add(order.id)
        self._put(order)
        if event.entry is not None:
            self._post(event.entry)

    def _close_together(self, event: OrdersClosed) -> None:
        before = sum(order.status.is_terminal for order in self.orders.values())
        self.together.append(EndedTogether(event.orders, before))
        for entry in event.entries:
            self._post(entry)

    def _put(self, order: Order) -> None:
        # The latest change last: the record keeps the order in which orders ended.
        self.orders.pop(order.id, None)
        self.orders[order.id] = order

    def _post(self, entry: LedgerEntry) -> None:
        balances, recorded = self.balances, self.before
        for number, leg in enumerate(legs_of(entry)):
            key = (leg.account_id, leg.asset)
            before = balances.get(key) or recorded.get(key, NO_BALANCE)
            free, held = before.available + leg.available, before.locked + leg.locked
            balances[key] = Balance(free, held)
            self.ledger.append(
                LedgerRow(
                    entry.seq,
                    number,
                    leg.account_id,
                    leg.asset,
                    entry.kind,
                    entry.reference,
                    leg.available,
                    leg.locked,
                    free,
                    held,
                    entry.time_ms,
                )
            )


def _amendment(event: OrderAmended) -> Amendment:
    order, previous = event.order, event.previous
    return Amendment(
        order.id,
        order.amendments,
        order.account_id,
        previous.client_order_id,
        order.client_order_id,
        previous.quantity,
        order.quantity,
        order.updated_ms,
    )
