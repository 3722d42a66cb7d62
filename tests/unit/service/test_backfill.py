"""What a feed that is behind the clock has still to tell is not taken from its history as well."""

from collections.abc import AsyncIterator
from decimal import Decimal

from hypersim.feeds.manual import ManualFeed
from hypersim.market.candle import MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.events import MarketEvent, TradePrinted
from hypersim.market.tape import PublicTrade
from hypersim.service.clock import WallClock
from hypersim.service.guarded_feed import GuardedFeed
from hypersim.service.pump import MarketPump
from tests.support.builders import SYMBOL, instrument
from tests.support.memory_exchange import memory_exchange

MARKET = instrument(symbol=SYMBOL)
TOLD_LATE = 10
"""Minutes that the feed is behind."""


class LateFeed(ManualFeed):
    """Has one trade in each of the last minutes, and has still to tell the later ones."""

    def __init__(self, now_ms: int) -> None:
        super().__init__([MARKET], WallClock())
        first_ms = Interval.M1.open_ms(now_ms) - 2 * TOLD_LATE * MINUTE_MS
        self.past = [
            PublicTrade(
                number + 1, first_ms + number * MINUTE_MS, Decimal(100 + number), Decimal(1), False
            )
            for number in range(2 * TOLD_LATE)
        ]

    def settled_ms(self) -> int:
        return self.past[TOLD_LATE].time_ms

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        del symbol, interval
        return [
            flat_candle(one.time_ms, one.price).with_public(one)
            for one in self.past
            if start_ms <= one.time_ms < end_ms
        ]

    async def events(self) -> AsyncIterator[MarketEvent]:
        for one in self.past[TOLD_LATE:]:
            yield TradePrinted(SYMBOL, one.time_ms, one.price, one.quantity, False, one.id)


async def test_what_a_feed_has_still_to_tell_counts_once() -> None:
    async with memory_exchange(instruments=[MARKET]) as exchange:
        engine = exchange.engine
        feed = LateFeed(engine.clock.now_ms())
        pump = MarketPump(engine, GuardedFeed(feed), exchange.record)
        await pump.backfill()
        await pump.run()
        await engine.settled()
        bars = engine.view.markets[SYMBOL].candles(Interval.M1, feed.past[0].time_ms)
        assert bars == await feed.history(SYMBOL, Interval.M1, 0, feed.past[-1].time_ms + 1)
