"""No number, date or name that a client sends to the native API or to the admin API makes a 5xx:
every parameter and every field of a body that their own documents name, and every frame of the
native stream, before a real record."""

import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any, NamedTuple, get_args
from urllib.parse import quote

import msgspec
import pytest

from hypersim.api.sockets.socket import Frame, Socket
from hypersim.dialects.native.app import build
from hypersim.dialects.native.streams.server import StreamClient, StreamServer
from hypersim.dialects.native.streams.topics import StreamRequest
from hypersim.edge.asgi import AsgiApp
from hypersim.edge.client import Clients
from hypersim.service.demo import seed_demo
from hypersim.service.manual_price import ManualPrice
from hypersim.storage.connection import ConnectionSettings
from tests.support.binance_client import now_ms
from tests.support.hostile import HOSTILE_JSON, HOSTILE_TEXTS, shares
from tests.support.memory_admin import TOKEN
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.native_client import signature_of
from tests.support.postgres_store import postgres_store
from tests.support.server import DEMO_KEY, DEMO_SECRET

GOOD: dict[str, Any] = {
    "symbol": "BTC/USDT",
    "side": "buy",
    "type": "limit",
    "amount": "0.01",
    "price": "40000",
    "email": "ann@example.com",
    "password": "a long password",
    "user": "test@example.com",
    "asset": "USDT",
    "action": "deposit",
}
"""A value that can be meant, by field; of others, none."""

LEFT_OUT = ("/admin/reset", "/metrics")
"""They take nothing from a client."""


class Ask(NamedTuple):
    """A request; the body is JSON already, or what should be."""

    method: str
    path: str
    query: str
    body: str

    def __str__(self) -> str:
        return f"{self.method} {self.path[:80]}?{self.query[:60]} {self.body[:120]}"


@pytest.fixture
async def exchange(database: ConnectionSettings) -> AsyncIterator[MemoryExchange]:
    async with postgres_store(database) as store, memory_exchange(store=store) as running:
        await seed_demo(running.engine)
        await running.prices.set(ManualPrice("BTC/USDT", Decimal(50_000)))
        yield running


async def send(app: AsgiApp, ask: Ask, headers: dict[str, str]) -> tuple[int, bytes]:
    """(status, body)"""
    answer: list[Any] = []
    body = ask.body.encode("utf-8", "surrogatepass")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def keep(message: Any) -> None:
        answer.append(message)

    raw_path = quote(ask.path, safe="/-").encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8080),
        "client": ("127.0.0.1", 1),
        "root_path": "",
        "extensions": {},
        "method": ask.method,
        "path": ask.path,
        "raw_path": raw_path,
        "query_string": ask.query.encode(),
        "headers": [
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
            *_signed(ask, raw_path, body),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
    }
    await app(scope, receive, keep)
    return answer[0]["status"], answer[-1].get("body", b"")


def _signed(ask: Ask, raw_path: bytes, body: bytes) -> list[tuple[bytes, bytes]]:
    stamp = str(now_ms()).encode()
    target = raw_path + (b"?" + ask.query.encode() if ask.query else b"")
    payload = stamp + ask.method.encode() + target + body
    return [
        (b"x-api-key", DEMO_KEY.encode()),
        (b"x-api-timestamp", stamp),
        (b"x-api-signature", signature_of(DEMO_SECRET, payload).encode()),
    ]


async def document_of(app: AsgiApp, path: str, headers: dict[str, str]) -> dict[str, Any]:
    status, body = await send(app, Ask("GET", path, "", ""), headers)
    assert status == 200, body
    document: dict[str, Any] = json.loads(body)
    return document


def asks(document: dict[str, Any]) -> Iterator[Ask]:
    """Every value in every place of every endpoint."""
    for path, methods in document["paths"].items():
        if path.startswith(LEFT_OUT):
            continue
        for method, operation in methods.items():
            yield from _asks_of(method.upper(), path, operation)


