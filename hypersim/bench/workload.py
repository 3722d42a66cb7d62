"""Signed requests, made before they are sent: half of the orders rest, half of them fill."""

import hashlib
import hmac
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from hypersim.account.user import Secret
from hypersim.market.instrument import Instrument
from hypersim.market.number import ceil_to, floor_to, plain

AHEAD_MS = 4_900
"""How far in the future requests are stamped. The exchange takes 5 s either way, so that they are
good from when they are made until 9.9 s later."""

ORDER_NOTIONAL = Decimal(30)
"""Value of an order, in quote, unless the instrument's minimum asks for more."""

_REACH = Decimal("1.03")
"""A limit this far beyond the best price fills whatever the market does within a phase."""


class Trader(msgspec.Struct, frozen=True):
    """A user's key."""

    email: str
    key: str
    secret: Secret


class OrderShape(msgspec.Struct, frozen=True):
    """One of the kinds of order in the mix."""

    side: str
    type: str
    rests: bool


MIX = (
    OrderShape("buy", "limit", rests=True),
    OrderShape("buy", "market", rests=False),
    OrderShape("sell", "limit", rests=True),
    OrderShape("sell", "market", rests=False),
    OrderShape("buy", "limit", rests=True),
    OrderShape("buy", "limit", rests=False),
    OrderShape("sell", "limit", rests=True),
    OrderShape("sell", "limit", rests=False),
)
"""Half rests, half fills; as much is bought as sold, so that balances last."""


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
    """`POST /v1/order` requests in the mix, spread evenly over every trader and symbol.

    `prices` are about the present ones, by symbol.
    """
    places = order_places(traders, instruments, dice)
    for shape in itertools.islice(itertools.cycle(MIX), count):
        trader, instrument = next(places)
        body = order_body(shape, instrument, prices[instrument.symbol], dice)
        yield signed_request("POST", "/v1/order", body, trader, host, timestamp_ms)


class OrderTerms(NamedTuple):
    """How much, in base, and at which limit; None for a market order."""

    quantity: Decimal
    limit: Decimal | None


def order_terms(
    shape: OrderShape, instrument: Instrument, price: Decimal, dice: random.Random
) -> OrderTerms:
    """One order. A resting one stands 5 to 30 % off the market, well within the price band."""
    away = Decimal(dice.randrange(50, 300)) / 1000
    notional = max(ORDER_NOTIONAL, 2 * instrument.min_notional)
    quantity = ceil_to(notional / price, instrument.step_size)
    if shape.type != "limit":
        return OrderTerms(quantity, None)
    factor = _REACH if not shape.rests else 1 - away
    limit = price * factor if shape.side == "buy" else price * (2 - factor)
    return OrderTerms(quantity, floor_to(limit, instrument.tick_size))


def order_body(
    shape: OrderShape, instrument: Instrument, price: Decimal, dice: random.Random
) -> bytes:
    """One order as the native API takes it."""
    quantity, limit = order_terms(shape, instrument, price, dice)
    fields = [
        f'"symbol":"{instrument.symbol}"',
        f'"side":"{shape.side}"',
        f'"type":"{shape.type}"',
        f'"amount":{plain(quantity)}',
    ]
    if limit is not None:
        fields.append(f'"price":{plain(limit)}')
    return ("{" + ",".join(fields) + "}").encode()


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


def order_places(
    traders: Sequence[Trader], instruments: Sequence[Instrument], dice: random.Random
) -> Iterator[tuple[Trader, Instrument]]:
    """Every pair once per round, each round in another order, so that no account and no symbol
    gets ahead of the others and no pair meets always the same kind of order."""
    places = list(itertools.product(traders, instruments))
    while True:
        dice.shuffle(places)
        yield from places
