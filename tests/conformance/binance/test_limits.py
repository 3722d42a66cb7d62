"""Rate limits on the wire: 429 with Retry-After, then 418; both over REST and sockets."""

import json
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from hypersim.api.sockets.budget import MESSAGES_PER_SECOND_MAX
from hypersim.dialects.binance.limits.connections import ATTEMPTS_5M
from hypersim.dialects.binance.limits.weights import REFUSALS_BEFORE_BAN
from hypersim.edge.sockets.control import CloseCode
from tests.support.binance_client import BinanceClient, binance_socket, signed_params
from tests.support.native_client import AdminClient
from tests.support.server import DEMO_KEY, DEMO_SECRET, ServerProcess, running_server

HEAVY = "/api/v3/ticker/24hr"
"""Costs 80."""

ORDER = "/api/v3/order"
UNLIMITED = 2**31 - 1


@pytest.fixture(scope="module")
def limited_server() -> Iterator[ServerProcess]:
    """With every limit in force; what says that it was forwarded is believed."""
    options = ("--feed", "manual", "--demo", "--trusted-proxies", "127.0.0.1")
    with running_server(*options) as server:
        yield server


def ask(client: BinanceClient, path: str = HEAVY) -> httpx.Response:
    """A public call that says whose it is."""
    return client.http.get(path, headers={"X-MBX-APIKEY": client.key})


def exhaust(client: BinanceClient) -> httpx.Response:
    """The first answer that is no success."""
    answers = (ask(client) for _ in range(200))
    return next(answer for answer in answers if answer.status_code != 200)


async def test_too_much_weight_is_refused_and_then_banned(
    limited_server: ServerProcess,
) -> None:
    with AdminClient(limited_server.url) as admin:
        key, secret = admin.new_user("eager@example.com")
    with BinanceClient(limited_server.url, key, secret) as client:
        async with binance_socket(limited_server.websocket_url) as socket:
            response = exhaust(client)
            assert (response.status_code, response.json()["code"]) == (429, -1003)
            assert "current limit is 6000 request weight per 1 MINUTE" in response.json()["msg"]
            assert 1 <= int(response.headers["Retry-After"]) <= 60
            answer = await socket.exchange("account.status", **signed_params(key, secret))
            assert (answer["status"], answer["error"]["code"]) == (429, -1003)
            data = answer["error"]["data"]
            assert 0 < data["retryAfter"] - data["serverTime"] <= 60_000
            for _ in range(2 * REFUSALS_BEFORE_BAN):
                response = ask(client)
            assert (response.status_code, response.json()["code"]) == (418, -1003)
            assert 60 < int(response.headers["Retry-After"]) <= 120
            assert "IP banned until" in response.json()["msg"]
            answer = await socket.exchange("account.status", **signed_params(key, secret))
            assert answer["status"] == 418
            with pytest.raises(ConnectionClosed) as closed:
                await socket.exchange("ping")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == CloseCode.POLICY_VIOLATION
        # Nobody else on this machine is shut out, nor the venue's other hosts.
        async with binance_socket(limited_server.websocket_url) as socket:
            assert (await socket.exchange("ping"))["status"] == 200
            assert client.http.get(HEAVY).status_code == 200
            assert ask(client, "/fapi/v1/exchangeInfo").status_code == 200
            assert ask(client, "/dapi/v1/exchangeInfo").status_code == 200
            made_up = client.http.get(HEAVY, headers={"X-MBX-APIKEY": "made-up"})
            shared = int(made_up.headers["X-MBX-USED-WEIGHT-1M"])
            assert shared >= 80
    limited_server.wait_for_line("banned for going on after 429")
    assert key not in limited_server.output


async def test_an_order_and_its_cancel_weigh_nothing_unless_refused(
    limited_server: ServerProcess,
) -> None:
    with AdminClient(limited_server.url) as admin:
        admin.set_price("50000")
    with BinanceClient(limited_server.url) as client:
        async with binance_socket(limited_server.websocket_url) as socket:
            order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
            used = []
            for price in ("40000", "41000"):
                placed = client.signed("POST", ORDER, **order, quantity="0.01", price=price)
                gone = client.signed(
                    "DELETE", ORDER, symbol="BTCUSDT", orderId=placed.json()["orderId"]
                )
                assert (placed.status_code, gone.status_code) == (200, 200)
                used += [int(one.headers["X-MBX-USED-WEIGHT-1M"]) for one in (placed, gone)]
            assert used == [0, 0, 0, 0]
            refused = client.signed("POST", ORDER, **order, quantity="0.01", price="0.001")
            assert refused.status_code == 400
            assert int(refused.headers["X-MBX-USED-WEIGHT-1M"]) == 1
            signed = signed_params(DEMO_KEY, DEMO_SECRET, **order, quantity="0.01", price="40000")
            answer = await socket.exchange("order.place", **signed)
            assert answer["status"] == 200
            assert answer["rateLimits"][-1]["count"] in (0, 1)