def _asks_of(method: str, path: str, operation: dict[str, Any]) -> Iterator[Ask]:
    places = {part["name"]: part["in"] for part in operation.get("parameters", ())}
    usual = path
    for name, place in places.items():
        if place == "path":
            usual = usual.replace(f"{{{name}}}", GOOD.get(name, "1"))
    content = operation.get("requestBody", {}).get("content", {})
    fields = next(iter(content.values()))["schema"].get("properties", {}) if content else {}
    whole = json.dumps({name: GOOD[name] for name in fields if name in GOOD}) if fields else ""
    yield Ask(method, usual, "", whole)
    for name, place in places.items():
        for value in HOSTILE_TEXTS:
            if place == "query":
                yield Ask(method, usual, f"{name}={quote(value)}", whole)
            elif place == "path":
                yield Ask(method, path.replace(f"{{{name}}}", value), "", whole)
    for value in HOSTILE_JSON if fields else ():
        yield Ask(method, usual, "", value)
    for name, value in itertools.product(fields, HOSTILE_JSON):
        others = {other: json.dumps(GOOD[other]) for other in fields if other in GOOD}
        pairs = ",".join(f'"{key}":{text}' for key, text in (others | {name: value}).items())
        yield Ask(method, usual, "", f"{{{pairs}}}")


# Litestar would have the handlers' path parameters written in a newer way.
@pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")
@shares
async def test_no_value_sent_to_the_native_api_makes_a_5xx(
    exchange: MemoryExchange, share: int
) -> None:
    app = build(exchange.services).app
    document = await document_of(app, "/schema/openapi.json", {})
    assert len(document["paths"]) > 15
    await ask_all(app, itertools.islice(asks(document), 0, None, share), {})


@shares
async def test_no_value_sent_to_the_admin_api_makes_a_5xx(
    exchange: MemoryExchange, share: int
) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    app = exchange.admin_app
    document = await document_of(app, "/admin/schema/openapi.json", headers)
    assert len(document["paths"]) > 8
    await ask_all(app, itertools.islice(asks(document), 0, None, share), headers)


async def ask_all(app: AsgiApp, wanted: Iterator[Ask], headers: dict[str, str]) -> None:
    wrong = []
    seen: Counter[int] = Counter()
    for ask in wanted:
        status, body = await send(app, ask, headers)
        seen[status] += 1
        if status >= 500:
            wrong.append(f"{ask}: {status} {body!r}")
    assert not wrong, "\n".join([f"{len(wrong)} of these:", *wrong[:40]])
    # Most are looked at, not turned away at the door.
    assert seen[200] and seen[400] > seen[401] + seen[403], seen


@shares
async def test_no_frame_breaks_the_native_stream(exchange: MemoryExchange, share: int) -> None:
    client = StreamClient(StreamServer(exchange.services), Silent(), Clients().of({"client": None}))
    stamp = str(now_ms())
    signature = signature_of(DEMO_SECRET, f"{stamp}GET/v1/ws".encode())
    login = {"op": "login", "apiKey": DEMO_KEY, "timestamp": stamp, "signature": signature}
    await client.hear(json.dumps(login))
    for frame in itertools.islice(frames_of_the_stream(login), 0, None, share):
        await client.hear(frame)
        client.end()
    assert client.key is not None


def frames_of_the_stream(login: dict[str, str]) -> Iterator[str]:
    yield from HOSTILE_JSON
    for kind in get_args(StreamRequest):
        op = kind.__struct_config__.tag
        usual = {"channel": "candles", "symbol": "BTC/USDT", "interval": "1h"}
        usual = login if op == "login" else {"op": op, **({} if op == "ping" else usual)}
        for name, value in itertools.product(("op", *kind.__struct_fields__), HOSTILE_JSON):
            written = {key: json.dumps(text) for key, text in usual.items()} | {name: value}
            yield "{" + ",".join(f'"{key}":{text}' for key, text in written.items()) + "}"


class Silent(Socket):
    """Nobody reads it."""

    def __init__(self) -> None:
        """No task serves it, and nobody watches."""
        self.handshake = None

    def send(self, frame: Frame) -> None:
        """Whatever is sent is JSON."""
        msgspec.json.decode(frame)

    push = send
