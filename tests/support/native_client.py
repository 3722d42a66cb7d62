"""The native API as a few lines of httpx: signs exactly as section 4.4.3 of the source design."""

import hashlib
import hmac
import json
import time
from types import TracebackType
from typing import Any

import httpx

from tests.support.server import ADMIN_TOKEN, DEMO_KEY, DEMO_SECRET


class NativeClient:
    """One key's client. Every call returns the response as it is, errors included."""

    def __init__(self, url: str, key: str = DEMO_KEY, secret: str = DEMO_SECRET) -> None:
        self.url, self.key, self.secret = url, key, secret
        self.http = httpx.Client(base_url=url, timeout=30, verify=False, trust_env=False)

    def __enter__(self) -> "NativeClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def headers(
        self, method: str, target: str, body: bytes, timestamp: str | None = None
    ) -> dict[str, str]:
        """The three headers of a signed request."""
        stamp = str(time.time_ns() // 1_000_000) if timestamp is None else timestamp
        payload = f"{stamp}{method}{target}".encode() + body
        return {
            "X-API-KEY": self.key,
            "X-API-TIMESTAMP": stamp,
            "X-API-SIGNATURE": signature_of(self.secret, payload),
            "Content-Type": "application/json",
        }

    def send(self, method: str, target: str, body: bytes = b"") -> httpx.Response:
        """A signed request with this exact target and body."""
        return self.http.request(
            method, target, content=body, headers=self.headers(method, target, body)
        )

    def get(self, target: str) -> httpx.Response:
        """Signed GET."""
        return self.send("GET", target)

    def delete(self, target: str) -> httpx.Response:
        """Signed DELETE."""
        return self.send("DELETE", target)

    def post(self, target: str, body: dict[str, Any]) -> httpx.Response:
        """Signed POST of a JSON body."""
        return self.send("POST", target, json.dumps(body).encode())

    def put(self, target: str, body: dict[str, Any]) -> httpx.Response:
        """Signed PUT of a JSON body."""
        return self.send("PUT", target, json.dumps(body).encode())

    def order(
        self, side: str, amount: str, price: str | None = None, **more: Any
    ) -> httpx.Response:
        """An order for BTC/USDT: limit with a price, else market."""
        body = {"symbol": "BTC/USDT", "side": side, "amount": amount, **more}
        body |= {"type": "market"} if price is None else {"type": "limit", "price": price}
        return self.post("/v1/order", body)

    def balance(self, asset: str) -> tuple[float, float]:
        """(free, used)"""
        entry = self.get("/v1/balance").json().get(asset, {"free": 0, "used": 0})
        return entry["free"], entry["used"]


def signature_of(secret: str, payload: bytes) -> str:
    """HMAC-SHA256 in hex."""
    return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


class AdminClient:
    """The admin API with the tests' token."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(
            base_url=url,
            timeout=30,
            verify=False,
            trust_env=False,
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
        )

    def __enter__(self) -> "AdminClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A call that must succeed."""
        response = self.http.post(path, json=body)
        assert response.is_success, (response.status_code, response.text)
        answer: dict[str, Any] = response.json()
        return answer

    def set_price(self, price: str, symbol: str = "BTC/USDT") -> None:
        """Move the manual feed; returns when every resulting fill is durable."""
        self.post("/admin/price", {"symbol": symbol, "price": price})

    def new_user(self, email: str, **balances: str) -> tuple[str, str]:
        """(key, secret) of a new user with these balances."""
        user = self.post("/admin/users", {"email": email})
        for asset, amount in balances.items():
            self.post(
                "/admin/balances",
                {"user": email, "asset": asset, "amount": amount, "action": "deposit"},
            )
        return user["apiKey"], user["apiSecret"]
