"""What is committed together, and what whoever listens is spared."""

import asyncio

import pytest

from hypersim.service.bus import BACKLOG_MAX, EventBus
from hypersim.service.committer import BATCH_EVENTS_MAX, Batch, Committer
from hypersim.trading.commands import CancelAllOrders
from hypersim.trading.events import Event
from hypersim.trading.state import Counters
from tests.support.builders import ALICE, buy, done, exchange, instrument
from tests.support.memory_record import MemoryRecord


def canceled(count: int) -> list[Event]:
    """What it is to cancel so many orders at once."""
    target = exchange(accounts=1, market=instrument(open_orders_max=count))
    for _ in range(count):
        done(target, buy(ALICE, "0.1", "10"))
    return done(target, CancelAllOrders(ALICE))


@pytest.fixture
async def committer() -> Committer:
    """One that does not run, so that what is added stays in its batches."""
    return Committer(MemoryRecord(), counters=Counters, balances={}, publish=lambda *_: None)


def sizes(*batches: Batch) -> list[int]:
    return [len(batch.events) for batch in dict.fromkeys(batches)]


async def test_few_events_of_many_commands_share_a_batch(committer: Committer) -> None:
    one = canceled(1)
    batches = [committer.add(one) for _ in range(BATCH_EVENTS_MAX + 1)]
    assert sizes(*batches) == [BATCH_EVENTS_MAX, 1]


async def test_a_command_with_very_many_events_waits_for_nobody_and_nobody_for_it(
    committer: Committer,
) -> None:
    one, many = canceled(1), canceled(BATCH_EVENTS_MAX + 1)
    batches = [committer.add(events) for events in (one, many, one, one, many)]
    assert sizes(*batches) == [1, BATCH_EVENTS_MAX + 1, 2, BATCH_EVENTS_MAX + 1]
    assert committer.backlog == sum(sizes(*batches))


async def test_what_was_only_noted_goes_with_the_next_events(committer: Committer) -> None:
    committer.flush()
    noted = committer.last()
    assert committer.add(canceled(BATCH_EVENTS_MAX + 1)) is noted


async def test_a_batch_of_any_size_reaches_who_has_kept_up() -> None:
    bus, events = EventBus(), canceled(3)
    listening = bus.subscribe()
    bus.publish(events * BACKLOG_MAX)
    assert len(await listening.next_events()) == 3 * BACKLOG_MAX
    bus.publish(events)
    assert await listening.next_events() == events


async def test_who_is_too_far_behind_hears_nothing_more() -> None:
    bus, (event,) = EventBus(), canceled(1)
    slow, other = bus.subscribe(), bus.subscribe()
    bus.publish([event])
    await other.next_events()
    bus.publish([event] * BACKLOG_MAX)
    await asyncio.sleep(0)
    assert slow.overflowed and not other.overflowed
