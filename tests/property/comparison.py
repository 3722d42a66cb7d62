"""An exchange and the naive oracle side by side: what must hold after every step of a session, and
at its end."""

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis.stateful import RuleBasedStateMachine, invariant

from hypersim.trading.commands import Command
from hypersim.trading.deciding import decide
from hypersim.trading.events import Event, OrderFilled
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import Liquidity, Side
from hypersim.trading.rules import Matching
from tests.property.inputs import ACCOUNTS, MARKET, MONEY, OPEN_ORDERS_MAX
from tests.support.book_order import by_priority
from tests.support.builders import SYMBOL, exchange, quote
from tests.support.invariants import EventAudit, check_books, check_money, fingerprint, picture
from tests.support.oracle import Oracle


class Comparison(RuleBasedStateMachine):
    """An exchange and the oracle; subclasses say what happens to both."""

    fills = "depth"
    fees = "received"
    matching = Matching.ISOLATED

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 1_000
        self.is_deep = False
        """Whether a book was told, of which quotes show the best levels."""
        self.exchange = self._new_exchange()
        self.oracle = self.new_oracle()
        for account in range(1, ACCOUNTS + 1):
            self.oracle.rates[account] = MARKET.maker_fee_rate, MARKET.taker_fee_rate
            for asset, amount in MONEY.items():
                self.oracle.money[account, asset] = amount
        self.audit = EventAudit(self.exchange.state.counters)
        self.history: list[tuple[Command, int]] = []
        self.events: list[Event] = []
        self.trades: list[tuple[Any, ...]] = []
        self.run(quote("99", "101", "2"))
        self.oracle.move(((Decimal(99), Decimal(2)),), ((Decimal(101), Decimal(2)),))

    def new_oracle(self) -> Oracle:
        """Who knows what should happen."""
        return Oracle(self.fills, self.matching, OPEN_ORDERS_MAX)

    def _new_exchange(self) -> Exchange:
        money = {asset: str(amount) for asset, amount in MONEY.items()}
        return exchange(
            fills=self.fills,
            fees=self.fees,
            matching=self.matching,
            accounts=ACCOUNTS,
            money=money,
            market=MARKET,
        )

    def run(self, command: Command) -> bool:
        """Whether the exchange accepts the command; the oracle has to agree."""
        state = self.exchange.state
        before = fingerprint(state)
        decide(self.exchange.state, command, self.now_ms)
        assert fingerprint(state) == before, "deciding changed something"
        events, rejected = self.exchange.execute(command, self.now_ms)
        self.history.append((command, self.now_ms))
        self.events += events
        self.audit.see(events, state.counters)
        for event in events:
            if isinstance(event, OrderFilled):
                fill = event.fill
                half = (fill.price, fill.quantity, fill.fee, fill.liquidity is Liquidity.MAKER)
                self.trades.append((fill.id, fill.order_id, fill.side, *half))
        if rejected is not None:
            assert not events
            assert fingerprint(state) == before, "a refused command changed something"
        return rejected is None

    @invariant()
    def trades_are_the_oracles(self) -> None:
        assert self.trades == self.oracle.trades

    @invariant()
    def orders_are_the_oracles(self) -> None:
        state = self.exchange.state
        assert sorted(state.orders) == [entry.id for entry in self.oracle.open()]
        for entry in self.oracle.orders:
            order = state.orders.get(entry.id) or state.recent.get(entry.id)
            assert order is not None
            asked = (entry.price, entry.quantity, entry.filled, entry.prevented, entry.status)
            found = (order.price, order.quantity, order.filled, order.prevented, order.status)
            assert found == asked

    @invariant()
    def turns_are_the_oracles(self) -> None:
        everyone = self.exchange.state.markets[SYMBOL].everyone
        turns = [order.id for side in Side for order in by_priority(everyone.sides[side])]
        expected = sorted(self.oracle.resting(), key=self.oracle.turn)
        assert turns == [entry.id for entry in expected]

    @invariant()
    def balances_are_the_oracles(self) -> None:
        ledger = self.exchange.state.ledger
        for account, asset in self.oracle.money:
            assert ledger.available(account, asset) == self.oracle.free(account, asset)
            assert ledger.locked(account, asset) == self.oracle.locked(account, asset)

    @invariant()
    def books_and_money_are_sound(self) -> None:
        check_money(self.exchange.state, has_reserves=self.fees != "received")
        check_books(self.exchange.state)

    def teardown(self) -> None:
        """Equal commands give equal events; the events alone give the same state."""
        again, copy = self._new_exchange(), self._new_exchange()
        events = [event for c, now_ms in self.history for event in again.execute(c, now_ms)[0]]
        assert _encoded(events) == _encoded(self.events)
        for event in self.events:
            copy.apply(event)
        assert picture(copy.state) == picture(self.exchange.state) == picture(again.state)


def _encoded(events: list[Event]) -> list[bytes]:
    return [type(event).__name__.encode() + msgspec.json.encode(event) for event in events]
