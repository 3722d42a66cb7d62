"""Who looks at a book for the first time, and who needs none."""

import asyncio
from collections.abc import AsyncIterator

from hypersim.feeds.manual import ManualFeed
from hypersim.market.events import DepthUpdated, MarketEvent
from hypersim.service.book_demand import BookDemand
from hypersim.service.clock import WallClock
from hypersim.service.record import Entry, RecordHealth
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import OpenAccount
from tests.support.builders import SYMBOL, instrument, levels
from tests.support.many_markets import eventually
from tests.support.memory_exchange import Store, memory_exchange
from tests.support.memory_record import MemoryRecord

MARKET = instrument(symbol=SYMBOL)
BIDS, ASKS = levels([("99", "1"), ("98", "2")]), levels([("101", "1"), ("102", "2")])


class BookOnDemand(ManualFeed):
    """Tells the book of the market once somebody looks at it."""

    def __init__(self, books: BookDemand) -> None:
        super().__init__([MARKET], WallClock())
        self._books = books
        self._wanted = asyncio.Event()
        books.flatten(SYMBOL)
        books.serve(self._bring, prints_all=True)

    def _bring(self, symbol: str) -> None:
        assert symbol == SYMBOL
        self._wanted.set()

    async def events(self) -> AsyncIterator[MarketEvent]:
        await self._wanted.wait()
        self._books.send(SYMBOL)
        yield DepthUpdated(SYMBOL, 1, BIDS, ASKS)
        await asyncio.Event().wait()


class HeldRecord(MemoryRecord):
    """Takes nothing in while it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.is_free = asyncio.Event()
        self.is_free.set()

    async def commit(self, entry: Entry) -> None:
        await self.is_free.wait()
        await super().commit(entry)


async def test_a_first_look_returns_when_readers_see_the_book_not_when_it_is_applied() -> None:
    books, record = BookDemand(), HeldRecord()
    async with memory_exchange(
        feed=BookOnDemand(books),
        instruments=[MARKET],
        books=books,
        store=Store(record, record, RecordHealth()),
    ) as exchange:
        engine = exchange.engine
        pumping = asyncio.create_task(exchange.pump.run())
        record.is_free.clear()
        # What is being recorded comes before the book, which readers see after it.
        recording = asyncio.create_task(engine.submit(OpenAccount("a@b.c"), Source.ADMIN))
        looking = asyncio.create_task(exchange.services.markets.whole_books(SYMBOL))
        reference = engine.exchange.state.markets[SYMBOL].reference
        await eventually(lambda: bool(reference.bids))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not looking.done()
        record.is_free.set()
        await looking
        assert exchange.services.markets.depth(SYMBOL) == (BIDS, ASKS)
        await recording
        pumping.cancel()
