"""Between live sources and the one reader: what is coalesced, what queues, what is counted."""

import asyncio
from decimal import Decimal

import pytest

from hypersim.feeds.backoff import Backoff
from hypersim.feeds.binance.weight_budget import WeightBudget
from hypersim.feeds.outbox import Outbox
from hypersim.market.events import (
    DepthUpdated,
    FeedStalled,
    MarketEvent,
    QuoteUpdated,
    TradePrinted,
)

pytestmark = pytest.mark.usefixtures("no_clock")

ONE = Decimal(1)


def quote(bid: int, time_ms: int = 1, symbol: str = "A/B") -> QuoteUpdated:
    return QuoteUpdated(symbol, time_ms, Decimal(bid), ONE, Decimal(bid + 1), ONE)


def depth(bid: int, time_ms: int = 1) -> DepthUpdated:
    return DepthUpdated("A/B", time_ms, ((Decimal(bid), ONE),), ((Decimal(bid + 1), ONE),))


def trade(number: int, time_ms: int = 1) -> TradePrinted:
    return TradePrinted("A/B", time_ms, ONE, ONE, False, number)


async def read(outbox: Outbox, count: int) -> list[MarketEvent]:
    events = outbox.events()
    async with asyncio.timeout(1):
        return [await anext(events) for _ in range(count)]


async def is_empty(outbox: Outbox) -> bool:
    marker = quote(1, symbol="END/END")
    outbox.put(marker)
    return await read(outbox, 1) == [marker]


@pytest.mark.parametrize(
    ("told", "read_later"),
    [
        ([quote(1), quote(2), quote(3)], [quote(3)]),
        ([quote(1), depth(2)], [depth(2)]),
        ([depth(1), quote(2), quote(3)], [depth(1), quote(3)]),
        ([quote(1), trade(1), quote(2)], [quote(2), trade(1)]),
        ([quote(1), FeedStalled("A/B", 1)], [quote(1), FeedStalled("A/B", 1)]),
        ([FeedStalled("A/B", 1), quote(2)], [quote(2)]),
        ([depth(1), FeedStalled("A/B", 1), quote(2)], [depth(1), quote(2)]),
    ],
)
async def test_a_slow_reader_finds_the_latest(
    told: list[MarketEvent], read_later: list[MarketEvent]
) -> None:
    outbox = Outbox()
    for event in told:
        outbox.put(event)
    assert await read(outbox, len(read_later)) == read_later
    assert await is_empty(outbox)


async def test_times_of_a_symbol_never_go_back() -> None:
    outbox = Outbox()
    for event in (trade(1, 5), trade(2, 3), quote(1, 9), trade(3, 4)):
        outbox.put(event)
    outbox.put(quote(1, 2, symbol="C/D"))
    events = await read(outbox, 5)
    assert [(event.symbol, event.time_ms) for event in events] == [
        ("A/B", 5),
        ("A/B", 5),
        ("A/B", 9),
        ("A/B", 9),
        ("C/D", 2),
    ]
    assert outbox.last_event_ms == 2


async def test_what_does_not_fit_is_counted() -> None:
    outbox = Outbox(facts_max=2)
    for number in range(5):
        outbox.put(trade(number))
    outbox.put(quote(1))
    assert await read(outbox, 3) == [trade(0), trade(1), quote(1)]
    assert outbox.facts_lost == 3


async def test_a_closed_outbox_ends_for_its_reader() -> None:
    outbox = Outbox()
    reader = asyncio.create_task(read(outbox, 1))
    outbox.close()
    with pytest.raises(StopAsyncIteration):
        await reader


async def test_a_bug_in_a_source_reaches_the_reader() -> None:
    outbox = Outbox()
    outbox.fail(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await read(outbox, 1)


def test_waits_double_up_to_the_cap_and_start_again() -> None:
    backoff = Backoff(1, 5)
    assert [backoff.next_s() for _ in range(5)] == [1, 2, 4, 5, 5]
    backoff.reset()
    assert backoff.next_s() == 1


async def test_weight_beyond_the_budget_waits_for_its_refill() -> None:
    budget = WeightBudget(capacity=10, refill_per_s=100)
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    await budget.spend(10)
    assert loop.time() - started_s < 0.05
    await asyncio.gather(budget.spend(5), budget.spend(5))
    assert 0.09 <= loop.time() - started_s < 1
