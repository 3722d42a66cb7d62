"""The exchange: decide, then apply.

`decide` only reads and yields events; `apply` changes the state and cannot refuse. Events are
applied one by one as they are decided, so that each decision sees what came before it. Time comes
with the command, ids from counters: equal inputs give equal events.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from operator import attrgetter
from typing import assert_never

from hypersim.account.entries import LedgerEntry
from hypersim.trading.changing import expire_due
from hypersim.trading.checking import Placement, check_placement
from hypersim.trading.commands import Command, PlaceOrder, Reset
from hypersim.trading.deciding import decide
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
from hypersim.trading.following import follow_list
from hypersim.trading.market import Market
from hypersim.trading.order import Liquidity, Order
from hypersim.trading.passing import steps_of
from hypersim.trading.plain import PLAIN, FilledAtOnce, Gate, decide_plain
from hypersim.trading.recordable import check_recordable
from hypersim.trading.reference import ReferenceMarket
from hypersim.trading.rejections import Rejected
from hypersim.trading.rules import Rules
from hypersim.trading.state import ExchangeState
from hypersim.trading.triggering import decide_trigger, look_at
from hypersim.trading.withdrawing import complete_due


class Exchange:
    """One exchange with all its accounts, orders and markets. `plain` says which orders go the
    short way."""

    def __init__(self, rules: Rules, plain: Gate = PLAIN) -> None:
        self.state = ExchangeState(rules)
        self._asked_of, self._plain = attrgetter(*plain), tuple(plain.values())
        self._moved: dict[int, dict[int, Order]] = {}
        self._prices: deque[tuple[str, Decimal]] = deque()
        self._fired: deque[int] = deque()

    def execute(self, command: Command, now_ms: int) -> tuple[list[Event], Rejected | None]:
        """What happened, and the refusal if there was one. Dates that have passed come first, so
        an order that is over by `now_ms` can no longer trade, even if the command is refused."""
        events: list[Event] = []
        seq = self.state.counters.seq
        deadline_ms = self.state.next_deadline_ms()
        is_due = deadline_ms is not None and deadline_ms <= now_ms
        if is_due and not isinstance(command, Reset):
            self._apply_all(complete_due(self.state, now_ms), events)
            self._apply_all(expire_due(self.state, now_ms), events)
            self._follow_up(events, now_ms)
        rejected = check_recordable(command)
        if rejected is not None:
            pass
        elif isinstance(command, PlaceOrder) and self._asked_of(command) == self._plain:
            rejected = self._perform(decide_plain(self.state, command, now_ms), events, now_ms)
        else:
            for step in steps_of(self.state, command):
                rejected = self._perform(decide(self.state, step, now_ms), events, now_ms)
                if rejected is not None:
                    break
        if self.state.counters.seq != seq:
            self.state.counters.time_ms = now_ms
        return events, rejected

    def _perform(
        self, decision: Rejected | Iterable[Event], events: list[Event], now_ms: int
    ) -> Rejected | None:
        if isinstance(decision, Rejected):
            return decision
        if isinstance(decision, FilledAtOnce):
            self._pass_through(decision)
            events += decision
        else:
            self._apply_all(decision, events)
        if self._moved or self._prices:
            self._follow_up(events, now_ms)
        return None

    def check(self, command: Placement, now_ms: int) -> Rejected | None:
        """What a test of a placement is told; see `check_placement`."""
        return check_recordable(command) or check_placement(self.state, command, now_ms)

    def apply(self, event: Event) -> None:
        """Change the state by what happened."""
        match event:
            case OrderAccepted(order=order):
                self.state.counters.order_id, self.state.counters.rank = order.id, order.rank
                self.state.enter(order)
                self._post(event.entry)
            case OrderFilled():
                self._fill(event)
            case OrderAmended():
                self._amend(event.previous, event.order)
                self._post(event.entry)
            case OrderClosed():
                self._close(event)
                self._post(event.entry)
            case MarketMoved():
                market = self.state.markets[event.event.symbol]
                market.reference.apply(event.event)
                self._price_moved(market)
                return
            case HalfRefused():
                return
            case OrdersClosed():
                self._close_together(event)
                return
            case _:
                self._apply_rarer(event)
        self.state.counters.seq += 1

    def forget_market(self) -> None:
        """After events that were told again with all that came of them, before any market shows a
        price: nothing follows from them, and nobody traded anywhere."""
        self._moved.clear()
        self._prices.clear()
        for market in self.state.markets.values():
            market.reference = ReferenceMarket(market.instrument)

    def _apply_rarer(
        self,
        event: OrderTriggered
        | OrderActivated
        | OrderTrailed
        | OrderDecremented
        | OrderListChanged
        | FundsMoved
        | WithdrawalChanged
        | AccountChanged
        | KeyChanged
        | InstrumentChanged
        | ExchangeReset,
    ) -> None:
        state = self.state
        match event:
            case OrderTriggered() | OrderActivated() | OrderTrailed() | OrderDecremented():
                self._move_on(event.order)
                if isinstance(event, OrderDecremented):
                    state.counters.prevented_match_id = event.match.id
                self._post(event.entry)
            case OrderListChanged():
                state.put_list(event.order_list)
                state.counters.list_id = max(state.counters.list_id, event.order_list.id)
                self._post(event.entry)
            case FundsMoved():
                self._post(event.entry)
            case WithdrawalChanged(withdrawal=withdrawal):
                state.withdrawals.put(withdrawal)
                state.counters.withdrawal_id = max(state.counters.withdrawal_id, withdrawal.id)
                self._post(event.entry)
            case AccountChanged(user=user):
                state.put_user(user)
                state.counters.account_id = max(state.counters.account_id, user.id)
            case KeyChanged(key=key):
                state.put_key(key)
            case InstrumentChanged(instrument=instrument):
                state.list_instrument(instrument)
                self._price_moved(state.markets[instrument.symbol])
            case ExchangeReset():
                self.state = state.next_generation(event.generation)
            case _:
                assert_never(event)

    def _apply_all(self, decided: Iterable[Event], events: list[Event]) -> None:
        for event in decided:
            self.apply(event)
            events.append(event)

    def _follow_up(self, events: list[Event], now_ms: int) -> None:
        """What the events brought about in turn, until nothing more happens: the prices at which
        users or the market traded, one after the other, are looked at before any order is placed
        that did not see them; then come the lists whose orders moved on, then the orders that were
        fired and have not ended with their list."""
        state = self.state
        while True:
            if self._prices:
                symbol, price = self._prices.popleft()
                market = state.markets[symbol]
                if market.can_trigger:
                    trailed, fired = look_at(state, market, price, now_ms)
                    self._apply_all(trailed, events)
                    self._fired.extend(fired)
            elif self._moved:
                list_id = next(iter(self._moved))
                moved = self._moved.pop(list_id)
                order_list = state.lists.get(list_id)
                if order_list is not None:
                    self._apply_all(follow_list(state, order_list, moved, now_ms), events)
            elif self._fired:
                order_id = self._fired.popleft()
                self._apply_all(decide_trigger(state, order_id, now_ms), events)
            else:
                return

    def _pass_through(self, events: FilledAtOnce) -> None:
        """What applying both, one after the other, comes to."""
        filled, counters = events.filled, self.state.counters
        order = filled.order
        counters.order_id, counters.rank, counters.trade_id = order.id, order.rank, filled.fill.id
        self.state.pass_through(order)
        market = self.state.markets[order.symbol]
        market.reference.eat(order.side, market.pool_of(order.account_id), filled.taken)
        self._post(filled.entry)
        counters.seq += len(events)

    def _fill(self, event: OrderFilled) -> None:
        state, order, fill = self.state, event.order, event.fill
        state.counters.trade_id = fill.id
        before = state.orders[order.id]
        if order.status.is_terminal:
            state.drop_open(before, order)
        else:
            if order.rank != before.rank:
                state.counters.rank = order.rank
                state.leave(before)
            state.put_open(order)
        market = state.markets[order.symbol]
        if event.taken:
            market.reference.eat(order.side, market.pool_of(order.account_id), event.taken)
        is_trade = fill.liquidity is Liquidity.TAKER and fill.counter_order_id is not None
        # What an account trades with itself where it is alone is nobody's price.
        if is_trade and market.is_shared:
            market.reference.trade(fill.time_ms, fill.price, fill.quantity)
            self._price_moved(market)
        if order.list_id is not None:
            self._moved.setdefault(order.list_id, {})[order.id] = order
        self._post(event.entry)

    def _close(self, event: OrderClosed) -> None:
        order = event.order
        self.state.drop_open(self.state.orders[order.id], order)
        if event.match is not None:
            self.state.counters.prevented_match_id = event.match.id
        if order.list_id is not None:
            self._moved.setdefault(order.list_id, {})[order.id] = order

    def _close_together(self, event: OrdersClosed) -> None:
        self.state.drop_together(event.account_id, event.orders)
        for order in event.orders:
            if order.list_id is not None:
                self._moved.setdefault(order.list_id, {})[order.id] = order
        for entry in event.entries:
            self._post(entry)
        self.state.counters.seq += len(event.orders)

    def _amend(self, before: Order, after: Order) -> None:
        state = self.state
        if after.rank != before.rank:
            state.counters.rank = after.rank
            state.leave(before)
        state.put_open(after)
        if after.client_order_id != before.client_order_id:
            state.client_order_ids.rename(before, after)

    def _move_on(self, order: Order) -> None:
        """An open order stands somewhere else now, or for something else."""
        state = self.state
        before = state.orders[order.id]
        state.counters.rank = max(state.counters.rank, order.rank)
        if not before.is_resting or order.rank != before.rank:
            state.leave(before)
        state.put_open(order)
        if order.list_id is not None:
            self._moved.setdefault(order.list_id, {})[order.id] = order

    def _price_moved(self, market: Market) -> None:
        if market.triggers.count and market.reference.price is not None:
            self._prices.append((market.instrument.symbol, market.reference.price))

    def _post(self, entry: LedgerEntry | None) -> None:
        if entry is None:
            return
        self.state.counters.ledger_seq = entry.seq
        for posting in entry.postings:
            self.state.ledger.post(posting)
