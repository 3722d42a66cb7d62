"""Orders that end together leave what they would leave one by one: but for how many lines of the
ledger it takes, nothing tells the difference."""

from decimal import Decimal
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hypersim.account.ledger import legs_of
from hypersim.trading import closing, fees, fills
from hypersim.trading.commands import CancelAllOrders, Command, PassTime
from hypersim.trading.events import Event, OrdersClosed, closed_orders
from hypersim.trading.exchange import Exchange
from hypersim.trading.rules import Matching, Rules
from hypersim.trading.state import ExchangeState
from tests.support.builders import START_MS
from tests.support.invariants import EventAudit, check_books, check_money, picture
from tests.support.random_session import ACCOUNTS, commands, opening

STEP_MS = 7
ENDS_EVERY = 40
ONE_BY_ONE, TOGETHER = 10**9, 1


def new_exchange(matching: Matching) -> Exchange:
    return Exchange(Rules(fills.load("depth"), fees.load("received"), matching))


def execute(
    exchange: Exchange, history: list[tuple[Command, int]], together_min: int
) -> list[Event]:
    """All that happens; what must hold is checked after each command."""
    audit = EventAudit(exchange.state.counters)
    happened: list[Event] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closing, "TOGETHER_MIN", together_min)
        for command, now_ms in history:
            events, _ = exchange.execute(command, now_ms)
            audit.see(events, exchange.state.counters)
            check_money(exchange.state)
            check_books(exchange.state)
            happened += events
    return happened


def session(matching: Matching, seed: int) -> list[tuple[Command, int]]:
    """Commands in time, with some that end very much."""
    exchange, history = new_exchange(matching), list[tuple[Command, int]]()
    for number, command in enumerate(
        chain(opening(), commands(exchange, seed, 4 * ENDS_EVERY, START_MS))
    ):
        some = [command]
        if number % ENDS_EVERY == ENDS_EVERY - 1:
            account_id = ACCOUNTS[number // ENDS_EVERY % len(ACCOUNTS)]
            some += [CancelAllOrders(account_id, None if number % 80 else "BTC/USDT"), PassTime()]
        for one in some:
            history.append((one, START_MS + STEP_MS * len(history)))
            exchange.execute(*history[-1])
    return history


def picture_of(state: ExchangeState) -> object:
    """All that there is, but for the number of the last line of the ledger."""
    (counters, *money), *others = picture(state)
    remembered = (vars(state.recent), vars(state.client_order_ids), vars(state.deadlines))
    return replace(counters, ledger_seq=0), money, others, remembered


@pytest.mark.parametrize("matching", Matching)
@settings(deadline=None, max_examples=max(6, settings().max_examples // 16))
@given(seed=st.integers(0, 2**32))
def test_to_end_together_is_to_end_one_by_one(matching: Matching, seed: int) -> None:
    history = session(matching, seed)
    alone, together = new_exchange(matching), new_exchange(matching)
    closed = execute(alone, history, ONE_BY_ONE)
    closed_together = execute(together, history, TOGETHER)
    assert [*closed_orders(closed_together)] == [*closed_orders(closed)]
    assert picture_of(together.state) == picture_of(alone.state)
    copy = new_exchange(matching)
    for event in closed_together:
        copy.apply(event)
    assert picture_of(copy.state) == picture_of(together.state)


def test_one_line_of_each_asset_releases_what_all_of_them_held() -> None:
    history = session(Matching.ISOLATED, 3)
    together = new_exchange(Matching.ISOLATED)
    events = execute(together, history, TOGETHER)
    masses = [event for event in events if isinstance(event, OrdersClosed)]
    assert max(len(mass.orders) for mass in masses) > 3
    for mass in masses:
        legs = [leg for entry in mass.entries for leg in legs_of(entry)]
        assert len({leg.asset for leg in legs}) == len(legs) <= 3
        assert all(leg.locked < 0 and leg.available == -leg.locked for leg in legs)
        first, last = mass.orders[0].id, mass.orders[-1].id
        assert {entry.reference for entry in mass.entries} <= {f"orders:{first}-{last}"}
        assert all(order.hold == Decimal(0) for order in mass.orders)
