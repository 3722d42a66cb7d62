"""The WebSocket API: envelopes, sessions, and the same answers as over REST."""

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.binance_client import (
    BinanceClient,
    binance_socket,
    now_ms,
    signed_params,
)
from tests.support.server import DEMO_KEY, DEMO_SECRET, ServerProcess

SYMBOL = "BTCUSDT"
OLD = {"startTime": 1_700_000_000_000, "endTime": 1_700_003_600_000}

SAME = [
    ("ping", "/api/v3/ping", {}),
    ("exchangeInfo", "/api/v3/exchangeInfo", {"symbol": SYMBOL}),
    ("klines", "/api/v3/klines", {"symbol": SYMBOL, "interval": "5m", **OLD}),
    ("uiKlines", "/api/v3/uiKlines", {"symbol": SYMBOL, "interval": "1h", **OLD}),
    ("blockTrades.historical", "/api/v3/historicalBlockTrades", {"symbol": SYMBOL, "fromId": 1}),
    ("executionRules", "/api/v3/executionRules", {"symbol": SYMBOL}),
]
ALIKE = [
    ("time", "/api/v3/time", {}),
    ("depth", "/api/v3/depth", {"symbol": SYMBOL, "limit": 5}),
    ("trades.recent", "/api/v3/trades", {"symbol": SYMBOL, "limit": 1}),
    ("trades.historical", "/api/v3/historicalTrades", {"symbol": SYMBOL, "limit": 1}),
    ("trades.aggregate", "/api/v3/aggTrades", {"symbol": SYMBOL, "limit": 1}),
    ("avgPrice", "/api/v3/avgPrice", {"symbol": SYMBOL}),
    ("ticker.24hr", "/api/v3/ticker/24hr", {"symbol": SYMBOL}),
    ("ticker.tradingDay", "/api/v3/ticker/tradingDay", {"symbol": SYMBOL, "type": "MINI"}),
    ("ticker", "/api/v3/ticker", {"symbol": SYMBOL, "windowSize": "2h"}),
    ("ticker.price", "/api/v3/ticker/price", {"symbol": SYMBOL}),
    ("ticker.book", "/api/v3/ticker/bookTicker", {"symbol": SYMBOL}),
]


