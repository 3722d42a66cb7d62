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

from hypersim.account.entries import Balance, BalanceKey, LedgerEntry
from hypersim.trading.changing import expire_due
from hypersim.trading.checking import Placement, check_placement
from hypersim.trading.commands import Command, PlaceOrder, Reset
from hypersim.trading.deciding import decide
from hypersim.trading.events import (
    AccountChanged,
    Event,
    ExchangeReset,
    FillsLimited,
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
from hypersim.trading.reacting import taken_in
from hypersim.trading.recordable import check_plain_recordable, check_recordable
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
        self._balances: dict[BalanceKey, Balance] = {}
        self._moved: dict[int, dict[int, Order]] = {}
        self._prices: deque[tuple[str, Decimal]] = deque()
        self._fired: deque[int] = deque()

    def execute(self, command: Command, now_ms: int) -> tuple[list[Event], Rejected | None]:
        """What happened, and the refusal if there was one. Dates that have passed come first, so
        an order that is over by `now_ms` can no longer trade, even if the command is refused."""
        events: list[Event] = []
        seq = self.state.counters.seq
        self._balances.clear()
        deadline_ms = self.state.next_deadline_ms()
        is_due = deadline_ms is not None and deadline_ms <= now_ms
        if is_due and not isinstance(command, Reset):
            self._apply_all(complete_due(self.state, now_ms), events)
            self._apply_all(expire_due(self.state, now_ms), events)
            self._follow_up(events, now_ms)
        if isinstance(command, PlaceOrder) and self._asked_of(command) == self._plain:
            rejected = check_plain_recordable(command) or self._place(command, events, now_ms)
        else:
            rejected = check_recordable(command) or self._carry_out(command, events, now_ms)
        if self.state.counters.seq != seq:
            self.state.counters.time_ms = now_ms
        return events, rejected

    def take_balances(self) -> dict[BalanceKey, Balance]:
        """What there is of all that moved in the last command, or since this was asked last."""
        moved, self._balances = self._balances, {}
        return moved

    def _place(self, command: PlaceOrder, events: list[Event], now_ms: int) -> Rejected | None:
        """From an order that comes to rest, or is filled at once, nothing follows."""
        decision = decide_plain(self.state, command, now_ms)
        if isinstance(decision, FilledAtOnce):
            self._pass_through(decision)
            events += decision
        elif isinstance(decision, OrderAccepted):
            self._accept(decision)
            events.append(decision)
        else:
            return self._perform(decision, events, now_ms)
        return None

    def _carry_out(self, command: Command, events: list[Event], now_ms: int) -> Rejected | None:
        for step in steps_of(self.state, command):
            rejected = self._perform(decide(self.state, step, now_ms), events, now_ms)
            if rejected is not None:
                return rejected
        return None

    def _perform(
        self, decision: Rejected | Iterable[Event], events: list[Event], now_ms: int
    ) -> Rejected | None:
        if isinstance(decision, Rejected):
            return decision
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
            case OrderAccepted():
                self._accept(event)
                return
            case OrderFilled():
                self._fill(event)
            case OrderAmended():
                self.state.amend(event.previous, event.order)
                self._post(event.entry)
            case OrderClosed():
                self._close(event)
                self._post(event.entry)
            case MarketMoved():
                self._price_moved(taken_in(self.state, event))
                return
            case HalfRefused():
                return
            case FillsLimited():
                self.state.limit_fills(event.symbol, event.order_id, event.most)
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
                state.move_on(event.order)
                self._note_moved(event.order)
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

    def _accept(self, event: OrderAccepted) -> None:
        order, counters = event.order, self.state.counters
        counters.order_id, counters.rank = order.id, order.rank
        self.state.enter(order)
        self._post(event.entry)
        counters.seq += 1

    def _pass_through(self, events: FilledAtOnce) -> None:
        """What applying both, one after the other, comes to."""
        filled, counters = events.filled, self.state.counters
        order = filled.order
        counters.order_id, counters.rank, counters.trade_id = order.id, order.rank, filled.fill.id
        self.state.pass_through(order)
        market = self.state.markets[order.symbol]
        market.reference.eat(order.side, market.pool_of(order.account_id), filled.taken)
        self._post(filled.entry)
        counters.seq += 2

    def _fill(self, event: OrderFilled) -> None:
        state, order, fill = self.state, event.order, event.fill
        state.counters.trade_id = fill.id
        state.advance(state.orders[order.id], order)
        market = state.markets[order.symbol]
        if event.taken:
            market.reference.eat(order.side, market.pool_of(order.account_id), event.taken)
        is_trade = fill.liquidity is Liquidity.TAKER and fill.counter_order_id is not None
        # What an account trades with itself where it is alone is nobody's price.
        if is_trade and market.is_shared:
            market.reference.trade(fill.time_ms, fill.price, fill.quantity)
            self._price_moved(market)
        self._note_moved(order)
        self._post(event.entry)

    def _close(self, event: OrderClosed) -> None:
        order = event.order
        self.state.drop_open(self.state.orders[order.id], order)
        if event.match is not None:
            self.state.counters.prevented_match_id = event.match.id
        self._note_moved(order)

    def _close_together(self, event: OrdersClosed) -> None:
        self.state.drop_together(event.account_id, event.orders)
        for order in event.orders:
            self._note_moved(order)
        for entry in event.entries:
            self._post(entry)
        self.state.counters.seq += len(event.orders)

    def _note_moved(self, order: Order) -> None:
        if order.list_id is not None:
            self._moved.setdefault(order.list_id, {})[order.id] = order

    def _price_moved(self, market: Market) -> None:
        if market.triggers.count and market.reference.price is not None:
            self._prices.append((market.instrument.symbol, market.reference.price))

    def _post(self, entry: LedgerEntry | None) -> None:
        if entry is not None:
            self.state.counters.ledger_seq = entry.seq
            self.state.ledger.post(entry.postings, self._balances)