def test_connections_of_an_address_are_counted_over_five_minutes(
    limited_server: ServerProcess,
) -> None:
    url = limited_server.websocket_url
    afar = {"X-Forwarded-For": "192.0.2.1"}
    for _ in range(ATTEMPTS_5M):
        with connect(f"{url}/ws", proxy=None, additional_headers=afar):
            pass
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{url}/ws", proxy=None, additional_headers=afar)
    response = refused.value.response
    assert (response.status_code, b"-1003" in (response.body or b"")) == (429, True)
    assert 1 <= int(response.headers["Retry-After"]) <= 300
    # The WebSocket API is another host at the venue, and others have other addresses.
    with connect(f"{url}/ws-api/v3", proxy=None, additional_headers=afar):
        pass
    with connect(f"{url}/ws", proxy=None, additional_headers={"X-Forwarded-For": "192.0.2.2"}):
        pass


async def test_limits_can_be_off(quiet_server: ServerProcess) -> None:
    with BinanceClient(quiet_server.url) as client:
        used = 0
        # Nothing is refused until a minute has seen more than its limit.
        while used <= 6_000:
            response = client.http.get(HEAVY)
            assert response.status_code == 200
            used = int(response.headers["X-MBX-USED-WEIGHT-1M"])
        # Nobody is told of a limit that is not there.
        announced = client.get("/api/v3/exchangeInfo", symbol="BTCUSDT")["rateLimits"]
        kinds = [(one["rateLimitType"], one["interval"], one["intervalNum"]) for one in announced]
        assert kinds == [
            ("REQUEST_WEIGHT", "MINUTE", 1),
            ("ORDERS", "SECOND", 10),
            ("ORDERS", "DAY", 1),
            ("RAW_REQUESTS", "MINUTE", 5),
        ]
        assert {one["limit"] for one in announced} == {UNLIMITED}
        async with binance_socket(quiet_server.websocket_url) as socket:
            (weight,) = (await socket.exchange("ping"))["rateLimits"]
            assert weight["limit"] == UNLIMITED
            # A minute may begin in between.
            assert weight["count"] > used or weight["count"] < 80


@pytest.mark.parametrize(
    ("method", "path", "weight"),
    [
        ("GET", "system/status", 1),
        ("GET", "account/status", 1),
        ("GET", "asset/tradeFee", 1),
        ("GET", "asset/transfer", 1),
        ("GET", "asset/dribblet", 1),
        ("POST", "asset/get-funding-asset", 1),
        ("POST", "asset/getUserAsset", 5),
        ("GET", "accountSnapshot", 2_400),
        ("GET", "capital/config/getall", 10),
        ("GET", "capital/deposit/hisrec", 1),
        ("GET", "capital/deposit/address", 10),
        ("GET", "margin/allPairs", 1),
        ("GET", "margin/isolated/allPairs", 10),
    ],
)
def test_the_wallet_weighs_what_binance_says(
    saver: BinanceClient, method: str, path: str, weight: int
) -> None:
    params = {"coin": "BTC", "type": "SPOT"}
    first, second = (saver.signed(method, f"/sapi/v1/{path}", **params) for _ in range(2))
    used = [int(one.headers["X-SAPI-USED-IP-WEIGHT-1M"]) for one in (first, second)]
    # A minute may begin between the two.
    assert used[1] in (used[0] + weight, weight)
    assert "X-MBX-USED-WEIGHT-1M" not in first.headers


async def test_a_socket_takes_any_number_of_requests_that_their_weight_allows(
    limited_server: ServerProcess,
) -> None:
    async with binance_socket(limited_server.websocket_url) as socket:
        requests = 3 * MESSAGES_PER_SECOND_MAX
        for number in range(requests):
            await socket.connection.send(f'{{"id":{number},"method":"ping"}}')
        answers = [json.loads(await socket.connection.recv()) for _ in range(requests)]
    assert {answer["id"] for answer in answers} == set(range(requests))


async def test_what_is_no_request_weighs_too(limited_server: ServerProcess) -> None:
    async with binance_socket(limited_server.websocket_url) as socket:
        (before,) = (await socket.exchange("ping"))["rateLimits"]
        await socket.connection.send("no request")
        answer = json.loads(await socket.connection.recv())
    assert answer["error"]["code"] == -1135
    assert answer["rateLimits"][0]["count"] in (before["count"] + 1, 1)
