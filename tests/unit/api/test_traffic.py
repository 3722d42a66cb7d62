"""What was answered is counted by endpoint and status, and written down where that is wanted."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from hypersim.api.traffic import OTHER, Traffic
from hypersim.dialects.binance.app.rest import rest_api
from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.venue import Venue
from hypersim.dialects.native.app import build
from hypersim.service.demo import seed_demo
from tests.support.binance_client import now_ms, signature_of
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.server import DEMO_KEY, DEMO_SECRET

# Litestar would have the handlers' path parameters written in a newer way.
pytestmark = pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")


@pytest.fixture
async def exchange() -> AsyncIterator[MemoryExchange]:
    async with memory_exchange() as running:
        await seed_demo(running.engine)
        yield running


def client_of(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://exchange")


def binance(exchange: MemoryExchange, traffic: Traffic, **options: bool) -> httpx.AsyncClient:
    services = exchange.services._replace(traffic=traffic, **options)  # type: ignore[arg-type]
    return client_of(rest_api(Venue(services), OPERATIONS))


async def test_endpoints_are_counted_by_their_pattern(exchange: MemoryExchange) -> None:
    traffic = exchange.services.traffic
    async with client_of(build(exchange.services).app) as client:
        for path in ("/v1/ticker/BTC-USDT", "/v1/ticker/nothing", "/v1/klines/BTC-USDT?limit=1"):
            await client.get(path)
        await client.request("BREW", "/v1/klines/BTC-USDT")
        await client.get("/v1/made/up")
        await client.get("/v1/order/1")
    assert traffic.answered == {
        ("native", "GET /v1/ticker/{symbol}", 200): 1,
        ("native", "GET /v1/ticker/{symbol}", 400): 1,
        ("native", "GET /v1/klines/{symbol}", 200): 1,
        ("native", OTHER, 405): 1,
        ("native", OTHER, 404): 1,
        ("native", "GET /v1/order/{order_id}", 401): 1,
    }


async def test_the_metrics_show_them(exchange: MemoryExchange) -> None:
    async with binance(exchange, exchange.services.traffic) as client:
        await client.get("/api/v3/ping")
        await client.get("/api/v3/depth?symbol=NOTHING")
        await client.get("/sapi/v1/nothing")
    text = (await exchange.admin.get("/metrics")).text
    for endpoint, status in (
        ("GET /api/v3/ping", 200),
        ("GET /api/v3/depth", 400),
        (OTHER, 400),
    ):
        labels = f'dialect="binance",endpoint="{endpoint}",status="{status}"'
        assert f"hypersim_requests_total{{{labels}}} 1.0" in text
    assert 'dialect="admin"' in (await exchange.admin.get("/metrics")).text


async def test_the_access_log_has_a_line_each_and_no_secrets(
    exchange: MemoryExchange, capsys: pytest.CaptureFixture[str]
) -> None:
    payload = f"symbol=BTCUSDT&side=BUY&type=LIMIT&timestamp={now_ms()}"
    signature = signature_of(DEMO_SECRET, payload)
    async with binance(exchange, Traffic(is_logged=True)) as client:
        await client.post(
            f"/api/v3/order?{payload}&signature={signature}", headers={"X-MBX-APIKEY": DEMO_KEY}
        )
        await client.get("/api/v3/ping?secret=word")
    async with binance(exchange, Traffic()) as client:
        await client.get("/api/v3/time")
    first, second = capsys.readouterr().err.splitlines()
    account = exchange.engine.view.keys[DEMO_KEY].account_id
    assert first.startswith(
        f"access 127.0.0.1 account={account} binance 'POST /api/v3/order' 400 -1102 "
    )
    assert second.startswith("access 127.0.0.1 account=- binance 'GET /api/v3/ping' 400 -1101 ")
    assert not {DEMO_KEY, signature, "word"} & set(first.split() + second.split())
    assert DEMO_KEY not in first + second
    assert signature not in first + second


@pytest.mark.parametrize(
    ("is_strict", "signed", "sent", "status"),
    [
        (True, "symbol=%EF%BC%91", "symbol=%EF%BC%91", 400),
        (True, "symbol=\uff11", "symbol=%EF%BC%91", -1022),
        (True, "symbol=%EF%BC%91", "symbol=\uff11", -1022),
        (False, "symbol=\uff11", "symbol=%EF%BC%91", 400),
    ],
)
async def test_a_signature_over_other_bytes_than_those_sent_can_be_refused(
    exchange: MemoryExchange, is_strict: bool, signed: str, sent: str, status: int
) -> None:
    stamp = f"&timestamp={now_ms()}"
    body = f"{sent}{stamp}&signature={signature_of(DEMO_SECRET, signed + stamp)}"
    async with binance(exchange, Traffic(), strict_signatures=is_strict) as client:
        answer = await client.post(
            "/api/v3/order/test", content=body.encode(), headers={"X-MBX-APIKEY": DEMO_KEY}
        )
    is_refused = answer.json()["code"] == -1022
    assert is_refused == (status == -1022), answer.text
