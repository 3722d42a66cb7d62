"""The orders as the native API takes them: signed requests, made before they are sent."""

import hashlib
import hmac

from hypersim.bench.workload import DrawnOrder, Trader
from hypersim.market.number import plain

AHEAD_MS = 4_900
"""How far in the future requests are stamped. The exchange takes 5 s either way, so that they are
good from when they are made until 9.9 s later."""


def order_body(order: DrawnOrder) -> bytes:
    """Without what signs it."""
    fields = [
        f'"symbol":"{order.instrument.symbol}"',
        f'"side":"{order.shape.side}"',
        f'"type":"{order.shape.type}"',
        f'"amount":{plain(order.quantity)}',
    ]
    if order.limit is not None:
        fields.append(f'"price":{plain(order.limit)}')
    return ("{" + ",".join(fields) + "}").encode()


def order_request(order: DrawnOrder, trader: Trader, host: str, timestamp_ms: int) -> bytes:
    """See `WriteOrder`."""
    return signed_request("POST", "/v1/order", order_body(order), trader, host, timestamp_ms)


def signed_request(
    method: str, path: str, body: bytes, trader: Trader, host: str, timestamp_ms: int
) -> bytes:
    """A whole HTTP request with the signature of the native API."""
    payload = f"{timestamp_ms}{method}{path}".encode() + body
    signature = hmac.digest(trader.secret.value.encode(), payload, hashlib.sha256).hex()
    content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nX-API-KEY: {trader.key}\r\n"
        f"X-API-TIMESTAMP: {timestamp_ms}\r\nX-API-SIGNATURE: {signature}\r\n{content}\r\n"
    )
    return head.encode() + body


def plain_request(path: str, host: str) -> bytes:
    """A whole HTTP request of the public API."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
