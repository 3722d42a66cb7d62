"""Rate limits on the wire: 429 with Retry-After, then 418; both over REST and sockets."""

import httpx

from hypersim.dialects.binance.weights import REFUSALS_BEFORE_BAN
from tests.support.binance_client import BinanceClient, binance_socket
from tests.support.server import ServerProcess, running_server

HEAVY = "/api/v3/ticker/24hr"
"""Costs 80."""


def exhaust(client: BinanceClient) -> httpx.Response:
    """The first answer that is no success."""
    answers = (client.http.get(HEAVY) for _ in range(200))
    return next(answer for answer in answers if answer.status_code != 200)


async def test_too_much_weight_is_refused_and_then_banned(
    manual_server: ServerProcess,
) -> None:
    with BinanceClient(manual_server.url) as client:
        async with binance_socket(manual_server.websocket_url) as socket:
            response = exhaust(client)
            assert (response.status_code, response.json()["code"]) == (429, -1003)
            assert "current limit is 6000 request weight per 1 MINUTE" in response.json()["msg"]
            assert 1 <= int(response.headers["Retry-After"]) <= 60
            answer = await socket.exchange("ticker.24hr")
            assert (answer["status"], answer["error"]["code"]) == (429, -1003)
            data = answer["error"]["data"]
            assert 0 < data["retryAfter"] - data["serverTime"] <= 60_000
            for _ in range(2 * REFUSALS_BEFORE_BAN):
                response = client.http.get(HEAVY)
            assert (response.status_code, response.json()["code"]) == (418, -1003)
            assert 60 < int(response.headers["Retry-After"]) <= 120
            assert "IP banned until" in response.json()["msg"]
            assert (await socket.exchange("ping"))["status"] == 418


def test_limits_can_be_off() -> None:
    options = ("--feed", "manual", "--rate-limits", "off")
    with running_server(*options) as server, BinanceClient(server.url) as client:
        assert {client.http.get(HEAVY).status_code for _ in range(100)} == {200}
        assert int(client.http.get(HEAVY).headers["X-MBX-USED-WEIGHT-1M"]) > 6_000
