"""Resets that overlap, with orders, deposits, listings and market moves beside them, in memory."""

import asyncio
import random

import pytest

from hypersim.service.clock import WallClock
from hypersim.service.engine import RESETS_MAX, Engine, TooManyResets
from hypersim.service.record import Entry, RecordHealth, RecordUnavailable
from hypersim.service.transaction import Source
from hypersim.service.view import View
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import OpenAccount
from hypersim.trading.counters import Counters
from hypersim.trading.exchange import Exchange
from hypersim.trading.rules import Matching, Rules
from tests.support.builders import ALICE
from tests.support.invariants import check_books, check_lists, check_money
from tests.support.memory_record import MemoryRecord
from tests.support.reset_storm import Storm, accounts

SEEDS = range(12)
RESETS, ROUNDS = 3, 2


class WatchedRecord(MemoryRecord):
    """Keeps the counters of each commit, and commits while it is `open`."""

    def __init__(self) -> None:
        super().__init__()
        self.all_counters: list[Counters] = []
        self.open = asyncio.Event()
        self.open.set()

    async def commit(self, entry: Entry) -> None:
        """See `Recorder`."""
        await self.open.wait()
        await super().commit(entry)
        self.all_counters.append(entry.counters)


def new_engine(record: MemoryRecord, matching: Matching) -> Engine:
    rules = Rules(fills.load("depth"), fees.load("received"), matching)
    view = View(shows_users_orders=matching is Matching.SHARED)
    exchange, health = Exchange(rules), RecordHealth()
    return Engine(exchange, view, clock=WallClock(), recorder=record, health=health)


@pytest.mark.parametrize("seed", SEEDS)
async def test_overlapping_resets_leave_one_sound_generation(seed: int) -> None:
    dice, record = random.Random(seed), WatchedRecord()
    engine = new_engine(record, dice.choice(list(Matching)))
    running = asyncio.create_task(engine.run())
    storm = Storm(engine, dice)
    await storm.rage(resets=RESETS, rounds=ROUNDS)
    await engine.settled()
    running.cancel()
    await asyncio.wait([running])
    state, view = engine.exchange.state, engine.view
    generation = RESETS * ROUNDS
    assert state.counters.generation == view.generation == generation
    for earlier, later in zip(record.all_counters, record.all_counters[1:], strict=False):
        assert earlier.seq <= later.seq
        assert earlier.generation <= later.generation
    check_money(state)
    check_books(state)
    check_lists(state)
    assert record.users == view.users == state.users
    assert record.keys == view.keys == state.keys
    assert record.instruments == view.instruments
    assert list(view.instruments) == list(state.markets)
    assert len(record.recorded_orders) == state.counters.order_id
    still_open = {order.id: order for order in record.recorded_orders.values() if order.hold}
    assert still_open == {order.id: order for order in state.orders.values() if order.hold}
    recorded = {
        (generation, order.account_id, order.id) for order in record.recorded_orders.values()
    }
    assert {one for one in storm.accepted if one[0] == generation} <= recorded
    assert storm.accepted, "nothing was traded beside"


async def test_commands_between_the_beginning_of_a_reset_and_its_end_are_turned_away() -> None:
    record = WatchedRecord()
    engine = new_engine(record, Matching.ISOLATED)
    running = asyncio.create_task(engine.run())
    await engine.submit(OpenAccount("before@example.com"), Source.ADMIN)
    record.open.clear()
    reset = asyncio.create_task(engine.reset(tuple(accounts())))
    await asyncio.sleep(0)
    # Alice of before still seems to be there, but her number is another's.
    assert engine.view.users[ALICE].email == "before@example.com"
    with pytest.raises(RecordUnavailable, match="begins again"):
        await engine.submit(OpenAccount("late@example.com"), Source.ADMIN)
    record.open.set()
    await reset
    assert engine.view.users[ALICE].email == "1@example.com"
    await engine.submit(OpenAccount("late@example.com"), Source.ADMIN)
    running.cancel()


async def test_no_more_than_some_resets_wait() -> None:
    engine = new_engine(MemoryRecord(), Matching.ISOLATED)
    running = asyncio.create_task(engine.run())
    outcomes = await asyncio.gather(
        *(engine.reset() for _ in range(RESETS_MAX + 3)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert len(refused) == 3
    assert all(isinstance(outcome, TooManyResets) for outcome in refused)
    assert engine.view.generation == RESETS_MAX
    running.cancel()
