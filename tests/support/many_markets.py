"""A venue of many markets, of which only the books that somebody looks at are followed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from hypersim.dialects.binance.limits.weights import Limits
from hypersim.dialects.binance.venue import Venue
from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.choice_of_symbols import Choice, Every
from hypersim.feeds.options import FeedOptions
from hypersim.service.book_demand import BookDemand
from hypersim.service.demo import seed_demo
from hypersim.service.feed import Feed
from tests.support.binance_desk import Desk
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_market import FakeMarket
from tests.support.live_feeds import FAST, options
from tests.support.memory_exchange import MemoryExchange, memory_exchange

CHOOSY = replace(
    FAST,
    open_attempt_s=5.0,
    request_s=5.0,
    books_kept_max=2,
    book_kept_s=30.0,
    book_check_s=0.02,
    many_polls_s=0.1,
    control_pause_s=0.21,
    stream_silence_s=3.0,
    symbol_silence_s=1.0,
    stale_after_s=3.0,
)
"""Follows two books at most unasked."""


class ManyMarkets(NamedTuple):
    """An exchange over the venue, and the demo user's desk in it."""

    venue: FakeBinance
    exchange: MemoryExchange
    desk: Desk
    books: BookDemand


async def eventually(condition: Callable[[], bool]) -> None:
    """Return once it holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.01)


def venue_of(names: Sequence[str]) -> FakeBinance:
    """A market in USDT of each name. Many of them take a slow heart."""
    markets = (FakeMarket(name, "USDT", "100") for name in names)
    return FakeBinance(*markets, heartbeat_s=0.05 if len(names) < 100 else 0.5)


@contextlib.asynccontextmanager
async def many_markets(
    venue: FakeBinance,
    timings: BinanceTimings = CHOOSY,
    choice: Choice | None = None,
    make: Callable[[FeedOptions], Feed] | None = None,
    fill_model: str = "depth",
) -> AsyncIterator[ManyMarkets]:
    """Everything that the venue has, or what is chosen, listed and flowing; each market has a
    price. `make` makes another feed than that of Binance."""
    books = BookDemand()
    chosen = replace(options(venue.url), choice=choice or Every(), books=books)
    feed = make(chosen) if make is not None else BinanceFeed(chosen, timings)
    listed = await feed.open()
    async with memory_exchange(
        feed=feed, instruments=listed, books=books, fill_model=fill_model
    ) as exchange:
        await seed_demo(exchange.engine)
        pump = exchange.pump
        await pump.resume()
        tasks = [asyncio.create_task(one) for one in (pump.run(), pump.backfill())]
        tasks.append(asyncio.create_task(pump.hold_books()))
        async with asyncio.timeout(10):
            await pump.has_prices()
        desk = Desk(exchange, Venue(exchange.services, Limits()))
        yield ManyMarkets(venue, exchange, desk, books)
        await feed.close()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
