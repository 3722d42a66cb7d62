"""What must hold of an exchange after every step, whatever was asked of it."""

import pickle
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from msgspec.structs import replace

from hypersim.account.entries import FEE_ACCOUNT, LedgerEntry, Posting
from hypersim.market.average import RollingAverage
from hypersim.trading.counters import Counters
from hypersim.trading.events import (
    Event,
    FillsLimited,
    HalfRefused,
    MarketMoved,
    OrderAccepted,
    OrderAmended,
    OrderDecremented,
    OrderEvent,
    OrderFilled,
    OrdersClosed,
    OrderTrailed,
    OrderTriggered,
)
from hypersim.trading.opened import Open
from hypersim.trading.order import TRANSITIONS, Order, OrderStatus, Side
from hypersim.trading.order_list import OrderList
from hypersim.trading.state import ExchangeState
from tests.support.attributes import attributes
from tests.support.book_order import by_priority

_STATUS_STAYS = (OrderAmended, OrderTriggered, OrderTrailed, OrderDecremented)


def fingerprint(state: ExchangeState) -> bytes:
    """All of the state, private parts too: equal before and after means that nothing changed."""
    return pickle.dumps(state)


def picture(state: ExchangeState) -> tuple[Any, ...]:
    """The state as comparable values, without regard to how it came about."""
    # Events do not say when the record was last changed; the commands that led to them did.
    counters = replace(state.counters, time_ms=0)
    return (
        (counters, dict(state.ledger.balances), state.orders),
        (state.users, state.keys, state.open_by_account, state.lists, state.withdrawals),
        [_market_picture(state, symbol) for symbol in state.markets],
    )


def _plain(value: object) -> object:
    return vars(value) if isinstance(value, RollingAverage) else value


def _market_picture(state: ExchangeState, symbol: str) -> object:
    market = state.markets[symbol]
    everyone = by_priority(market.everyone.bids) + by_priority(market.everyone.asks)
    shown = {name: _plain(value) or None for name, value in attributes(market.reference).items()}
    return market.instrument, everyone, shown


def _turn(order: Order) -> tuple[Decimal, int]:
    assert order.price is not None
    return (-order.price if order.side is Side.BUY else order.price), order.rank


def check_money(state: ExchangeState, *, has_reserves: bool = False) -> None:
    """Assets sum to zero, no user owes anything, and what is locked is what open orders owe, each
    pair of which one cancels the other only once, and what lists keep for orders that wait. With
    reserves, orders may lock more, for their fees."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    owed: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    pairs = {order_id: ids for ids in _open_pairs(state) for order_id in ids}
    for order in state.orders.values():
        if order.id not in pairs:
            check_hold(order, order.hold, _owes(order), has_reserves)
        market = state.markets[order.symbol].instrument
        asset = market.quote if order.side is Side.BUY else market.base
        owed[order.account_id, asset] += order.hold
    for ids in set(pairs.values()):
        one, other = (state.orders[order_id] for order_id in ids)
        owes = max(_owes(one), _owes(other))
        check_hold(one, one.hold + other.hold, owes, has_reserves)
    for order_list in state.lists.values():
        base = state.markets[order_list.symbol].instrument.base
        owed[order_list.account_id, base] += order_list.hold
    for (account_id, asset), balance in state.ledger.balances.items():
        sums[asset] += balance.total
        least = min(balance.available, balance.locked)
        assert least >= 0 or account_id < 0, (account_id, asset, balance)
        assert balance.locked == owed.pop((account_id, asset), 0), (account_id, asset, balance)
    assert not any(sums.values()), sums
    assert not any(owed.values()), owed


def check_hold(order: Order, hold: Decimal, owes: Decimal, has_reserves: bool) -> None:
    """A trailing buy without a price of its own locks what it may cost, which nobody can say
    exactly."""
    if has_reserves and order.side is Side.BUY and hold > owes:
        return
    has_price = order.price is not None or order.peg_limit is not None
    is_guess = not order.is_working and not has_price and order.trailing_delta is not None
    assert hold == owes or (is_guess and hold > 0), order


def cut(amount: Decimal) -> Decimal:
    """What is finer than the eight decimals of an asset is nobody's."""
    return amount.quantize(Decimal("0.00000001"), ROUND_FLOOR)


