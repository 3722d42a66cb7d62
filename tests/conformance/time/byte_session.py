"""A session whose every byte is kept: both dialects, order lists, the WebSocket API, streams."""

import asyncio
import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.support.binance_client import signature_of as binance_signature
from tests.support.native_client import signature_of as native_signature
from tests.support.server import ADMIN_TOKEN, DEMO_KEY, DEMO_SECRET, ServerProcess

START_MS = 1_640_995_230_000
STEP_MS = 700
DEADLINE_S = 30
OPTIONS = (
    *("--clock", "step", "--feed", "synthetic", "--start", "2022-01-01T00:00:30Z"),
    *("--demo", "--symbols", "BTC/USDT,ETH/USDT"),
)
STREAMS = "/binance/stream?streams=btcusdt@trade/btcusdt@depth@100ms/ethusdt@kline_1m"
OF_A_START = '"e":"kline"'
"""A stream of candles begins with the one that runs."""

WS_API = "/binance/ws-api/v3"
OCO: dict[str, Any] = {
    "side": "BUY",
    "quantity": "0.001",
    "belowType": "LIMIT_MAKER",
    "belowPrice": "45000",
    "aboveType": "STOP_LOSS_LIMIT",
    "aboveStopPrice": "65000",
    "abovePrice": "65000",
    "aboveTimeInForce": "GTC",
}
OTO: dict[str, Any] = {
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "40000",
    "workingQuantity": "0.001",
    "workingTimeInForce": "GTC",
    "pendingType": "LIMIT_MAKER",
    "pendingSide": "SELL",
    "pendingPrice": "65000",
    "pendingQuantity": "0.001",
}

WINDOWS = ("x-mbx-used-weight", "x-mbx-order-count", "x-ratelimit")
"""Headers that tell of windows, which begin empty after a restart."""

OF_WINDOWS = re.compile(rb',"rateLimits":\[[^\]]*\]')
"""The same in an answer of the WebSocket API."""


