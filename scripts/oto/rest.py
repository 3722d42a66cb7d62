"""Binance's REST API over httpx: signs, keeps within the request limits, and sorts failures.

A refusal is `ApiRefusal`; what may or may not have been done is `OutcomeUnclear`.
"""

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

TIMEOUT_S = 10
WEIGHT_SHARE = 0.8
"""How much of the announced weight per minute is used before the minute is waited for; the rest is
for what is under way by then."""

TOGETHER_MAX = 32
"""Requests that are under way at a time."""

MINUTE_MS = 60_000
CLOCK_SAMPLES = 5
LIMITED = (429, 418)
UNCLEAR_CODES = frozenset({-1000, -1001, -1006, -1007})
"""Internal error, disconnected, unexpected response, timeout: the order may have been placed."""

USED_WEIGHT = "x-mbx-used-weight-1m"


class ApiRefusal(Exception):
    """The exchange said no, and did nothing."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


class OutcomeUnclear(Exception):
    """No answer, or one that does not say whether anything was done."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user's key; `name` is what the log calls the user."""

    name: str
    key: str = field(repr=False)
    secret: str = field(repr=False)

    def sign(self, payload: str) -> str:
        """HMAC-SHA256 in hex."""
        return hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def wall_ms() -> float:
    """The computer's clock."""
    return time.time_ns() / 1_000_000


class Limited(Exception):
    """Refused for now: too many requests from this address, or orders of this account."""


class Exchange:
    """What all users share: the connection pool, the exchange's clock, and its request limits,
    which are counted per address."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.ahead_ms = 0.0
        self.weight_max = 0
        self._wait_until_ms = 0.0
        self._turns = asyncio.Semaphore(TOGETHER_MAX)

    async def synchronize(self) -> None:
        """Measure how far the exchange's clock is ahead, by the quickest of some questions."""
        best_ms = float("inf")
        for _ in range(CLOCK_SAMPLES):
            asked_ms = wall_ms()
            answer = await self.get("/api/v3/time")
            took_ms = wall_ms() - asked_ms
            if took_ms < best_ms:
                best_ms = took_ms
                self.ahead_ms = answer["serverTime"] - (asked_ms + took_ms / 2)
        if abs(self.ahead_ms) <= best_ms / 2 + 1:
            # No further apart than can be told: one clock.
            self.ahead_ms = 0.0

    def now_ms(self) -> int:
        """The exchange's time."""
        return int(wall_ms() + self.ahead_ms)

    async def get(self, path: str, **params: str | int) -> Any:
        """A public answer. Raises `ApiRefusal` and `OutcomeUnclear`."""
        target = f"{path}?{urlencode(params)}" if params else path
        return await self.in_turn(lambda: self.send("GET", target))

    async def in_turn(self, send: Callable[[], Awaitable[Any]]) -> Any:
        """Send as soon as the limits allow it, again if they were hit all the same. A request is
        signed by `send`, not before: until then its timestamp would grow old."""
        while True:
            async with self._turns:
                await self._wait()
                with contextlib.suppress(Limited):
                    return await send()

    async def send(self, method: str, target: str, headers: Mapping[str, str] | None = None) -> Any:
        """One request. Raises `ApiRefusal`, `OutcomeUnclear` and `Limited`."""
        try:
            response = await self.http.request(method, target, headers=headers)
        except httpx.HTTPError as error:
            # The message of some shows the signed request.
            raise OutcomeUnclear(type(error).__name__) from None
        self._count(response)
        return _answer(response)

    async def _wait(self) -> None:
        while True:
            left_ms = self._wait_until_ms - wall_ms()
            if left_ms <= 0:
                return
            await asyncio.sleep(left_ms / 1000)

    def _count(self, response: httpx.Response) -> None:
        now_ms = wall_ms()
        if response.status_code in LIMITED:
            wait_s = int(response.headers.get("retry-after", 1))
            self._wait_until_ms = max(self._wait_until_ms, now_ms + wait_s * 1000)
            raise Limited
        used = int(response.headers.get(USED_WEIGHT, 0))
        if self.weight_max and used > self.weight_max * WEIGHT_SHARE:
            on_exchange = now_ms + self.ahead_ms
            self._wait_until_ms = now_ms + MINUTE_MS - on_exchange % MINUTE_MS


class Account:
    """The signed calls of one user."""

    def __init__(self, exchange: Exchange, credentials: Credentials) -> None:
        self.exchange = exchange
        self.credentials = credentials

    async def call(self, method: str, path: str, **params: str | int) -> Any:
        """A signed answer. Raises `ApiRefusal` and `OutcomeUnclear`."""
        headers = {"X-MBX-APIKEY": self.credentials.key}

        async def send() -> Any:
            payload = urlencode({**params, "timestamp": self.exchange.now_ms()})
            target = f"{path}?{payload}&signature={self.credentials.sign(payload)}"
            return await self.exchange.send(method, target, headers)

        return await self.exchange.in_turn(send)

    def signed_params(self, **params: str | int) -> dict[str, str | int]:
        """Parameters of a signed request to the WebSocket API, which are sorted by name."""
        stamped = {"apiKey": self.credentials.key, "timestamp": self.exchange.now_ms(), **params}
        payload = urlencode(sorted(stamped.items()))
        return {**stamped, "signature": self.credentials.sign(payload)}


def _answer(response: httpx.Response) -> Any:
    try:
        body = response.json()
    except ValueError:
        raise OutcomeUnclear(f"HTTP {response.status_code} without JSON") from None
    if response.is_success:
        return body
    code = body.get("code", 0) if isinstance(body, dict) else 0
    message = str(body.get("msg", "")) if isinstance(body, dict) else ""
    if response.status_code >= 500 or code in UNCLEAR_CODES:
        raise OutcomeUnclear(f"HTTP {response.status_code}: {code} {message}")
    raise ApiRefusal(code, message)
