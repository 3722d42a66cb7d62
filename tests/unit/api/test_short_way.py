"""A request that comes whole goes the short way, without parser and task. One that comes in pieces
goes the long way. Nobody can tell by the answer."""

from collections.abc import Callable, Sequence

import pytest

from hypersim.api.dialect import Dialect, load_dialects
from hypersim.bootstrap.choices import DIALECTS
from tests.support import binance_client, native_client
from tests.support.binance_client import now_ms
from tests.support.resting_orders import RESTING_ORDER
from tests.support.server import DEMO_KEY, DEMO_SECRET
from tests.support.two_ways import two_ways

NATIVE, BINANCE = (
    next(one for one in load_dialects(DIALECTS) if one.name == name)
    for name in ("native", "binance")
)


def native(line: str, body: str = "", secret: str = DEMO_SECRET, late_ms: int = 0) -> bytes:
    """A signed request."""
    stamp, content = str(now_ms() - late_ms), body.encode()
    signed = stamp.encode() + line.replace(" ", "", 1).encode() + content
    return whole(
        line,
        {
            "X-API-KEY": DEMO_KEY,
            "X-API-TIMESTAMP": stamp,
            "X-API-SIGNATURE": native_client.signature_of(secret, signed),
        },
        content,
    )


def binance(
    line: str, form: str = "", secret: str = DEMO_SECRET, *, in_body: bool = False, stamp: str = ""
) -> bytes:
    """The same, with its parameters in the query or in the body."""
    text = f"{form}&timestamp={stamp or now_ms()}".lstrip("&")
    text += f"&signature={binance_client.signature_of(secret, text)}"
    headers = {"X-MBX-APIKEY": DEMO_KEY}
    if in_body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return whole(line, headers, text.encode())
    return whole(f"{line}?{text}", headers)


def whole(line: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """A request's bytes."""
    everything = {"Host": "localhost", **(headers or {}), "Connection": "keep-alive"}
    if body:
        everything["Content-Length"] = str(len(body))
    lines = [f"{line} HTTP/1.1", *(f"{name}: {text}" for name, text in everything.items())]
    return "\r\n".join([*lines, "\r\n"]).encode() + body


BOUGHT = '{"symbol":"BTC/USDT","side":"buy","type":"market","amount":"0.1"}'
NAMED = (
    '{"symbol":"BTC/USDT","side":"buy","type":"limit","amount":"0.1","price":"100",'
    '"clientOrderId":"the-same"}'
)
OF_NATIVE = (
    lambda: native("POST /v1/order", BOUGHT),
    lambda: native("POST /v1/order", NAMED),
    lambda: native("POST /v1/order", NAMED),
    lambda: native("POST /v1/order", BOUGHT.replace("0.1", "0.00000001")),
    lambda: native("POST /v1/order", BOUGHT.replace("0.1", "1000000")),
    lambda: native("POST /v1/order", BOUGHT.replace("market", "never")),
    lambda: native("POST /v1/order", BOUGHT[:-1]),
    lambda: native("POST /v1/order", BOUGHT, secret="wrong"),
    lambda: native("POST /v1/order", BOUGHT, late_ms=60_000),
    lambda: native("GET /v1/order/2"),
    lambda: native("GET /v1/order/777"),
    lambda: native("DELETE /v1/order/2"),
    lambda: native("DELETE /v1/order/2"),
    lambda: native("GET /v1/orders/open"),
    lambda: native("GET /v1/orders/closed?limit=5"),
    lambda: native("GET /v1/myTrades"),
    lambda: native("GET /v1/balance"),
    lambda: native("GET /v1/balance?nonsense=1"),
    lambda: whole("GET /v1/balance"),
    lambda: whole("GET /v1/ticker/BTC/USDT"),
    lambda: whole("GET /v1/ticker/NO/SUCH"),
    lambda: whole("GET /v1/depth/BTC/USDT"),
    lambda: whole("GET /v1/trades/BTC/USDT"),
)

LIMIT = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=100"
MARKET = "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.1"
OF_BINANCE = (
    lambda: binance("POST /api/v3/order", LIMIT),
    lambda: binance("POST /api/v3/order", MARKET, in_body=True),
    lambda: binance("POST /api/v3/order", f"{LIMIT}&newClientOrderId=mine"),
    lambda: binance("POST /api/v3/order", f"{LIMIT}&newClientOrderId=mine"),
    lambda: binance("POST /api/v3/order", MARKET.replace("0.1", "0.00000001")),
    lambda: binance("POST /api/v3/order", MARKET.replace("0.1", "1000000")),
    lambda: binance("POST /api/v3/order", MARKET.replace("side", "sides")),
    lambda: binance("POST /api/v3/order", MARKET, secret="wrong"),
    lambda: binance("POST /api/v3/order", MARKET, in_body=True, secret="wrong"),
    lambda: binance("POST /api/v3/order", MARKET, stamp="1600000000000"),
    lambda: binance("POST /api/v3/order/test", MARKET),
    lambda: binance("GET /api/v3/order", "symbol=BTCUSDT&orderId=3"),
    lambda: binance("GET /api/v3/order", "symbol=BTCUSDT&orderId=777"),
    lambda: binance("DELETE /api/v3/order", "symbol=BTCUSDT&origClientOrderId=mine"),
    lambda: binance("DELETE /api/v3/order", "symbol=BTCUSDT&origClientOrderId=mine"),
    lambda: binance("GET /api/v3/openOrders"),
    lambda: binance("GET /api/v3/allOrders", "symbol=BTCUSDT"),
    lambda: binance("GET /api/v3/myTrades", "symbol=BTCUSDT"),
    lambda: binance("GET /api/v3/account"),
    lambda: binance("DELETE /api/v3/openOrders", "symbol=BTCUSDT"),
    lambda: binance("DELETE /api/v3/openOrders", "symbol=BTCUSDT"),
    lambda: whole("GET /api/v3/account"),
    lambda: whole("GET /api/v3/ping"),
    lambda: whole("GET /api/v3/depth?symbol=BTCUSDT&limit=5"),
    lambda: whole("GET /api/v3/depth?symbol=NOSUCH"),
    lambda: whole("GET /api/v3/ticker/price?symbol=BTCUSDT"),
    lambda: whole("GET /api/v3/klines?symbol=BTCUSDT&interval=1m&limit=2"),
)


@pytest.mark.parametrize(
    ("dialect", "requests"), [(NATIVE, OF_NATIVE), (BINANCE, OF_BINANCE)], ids=["native", "binance"]
)
async def test_answers_are_the_same_both_ways(
    dialect: Dialect, requests: Sequence[Callable[[], bytes]]
) -> None:
    async with two_ways(dialect) as ways:
        for make in requests:
            request = make()
            told = await ways.answers(request)
            assert told.short == told.long, request
            assert told.ways == (True, False), request


@pytest.mark.parametrize("dialect", [NATIVE, BINANCE], ids=["native", "binance"])
async def test_a_limit_of_requests_is_the_same_both_ways(dialect: Dialect) -> None:
    limits = {"orders_10s": 3}
    of_binance = limits if dialect is BINANCE else {}
    async with two_ways(dialect, limits=of_binance, requests_a_minute=3) as ways:
        statuses = []
        for number in range(5):
            told = await ways.answers(RESTING_ORDER[dialect.name](f"order-{number}"))
            assert told.short == told.long
            assert told.ways == (True, False)
            statuses.append(told.short.split()[1])
    assert statuses == [b"200" if dialect is BINANCE else b"201"] * 3 + [b"429"] * 2
    assert dialect is BINANCE or b"\r\nretry-after: " in told.short
