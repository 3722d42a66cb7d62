"""A start over a venue with fewer symbols than before: what somebody may still need has prices."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.bootstrap.listing import list_instruments
from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.feeds.choice_of_symbols import Every, choice_of
from hypersim.feeds.options import FeedOptions
from hypersim.market.instrument import Instrument
from hypersim.service.book_demand import BookDemand
from hypersim.service.feed import Feed, FeedState
from hypersim.service.unlisting import unlist_others
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import ListInstrument, PlaceOrder
from hypersim.trading.order import OrderType, Side
from tests.support import ccxt_feed
from tests.support.fake_binance import FakeBinance
from tests.support.live_feeds import FAST, instrument, options
from tests.support.many_markets import eventually, venue_of
from tests.support.memory_exchange import memory_exchange
from tests.support.restartable_record import RestartableRecord

Make = Callable[[FakeBinance, FeedOptions], Feed]

KEPT = ["BTC/USDT", "ETH/USDT", "SOL/USDT", "XYZ/USDT"]
RESTS = PlaceOrder(1, "ETH/USDT", Side.BUY, OrderType.LIMIT, Decimal(1), price=Decimal(95))


def ccxt(venue: FakeBinance, given: FeedOptions) -> Feed:
    return ccxt_feed.make(venue, given)


def binance(venue: FakeBinance, given: FeedOptions) -> Feed:
    del venue
    return BinanceFeed(given, FAST)


async def before(record: RestartableRecord, listed: list[Instrument]) -> None:
    """An order rests in ETH/USDT, somebody has SOL, and XYZ/USDT was asked for by name."""
    async with memory_exchange(instruments=listed, store=record.store()) as exchange:
        for command in (
            ListInstrument(replace(instrument("XYZ/USDT"), is_asked_for=True)),
            OpenAccount("somebody@example.com"),
            Deposit(1, "USDT", Decimal(1000), "a deposit"),
            Deposit(1, "SOL", Decimal(5), "another"),
            RESTS,
        ):
            await exchange.done(command)


@pytest.mark.parametrize("make", [ccxt, binance])
async def test_what_somebody_may_still_need_is_served_beside_what_is_chosen(make: Make) -> None:
    record = RestartableRecord()
    async with venue_of(["BTC", "ETH", "SOL", "ADA"]).running() as venue:
        given = replace(options(venue.url), choice=Every())
        feed = make(venue, given)
        await before(record, list(await feed.open()))
        await feed.close()
        feed = make(
            venue, replace(given, choice=choice_of("BTC/USDT"), books=(books := BookDemand()))
        )
        chosen = await feed.open()
        async with memory_exchange(
            feed=feed,
            instruments=chosen,
            books=books,
            store=record.store(),
            recorded=record.recorded(),
        ) as exchange:
            engine = exchange.engine
            unlist_others(engine.exchange.state, engine.view, {"BTC/USDT"}, {"ETH/USDT"})
            await list_instruments(engine, feed, chosen)
            assert sorted(engine.view.instruments) == KEPT
            await exchange.pump.resume()
            flowing = asyncio.create_task(exchange.pump.run())
            markets = engine.view.markets
            await eventually(lambda: all(markets[symbol].bids for symbol in KEPT[:3]))
            # The venue does not know XYZ/USDT: it disturbs nobody.
            venue.move("SOLUSDT", "130")
            await eventually(lambda: markets["SOL/USDT"].bids[0][0] == Decimal("129.99"))
            assert feed.status().state in (FeedState.LIVE, FeedState.DEGRADED)
            venue.move("ETHUSDT", "94")
            await eventually(lambda: not engine.view.open_by_account.get(1))
            assert engine.view.balances[1, "ETH"].available > 0
            await feed.close()
            await flowing
