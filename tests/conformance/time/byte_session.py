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
