"""The exchange: decide, then apply.

`decide` only reads and yields events; `apply` changes the state and cannot refuse. Events are
applied one by one as they are decided, so that each decision sees what came before it. Time comes
with the command, ids from counters: equal inputs give equal events.
"""

from collections.abc import Iterator
from typing import assert_never

from hypersim.account.ledger import LedgerEntry
from hypersim.market.instrument import Instrument
from hypersim.trading.accounts import (
    decide_fee_rates,
    decide_issue_key,
    decide_list,
    decide_open_account,
    decide_revoke_key,
    decide_status,
    decide_transfer,
)
from hypersim.trading.changing import decide_amend, decide_cancel, decide_cancel_all, expire_due
from hypersim.trading.commands import (
    AmendOrder,
    ApplyMarketEvent,
    CancelAllOrders,
    CancelOrder,
    Command,
    Deposit,
    IssueKey,
    ListInstrument,
    OpenAccount,
    PassTime,
    PlaceOrder,
    RevokeKey,
    SetBalance,
    SetFeeRates,
    SetTradingStatus,
    Withdraw,
)
from hypersim.trading.events import (
    AccountChanged,
    Event,
    FundsMoved,
    InstrumentChanged,
    KeyChanged,
    MarketMoved,
    OrderAccepted,
    OrderAmended,
    OrderClosed,
    OrderFilled,
)
from hypersim.trading.order import Liquidity, Order
from hypersim.trading.placing import decide_place
from hypersim.trading.reacting import decide_market_event
from hypersim.trading.reference import ReferenceMarket
from hypersim.trading.rejections import Rejected
from hypersim.trading.state import ExchangeState, Rules


class Exchange:
    """One exchange with all its accounts, orders and markets."""

    def __init__(self, rules: Rules) -> None:
        self.state = ExchangeState(rules)

    def begin_again(self) -> list[tuple[Instrument, ReferenceMarket]]:
        """Forget everything; returns what was listed, and what the reference markets showed."""
        markets = list(self.state.markets.values())
        self.state = ExchangeState(self.state.rules)
        return [(market.instrument, market.reference.untouched()) for market in markets]

    def show_reference(self, symbol: str, reference: ReferenceMarket) -> None:
        """Put a reference market back."""
        self.state.markets[symbol].reference = reference

    def execute(self, command: Command, now_ms: int) -> tuple[list[Event], Rejected | None]:
        """What happened, and the refusal if there was one. Dates that have passed come first, so
        an order that is over by `now_ms` can no longer trade, even if the command is refused."""
        events: list[Event] = []
        deadline_ms = self.state.deadlines.next_ms()
        if deadline_ms is not None and deadline_ms <= now_ms:
            self._apply_all(expire_due(self.state, now_ms), events)
        decision = self.decide(command, now_ms)
        if isinstance(decision, Rejected):
            return events, decision
        self._apply_all(decision, events)
        return events, None

    def decide(  # noqa: C901 - one case per command, and nothing else
        self, command: Command, now_ms: int
    ) -> Rejected | Iterator[Event]:
        """A refusal, or the events one at a time; each must be applied before the next is asked
        for."""
        state = self.state
        match command:
            case PlaceOrder():
                return decide_place(state, command, now_ms)
            case ApplyMarketEvent():
                return decide_market_event(state, command, now_ms)
            case CancelOrder():
                return decide_cancel(state, command, now_ms)
            case CancelAllOrders():
                return decide_cancel_all(state, command, now_ms)
            case AmendOrder():
                return decide_amend(state, command, now_ms)
            case Deposit() | Withdraw() | SetBalance():
                return decide_transfer(state, command, now_ms)
            case OpenAccount():
                return decide_open_account(state, command, now_ms)
            case SetFeeRates():
                return decide_fee_rates(state, command)
            case IssueKey():
                return decide_issue_key(state, command, now_ms)
            case RevokeKey():
                return decide_revoke_key(state, command, now_ms)
            case ListInstrument():
                return decide_list(state, command, now_ms)
            case SetTradingStatus():
                return decide_status(state, command, now_ms)
            case PassTime():
                return iter(())
            case _:
                assert_never(command)

    def apply(self, event: Event) -> None:
        """Change the state by what happened."""
        match event:
            case OrderAccepted():
                self._enter(event.order)
                self._post(event.entry)
            case OrderFilled():
                self._fill(event)
            case OrderAmended():
                self._amend(event.previous, event.order)
                self._post(event.entry)
            case OrderClosed():
                self.state.drop_open(self.state.orders[event.order.id], event.order)
                self._post(event.entry)
            case MarketMoved():
                self.state.markets[event.event.symbol].reference.apply(event.event)
                return
            case FundsMoved():
                self._post(event.entry)
            case AccountChanged(user=user):
                self.state.users[user.id] = user
                self.state.account_ids[user.email] = user.id
                self.state.counters.account_id = max(self.state.counters.account_id, user.id)
            case KeyChanged(key=key):
                self.state.keys[key.key] = key
            case InstrumentChanged(instrument=instrument):
                self.state.list_instrument(instrument)
            case _:
                assert_never(event)
        self.state.counters.seq += 1

    def _apply_all(self, decided: Iterator[Event], events: list[Event]) -> None:
        for event in decided:
            self.apply(event)
            events.append(event)

    def _enter(self, order: Order) -> None:
        state = self.state
        state.counters.order_id = order.id
        state.counters.rank = order.rank
        state.put_open(order)
        state.client_order_ids.add(order)
        if order.expires_ms is not None:
            state.deadlines.add(order.id, order.expires_ms)

    def _fill(self, event: OrderFilled) -> None:
        state, order, fill = self.state, event.order, event.fill
        state.counters.trade_id = fill.id
        before = state.orders[order.id]
        if order.status.is_terminal:
            state.drop_open(before, order)
        else:
            state.put_open(order)
        if event.taken:
            reference = state.markets[order.symbol].reference
            reference.eat(order.side, state.pool_of(order.account_id), event.taken)
        is_print = fill.liquidity is Liquidity.TAKER and fill.counter_order_id is not None
        if is_print:
            state.markets[order.symbol].reference.last_price = fill.price
        self._post(event.entry)

    def _amend(self, before: Order, after: Order) -> None:
        state = self.state
        if after.rank != before.rank:
            state.counters.rank = after.rank
            state.leave_book(before)
        state.put_open(after)

    def _post(self, entry: LedgerEntry | None) -> None:
        if entry is None:
            return
        self.state.counters.ledger_seq = entry.seq
        for posting in entry.postings:
            self.state.ledger.post(posting)
