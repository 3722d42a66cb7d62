"""The same orders as Binance's clients send them: signed forms, answered with all fills."""

import hashlib
import hmac

from hypersim.bench.workload import DrawnOrder, Trader
from hypersim.market.number import plain

ORDER_PATH = "/api/v3/order"
RECEIVE_WINDOW_MS = 60_000
"""The longest that is allowed: requests are good for a minute after they were made."""


def order_request(order: DrawnOrder, trader: Trader, host: str, timestamp_ms: int) -> bytes:
    """See `WriteOrder`."""
    return signed_order(f"{order_form(order)}&{stamp(timestamp_ms)}", trader, host)


def order_form(order: DrawnOrder) -> str:
    """One order, without what signs it."""
    side, kind = order.shape.side.upper(), order.shape.type.upper()
    form = f"symbol={order.instrument.id}&side={side}&type={kind}&quantity={plain(order.quantity)}"
    return form if order.limit is None else f"{form}&timeInForce=GTC&price={plain(order.limit)}"


def stamp(timestamp_ms: int) -> str:
    """When a request was made, and how long it is good."""
    return f"recvWindow={RECEIVE_WINDOW_MS}&timestamp={timestamp_ms}"


def signature_of(payload: str, trader: Trader) -> str:
    """In hex."""
    return hmac.digest(trader.secret.value.encode(), payload.encode(), hashlib.sha256).hex()


def signed_order(form: str, trader: Trader, host: str) -> bytes:
    """A whole HTTP request."""
    body = f"{form}&signature={signature_of(form, trader)}"
    return (
        f"POST {ORDER_PATH} HTTP/1.1\r\nHost: {host}\r\nX-MBX-APIKEY: {trader.key}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
