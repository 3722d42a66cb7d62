"""The native API over a feed of many markets: who looks at a book finds it whole."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from hypersim.dialects.native.app import build
from tests.support.asgi_peer import Peer, scope_of
from tests.support.many_markets import ManyMarkets, eventually, many_markets, venue_of

LEVELS = 100


@pytest.fixture
async def many() -> AsyncIterator[ManyMarkets]:
    async with venue_of(["BTC", "ETH", "PEPE"]).running() as venue, many_markets(venue) as made:
        yield made


@pytest.fixture
async def app(many: ManyMarkets) -> AsyncIterator[Any]:
    mounted = build(many.exchange.services)
    assert mounted.run is not None
    running = asyncio.ensure_future(mounted.run())
    yield mounted.app
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_first_look_over_rest_gets_the_whole_book(many: ManyMarkets, app: Any) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hypersim") as client:
        ticker = (await client.get("/v1/ticker/PEPE/USDT")).json()
        assert ticker["bid"] == 99.99
        assert not many.venue.times_asked("depth")
        book = (await client.get("/v1/depth/PEPE/USDT")).json()
    assert len(book["bids"]) == len(book["asks"]) == LEVELS
    assert len(many.venue.times_asked("depth")) == 1


async def test_a_first_frame_of_a_stream_has_the_whole_book(many: ManyMarkets, app: Any) -> None:
    peer = Peer()
    serving = asyncio.ensure_future(app(scope_of("/v1/ws"), peer.receive, peer.send))
    peer.ask({"op": "subscribe", "channel": "depth", "symbol": "PEPE/USDT", "id": 1})
    assert (await peer.next())["op"] == "subscribed"
    frame = await peer.next()
    assert frame["channel"] == "depth"
    assert len(frame["data"]["bids"]) == LEVELS
    many.venue.move("PEPEUSDT", "120")
    await eventually(lambda: many.exchange.engine.view.markets["PEPE/USDT"].bids[0][0] > 119)
    peer.hang_up()
    await serving