def _owes(order: Order) -> Decimal:
    if order.status is OrderStatus.NEW:
        return Decimal(0)
    price = order.price or order.peg_limit or order.trigger_price
    return cut(order.remaining * (price or 1 if order.side is Side.BUY else 1))


def _open_pairs(state: ExchangeState) -> Iterator[tuple[int, int]]:
    for order_list in state.lists.values():
        if order_list.pair_ids and (order_list.kind.is_pair_only or order_list.activated_ms):
            one, other = order_list.pair_ids
            yield one, other


def check_lists(state: ExchangeState) -> None:
    """Nobody waits in vain: who waits has an open list whose working order is open, and each open
    list has open orders."""
    for order in state.orders.values():
        order_list = None if order.list_id is None else state.lists.get(order.list_id)
        if order_list is not None:
            assert order.id in order_list.order_ids
            assert order.account_id == order_list.account_id
        if order.status is OrderStatus.NEW:
            assert order_list is not None and order_list.activated_ms is None, order
            assert order_list.working_id in state.orders, order
    for order_list in state.lists.values():
        is_waiting = not order_list.kind.is_pair_only and order_list.activated_ms is None
        working = state.orders.get(order_list.working_id or 0)
        if is_waiting:
            assert working is not None
        received = {Decimal(0)}
        if working and order_list.kind.pays:
            # With or without the fee, as the account can pay it from elsewhere or not.
            received = {working.filled, working.filled - working.fee}
        assert order_list.hold in received, order_list
        needed = order_list.order_ids if is_waiting else order_list.pair_ids
        assert all(order_id in state.orders for order_id in needed), order_list
        assert any(order_id in state.orders for order_id in order_list.order_ids), order_list
    _check_list_names(state)


def _check_list_names(state: ExchangeState) -> None:
    for one in state.lists.values():
        if one.client_list_id is not None:
            assert state.lists.named(one.account_id, one.client_list_id) == one.id


def check_books(state: ExchangeState) -> None:
    """Every open order stands in one place: in one book in price-time order, or where conditional
    orders wait, or nowhere while it waits for another order; and it is known by its owner."""
    resting = sorted((o for o in state.orders.values() if o.is_resting), key=_turn)
    for symbol, market in state.markets.items():
        for side in Side:
            expected = [o for o in resting if (o.symbol, o.side) == (symbol, side)]
            assert by_priority(market.everyone.sides[side]) == expected
            for account_id in state.users:
                own = [o for o in expected if o.account_id == account_id]
                met = expected if market.is_shared else own
                assert by_priority(market.book(account_id).sides[side]) == met
        for order_id, most in market.stalls.items():
            assert state.orders[order_id].filled <= most
        awaits = {o.id for o in state.orders.values() if _awaits(o) and o.symbol == symbol}
        assert vars(market.triggers)["_ids"] == awaits
    for order in state.orders.values():
        assert not order.status.is_terminal
        if order.status is not OrderStatus.NEW:
            assert 0 <= order.filled < order.quantity - order.prevented, order
            assert order.is_resting or _awaits(order), order
        if order.shown is not None:
            assert order.iceberg_quantity is not None
            assert 0 < order.shown <= min(order.iceberg_quantity, order.remaining), order
        assert state.open_orders(order.account_id)[order.id] == order
    assert len(state.orders) == sum(len(orders) for orders in state.open_by_account.values())
    check_counts(state)
    check_lists(state)


