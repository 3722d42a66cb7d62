"""What cannot be pushed whole is not pushed in part: its readers are closed, and may come again."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, cast

import pytest
from msgspec.structs import replace

from hypersim.account.user import ApiKey, Secret
from hypersim.api.services import Services
from hypersim.api.sockets.socket import OUTBOX_FRAMES_MAX, Socket
from hypersim.dialects.native.streams.server import StreamClient, StreamServer
from hypersim.dialects.native.streams.topics import Channel
from hypersim.edge.client import Clients
from hypersim.edge.edge import Edge
from hypersim.edge.limits import EdgeLimits
from hypersim.market.events import TradePrinted
from hypersim.market.tape import TRADES_MAX
from hypersim.service.bus import BACKLOG_MAX
from hypersim.service.changes import Changes
from hypersim.service.clock import WallClock
from hypersim.service.engine import Engine
from hypersim.service.faults import Faults
from hypersim.service.markets import Markets
from hypersim.service.outboxes import Outboxes
from hypersim.service.record import Entry, RecordHealth
from hypersim.service.view import View
from hypersim.trading.closing import TOGETHER_MIN
from hypersim.trading.commands import CancelAllOrders
from hypersim.trading.events import MarketMoved, OrderAccepted, OrderClosed, OrdersClosed
from hypersim.trading.order import CloseReason
from tests.support.builders import (
    ALICE,
    BOB,
    START_MS,
    SYMBOL,
    buy,
    done,
    exchange,
    instrument,
    transaction,
)
from tests.support.chance import seeded


class NoRecord:
    """Nothing here is recorded."""

    async def commit(self, entry: Entry) -> None:
        raise AssertionError(entry)


@pytest.fixture
async def server() -> AsyncIterator[StreamServer]:
    """At work, on a market that only the test moves."""
    view = View(shows_users_orders=False)
    view.put_instrument(instrument())
    engine = Engine(exchange(), view, clock=WallClock(), recorder=NoRecord(), health=RecordHealth())
    nothing = cast(Any, None)
    markets = Markets(view, nothing, nothing, engine.clock)
    edge = Edge(EdgeLimits())
    services = Services(engine, markets, *(nothing for _ in range(10)))
    services = services._replace(edge=edge, faults=Faults(seeded()))
    made = StreamServer(services)
    running = [asyncio.ensure_future(work()) for work in made.background]
    await asyncio.sleep(0)
    yield made
    for task in running:
        task.cancel()
    await asyncio.wait(running)


def client_of(server: StreamServer) -> StreamClient:
    """A client that nobody serves."""
    socket = Socket({}, cast(Any, None), cast(Any, None), Outboxes(), WallClock())
    return StreamClient(server, socket, Clients().of({"client": ("127.0.0.1", 1)}))


async def reader(server: StreamServer, channel: Channel) -> Socket:
    """Who listens to the market's news of this kind."""
    client = client_of(server)
    await client.hear(f'{{"op":"subscribe","channel":"{channel}","symbol":"{SYMBOL}"}}')
    return client.socket


async def private_reader(
    server: StreamServer, channel: Channel, account_id: int, symbol: str | None = None
) -> Socket:
    """Who listens to the account's own news of this kind."""
    client = client_of(server)
    key = ApiKey(f"key of {account_id}", account_id, Secret("secret"), START_MS)
    client.key = server.services.engine.view.keys.setdefault(key.key, key)
    named = "" if symbol is None else f',"symbol":"{symbol}"'
    await client.hear(f'{{"op":"subscribe","channel":"{channel}"{named}}}')
    return client.socket


def print_trades(server: StreamServer, count: int) -> None:
    """They are committed: the read side shows them and the bus tells of them."""
    engine = server.services.engine
    trade = TradePrinted(SYMBOL, START_MS, Decimal(100), Decimal(1), True)
    happened = [transaction([MarketMoved(trade)])] * count
    engine.view.apply(Changes(), happened)
    engine.bus.publish(happened)


async def until_quiet() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_listens_goes_on_while_there_is_not_too_much(server: StreamServer) -> None:
    trades, ticker = await reader(server, Channel.TRADES), await reader(server, Channel.TICKER)
    print_trades(server, TRADES_MAX)
    await until_quiet()
    assert not trades.is_closing
    assert not ticker.is_closing


async def test_trades_that_memory_no_longer_holds_close_who_wanted_them_all(
    server: StreamServer,
) -> None:
    trades, ticker = await reader(server, Channel.TRADES), await reader(server, Channel.TICKER)
    print_trades(server, TRADES_MAX + 1)
    await until_quiet()
    assert trades.is_closing
    assert not ticker.is_closing


async def test_after_more_events_than_the_bus_keeps_all_that_is_known_is_told(
    server: StreamServer,
) -> None:
    trades, ticker = [await reader(server, one) for one in (Channel.TRADES, Channel.TICKER)]
    shown = len(ticker._frames)
    print_trades(server, 1)
    print_trades(server, BACKLOG_MAX)
    await until_quiet()
    assert trades.is_closing
    assert not ticker.is_closing
    assert len(ticker._frames) == shown + 1
    late = await reader(server, Channel.TRADES)
    print_trades(server, TRADES_MAX + 1)
    await until_quiet()
    assert late.is_closing


async def test_more_of_an_account_than_an_outbox_takes_closes_who_hears_each_of_it(
    server: StreamServer,
) -> None:
    flooded = [
        await private_reader(server, one, ALICE) for one in (Channel.ORDERS, Channel.BALANCES)
    ]
    others = (
        await private_reader(server, Channel.FILLS, ALICE),
        await private_reader(server, Channel.BALANCES, BOB),
    )
    shown = [len(socket._frames) for socket in flooded]
    target = exchange()
    done(target, buy(ALICE, "1", "10"))
    events = done(target, CancelAllOrders(ALICE)) * (OUTBOX_FRAMES_MAX + 1)
    server.services.engine.bus.publish([transaction(events, target.state)])
    await until_quiet()
    assert all(socket.is_closing for socket in flooded)
    assert [len(socket._frames) for socket in flooded] == shown
    assert not any(socket.is_closing for socket in others)


async def test_orders_that_end_together_close_who_hears_each_of_more_than_an_outbox_takes(
    server: StreamServer,
) -> None:
    assert TOGETHER_MIN > OUTBOX_FRAMES_MAX
    many, few = "BTC/USDT", "ETH/USDT"
    all_orders, of_many, of_few = [
        await private_reader(server, Channel.ORDERS, ALICE, symbol) for symbol in (None, many, few)
    ]
    balances = await private_reader(server, Channel.BALANCES, ALICE)
    shown = len(balances._frames)
    target = exchange(market=instrument(open_orders_max=2 * TOGETHER_MIN))
    (accepted,) = done(target, buy(ALICE, "1", "10"))
    assert isinstance(accepted, OrderAccepted)
    orders = [replace(accepted.order, id=number) for number in range(TOGETHER_MIN)]
    orders.append(replace(accepted.order, id=TOGETHER_MIN, symbol=few))
    (released,) = done(target, CancelAllOrders(ALICE))
    assert isinstance(released, OrderClosed) and released.entry is not None
    together = OrdersClosed(ALICE, tuple(orders), CloseReason.BY_USER, (released.entry,))
    server.services.engine.bus.publish([transaction([together], target.state)])
    await until_quiet()
    assert all_orders.is_closing and of_many.is_closing
    assert not of_few.is_closing and not balances.is_closing
    assert len(of_few._frames) == 1
    assert len(balances._frames) == shown + 1
