"""Resting limit orders of the demo account as the bytes that a client of each dialect sends."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

from tests.support import binance_client, native_client
from tests.support.binance_client import now_ms
from tests.support.server import DEMO_KEY, DEMO_SECRET

PRICE = "100"
"""Far below the market, so that it rests."""


def _native(name: str) -> bytes:
    order = {"symbol": "BTC/USDT", "side": "buy", "type": "limit", "amount": "0.1", "price": PRICE}
    body = json.dumps({**order, "clientOrderId": name}).encode()
    stamp = str(now_ms())
    signed = f"{stamp}POST/v1/order".encode() + body
    headers = {
        "X-API-KEY": DEMO_KEY,
        "X-API-TIMESTAMP": stamp,
        "X-API-SIGNATURE": native_client.signature_of(DEMO_SECRET, signed),
        "Content-Type": "application/json",
    }
    return _post("/v1/order", headers, body)


def _binance(name: str) -> bytes:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    named = {"price": PRICE, "newClientOrderId": name, "timestamp": now_ms()}
    query = urlencode({**order, "quantity": "0.1", **named})
    signature = binance_client.signature_of(DEMO_SECRET, query)
    target = f"/api/v3/order?{query}&signature={signature}"
    return _post(target, {"X-MBX-APIKEY": DEMO_KEY}, b"")


def _mexc(name: str) -> bytes:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.1"}
    named = {"price": PRICE, "newClientOrderId": name, "timestamp": now_ms()}
    query = urlencode({**order, **named})
    signature = binance_client.signature_of(DEMO_SECRET, query)
    target = f"/api/v3/order?{query}&signature={signature}"
    return _post(target, {"X-MEXC-APIKEY": DEMO_KEY}, b"")


def _post(target: str, headers: dict[str, str], body: bytes) -> bytes:
    all_headers = {"Host": "localhost:8080", **headers, "Content-Length": str(len(body))}
    lines = [
        f"POST {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in all_headers.items()),
    ]
    return "\r\n".join([*lines, "\r\n"]).encode() + body


RESTING_ORDER: dict[str, Callable[[str], bytes]] = {
    "native": _native,
    "binance": _binance,
    "mexc": _mexc,
}
"""By dialect: the request for one, from its client order id."""