class Answer(NamedTuple):
    """All that a client sees of one."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Session:
    """Sends one request after the other, at the exchange's time, and keeps what comes."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.now_ms = START_MS
        self.answers: list[Answer] = []
        self.told: dict[str, list[str]] = {}
        self.listen_key = ""
        self._sockets: dict[str, ClientConnection] = {}

    async def begin(self) -> None:
        """Start the server, and connect."""
        # Anew each time: a start is for a record without a time.
        options = OPTIONS if not self.answers else tuple(_without_start(OPTIONS))
        self.server = ServerProcess(*options, data_dir=self.data_dir)
        await asyncio.to_thread(self.server.start)
        self.http = httpx.AsyncClient(base_url=self.server.url, timeout=30, trust_env=False)
        if not self.listen_key:
            made = await self.binance("POST", "/binance/api/v3/userDataStream", is_signed=False)
            self.listen_key = json.loads(made.body)["listenKey"]
        for path in (STREAMS, f"/binance/ws/{self.listen_key}"):
            self._sockets[path] = await self._connected(path)
        self._ws_api = await self._connected(WS_API)

    async def _connected(self, path: str) -> ClientConnection:
        return await connect(self.server.websocket_url + path, proxy=None, max_queue=None)

    async def end(self, *, is_kill: bool) -> None:
        """Take what the sockets were told, and end the server."""
        await self.hear()
        for connection in (*self._sockets.values(), self._ws_api):
            await connection.close()
        await self.http.aclose()
        await asyncio.to_thread(self.server.kill if is_kill else self.server.stop)

    async def hear(self) -> None:
        """Read what the sockets were told."""
        for name, connection in self._sockets.items():
            self.told.setdefault(name, []).extend(await _lying_in(connection))

    async def advance(self) -> None:
        """Time goes on."""
        await self.admin("/admin/clock/advance", {"ms": STEP_MS})
        self.now_ms += STEP_MS

    async def send(self, method: str, target: str, **more: Any) -> Answer:
        """A request as it is."""
        response = await self.http.request(method, target, **more)
        headers = [(name, value) for name, value in response.headers.multi_items()]
        answer = Answer(response.status_code, headers, response.content)
        self.answers.append(answer)
        return answer

    async def hush(self) -> None:
        """Listen to nothing."""
        for connection in (*self._sockets.values(), self._ws_api):
            await connection.close()
        self._sockets.clear()

    async def looked_up(self, path: str) -> Any:
        """What the admin API tells; no part of the session."""
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        return (await self.http.get(path, headers=headers)).json()

    async def admin(self, path: str, body: Mapping[str, Any]) -> Answer:
        """A POST to the admin API."""
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        return await self.send("POST", path, json=dict(body), headers=headers)

    async def binance(
        self, method: str, path: str, *, is_signed: bool = True, **params: Any
    ) -> Answer:
        """A call of the demo account."""
        if is_signed:
            payload = urlencode({"timestamp": self.now_ms, **params})
            path += f"?{payload}&signature={binance_signature(DEMO_SECRET, payload)}"
        return await self.send(method, path, headers={"X-MBX-APIKEY": DEMO_KEY})

    async def ask(self, method: str, *, is_signed: bool = True, **params: Any) -> dict[str, Any]:
        """The same over the WebSocket API."""
        if is_signed:
            params |= {"apiKey": DEMO_KEY, "timestamp": self.now_ms}
            payload = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
            params["signature"] = binance_signature(DEMO_SECRET, payload)
        request = {"id": len(self.answers), "method": method, "params": params}
        await self._ws_api.send(json.dumps(request))
        async with asyncio.timeout(DEADLINE_S):
            frame = await self._ws_api.recv(decode=False)
        told: dict[str, Any] = json.loads(frame)
        self.answers.append(Answer(told["status"], [], frame))
        return told

    async def native(self, method: str, target: str, body: Mapping[str, Any] | None = None) -> None:
        """A call of the demo account."""
        content = b"" if body is None else json.dumps(dict(body)).encode()
        payload = f"{self.now_ms}{method}{target}".encode() + content
        headers = {
            "X-API-KEY": DEMO_KEY,
            "X-API-TIMESTAMP": str(self.now_ms),
            "X-API-SIGNATURE": native_signature(DEMO_SECRET, payload),
            "Content-Type": "application/json",
        }
        await self.send(method, target, content=content, headers=headers)


async def _lying_in(connection: ClientConnection) -> list[str]:
    """All that came before the answer to a ping."""
    frames: list[str] = []
    async with asyncio.timeout(DEADLINE_S):
        await (await connection.ping())
    # What lies in the connection's own queue by now comes without waiting.
    with contextlib.suppress(TimeoutError):
        while True:
            async with asyncio.timeout(0.2):
                frames.append(str(await connection.recv()))
    return frames


def _without_start(options: tuple[str, ...]) -> Iterator[str]:
    where = options.index("--start")
    yield from (*options[:where], *options[where + 2 :])


