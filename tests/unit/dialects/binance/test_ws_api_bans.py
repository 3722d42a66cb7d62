"""Whoever is banned is disconnected from the WebSocket API, once told so."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.app.ws_api import WebSocketApi
from hypersim.dialects.binance.app.ws_calls import PATH
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.limits.weights import REFUSALS_BEFORE_BAN, Limits
from hypersim.dialects.binance.venue import Venue
from hypersim.edge.client import Clients
from hypersim.edge.sockets.control import CloseCode
from hypersim.service.demo import seed_demo
from hypersim.service.limits import RateLimiter
from tests.support.asgi_peer import Peer, scope_of
from tests.support.binance_client import signed_params
from tests.support.memory_exchange import memory_exchange
from tests.support.server import DEMO_KEY, DEMO_SECRET

LIMITS = Limits(weight_1m=20)
OVER = LIMITS.weight_1m + REFUSALS_BEFORE_BAN + 1
AFAR, ELSEWHERE, LOOPBACK = "192.0.2.1", "192.0.2.2", "127.0.0.1"
PING = {"id": 1, "method": "ping"}


class Api:
    """A served API, and connections to it."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self._app = WebSocketApi(venue, OPERATIONS)
        self._serving: list[asyncio.Task[None]] = []

    async def connect(self, address: str = AFAR) -> Peer:
        peer = Peer()
        serving = self._app.serve(scope_of(PATH, address), peer.receive, peer.send)
        self._serving.append(asyncio.create_task(serving))
        return peer

    async def exchange(self, peer: Peer, request: object = PING) -> Any:
        peer.ask(request)
        return await peer.next()

    async def ended(self, count: int) -> None:
        """So many connections are over."""
        async with asyncio.timeout(10):
            while sum(task.done() for task in self._serving) < count:
                running = [task for task in self._serving if not task.done()]
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)

    def hang_up(self) -> None:
        for task in self._serving:
            task.cancel()


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with memory_exchange() as exchange:
        await seed_demo(exchange.engine)
        services = exchange.services._replace(limiter=RateLimiter(1))
        made = Api(Venue(services, LIMITS))
        yield made
        made.hang_up()


async def test_a_banned_client_is_told_and_then_disconnected_wherever_it_is(api: Api) -> None:
    noisy, quiet, other = await api.connect(), await api.connect(), await api.connect(ELSEWHERE)
    statuses: list[int] = []
    while not statuses or statuses[-1] != 418:
        answer = await api.exchange(noisy)
        statuses.append(answer["status"])
        assert len(statuses) <= OVER
    assert statuses.count(429) == REFUSALS_BEFORE_BAN
    error = answer["error"]
    assert error["code"] == -1003
    assert "IP banned until" in error["msg"]
    assert error["data"]["retryAfter"] > error["data"]["serverTime"]
    await api.ended(2)
    assert (noisy.close_code, quiet.close_code) == (CloseCode.POLICY_VIOLATION,) * 2
    # Others are not.
    assert (await api.exchange(other))["status"] == 200
    assert other.close_code is None


async def test_a_ban_over_rest_ends_open_connections_too(api: Api) -> None:
    peer = await api.connect()
    assert (await api.exchange(peer))["status"] == 200
    who = Clients().of_peer(AFAR).counted
    for _ in range(OVER):
        with pytest.raises(BinanceError):
            api.venue.clients.charge(who, LIMITS.weight_1m, api.venue.now_ms())
    await api.ended(1)
    assert peer.close_code == CloseCode.POLICY_VIOLATION


async def test_a_banned_key_is_disconnected_and_its_neighbours_are_not(api: Api) -> None:
    named, neighbour = await api.connect(LOOPBACK), await api.connect(LOOPBACK)
    log_on = {"id": 1, "method": "session.logon", "params": signed_params(DEMO_KEY, DEMO_SECRET)}
    assert (await api.exchange(named, log_on))["status"] == 200
    while (await api.exchange(named))["status"] != 418:
        assert named.close_code is None
    await api.ended(1)
    # Whoever comes back with that key is told so, and disconnected again.
    status = {"id": 1, "method": "account.status", "params": log_on["params"]}
    back = await api.connect(LOOPBACK)
    assert (await api.exchange(back, status))["status"] == 418
    await api.ended(2)
    assert (await api.exchange(neighbour))["status"] == 200
