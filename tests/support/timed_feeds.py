"""Feeds that run on a simulated clock: what they are built from, and their events."""

from collections.abc import Callable
from itertools import count

from hypersim.feeds.listing import load_instruments
from hypersim.feeds.options import FeedOptions
from hypersim.market.events import MarketEvent, PrintsBefore
from hypersim.market.instrument import Instrument
from hypersim.service.clock import Clock
from hypersim.service.feed import FROM_THE_BEGINNING, Feed, FeedPosition
from hypersim.service.simulated_clock import SimulatedClock

NOON_MS = 1_732_017_600_000
"""2024-11-19 12:00 UTC."""

HISTORY_START_MS = 1_502_942_400_000
"""2017-08-17, when the history of the synthetic feed begins."""


def packaged_instruments() -> tuple[Instrument, ...]:
    return tuple(listed.instrument for listed in load_instruments())


def options_at(
    now_ms: int = NOON_MS,
    *,
    seed: int = 7,
    instruments: tuple[Instrument, ...] | None = None,
    clock: Clock | None = None,
    said: list[str] | None = None,
    position: FeedPosition = FROM_THE_BEGINNING,
) -> FeedOptions:
    """The packaged instruments on a clock that moves only when somebody waits."""
    lines = said if said is not None else []
    return FeedOptions(
        clock=clock or SimulatedClock(now_ms, 0),
        say=lines.append,
        seed=seed,
        position=position,
        instruments=packaged_instruments() if instruments is None else instruments,
    )


async def events_of(
    feed: Feed,
    count_max: int | None = None,
    until: Callable[[MarketEvent], bool] = lambda _: False,
    *,
    with_past: bool = False,
) -> list[MarketEvent]:
    """The first `count_max` events, those before `until` holds, or all of a feed that ends;
    `with_past`: with what was traded before them."""
    events: list[MarketEvent] = []
    numbers = count(1)
    async for event in feed.events():
        if until(event):
            break
        if isinstance(event, PrintsBefore) and not with_past:
            continue
        events.append(event)
        if next(numbers) == count_max:
            break
    return events
