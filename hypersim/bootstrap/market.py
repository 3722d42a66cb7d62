"""The feed flows."""

import asyncio
import contextlib

from hypersim.bootstrap.serving import ended
from hypersim.service.engine import Engine
from hypersim.service.pump import MarketPump
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.stopping import FEED_BY_S, Stopping

FIRST_PRICES_S = 1.0
"""How long the start waits for prices, and for the past of a few markets, before it says that it is
ready."""


async def start_pump(
    pump: MarketPump,
    engine: Engine,
    stack: contextlib.AsyncExitStack,
    stopping: Stopping,
    *,
    waits: bool,
) -> None:
    """Return when the first prices are there, unless the feed has none by itself."""
    flowing = asyncio.create_task(pump.run())
    filling = asyncio.create_task(pump.backfill())
    holding = asyncio.create_task(pump.hold_books())
    for task in (flowing, filling, holding):
        stack.push_async_callback(stopping.within, FEED_BY_S, ended, task)
    if not waits:
        return
    clock = engine.clock
    if isinstance(clock, SimulatedClock) and not clock.passes_by_itself:
        # Everything of its first moment is there, however slow the machine is.
        await clock.is_driven_by(flowing)
        await asyncio.shield(filling)
        await engine.settled()
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FIRST_PRICES_S):
            await pump.has_prices()
            if pump.has_few_markets:
                await asyncio.shield(filling)
