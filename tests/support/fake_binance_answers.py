"""What the fake Binance is asked and answers: failures, errors, and what a question costs."""

import json

import msgspec
from websockets.datastructures import Headers
from websockets.http11 import Response


class Answer(msgspec.Struct, frozen=True):
    """What a path says instead of the truth: a status, a body, or nothing at all; or with
    `delay_s` the truth, later."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = {}
    is_truncated: bool = False
    is_hanging: bool = False
    delay_s: float = 0.0


def rate_limited(retry_after_s: int) -> Answer:
    body = '{"code":-1003,"msg":"Too much request weight used; current limit is 6000."}'
    return Answer(429, body, {"Retry-After": str(retry_after_s)})


def banned(retry_after_s: int) -> Answer:
    body = '{"code":-1003,"msg":"Way too much request weight used; IP banned."}'
    return Answer(418, body, {"Retry-After": str(retry_after_s)})


BROKEN = Answer(503, "<html>Service Unavailable</html>")
GARBAGE = Answer(200, '[{"symbol": "BTCUSDT", "bidPrice": {]')
WRONG_TYPES = Answer(200, '{"symbol": 7}')
TRUNCATED = Answer(200, '{"symbols": [' + " " * 200, is_truncated=True)
HANGING = Answer(is_hanging=True)


class Asked(msgspec.Struct, frozen=True):
    """A REST request as it came."""

    path: str
    params: dict[str, str]
    at_s: float


class VenueError(Exception):
    """An error body of Binance."""

    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message


def weight_of(asked: Asked) -> int:
    """What it costs, as rest-api.md says."""
    symbols = len(json.loads(asked.params.get("symbols", "[]"))) or 1_000_000
    levels = int(asked.params.get("limit", "100"))
    match asked.path:
        case "exchangeInfo":
            return 20
        case "depth":
            return 5 if levels <= 100 else 25 if levels <= 500 else 50 if levels <= 1_000 else 250
        case "ticker/24hr":
            is_small = "symbol" in asked.params or symbols <= 20
            return 2 if is_small else 40 if symbols <= 100 else 80
        case "ticker/bookTicker" | "aggTrades":
            return 4
        case "historicalTrades":
            return 25
        case "klines":
            return 2
        case _:
            return 1


def response(status: int, body: str, headers: dict[str, str]) -> Response:
    """As the server sends it."""
    content = body.encode()
    own = {
        "Content-Type": "application/json;charset=UTF-8",
        "Content-Length": str(len(content)),
        "Connection": "close",
    }
    return Response(status, "", Headers(own | headers), content)
