"""Streams are named by the URL or subscribed to, listed, wrapped and left again."""

import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.binance_streams import StreamsClient, market_streams
from tests.support.server import ServerProcess


@pytest.mark.parametrize("prefix", ["", "/binance"])
@pytest.mark.parametrize(
    ("path", "is_combined"),
    [
        ("/ws/btcusdt@depth5@100ms", False),
        ("/ws/ethusdt@trade/btcusdt@depth5@100ms", False),
        ("/ws?streams=btcusdt@depth5@100ms", False),
        ("/stream?streams=btcusdt@depth5@100ms", True),
        ("/stream?timeUnit=millisecond&streams=ethusdt@trade/btcusdt@depth5@100ms", True),
    ],
)
async def test_streams_can_be_named_by_the_url(
    quiet: ServerProcess, prefix: str, path: str, is_combined: bool
) -> None:
    async with market_streams(quiet.websocket_url, prefix + path) as client:
        event = await client.next()
    if is_combined:
        assert event["stream"] == "btcusdt@depth5@100ms"
        event = event["data"]
    assert len(event["bids"]) == len(event["asks"]) == 1


@pytest.mark.parametrize(
    ("path", "is_combined"),
    [
        ("/ws", False),
        ("/ws/", False),
        ("/ws/0", False),
        ("/stream/ws", False),
        ("/stream/ws/7", False),
        ("/stream", True),
        ("/stream?streams=", True),
    ],
)
async def test_a_connection_may_begin_without_streams(
    quiet: ServerProcess, path: str, is_combined: bool
) -> None:
    async with market_streams(quiet.websocket_url, path) as client:
        assert await client.ask("LIST_SUBSCRIPTIONS") == []
        assert await client.ask("GET_PROPERTY", "combined") is is_combined
        await client.ask("SUBSCRIBE", "btcusdt@depth5")
        assert ("stream" in await client.next()) is is_combined


@pytest.mark.parametrize("path", ["/stream/btcusdt@trade", "/ws?timeUnit=NANOSECOND"])
async def test_other_urls_are_no_streams(quiet: ServerProcess, path: str) -> None:
    with pytest.raises(InvalidStatus):
        async with market_streams(quiet.websocket_url, path):
            pass


async def test_subscriptions_are_listed_changed_and_wrapped(streams: StreamsClient) -> None:
    assert await streams.ask("SUBSCRIBE", "btcusdt@depth5@100ms", "nosuch@trade") is None
    assert await streams.ask("SUBSCRIBE", "btcusdt@depth5@100ms", "ethusdt@avgPrice") is None
    listed = ["btcusdt@depth5@100ms", "nosuch@trade", "ethusdt@avgPrice"]
    assert await streams.ask("LIST_SUBSCRIPTIONS") == listed
    assert await streams.ask("UNSUBSCRIBE", "ethusdt@avgPrice", "never@heard") is None
    assert await streams.ask("LIST_SUBSCRIPTIONS", params=[]) == listed[:2]


async def test_events_are_wrapped_when_the_client_says_so(streams: StreamsClient) -> None:
    assert await streams.ask("SET_PROPERTY", "combined", True) is None
    assert await streams.ask("GET_PROPERTY", "combined") is True
    await streams.ask("SUBSCRIBE", "btcusdt@depth5@100ms")
    assert (await streams.next()).keys() == {"stream", "data"}
    assert await streams.ask("SET_PROPERTY", "combined", False) is None
    assert "bids" in await streams.next()


async def test_what_is_unsubscribed_is_heard_no_more(streams: StreamsClient) -> None:
    await streams.ask("SUBSCRIBE", "btcusdt@depth5@100ms")
    await streams.next()
    await streams.ask("UNSUBSCRIBE", "btcusdt@depth5@100ms")
    assert await streams.events(1.5) == []


@pytest.mark.parametrize("request_id", [0, 1, -3, 2**63 - 1, "a1b2", "0e8c-11_x", None])
async def test_an_id_comes_back_with_its_type(quiet: ServerProcess, request_id: Any) -> None:
    request = {"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": request_id}
    async with market_streams(quiet.websocket_url) as client:
        assert await client.send(json.dumps(request)) == {"result": None, "id": request_id}


@pytest.mark.parametrize(
    ("request_text", "code", "msg"),
    [
        ('{"method":"SUBSCRIBE","params":["not a stream"],"id":4}', 2, "invalid stream"),
        ('{"method":"LIST_SUBSCRIPTIONS","params":["x"],"id":4}', 2, "too many parameters"),
        ('{"method":"GET_PROPERTY","id":4}', 2, "property name must be a string"),
        ('{"method":"UNKNOWN","id":4}', 2, "unknown variant `UNKNOWN`, expected one of"),
        ('{"id":4}', 2, "missing field `method`"),
    ],
)
async def test_refusals_say_what_is_wrong(
    quiet: ServerProcess, request_text: str, code: int, msg: str
) -> None:
    async with market_streams(quiet.websocket_url) as client:
        answer = await client.send(request_text)
        assert (answer["id"], answer["error"]["code"]) == (4, code)
        assert answer["error"]["msg"].startswith(f"Invalid request: {msg}")
        assert (await client.send("{"))["error"]["code"] == 3
        # The connection goes on.
        assert await client.ask("LIST_SUBSCRIPTIONS") == []
