"""What must hold of an exchange after every step, whatever was asked of it."""

import pickle
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from hypersim.account.ledger import LedgerEntry
from hypersim.trading.book import BookSide
from hypersim.trading.events import (
    Event,
    MarketMoved,
    OrderAccepted,
    OrderAmended,
    OrderClosed,
    OrderFilled,
)
from hypersim.trading.order import TRANSITIONS, Order, OrderStatus, Side
from hypersim.trading.state import Counters, ExchangeState


def fingerprint(state: ExchangeState) -> bytes:
    """All of the state, private parts too: equal before and after means that nothing changed."""
    return pickle.dumps(state)


def picture(state: ExchangeState) -> object:
    """The state as comparable values, without regard to how it came about."""
    return (
        (state.counters, dict(state.ledger.buckets()), state.orders),
        (state.users, state.keys, state.open_by_account),
        [_market_picture(state, symbol) for symbol in state.markets],
    )


def _market_picture(state: ExchangeState, symbol: str) -> object:
    market = state.markets[symbol]
    everyone = _rows(market.everyone.bids) + _rows(market.everyone.asks)
    shown = {name: value or None for name, value in vars(market.reference).items()}
    return market.instrument, everyone, shown


def _turn(order: Order) -> tuple[Decimal, int]:
    assert order.price is not None
    return (-order.price if order.side is Side.BUY else order.price), order.rank


def _rows(side: BookSide) -> list[Order]:
    return list(side.by_priority())


def check_money(state: ExchangeState) -> None:
    """Assets sum to zero, no user owes anything, and what is locked is what open orders owe."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    owed: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for order in state.orders.values():
        assert order.price is not None
        owes = order.remaining * (order.price if order.side is Side.BUY else 1)
        assert order.hold == owes, order
        market = state.markets[order.symbol].instrument
        owed[order.account_id, market.quote if order.side is Side.BUY else market.base] += owes
    for (account_id, asset, is_locked), amount in state.ledger.buckets():
        sums[asset] += amount
        assert amount >= 0 or account_id < 0, (account_id, asset, amount)
        if is_locked:
            assert amount == owed.pop((account_id, asset), 0), (account_id, asset, amount)
    assert not any(sums.values()), sums
    assert not owed, owed


def check_books(state: ExchangeState) -> None:
    """Every open order rests in one book, in price-time order, and is known by its owner."""
    open_orders = sorted(state.orders.values(), key=_turn)
    pools = {state.pool_of(account_id) for account_id in state.users}
    for symbol, market in state.markets.items():
        for side in Side:
            expected = [o for o in open_orders if (o.symbol, o.side) == (symbol, side)]
            assert _rows(market.everyone.side(side)) == expected
            for pool_id in pools:
                own = [o for o in expected if state.pool_of(o.account_id) == pool_id]
                assert _rows(market.book(pool_id).side(side)) == own
    for order in open_orders:
        assert order.status in {OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED}
        assert 0 <= order.filled < order.quantity, order
        assert state.open_orders(order.account_id)[order.id] == order
    owned = sum(len(orders) for orders in state.open_by_account.values())
    assert owned == len(state.orders)


class EventAudit:
    """Watches the stream of events: numbers without gaps, statuses along the allowed ways."""

    def __init__(self, counters: Counters) -> None:
        self._ledger_seq = counters.ledger_seq
        self._order_id = counters.order_id
        self._trade_id = counters.trade_id
        self._seq = counters.seq
        self._orders: dict[int, Order] = {}
        self._halves: dict[int, int] = {}

    def see(self, events: Sequence[Event], counters: Counters) -> None:
        """Check what one command brought about."""
        for event in events:
            self._seq += not isinstance(event, MarketMoved)
            if isinstance(event, OrderAccepted | OrderFilled | OrderAmended | OrderClosed):
                self._see_order(event)
            entry: LedgerEntry | None = getattr(event, "entry", None)
            if entry is not None:
                self._ledger_seq += 1
                assert entry.seq == self._ledger_seq, entry
                assert entry.postings, entry
        assert counters.seq == self._seq
        assert counters.ledger_seq == self._ledger_seq
        assert counters.order_id == self._order_id
        assert counters.trade_id == self._trade_id

    def _see_order(self, event: OrderAccepted | OrderFilled | OrderAmended | OrderClosed) -> None:
        order = event.order
        before = self._orders.get(order.id)
        self._orders[order.id] = order
        if before is None:
            self._order_id += 1
            assert isinstance(event, OrderAccepted), event
            assert (order.id, order.status) == (self._order_id, OrderStatus.OPEN), order
            return
        assert order.filled >= before.filled
        assert order.filled <= order.quantity
        assert order.updated_ms >= before.updated_ms
        if isinstance(event, OrderAmended):
            assert (event.previous, order.status) == (before, before.status)
        else:
            assert order.status in TRANSITIONS[before.status], (before, order)
        if isinstance(event, OrderFilled):
            self._see_trade(event, before)

    def _see_trade(self, event: OrderFilled, before: Order) -> None:
        fill, order = event.fill, event.order
        assert order.filled == before.filled + fill.quantity
        assert order.notional == before.notional + fill.price * fill.quantity
        assert order.fee == before.fee + fill.fee
        if fill.id != self._trade_id:
            self._trade_id += 1
        assert fill.id == self._trade_id, fill
        self._halves[fill.id] = self._halves.get(fill.id, 0) + 1
        assert self._halves[fill.id] <= (1 if fill.counter_order_id is None else 2), fill
