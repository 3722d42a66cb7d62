"""When something happened first since a moment is told from the record, of orders and of fills."""

from hypersim.service.record import Moment, OrderNews
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings
from hypersim.trading import fees, fills
from hypersim.trading.commands import CancelOrder
from hypersim.trading.rules import Rules
from tests.support.builders import ALICE, BOB, START_MS, SYMBOL, buy, sell
from tests.support.random_session import opening
from tests.support.recorded_exchange import recorded

RULES = Rules(fills.load("touch"), fees.load("received"))
NONE = 10**6
"""A number that no order, trade or event has."""


async def test_when_something_happened_first_since_a_moment(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as running:
        await running.commit(*opening())
        for number in range(10):
            # Two of each millisecond; every third fills.
            running.now_ms = START_MS + number // 2
            await running.commit(buy(ALICE, "1", "101" if number % 3 == 0 else "90"))
        await running.commit(sell(BOB, "1"), CancelOrder(ALICE, 2))
        archive = await PostgresArchive.open(database)

        async def first(
            since: Moment, news: OrderNews, account_id: int | None = None, symbol: str = SYMBOL
        ) -> int | None:
            return await archive.first_since(since, news, account_id=account_id, symbol=symbol)

        begin, later = Moment(START_MS), Moment(START_MS + 1)
        assert await first(Moment(0), "order") == START_MS
        assert await first(begin, "order") == START_MS
        assert await first(begin._replace(order_id=2), "order") == START_MS + 1
        assert await first(begin, "order", BOB) == START_MS + 4
        assert await first(Moment(START_MS + 10), "order") is None
        assert await first(begin, "order", symbol="NO/NE") is None
        assert await first(begin, "fill", ALICE) == START_MS
        assert await first(begin._replace(trade_id=1), "fill", ALICE) == START_MS + 1
        assert await first(Moment(START_MS + 4, trade_id=NONE), "fill") is None
        assert await first(begin, "closed", ALICE) == START_MS
        assert await first(later, "closed", ALICE) == START_MS + 1
        assert await first(Moment(START_MS + 4, seq=NONE), "closed") is None
        await archive.close()
