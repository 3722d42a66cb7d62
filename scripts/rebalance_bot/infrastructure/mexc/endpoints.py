"""MEXC Spot V3: what is called, how it is signed, and which error is which.

Codes are MEXC's own and the ones that the guide's table has.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from scripts.rebalance_bot.application.errors import (
    BadKey,
    ClockOff,
    ExchangeError,
    NoSuchOrder,
    RateLimited,
    Refused,
    Unclear,
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A call. Signed parameters go into the query, those of a POST into a JSON body."""

    method: str
    path: str
    is_signed: bool = False


TIME = Endpoint("GET", "/api/v3/time")
EXCHANGE_INFO = Endpoint("GET", "/api/v3/exchangeInfo")
PRICE = Endpoint("GET", "/api/v3/ticker/price")
KLINES = Endpoint("GET", "/api/v3/klines")
ACCOUNT = Endpoint("GET", "/api/v3/account", is_signed=True)
PLACE_ORDER = Endpoint("POST", "/api/v3/order", is_signed=True)
QUERY_ORDER = Endpoint("GET", "/api/v3/order", is_signed=True)
CANCEL_ORDER = Endpoint("DELETE", "/api/v3/order", is_signed=True)

CLOCKS_DIFFER_S = 0.5
"""Waited on top of what the exchange asks for: its second may be a little longer."""

LIMITED_STATUSES = (418, 429)
UNCLEAR_CODES = frozenset({-1000, -1001, -1006, -1007, 500, 503, 504})
CLASSES: dict[int, type[ExchangeError]] = {
    -1003: RateLimited,
    429: RateLimited,
    -1015: RateLimited,
    -1021: ClockOff,
    700003: ClockOff,
    -1022: BadKey,
    700002: BadKey,
    -2014: BadKey,
    -2015: BadKey,
    700001: BadKey,
    700006: BadKey,
    700007: BadKey,
    10072: BadKey,
    -2011: NoSuchOrder,
    -2013: NoSuchOrder,
    30026: NoSuchOrder,
    **dict.fromkeys(UNCLEAR_CODES, Unclear),
}
"""Every other code is `Refused`."""


def query_string(params: Mapping[str, str]) -> str:
    """What is signed: the parameters by name."""
    return "&".join(f"{key}={value}" for key, value in sorted(params.items()))


def signature(params: Mapping[str, str], secret: str) -> str:
    """HMAC-SHA256 in hex over the parameters, without the signature itself."""
    unsigned = {key: value for key, value in params.items() if key != "signature"}
    payload = query_string(unsigned).encode()
    return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


def error_of(status: int, body: object, retry_after: str | None) -> ExchangeError:
    """The error that an answer stands for which is no success."""
    has_code = isinstance(body, Mapping) and isinstance(body.get("code"), int)
    code, message = status, "no JSON error"
    if isinstance(body, Mapping) and has_code:
        code, message = body["code"], str(body.get("msg", ""))
    wait_s = float(retry_after) + CLOCKS_DIFFER_S if retry_after and retry_after.isdecimal() else 0
    if status in LIMITED_STATUSES:
        return RateLimited(code, message, wait_s)
    if status >= 500 or not has_code:
        return Unclear(code, message, wait_s)
    kind = CLASSES.get(code)
    if kind is None:
        kind = BadKey if status == 401 else Refused
    return kind(code, message, wait_s)
