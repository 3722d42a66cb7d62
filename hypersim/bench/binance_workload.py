"""The same orders as Binance's clients send them: signed forms, answered with all fills."""

import hashlib
import hmac
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from hypersim.bench.workload import MIX, OrderShape, Trader, order_places, order_terms
from hypersim.market.instrument import Instrument
from hypersim.market.number import plain

ORDER_PATH = "/api/v3/order"
RECEIVE_WINDOW_MS = 60_000
"""The longest that is allowed: requests are good for a minute after they were made."""


def order_requests(
    count: int,
    *,
    traders: Sequence[Trader],
    instruments: Sequence[Instrument],
    prices: Mapping[str, Decimal],
    host: str,
    timestamp_ms: int,
    dice: random.Random,
) -> Iterator[bytes]:
    """`POST /api/v3/order` requests in the mix, spread evenly over every trader and symbol.

    `prices` are about the present ones, by symbol.
    """
    places = order_places(traders, instruments, dice)
    for shape in itertools.islice(itertools.cycle(MIX), count):
        trader, instrument = next(places)
        form = order_form(shape, instrument, prices[instrument.symbol], dice)
        yield signed_order(f"{form}&{stamp(timestamp_ms)}", trader, host)


def order_form(
    shape: OrderShape, instrument: Instrument, price: Decimal, dice: random.Random
) -> str:
    """One order, without what signs it."""
    quantity, limit = order_terms(shape, instrument, price, dice)
    form = f"symbol={instrument.id}&side={shape.side.upper()}&type={shape.type.upper()}"
    form += f"&quantity={plain(quantity)}"
    return form if limit is None else f"{form}&timeInForce=GTC&price={plain(limit)}"


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
