"""A synthetic market is the same, and an order in it fills at the same moment, whatever others
there are, and whether anybody looks at them or not."""

from decimal import Decimal

import pytest

from hypersim.feeds.options import FeedOptions
from hypersim.feeds.spot_pairs import packaged_profiles, spot_pairs
from hypersim.feeds.synthetic.feed import SyntheticFeed
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.events import DepthUpdated, MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.service.demo import opening
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import Deposit
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import Fill, OrderType, Side
from tests.support.memory_exchange import memory_exchange
from tests.support.timed_feeds import NOON_MS, events_of

pytestmark = pytest.mark.usefixtures("no_clock")

EVERYBODY = tuple(one.instrument for one in spot_pairs())
LAST = EVERYBODY[-1]
WATCHED_MS = 12_000


def feed_of(instruments: tuple[Instrument, ...], clock: SimulatedClock) -> SyntheticFeed:
    return SyntheticFeed(
        FeedOptions(clock, print, instruments=instruments, profiles=packaged_profiles())
    )


async def told_of(symbol: str, instruments: tuple[Instrument, ...]) -> list[MarketEvent]:
    feed = feed_of(instruments, SimulatedClock(NOON_MS, 0))
    events = await events_of(feed, until=lambda event: event.time_ms >= NOON_MS + WATCHED_MS)
    return [event for event in events if event.symbol == symbol]


async def fills_of(order: PlaceOrder, instruments: tuple[Instrument, ...]) -> list[Fill]:
    """What an order that rests from the beginning gets in the first seconds."""
    clock = SimulatedClock(NOON_MS, 0)
    feed = feed_of(instruments, clock)
    async with memory_exchange(feed=feed, instruments=instruments, clock=clock) as exchange:
        engine = exchange.engine
        await engine.submit_together(opening(), Source.ADMIN)
        for asset in order.symbol.split("/"):
            await exchange.done(Deposit(1, asset, Decimal(10**9), "for the test"))
        await exchange.done(order)
        async for event in feed.events():
            if event.time_ms >= NOON_MS + WATCHED_MS:
                break
            await engine.move_market(event)
        await engine.settled()
        return [fill for fills in engine.view.fills_by_order.values() for fill in fills]


def reached_order(books: list[DepthUpdated]) -> PlaceOrder:
    """One that rests at first, at the furthest price that the market comes to."""
    asks, bids = [book.asks[0][0] for book in books], [book.bids[0][0] for book in books]
    side, price = (Side.BUY, min(asks)) if min(asks) < asks[0] else (Side.SELL, max(bids))
    assert price != (asks[0] if side is Side.BUY else bids[0])
    return PlaceOrder(1, LAST.symbol, side, OrderType.LIMIT, Decimal(100_000), price=price)


async def test_an_order_in_the_400th_market_fills_as_in_the_only_one() -> None:
    alone = await told_of(LAST.symbol, (LAST,))
    assert await told_of(LAST.symbol, EVERYBODY) == alone
    order = reached_order([event for event in alone if isinstance(event, DepthUpdated)])
    fills = await fills_of(order, (LAST,))
    assert fills
    assert fills[0].time_ms > NOON_MS + 500
    assert await fills_of(order, EVERYBODY) == fills


@pytest.mark.parametrize("symbol", ["BTC/USDT", "SHIB/EUR", "WBTC/BTC", "USDT/TRY"])
async def test_the_past_of_a_market_is_the_same_among_many(symbol: str) -> None:
    (instrument,) = (one for one in EVERYBODY if one.symbol == symbol)
    start_ms = NOON_MS - 3 * MINUTE_MS
    pasts = [
        list(
            await feed_of(instruments, SimulatedClock(NOON_MS, 0)).history(
                symbol, Interval.M1, start_ms, NOON_MS
            )
        )
        for instruments in ((instrument,), EVERYBODY)
    ]
    assert len(pasts[0]) == 3
    assert pasts[0] == pasts[1]