def shape(value: Any) -> Any:
    """The fields of an answer, without their values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


@pytest.mark.parametrize(("method", "path", "params"), SAME, ids=[one[0] for one in SAME])
async def test_the_answer_is_the_same_as_over_rest(
    synthetic_server: ServerProcess,
    public: BinanceClient,
    method: str,
    path: str,
    params: dict[str, Any],
) -> None:
    async with binance_socket(synthetic_server.websocket_url) as socket:
        answer = await socket.ask(method, **params)
    expected = public.get(path, **params)
    for one in (answer, expected):
        if isinstance(one, dict):
            one.pop("serverTime", None)
    assert answer == expected


@pytest.mark.parametrize(("method", "path", "params"), ALIKE, ids=[one[0] for one in ALIKE])
async def test_the_answer_has_the_same_fields_as_over_rest(
    synthetic_server: ServerProcess,
    public: BinanceClient,
    method: str,
    path: str,
    params: dict[str, Any],
) -> None:
    async with binance_socket(f"{synthetic_server.websocket_url}/binance") as socket:
        answer = await socket.ask(f"v3/{method}", **params)
    assert shape(answer) == shape(public.get(path, **params))


async def test_a_key_is_ignored_where_none_is_needed(synthetic_server: ServerProcess) -> None:
    async with binance_socket(synthetic_server.websocket_url) as socket:
        params = {"symbol": SYMBOL, "limit": 1, "apiKey": "any"}
        assert await socket.ask("trades.historical", **params)


async def test_lists_come_as_json(synthetic_server: ServerProcess) -> None:
    async with binance_socket(synthetic_server.websocket_url) as socket:
        prices = await socket.ask("ticker.price", symbols=[SYMBOL, "ETHUSDT"])
        assert [one["symbol"] for one in prices] == [SYMBOL, "ETHUSDT"]
        info = await socket.ask("exchangeInfo", permissions=["SPOT"], showPermissionSets=False)
        assert info["symbols"][0]["permissionSets"] == []


async def test_rate_limits_are_shown_unless_they_are_not_wanted(
    synthetic_server: ServerProcess,
) -> None:
    url = synthetic_server.websocket_url
    async with binance_socket(url) as socket:
        (limit,) = (await socket.exchange("ping"))["rateLimits"]
        count = limit.pop("count")
        assert limit == {
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": 6000,
        }
        assert count >= 1
        assert "rateLimits" not in await socket.exchange("ping", returnRateLimits=False)
    async with binance_socket(url, "?returnRateLimits=false") as socket:
        assert "rateLimits" not in await socket.exchange("ping")
        assert "rateLimits" in await socket.exchange("ping", returnRateLimits=True)


async def test_times_come_in_microseconds_where_the_address_says_so(
    synthetic_server: ServerProcess,
) -> None:
    async with binance_socket(synthetic_server.websocket_url, "?timeUnit=MICROSECOND") as socket:
        assert (await socket.ask("time"))["serverTime"] > 10**15


@pytest.mark.parametrize("target", ["/ws-api/v4", "/ws-api", "/ws-api/v3?timeUnit=DAY"])
async def test_other_addresses_are_refused(synthetic_server: ServerProcess, target: str) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(f"{synthetic_server.websocket_url}{target}", proxy=None):
            pass


async def test_errors_have_a_status_and_a_code(synthetic_server: ServerProcess) -> None:
    async with binance_socket(synthetic_server.websocket_url) as socket:
        response = await socket.exchange("depth", symbol="NOPE")
        assert (response["status"], response["error"]) == (
            400,
            {"code": -1121, "msg": "Invalid symbol."},
        )
        response = await socket.exchange("depth", symbol=SYMBOL, x=1)
        assert response["error"]["code"] == -1104
        response = await socket.exchange("order.teleport")
        assert response["error"]["code"] == -1135
        await socket.connection.send("no json")
        response = json.loads(await asyncio.wait_for(socket.connection.recv(), 10))
        assert (response["id"], response["error"]["code"]) == (None, -1135)


async def test_a_session_can_be_logged_on_and_out(synthetic_server: ServerProcess) -> None:
    async with binance_socket(synthetic_server.websocket_url) as socket:
        before = await socket.ask("session.status")
        assert list(before) == [
            "apiKey",
            "authorizedSince",
            "connectedSince",
            "returnRateLimits",
            "serverTime",
            "userDataStream",
        ]
        assert (before["apiKey"], before["authorizedSince"]) == (None, None)
        logged_on = await socket.ask_signed("session.logon")
        assert logged_on["apiKey"] == DEMO_KEY
        assert abs(logged_on["authorizedSince"] - now_ms()) < 5_000
        assert (await socket.ask("session.status"))["apiKey"] == DEMO_KEY
        assert (await socket.ask("session.logout"))["apiKey"] is None


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"apiKey": "nobody"}, 401, -2015),
        ({"apiKey": "n b"}, 401, -2014),
        ({"signature": "00"}, 400, -1022),
        ({"timestamp": 1}, 400, -1021),
        ({"signature": None}, 400, -1102),
        ({"apiKey": None}, 400, -1102),
    ],
)
async def test_a_bad_logon_is_refused(
    synthetic_server: ServerProcess, change: dict[str, Any], status: int, code: int
) -> None:
    params = signed_params(DEMO_KEY, DEMO_SECRET) | change
    async with binance_socket(synthetic_server.websocket_url) as socket:
        response = await socket.exchange("session.logon", **params)
        assert (response["status"], response["error"]["code"]) == (status, code)


async def test_requests_run_side_by_side(synthetic_server: ServerProcess) -> None:
    async with connect(f"{synthetic_server.websocket_url}/ws-api/v3", proxy=None) as connection:
        for number in range(60):
            await connection.send(json.dumps({"id": number, "method": "time"}))
        answers = [json.loads(await asyncio.wait_for(connection.recv(), 10)) for _ in range(60)]
    assert [answer["id"] for answer in answers] == list(range(60))
