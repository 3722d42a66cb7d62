"""What is committed together, and what whoever listens is spared."""

import asyncio

import pytest

from hypersim.service.bus import BACKLOG_MAX, EventBus
from hypersim.service.committer import BATCH_EVENTS_MAX, Batch, Committer
from hypersim.trading.commands import CancelAllOrders
from hypersim.trading.counters import Counters
from hypersim.trading.events import Event
from tests.support.builders import ALICE, buy, done, exchange, instrument, transaction
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
    return Committer(MemoryRecord(), publish=lambda *_: None)


def sizes(*batches: Batch) -> list[int]:
    return [batch.size for batch in dict.fromkeys(batches)]


async def test_few_events_of_many_commands_share_a_batch(committer: Committer) -> None:
    one = canceled(1)
    batches = [committer.add(Counters(), transaction(one)) for _ in range(BATCH_EVENTS_MAX + 1)]
    assert sizes(*batches) == [BATCH_EVENTS_MAX, 1]


async def test_a_command_with_very_many_events_waits_for_nobody_and_nobody_for_it(
    committer: Committer,
) -> None:
    one, many = canceled(1), canceled(BATCH_EVENTS_MAX + 1)
    batches = [
        committer.add(Counters(), transaction(events)) for events in (one, many, one, one, many)
    ]
    assert sizes(*batches) == [1, BATCH_EVENTS_MAX + 1, 2, BATCH_EVENTS_MAX + 1]
    assert committer.backlog == sum(sizes(*batches))


async def test_what_was_only_noted_goes_with_the_next_events(committer: Committer) -> None:
    committer.flush(Counters())
    noted = committer.last()
    assert committer.add(Counters(), transaction(canceled(BATCH_EVENTS_MAX + 1))) is noted


async def test_a_batch_of_any_size_reaches_who_has_kept_up() -> None:
    bus, one = EventBus(), transaction(canceled(3))
    listening = bus.subscribe()
    bus.publish([one] * BACKLOG_MAX)
    assert len(await listening.next()) == BACKLOG_MAX
    bus.publish([one])
    assert await listening.next() == [one]


async def test_who_is_too_far_behind_hears_nothing_more() -> None:
    bus, one = EventBus(), transaction(canceled(1))
    slow, other = bus.subscribe(), bus.subscribe()
    bus.publish([one])
    await other.next()
    bus.publish([one] * BACKLOG_MAX)
    await asyncio.sleep(0)
    assert slow.overflowed and not other.overflowed


async def test_the_bus_says_when_everybody_has_handled_all() -> None:
    bus, one = EventBus(), transaction(canceled(1))
    listeners = [bus.subscribe() for _ in range(3)]
    bus.publish([one, one])
    waiting = asyncio.create_task(bus.all_handled(bus.position))
    for listener in listeners:
        assert await listener.next() == [one, one]
    await asyncio.sleep(0)
    assert not waiting.done() and bus.handled == 0
    bus.publish([one])
    asking = [asyncio.create_task(listener.next()) for listener in listeners]
    await waiting
    assert bus.handled == 2
    assert await asyncio.gather(*asking) == [[one]] * 3


async def test_who_handles_nothing_is_dropped_when_the_grace_time_is_over() -> None:
    bus, one = EventBus(), transaction(canceled(1))
    stuck, other = bus.subscribe(), bus.subscribe()
    bus.publish([one])
    assert await other.next() == [one]
    asking = asyncio.create_task(other.next())
    await bus.all_handled(bus.position, grace_s=0.01)
    assert stuck.overflowed and not other.overflowed
    assert bus.handled == bus.position
    asking.cancel()
