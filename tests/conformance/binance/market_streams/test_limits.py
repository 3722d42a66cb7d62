"""Connections of market streams are limited, are pinged, and end when they must."""

import asyncio

import pytest

from hypersim.dialects.binance.streams.server import MESSAGES_PER_SECOND_MAX
from tests.support.binance_streams import market_streams
from tests.support.server import ServerProcess, running_server


@pytest.mark.parametrize("is_ping", [True, False])
async def test_more_than_five_messages_a_second_end_the_connection(
    quiet: ServerProcess, is_ping: bool
) -> None:
    async with market_streams(quiet.websocket_url, ping_interval=None) as client:
        for _ in range(MESSAGES_PER_SECOND_MAX + 1):
            if is_ping:
                await client.connection.ping()
            else:
                await client.connection.send('{"method":"LIST_SUBSCRIPTIONS","id":1}')
        assert await client.closed() == (1008, "Too many requests")


async def test_five_messages_a_second_are_answered(quiet: ServerProcess) -> None:
    async with market_streams(quiet.websocket_url) as client:
        for _ in range(MESSAGES_PER_SECOND_MAX):
            assert await client.ask("LIST_SUBSCRIPTIONS") == []


async def test_pings_are_answered_with_their_payload(quiet: ServerProcess) -> None:
    async with market_streams(quiet.websocket_url, ping_interval=None) as client:
        async with asyncio.timeout(5):
            await (await client.connection.ping("payload"))


async def test_a_connection_listens_to_1024_streams_at_most(quiet: ServerProcess) -> None:
    names = [f"coin{number}usdt@trade" for number in range(1_024)]
    async with market_streams(quiet.websocket_url) as client:
        for part in range(0, 1_024, 512):
            await client.ask("SUBSCRIBE", *names[part : part + 512])
        answer = await client.send('{"method":"SUBSCRIBE","params":["one@trade"],"id":"m"}')
        assert answer == {"error": {"code": 4, "msg": "Too many subscriptions"}, "id": "m"}
        # What it has already heard of is no further stream.
        await client.ask("SUBSCRIBE", names[0])


async def test_limits_can_be_off(shared: ServerProcess) -> None:
    async with market_streams(shared.websocket_url) as client:
        for _ in range(3 * MESSAGES_PER_SECOND_MAX):
            assert await client.ask("LIST_SUBSCRIPTIONS") == []


@pytest.mark.slow
async def test_a_connection_ends_after_24_hours_of_the_exchange() -> None:
    with running_server("--feed", "manual", "--speed", "100000") as server:
        async with market_streams(server.websocket_url, "/ws/btcusdt@depth@100ms") as client:
            assert await client.closed() == (1000, "Connections last 24 hours")


async def test_clients_are_told_that_the_server_stops() -> None:
    with running_server("--feed", "manual") as server:
        async with (
            market_streams(server.websocket_url) as raw,
            market_streams(server.websocket_url, "/stream?timeUnit=MICROSECOND") as combined,
        ):
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            event = await raw.next()
            assert list(event) == ["e", "E"] and event["e"] == "serverShutdown"
            wrapped = await combined.next()
            assert wrapped["stream"] == "!serverShutdown"
            # Each socket is told at a moment of its own: microseconds here, milliseconds there.
            assert abs(wrapped["data"]["E"] // 1_000 - event["E"]) < 1_000
            assert await stopping == 0
