"""The bench's orders over the Binance API are what its clients send, and what they hear of them is
counted."""

import asyncio
import hashlib
import hmac
import random
from collections import Counter
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from websockets.asyncio.server import ServerConnection, serve

from hypersim.account.user import Secret
from hypersim.bench.apis import BINANCE, NATIVE, Api
from hypersim.bench.load import ClientFailed
from hypersim.bench.processes import Listening
from hypersim.bench.user_streams import listening
from hypersim.bench.workload import MIX, Trader
from hypersim.feeds.listing import load_instruments

TRADERS = [Trader(f"{n}@example.com", f"key{n}", Secret(f"secret{n}")) for n in range(2)]
LISTED = [listed for listed in load_instruments() if listed.profile is not None][:3]
INSTRUMENTS = [listed.instrument for listed in LISTED]
PRICES = {one.instrument.symbol: one.profile.price for one in LISTED if one.profile is not None}
SUBSCRIBED = '{"id":1,"status":200,"result":{"subscriptionId":0}}'


def requests_of(api: Api, count: int) -> list[tuple[list[str], str]]:
    """(lines of the head, body) of each request."""
    made = api.order_requests(
        count,
        traders=TRADERS,
        instruments=INSTRUMENTS,
        prices=PRICES,
        host="127.0.0.1:8080",
        timestamp_ms=1_700_000_000_000,
        dice=random.Random(1),
    )
    parts = [request.decode().partition("\r\n\r\n") for request in made]
    return [(head.split("\r\n"), body) for head, _, body in parts]


def test_an_order_is_a_form_signed_over_everything_before_the_signature() -> None:
    for lines, body in requests_of(BINANCE, 20):
        form, _, signature = body.partition("&signature=")
        key = next(line for line in lines if line.startswith("X-MBX-APIKEY: "))
        secret = f"secret{key[-1]}".encode()
        assert signature == hmac.new(secret, form.encode(), hashlib.sha256).hexdigest()
        assert lines[0] == "POST /api/v3/order HTTP/1.1"
        assert f"Content-Length: {len(body)}" in lines
        fields = dict(parse_qsl(body))
        assert int(fields["timestamp"]) == 1_700_000_000_000
        assert fields["symbol"] in {one.id for one in INSTRUMENTS}
        is_limit = fields["type"] == "LIMIT"
        assert ("price" in fields) == ("timeInForce" in fields) == is_limit
        assert Decimal(fields["quantity"]) > 0


def test_both_apis_get_the_same_kinds_of_order() -> None:
    forms = [dict(parse_qsl(body)) for _, body in requests_of(BINANCE, len(MIX))]
    kinds = Counter((form["side"].lower(), form["type"].lower()) for form in forms)
    assert kinds == Counter((shape.side, shape.type) for shape in MIX)
    assert len(requests_of(NATIVE, len(MIX))) == len(MIX)


async def tell(frames: list[str], count: int) -> int:
    """Wait for so many orders from a server that says these frames; returns all events."""

    async def say(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(SUBSCRIBED)
        for frame in frames:
            await connection.send(frame)
        if "end" not in frames:
            await connection.wait_closed()

    async with serve(say, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with listening(Listening("127.0.0.1", port, 0), TRADERS[:1]) as streams:
            await streams.wait_for_orders(count, timeout_s=0.2)
            return streams.events


ACCEPTED = '{"subscriptionId":0,"event":{"e":"executionReport","x":"NEW"}}'
FILLED = '{"subscriptionId":0,"event":{"e":"executionReport","x":"TRADE"}}'


async def test_every_order_that_is_told_of_is_counted() -> None:
    async with asyncio.timeout(10):
        assert await tell([ACCEPTED, FILLED, ACCEPTED], 2) == 3


async def test_an_order_that_nobody_told_of_fails_the_bench() -> None:
    with pytest.raises(ClientFailed, match="told of 1 orders, not of 2"):
        await tell([ACCEPTED, FILLED], 2)


async def test_a_stream_that_ends_fails_the_bench() -> None:
    with pytest.raises(ClientFailed, match="a user data stream ended"):
        await tell([ACCEPTED, "end"], 2)
