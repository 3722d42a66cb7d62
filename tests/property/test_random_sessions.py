"""Random sessions with everything that can be asked: conditional orders, lists, icebergs, replaced
orders. No oracle knows what should happen; what must hold of every exchange does."""

import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypersim.trading import fees, fills
from hypersim.trading.checking import Placement
from hypersim.trading.commands import (
    Command,
    ExpireOrders,
    PlaceOrder,
    PlaceStalled,
    ReleaseStalled,
)
from hypersim.trading.events import (
    Event,
    FillsLimited,
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
    FillsLimited,
)


def new_exchange(model: str, matching: Matching, fee_asset: str | None = None) -> Exchange:
    discount = FeeDiscount(fee_asset, Decimal("0.25")) if fee_asset else None
    return Exchange(Rules(fills.load(model), fees.load("received"), matching, discount))


def play(
    exchange: Exchange, seed: int, count: int, *, is_troubled: bool = False
) -> tuple[list[tuple[Command, int]], list[Event]]:
    """A session; what must hold is checked after each command."""
    history: list[tuple[Command, int]] = []
    happened: list[Event] = []
    audit = EventAudit(exchange.state.counters)
    before = fingerprint(exchange.state)
    asked = commands(exchange, seed, count, START_MS)
    for command in chain(opening(), troubled(exchange, asked, seed) if is_troubled else asked):
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


def troubled(exchange: Exchange, asked: Iterator[Command], seed: int) -> Iterator[Command]:
    """The session with orders that stall and go on, and others that the exchange ends."""
    dice = random.Random(seed)
    for command in asked:
        if isinstance(command, PlaceOrder) and dice.random() < 0.4:
            yield PlaceStalled(command, Decimal(dice.randint(1, 9)) / 10)
        else:
            yield command
        open_ids = list(exchange.state.orders)
        if open_ids and dice.random() < 0.1:
            order = exchange.state.orders[dice.choice(open_ids)]
            yield ExpireOrders(order.symbol, dice.choice((order.id, order.id, None)))
        if dice.random() < 0.1:
            yield ReleaseStalled(tuple(open_ids))


def encoded(events: list[Event]) -> list[bytes]:
    return [type(event).__name__.encode() + msgspec.json.encode(event) for event in events]


@pytest.mark.parametrize("matching", Matching)
@pytest.mark.parametrize("model", fills.names())
@settings(deadline=None, max_examples=max(3, settings().max_examples // 8))
@given(
    seed=st.integers(0, 2**32),
    fee_asset=st.sampled_from((None, "BNB", "BTC", "USDT")),
    is_troubled=st.booleans(),
)
def test_a_session_is_sound_and_its_replay_equal_to_the_byte(
    model: str, matching: Matching, seed: int, fee_asset: str | None, is_troubled: bool
) -> None:
    exchange = new_exchange(model, matching, fee_asset)
    history, happened = play(exchange, seed, STEPS, is_troubled=is_troubled)
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
        exchange = new_exchange("depth", Matching.SHARED)
        happened += play(exchange, seed, STEPS, is_troubled=seed % 2 == 1)[1]
    assert {type(event) for event in happened} >= set(RARE_EVENTS)