def check_counts(state: ExchangeState) -> None:
    """What is counted as it comes and goes is what is there."""
    for account_id in state.users:
        unfinished = [one for one in state.withdrawals.values() if one.account_id == account_id]
        assert state.withdrawals.count(account_id) == len(unfinished)
        own = list(state.open_orders(account_id).values())
        own_lists = [one for one in state.lists.values() if one.account_id == account_id]
        in_all = replace(_open(own, own_lists), to_buy=Decimal(0))
        assert state.open_counts.in_all(account_id) == in_all
        for symbol in state.markets:
            expected = _open(
                [order for order in own if order.symbol == symbol],
                [one for one in own_lists if one.symbol == symbol],
            )
            assert state.open_counts.in_symbol(account_id, symbol) == expected


def _open(orders: Sequence[Order], lists: Sequence[OrderList]) -> Open:
    return Open(
        len(orders),
        sum(order.trigger is not None for order in orders),
        sum(order.iceberg_quantity is not None for order in orders),
        len(lists),
        sum((order.remaining for order in orders if order.side is Side.BUY), Decimal(0)),
    )


def _awaits(order: Order) -> bool:
    return order.status is OrderStatus.OPEN and not order.is_working


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
            self._seq += not isinstance(event, MarketMoved | HalfRefused | FillsLimited)
            if isinstance(event, OrderEvent):
                self._see_order(event.order, event)
            elif isinstance(event, OrdersClosed):
                self._seq += len(event.orders) - 1
                for order in event.orders:
                    self._see_order(order, event)
            for entry in _entries_of(event):
                self._ledger_seq += 1
                assert entry.seq == self._ledger_seq, entry
                assert entry.postings, entry
        assert counters.seq == self._seq
        assert counters.ledger_seq == self._ledger_seq
        assert counters.order_id == self._order_id
        assert counters.trade_id == self._trade_id

    def _see_order(self, order: Order, event: OrderEvent | OrdersClosed) -> None:
        before = self._orders.get(order.id)
        self._orders[order.id] = order
        if before is None:
            self._order_id += 1
            assert isinstance(event, OrderAccepted), event
            expected = OrderStatus.OPEN if order.is_working or order.hold else order.status
            assert (order.id, order.status) == (self._order_id, expected), order
            return
        assert order.filled >= before.filled
        assert order.filled <= order.quantity
        assert order.updated_ms >= before.updated_ms
        if isinstance(event, OrderAmended):
            assert event.previous == before
        if isinstance(event, _STATUS_STAYS):
            assert order.status is before.status
        else:
            assert order.status in TRANSITIONS[before.status], (before, order)
        if isinstance(event, OrderFilled):
            self._see_trade(event, before)

    def _see_trade(self, event: OrderFilled, before: Order) -> None:
        fill, order = event.fill, event.order
        assert order.filled == before.filled + fill.quantity
        assert order.notional == before.notional + fill.price * fill.quantity
        base, _, quote = order.symbol.partition("/")
        is_from_received = fill.fee_asset == (base if order.side is Side.BUY else quote)
        assert order.fee == before.fee + (fill.fee if is_from_received else 0)
        taken = {p.target[1]: p.amount for p in event.entry.postings if _is_fee(p)}
        assert taken == ({fill.fee_asset: fill.fee} if fill.fee else {}), event
        if fill.id != self._trade_id:
            self._trade_id += 1
        assert fill.id == self._trade_id, fill
        self._halves[fill.id] = self._halves.get(fill.id, 0) + 1
        assert self._halves[fill.id] <= (1 if fill.counter_order_id is None else 2), fill


def _entries_of(event: Event) -> Sequence[LedgerEntry]:
    if isinstance(event, OrdersClosed):
        return event.entries
    entry: LedgerEntry | None = getattr(event, "entry", None)
    return () if entry is None else (entry,)


def _is_fee(posting: Posting) -> bool:
    return posting.target[0] == FEE_ACCOUNT
