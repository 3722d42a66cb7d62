"""No frame and no address breaks the market's streams of the Binance dialect."""

import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from hypersim.api.sockets.socket import Frame, Socket
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.requests import Method
from hypersim.dialects.binance.streams.server import StreamClient, StreamServer, Target, read_target
from hypersim.dialects.binance.venue import Venue
from tests.support.hostile import HOSTILE_JSON, HOSTILE_TEXTS, shares
from tests.support.memory_exchange import memory_exchange

KINDS = ("kline_", "depth", "depth5@", "ticker_", "avgPrice", "aggTrade", "kline_1m@+")


class Silent(Socket):
    """Nobody reads it."""

    def __init__(self) -> None:
        self.is_closed = False
        self.handshake = None

    def send(self, frame: Frame) -> None:
        """Whatever is sent is JSON."""
        msgspec.json.decode(frame)

    def close(self, *why: object) -> None:
        """Clients that say too much are closed; here they go on."""


@shares
async def test_no_frame_breaks_the_streams(share: int) -> None:
    async with memory_exchange() as exchange:
        server = StreamServer(Venue(exchange.services))
        target = Target(is_combined=False, names=[], unit=TimeUnit.MILLISECOND)
        client = StreamClient(server, Silent(), target)
        for frame in itertools.islice(frames(), 0, None, share):
            await client.hear(frame)
            client.end()


def frames() -> Iterator[str]:
    yield from HOSTILE_JSON
    for method in Method:
        usual = {"method": f'"{method}"', "params": '["btcusdt@trade"]', "id": "1"}
        for name, value in itertools.product(usual, HOSTILE_JSON):
            yield _object(usual | {name: value})
            yield _object(usual | {"params": f"[{value}]"})
    for kind, text in itertools.product(KINDS, HOSTILE_TEXTS):
        name = msgspec.json.encode(f"btcusdt@{kind}{text}").decode()
        yield _object({"method": '"SUBSCRIBE"', "params": f"[{name}]", "id": "1"})
        name = msgspec.json.encode(f"{text}@{kind}1m").decode()
        yield _object({"method": '"SUBSCRIBE"', "params": f"[{name}]", "id": "1"})


def _object(fields: dict[str, str]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in fields.items()) + "}"


def test_no_address_breaks_the_streams() -> None:
    for text in HOSTILE_TEXTS:
        for path in ("/ws", f"/ws/{text}", "/stream", f"/stream/{text}", f"/stream/ws/{text}"):
            for query in ("", text, f"streams={quote(text)}", f"timeUnit={quote(text)}"):
                found: Any = read_target(path, query)
                assert found is None or len(found) == 3