async def a_round(session: Session, number: int) -> None:
    """Twenty requests: orders that rest, fill, are refused and canceled; reads; accounts."""
    order = "/binance/api/v3/order"
    pair: dict[str, Any] = {"symbol": "BTCUSDT"}
    limit = {**pair, "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.001"}
    market = {**pair, "type": "MARKET", "quantity": "0.001"}
    placed = await session.binance("POST", order, side="BUY", price="45000", **limit)
    await session.binance("POST", order, side=("BUY", "SELL")[number % 2], **market)
    # Refused, after its name was drawn.
    await session.binance("POST", order, side="BUY", **{**market, "quantity": "5000"})
    await session.binance("POST", order, side="BUY", **{**market, "type": "NONE"})
    order_id = json.loads(placed.body).get("orderId", 1)
    if number % 3:
        await session.binance("DELETE", order, **pair, orderId=order_id)
    await session.binance("GET", order, **pair, orderId=order_id)
    await session.binance("GET", "/binance/api/v3/account")
    await session.binance("GET", "/binance/api/v3/myTrades", **pair)
    await session.send("GET", "/binance/api/v3/depth?symbol=BTCUSDT&limit=20")
    await session.send("GET", "/binance/api/v3/klines?symbol=ETHUSDT&interval=1m&limit=3")
    await session.send("GET", "/binance/api/v3/nothing")
    await session.send("GET", "/binance/api/v3/time")
    amount = {"symbol": "BTC/USDT", "amount": "0.001"}
    await session.native("POST", "/v1/order", {**amount, "type": "market", "side": "buy"})
    limited = {**amount, "type": "limit", "side": "buy", "price": "46000"}
    await session.native("POST", "/v1/order", limited)
    await session.native("GET", "/v1/balance")
    await session.native("GET", "/v1/orders/open")
    await session.send("GET", "/v1/ticker/BTC/USDT")
    if number % 10 == 0:
        email = f"person-{number}@example.com"
        account = {"email": email, "password": f"a good one {number}"}
        await session.send("POST", "/v1/register", json=account)
        await session.send("POST", "/v1/login", json=account)
        await session.admin("/admin/users", {"email": f"other-{number}@example.com"})
    await lists(session, number)
    await over_websocket(session, number)
    await session.advance()


async def lists(session: Session, number: int) -> None:
    """Order lists, some of which stay."""
    pair: dict[str, Any] = {"symbol": "BTCUSDT"}
    placed = await session.binance("POST", "/binance/api/v3/orderList/oco", **pair, **OCO)
    await session.binance("POST", "/binance/api/v3/orderList/oto", **pair, **OTO)
    await session.binance("GET", "/binance/api/v3/openOrderList")
    list_id = json.loads(placed.body)["orderListId"]
    if number % 4:
        target = "/binance/api/v3/orderList"
        await session.binance("DELETE", target, **pair, orderListId=list_id)
        await session.binance("DELETE", "/binance/api/v3/openOrders", **pair)


async def over_websocket(session: Session, number: int) -> None:
    """Orders whose names are drawn, and what can be read."""
    pair: dict[str, Any] = {"symbol": "BTCUSDT"}
    order: dict[str, Any] = {
        **pair,
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.001",
    }
    placed = await session.ask("order.place", **order, price="45000")
    await session.ask("order.status", **pair, orderId=placed["result"]["orderId"])
    if number % 2:
        await session.ask("order.cancel", **pair, orderId=placed["result"]["orderId"])
    await session.ask("order.place", **order, price="-1")
    await session.ask("account.status")
    await session.ask("depth", is_signed=False, symbol="BTCUSDT", limit=5)


async def run(data_dir: Path, rounds: int, ends: Mapping[int, bool] | None = None) -> Session:
    """A session. `ends` is before which rounds the server ends, and whether it is killed."""
    session = Session(data_dir)
    await session.begin()
    for number in range(rounds):
        if ends and number in ends:
            await session.end(is_kill=ends[number])
            await session.begin()
        await a_round(session, number)
    await session.end(is_kill=True)
    return session


def difference(one: Session, other: Session) -> str:
    """The first, or nothing."""
    for number, (left, right) in enumerate(zip(one.answers, other.answers, strict=True)):
        if left != right:
            return f"answer {number}:\n{left}\n{right}"
    for name, frames in one.told.items():
        for number, (told, retold) in enumerate(zip(frames, other.told[name], strict=False)):
            if told != retold:
                return f"{name}, frame {number}:\n{told}\n{retold}"
        if len(frames) != len(other.told[name]):
            return f"{name}: {len(frames)} frames, {len(other.told[name])} again"
    return ""


def without_windows(session: Session) -> Session:
    """What is left of it where windows and streams of candles began anew."""
    session.answers = [
        answer._replace(
            headers=[one for one in answer.headers if not one[0].startswith(WINDOWS)],
            body=OF_WINDOWS.sub(b"", answer.body),
        )
        for answer in session.answers
    ]
    session.told = {
        name: [frame for frame in frames if OF_A_START not in frame]
        for name, frames in session.told.items()
    }
    return session
