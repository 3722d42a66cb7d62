"""No number, date or name that a client sends to the Binance dialect makes a 5xx: every parameter
of every operation, over REST and over the WebSocket API, before a real record."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from hypersim.api.operation import Security
from hypersim.dialects.binance.app import frames
from hypersim.dialects.binance.app.rest import rest_api
from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.app.ws_api import ApiClient, WebSocketApi
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.venue import Operation, Venue
from hypersim.edge.client import Clients
from hypersim.service.demo import seed_demo
from hypersim.service.manual_price import ManualPrice
from hypersim.storage.connection import ConnectionSettings
from hypersim.trading.account_commands import Deposit
from hypersim.trading.commands import CancelAllOrders
from tests.support.binance_client import now_ms, signature_of
from tests.support.binance_table import SECURITY_NAMES, probe, variants
from tests.support.hostile import HOSTILE_JSON, HOSTILE_TEXTS, shares
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.postgres_store import postgres_store
from tests.support.server import DEMO_KEY, DEMO_SECRET

REST = [one for one in OPERATIONS if one.rest]
SOCKET = [one for one in OPERATIONS if one.methods]
LOCAL: dict[str, Any] = {"client": ("127.0.0.1", 1)}
DEADLINE_S = 30


class Desk:
    """The dialect over a running exchange, with one account that has traded."""

    def __init__(self, exchange: MemoryExchange) -> None:
        self.exchange = exchange
        self.venue = Venue(exchange.services)
        self.rest = rest_api(self.venue, OPERATIONS)
        self.key = exchange.engine.view.keys[DEMO_KEY]
        self.answers: asyncio.Queue[str] = asyncio.Queue()
        self.conversation = ApiClient(
            WebSocketApi(self.venue, OPERATIONS),
            Frames(self.answers),  # type: ignore[arg-type]
            Clients().of(LOCAL),
            TimeUnit.MILLISECOND,
            shows_limits=False,
        )

    async def ask(self, operation: Operation, values: dict[str, str]) -> tuple[int, bytes]:
        """(status, body) over REST."""
        method, path = operation.rest[0].split(" ")
        query = "&".join(f"{name}={quote(value)}" for name, value in values.items())
        if operation.security not in (Security.NONE, Security.KEY):
            if "timestamp" not in values:
                query += f"&timestamp={now_ms()}"
            query = query.removeprefix("&")
            query += f"&signature={signature_of(DEMO_SECRET, query)}"
        scope = {
            **LOCAL,
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"x-mbx-apikey", DEMO_KEY.encode())],
        }
        handler = self.rest.handler(method, path)
        assert handler is not None, path
        response = await handler(scope, b"")
        return response.status, response.body

    async def say(self, operation: Operation, written: dict[str, str]) -> dict[str, Any]:
        """The answer to a frame whose parameters are JSON already."""
        params = dict(written)
        if operation.security is not Security.NONE:
            params |= {"apiKey": f'"{DEMO_KEY}"'}
        if operation.security not in (Security.NONE, Security.KEY):
            params = {"timestamp": str(now_ms())} | params
            params["signature"] = f'"{_signature(params)}"'
        pairs = ",".join(f'"{name}":{value}' for name, value in params.items())
        await self.conversation.hear(
            f'{{"id":1,"method":"{operation.methods[0]}","params":{{{pairs}}}}}'
        )
        async with asyncio.timeout(DEADLINE_S):
            while True:
                answer: dict[str, Any] = msgspec.json.decode(await self.answers.get())
                # Events of user data streams come in between.
                if "status" in answer:
                    return answer

    async def tidy(self) -> None:
        """What was placed meanwhile is taken back."""
        await self.exchange.done(CancelAllOrders(self.key.account_id, None))


class Frames:
    """A socket that keeps what is sent."""

    is_closing = False

    def __init__(self, frames: asyncio.Queue[str]) -> None:
        self.send = self.push = frames.put_nowait
        self.later = asyncio.get_running_loop().call_soon

    def close(self, *why: object) -> None:
        """Nothing is closed."""


def _signature(params: dict[str, str]) -> str:
    """Of what can be read; a frame that cannot be is refused before anybody looks at it."""
    try:
        values = frames.read_values({name: msgspec.Raw(v.encode()) for name, v in params.items()})
    except Exception:
        return "0" * 64
    payload = next(frames.signed_payloads(values))
    return signature_of(DEMO_SECRET, payload.decode())


def named(operation: Operation) -> str:
    """How it is reached."""
    return (operation.rest or operation.methods)[0]


@pytest.fixture
async def desk(database: ConnectionSettings) -> AsyncIterator[Desk]:
    """An account with money, orders open and filled, and a record that is a database."""
    async with postgres_store(database) as store, memory_exchange(store=store) as exchange:
        await seed_demo(exchange.engine)
        made = Desk(exchange)
        for asset, amount in (("USDT", 10**7), ("BTC", 10**3)):
            await exchange.done(Deposit(made.key.account_id, asset, Decimal(amount), "given"))
        await exchange.prices.set(ManualPrice("BTC/USDT", Decimal(50_000)))
        for price in ("40000", "60000"):
            values = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "price": price}
            values |= {"timeInForce": "GTC", "quantity": "0.01"}
            assert (await made.ask(by_name("POST /api/v3/order"), values))[0] == 200
        yield made


def by_name(route: str) -> Operation:
    return next(one for one in OPERATIONS if route in (*one.rest, *one.methods))


def requests(
    usual: Iterable[dict[str, str]], names: Iterable[str], values: Iterable[str]
) -> Iterator[dict[str, str]]:
    """In each usual request: each value for each parameter in turn, then for all at once that it
    does not need."""
    for least, value in itertools.product(usual, values):
        for name in names:
            yield {**least, name: value}
        yield {**least, **dict.fromkeys(set(names) - least.keys(), value)}


@shares
async def test_no_value_over_rest_makes_a_5xx(desk: Desk, share: int) -> None:
    wrong = []
    for operation in REST:
        least, names = await probe(desk.venue, operation, desk.key, None)
        usual = variants(least, names)
        every = requests(usual, sorted(names | SECURITY_NAMES), HOSTILE_TEXTS)
        for values in itertools.islice(every, 0, None, share):
            status, body = await desk.ask(operation, values)
            if status >= 500:
                wrong.append(told(operation, least, values, status, body))
        await desk.tidy()
    assert not wrong, "\n".join([f"{len(wrong)} of these:", *wrong[:40]])


@shares
async def test_no_value_over_the_websocket_api_makes_a_5xx(desk: Desk, share: int) -> None:
    wrong = []
    for operation in SOCKET:
        least, names = await probe(desk.venue, operation, desk.key, desk.conversation)
        usual = [
            {name: msgspec.json.encode(value).decode() for name, value in one.items()}
            for one in variants(least, names)
        ]
        every = requests(usual, sorted(names | SECURITY_NAMES), HOSTILE_JSON)
        for values in itertools.islice(every, 0, None, share):
            answer = await desk.say(operation, values)
            if answer["status"] >= 500:
                wrong.append(told(operation, least, values, answer["status"], answer))
        await desk.tidy()
    assert not wrong, "\n".join([f"{len(wrong)} of these:", *wrong[:40]])


async def test_the_parameters_are_found(desk: Desk) -> None:
    """Or else the tests above would ask nothing."""
    least, names = await probe(desk.venue, by_name("klines"), desk.key, None)
    assert least.keys() == {"symbol", "interval"}
    assert names == {"symbol", "interval", "startTime", "endTime", "timeZone", "limit"}
    least, names = await probe(desk.venue, by_name("POST /api/v3/order"), desk.key, None)
    assert {"symbol", "side", "type", "quantity", "price"} <= least.keys()
    assert {"newClientOrderId", "icebergQty", "trailingDelta", "strategyId"} <= names


def told(
    operation: Operation, least: dict[str, str], values: dict[str, str], status: int, body: object
) -> str:
    odd = {k: v[:30] for k, v in values.items() if least.get(k) != v}
    return f"{named(operation)} {odd if len(odd) < 4 else list(odd.items())[:2]}: {status} {body!r}"
