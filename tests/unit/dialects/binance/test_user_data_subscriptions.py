"""Subscriptions of one connection: their numbers, their limits, and what ends them."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from hypersim.account.user import ApiKey, Secret
from hypersim.api.sockets.socket import OUTBOX_FRAMES_MAX, Socket
from hypersim.api.streams.followers import follow
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.user_data import subscriptions
from hypersim.dialects.binance.user_data.pushes import UserData
from hypersim.dialects.binance.user_data.session import Session
from hypersim.dialects.binance.user_data.subscriptions import ACTIVE_MAX, Subscriptions
from hypersim.edge.client import Clients
from hypersim.service.bus import BACKLOG_MAX
from hypersim.service.clock import WallClock
from hypersim.service.demo import seed_demo
from hypersim.service.outboxes import Outboxes
from hypersim.trading.account_commands import Deposit
from hypersim.trading.closing import TOGETHER_MIN
from hypersim.trading.events import FundsMoved, OrderAccepted, OrdersClosed
from hypersim.trading.order import CloseReason
from tests.support.builders import (
    ALICE,
    START_MS,
    buy,
    done,
    exchange,
    instrument,
    transaction,
)
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.server import DEMO_KEY

DEADLINE_S = 10


class Client:
    """A connection that is served, and what it received."""

    def __init__(self, exchange: MemoryExchange, user_data: UserData) -> None:
        self.frames: list[Any] = []
        self.close_code: int | None = None
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.session = Session(
            Socket({}, self._incoming.get, self._sent, Outboxes(), WallClock()),
            user_data,
            exchange.engine.clock,
            client=Clients().of({"client": None}),
            unit=TimeUnit.MILLISECOND,
            shows_limits=True,
        )

    async def serve(self) -> None:
        await self.session.socket.serve(self._hear)

    async def _hear(self, text: str) -> None:
        raise AssertionError(text)

    async def _sent(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            self.frames.append(msgspec.json.decode(message["text"]))
        elif message["type"] == "websocket.close":
            self.close_code = message["code"]


class Desk:
    """User data of an exchange in memory, and one client."""

    def __init__(self, exchange: MemoryExchange) -> None:
        self.exchange = exchange
        self.user_data = UserData(exchange.services)
        self.client = Client(exchange, self.user_data)
        self.serving: asyncio.Task[None] | None = None

    @property
    def subscriptions(self) -> Subscriptions:
        return self.client.session.subscriptions

    def key(self) -> ApiKey:
        return self.exchange.engine.view.keys[DEMO_KEY]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with memory_exchange() as running_exchange:
        await seed_demo(running_exchange.engine)
        made = Desk(running_exchange)
        made.serving = asyncio.create_task(made.client.serve())
        following = asyncio.create_task(follow(running_exchange.engine, made.user_data.accounts))
        running = [following, made.serving]
        await asyncio.sleep(0)
        yield made
        for task in running:
            task.cancel()
        await asyncio.wait(running)


def code_of(error: pytest.ExceptionInfo[BinanceError]) -> int:
    return error.value.code


def stranger(account_id: int) -> ApiKey:
    return ApiKey(f"key-{account_id}", account_id, Secret("secret"), START_MS)


async def test_a_connection_has_so_many_subscriptions_at_a_time(desk: Desk) -> None:
    for number in range(ACTIVE_MAX):
        assert desk.subscriptions.start(stranger(1_000 + number), is_of_logon=False) == number
    with pytest.raises(BinanceError) as error:
        desk.subscriptions.start(stranger(9_999), is_of_logon=False)
    assert code_of(error) == -1191
    desk.subscriptions.stop(0)
    assert desk.subscriptions.start(stranger(9_999), is_of_logon=False) == ACTIVE_MAX


async def test_a_connection_has_so_many_subscriptions_in_its_life(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert subscriptions.IDS_MAX == 65_535
    monkeypatch.setattr(subscriptions, "IDS_MAX", 300)
    for number in range(300):
        assert desk.subscriptions.start(stranger(7), is_of_logon=False) == number
        desk.subscriptions.stop(number)
    with pytest.raises(BinanceError) as error:
        desk.subscriptions.start(stranger(7), is_of_logon=False)
    assert code_of(error) == -2042


async def test_an_account_is_heard_of_once_per_connection(desk: Desk) -> None:
    desk.subscriptions.start(desk.key(), is_of_logon=True)
    with pytest.raises(BinanceError) as error:
        desk.subscriptions.start(desk.key(), is_of_logon=False)
    assert code_of(error) == -2035


async def test_a_client_that_is_gone_is_forgotten(desk: Desk) -> None:
    key = desk.key()
    desk.subscriptions.start(key, is_of_logon=False)
    assert key.account_id in desk.user_data.accounts
    desk.client.session.end()
    assert key.account_id not in desk.user_data.accounts
    assert desk.client.session.subscriptions.numbers == []


async def test_more_of_an_account_than_an_outbox_takes_hangs_up_before_it_is_written(
    desk: Desk,
) -> None:
    key = desk.key()
    desk.subscriptions.start(key, is_of_logon=False)
    happened = await desk.exchange.done(Deposit(key.account_id, "BTC", Decimal(1)))
    (event,) = [event for event in happened if isinstance(event, FundsMoved)]
    desk.exchange.engine.bus.publish([transaction([event] * (OUTBOX_FRAMES_MAX + 1))])
    assert desk.serving is not None
    await asyncio.wait_for(desk.serving, DEADLINE_S)
    assert desk.client.close_code == 1013


async def test_who_hears_of_an_account_whose_orders_end_together_is_hung_up_on(
    desk: Desk,
) -> None:
    key = desk.key()
    desk.subscriptions.start(key, is_of_logon=False)
    publish = desk.exchange.engine.bus.publish
    market = exchange(market=instrument(open_orders_max=2 * TOGETHER_MIN))
    (accepted,) = done(market, buy(ALICE, "1", "10"))
    assert isinstance(accepted, OrderAccepted)
    orders = (accepted.order,) * TOGETHER_MIN
    publish([transaction([OrdersClosed(key.account_id + 1, orders, CloseReason.BY_USER, ())])])
    for _ in range(5):
        await asyncio.sleep(0)
    assert desk.client.close_code is None
    publish([transaction([OrdersClosed(key.account_id, orders, CloseReason.BY_USER, ())])])
    assert desk.serving is not None
    await asyncio.wait_for(desk.serving, DEADLINE_S)
    assert desk.client.close_code == 1013


async def test_who_cannot_be_told_everything_is_hung_up_on(desk: Desk) -> None:
    key = desk.key()
    desk.subscriptions.start(key, is_of_logon=False)
    happened = await desk.exchange.done(Deposit(key.account_id, "BTC", Decimal(1)))
    (event,) = [event for event in happened if isinstance(event, FundsMoved)]
    desk.exchange.engine.bus.publish([transaction([event])])
    desk.exchange.engine.bus.publish([transaction([event])] * BACKLOG_MAX)
    assert desk.serving is not None
    await asyncio.wait_for(desk.serving, DEADLINE_S)
    assert desk.client.close_code == 1013
