"""Random sessions with everything that can be asked: conditional orders, lists, icebergs, replaced
orders. No oracle knows what should happen; what must hold of every exchange does."""

from decimal import Decimal
from itertools import chain

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypersim.trading import fees, fills
from hypersim.trading.checking import Placement
from hypersim.trading.commands import Command
from hypersim.trading.events import (
    Event,
    HalfRefused,
    OrderActivated,
    OrderDecremented,
    OrderListChanged,
    OrderTrailed,
    OrderTriggered,
)
from hypersim.trading.exchange import Exchange
from hypersim.trading.rules import FeeDiscount, Matching, Rules
from tests.support.builders import START_MS
from tests.support.invariants import EventAudit, check_books, check_money, fingerprint, picture
from tests.support.random_session import commands, opening

STEPS = 150
RARE_EVENTS = (
    OrderActivated,
    OrderTriggered,
    OrderTrailed,
    OrderDecremented,
    OrderListChanged,
    HalfRefused,
)


def new_exchange(model: str, matching: Matching, fee_asset: str | None = None) -> Exchange:
    discount = FeeDiscount(fee_asset, Decimal("0.25")) if fee_asset else None
    return Exchange(Rules(fills.load(model), fees.load("received"), matching, discount))


def play(
    exchange: Exchange, seed: int, count: int
) -> tuple[list[tuple[Command, int]], list[Event]]:
    """A session; what must hold is checked after each command."""
    history: list[tuple[Command, int]] = []
    happened: list[Event] = []
    audit = EventAudit(exchange.state.counters)
    before = fingerprint(exchange.state)
    for command in chain(opening(), commands(exchange, seed, count, START_MS)):
        now_ms = START_MS + 7 * len(history)
        if isinstance(command, Placement):
            exchange.check(command, now_ms)
            assert fingerprint(exchange.state) == before, "checking changed something"
        events, rejected = exchange.execute(command, now_ms)
        after = fingerprint(exchange.state)
        if rejected is not None and not events:
            assert after == before, "a refused command changed something"
        before = after
        audit.see(events, exchange.state.counters)
        check_money(exchange.state)
        check_books(exchange.state)
        history.append((command, now_ms))
        happened += events
    return history, happened


def encoded(events: list[Event]) -> list[bytes]:
    return [type(event).__name__.encode() + msgspec.json.encode(event) for event in events]


@pytest.mark.parametrize("matching", Matching)
@pytest.mark.parametrize("model", fills.names())
@settings(deadline=None, max_examples=max(3, settings().max_examples // 8))
@given(seed=st.integers(0, 2**32), fee_asset=st.sampled_from((None, "BNB", "BTC", "USDT")))
def test_a_session_is_sound_and_its_replay_equal_to_the_byte(
    model: str, matching: Matching, seed: int, fee_asset: str | None
) -> None:
    exchange = new_exchange(model, matching, fee_asset)
    history, happened = play(exchange, seed, STEPS)
    again, copy = (new_exchange(model, matching, fee_asset) for _ in range(2))
    repeated = [event for command, ms in history for event in again.execute(command, ms)[0]]
    assert encoded(repeated) == encoded(happened)
    for event in happened:
        copy.apply(event)
    assert picture(copy.state) == picture(exchange.state) == picture(again.state)


def test_such_sessions_come_to_everything_rare() -> None:
    """Sessions that never trigger anything would prove nothing."""
    happened: list[Event] = []
    for seed in range(4):
        happened += play(new_exchange("depth", Matching.SHARED), seed, STEPS)[1]
    assert {type(event) for event in happened} >= set(RARE_EVENTS)
