"""A plain client of the Binance dialect: signs as its documents say, and returns what comes."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import ClientConnection, connect

from tests.support.server import DEMO_KEY, DEMO_SECRET

DEADLINE_S = 30
Signer = str | Ed25519PrivateKey
"""An HMAC secret, or a private key."""


def signature_of(signer: Signer, payload: str) -> str:
    """The signature in hex, or in base64 for a private key."""
    if isinstance(signer, str):
        return hmac.new(signer.encode(), payload.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(signer.sign(payload.encode())).decode()


def now_ms() -> int:
    """The wall clock, as clients stamp with it."""
    return time.time_ns() // 1_000_000


class BinanceClient:
    """REST calls of one key. Every call returns the response as it is, errors included."""

    def __init__(self, url: str, key: str = DEMO_KEY, signer: Signer = DEMO_SECRET) -> None:
        self.key, self.signer = key, signer
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def __enter__(self) -> "BinanceClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def get(self, path: str, **params: Any) -> Any:
        """A public call's answer; it must succeed."""
        response = self.http.get(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    def refusal(self, path: str, **params: Any) -> tuple[int, str]:
        """(code, msg) of a public call that must be refused with HTTP 400."""
        response = self.http.get(path, params=params)
        assert response.status_code == 400, response.text
        assert response.headers["content-type"].startswith("application/json")
        body = response.json()
        return body["code"], body["msg"]

    def signed(self, method: str, path: str, **params: Any) -> httpx.Response:
        """A signed call; POST and PUT carry a form."""
        payload = urlencode({"timestamp": now_ms(), **params})
        form = f"{payload}&signature={signature_of(self.signer, payload)}"
        headers = {"X-MBX-APIKEY": self.key}
        if method in ("POST", "PUT"):
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return self.http.request(method, path, content=form, headers=headers)
        return self.http.request(method, f"{path}?{form}", headers=headers)

    def answer(self, method: str, path: str, **params: Any) -> Any:
        """A signed call's answer; it must succeed."""
        response = self.signed(method, path, **params)
        assert response.status_code == 200, response.text
        return response.json()


class BinanceSocket:
    """A connection to the WebSocket API."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._ids = itertools.count(1)

    async def exchange(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole response to a request."""
        request_id = next(self._ids)
        request = {"id": request_id, "method": method, "params": params}
        await self.connection.send(json.dumps(request))
        while True:
            async with asyncio.timeout(DEADLINE_S):
                response: dict[str, Any] = json.loads(await self.connection.recv())
            if response.get("id") == request_id:
                return response

    async def ask(self, method: str, **params: Any) -> Any:
        """The result of a request that must succeed."""
        response = await self.exchange(method, **params)
        assert response["status"] == 200, response
        return response["result"]

    async def ask_signed(
        self, method: str, key: str = DEMO_KEY, signer: Signer = DEMO_SECRET, **params: Any
    ) -> Any:
        """The result of a signed request that must succeed."""
        return await self.ask(method, **signed_params(key, signer, **params))


def signed_params(key: str, signer: Signer, **params: Any) -> dict[str, Any]:
    """Parameters with key, timestamp and signature, sorted by name as the documents say."""
    params = {"apiKey": key, "timestamp": now_ms(), **params}
    payload = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    return {**params, "signature": signature_of(signer, payload)}


@contextlib.asynccontextmanager
async def binance_socket(websocket_url: str, query: str = "") -> AsyncIterator[BinanceSocket]:
    """A connection for the length of a block."""
    async with connect(f"{websocket_url}/ws-api/v3{query}", proxy=None) as connection:
        yield BinanceSocket(connection)
