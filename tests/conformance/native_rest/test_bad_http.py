"""Requests that are wrong before anybody looks for an order in them."""

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.native_account import Account, error_of
from tests.support.native_client import NativeClient
from tests.support.server import DEMO_KEY, ServerProcess, running_server

BODY_BYTES_MAX = 65_536
ENDPOINTS = [
    *(("POST", "/v1/order"), ("PUT", "/v1/order/1"), ("POST", "/v1/register")),
    *(("POST", "/v1/login"), ("POST", "/v1/keys"), ("GET", "/v1/balance")),
    *(("GET", "/v1/order/1"), ("DELETE", "/v1/orders/open"), ("DELETE", "/v1/keys/x")),
]


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
@pytest.mark.parametrize("size", [BODY_BYTES_MAX + 1, 5_000_000])
def test_a_body_that_is_too_large_is_refused(
    steady: Account, method: str, path: str, size: int
) -> None:
    before = steady.picture()
    body = b'{"symbol":"' + b"A" * (size - 13) + b'"}'
    assert len(body) == size
    response = steady.client.send(method, path, body)
    assert error_of(response) == (413, "REQUEST_TOO_LARGE")
    assert steady.picture() == before


def test_a_body_in_pieces_has_the_same_limit(steady: Account) -> None:
    pieces = (b"x" * 10_000 for _ in range(10))
    headers = steady.client.headers("POST", "/v1/order", b"x" * 100_000)
    response = steady.client.http.post("/v1/order", content=pieces, headers=headers)
    assert error_of(response) == (413, "REQUEST_TOO_LARGE")


def test_an_order_in_pieces_is_an_order(account: Account) -> None:
    order = {"symbol": "BTC/USDT", "side": "buy", "type": "market", "amount": "0.01"}
    body = json.dumps(order).encode()
    headers = account.client.headers("POST", "/v1/order", body)
    pieces = (body[at : at + 7] for at in range(0, len(body), 7))
    response = account.client.http.post("/v1/order", content=pieces, headers=headers)
    assert response.status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/v1", "/v1/", "/v2/order", "/v1/orderz", "/v1/order/1/2", "/nothing", "/v1/order/"),
        *("/v1/%2e%2e/admin/users", "/v1/../etc/passwd", "/native", "/schemas", "/v1/orders/none"),
    ],
)
def test_an_unknown_path_is_not_found(steady: Account, path: str) -> None:
    response = steady.client.get(path)
    status, code = error_of(response)
    assert (status, code) in {
        *((404, "NOT_FOUND"), (404, "ORDER_NOT_FOUND"), (405, "METHOD_NOT_ALLOWED")),
        (401, "UNAUTHORIZED"),
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("PATCH", "/v1/order"), ("GET", "/v1/order"), ("DELETE", "/v1/balance")),
        *(("PUT", "/v1/orders"), ("POST", "/v1/ticker/BTCUSDT"), ("POST", "/v1/order/1")),
        *(("GET", "/v1/register"), ("BREW", "/v1/order"), ("TRACE", "/v1/balance")),
    ],
)
def test_a_wrong_method_is_not_allowed(steady: Account, method: str, path: str) -> None:
    response = steady.client.send(method, path)
    assert error_of(response) in [(405, "METHOD_NOT_ALLOWED"), (400, "INVALID_REQUEST")]


@pytest.mark.parametrize(
    "target",
    [
        *("/v1/orders?limit=1&limit=2", "/v1/orders?symbol=BTCUSDT&symbol=ETHUSDT"),
        *("/v1/balance?x=1", "/v1/fees?x=", "/v1/orders?Limit=1", "/v1/ledger?symbol=BTCUSDT"),
        *("/v1/orders?=1", "/v1/orders?limit", "/v1/orders?%00=1"),
    ],
)
def test_a_query_that_is_not_understood_is_refused(steady: Account, target: str) -> None:
    response = steady.client.get(target)
    if target == "/v1/orders?limit":
        assert response.status_code in (200, 400)
    else:
        assert error_of(response) == (400, "INVALID_REQUEST")


PING = b"GET /v1/ping HTTP/1.1\r\nHost: x\r\n\r\n"
GARBAGE = [
    b"\x00\x01\x02\x03\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
    b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    b"GET /v1/ping HTTP/1.1\r\nBad Header: x\r\n\r\n",
    b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"POST /v1/order HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
    b"GET http://[::1 HTTP/1.1\r\n\r\n",
    b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/order/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_harms_nobody(rest_server: ServerProcess, steady: Account, garbage: bytes) -> None:
    before = steady.picture()
    answer = exchange_bytes(rest_server.url, garbage)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert not answer or b"content-type: application/json" in head
    assert not answer or isinstance(json.loads(body), dict)
    behind = exchange_bytes(rest_server.url, PING + garbage + PING, most=1)
    assert b" 500 " not in behind
    assert steady.picture() == before
    assert httpx.get(f"{rest_server.url}/v1/ping", verify=False, trust_env=False).status_code == 200


def exchange_bytes(url: str, sent: bytes, most: int = 10) -> bytes:
    """What comes back until there are so many answers, or the server hangs up or is silent."""
    parts = urlsplit(url)
    received = b""
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=0.5) as connection:
        try:
            connection.sendall(sent)
            while received.count(b"HTTP/1.1 ") < most and (piece := connection.recv(65_536)):
                received += piece
        except (TimeoutError, ConnectionError):
            pass
    return received


def test_pipelined_requests_are_each_answered(rest_server: ServerProcess) -> None:
    answer = exchange_bytes(rest_server.url, PING * 5, most=5)
    assert answer.count(b"HTTP/1.1 200 OK") == 5


def test_too_many_requests_are_told_when_to_come_back(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("requests_per_minute = 5\n")
    options = ("--feed", "manual", "--demo", "--config", str(config))
    with running_server(*options) as server, NativeClient(server.url) as client:
        answers = [client.get("/v1/balance") for _ in range(12)]
        # Without a key, this machine's address may ask 20 times as much.
        url = f"{server.url}/v1/ping"
        with httpx.Client(trust_env=False) as anybody:
            public = [anybody.get(url, headers={"X-API-KEY": DEMO_KEY}) for _ in range(12)]
            nameless = [anybody.get(url) for _ in range(12)]
            made_up = [anybody.get(url, headers={"X-API-KEY": f"k{n}"}) for n in range(120)]
    assert all(response.is_success for response in nameless)
    for tries in (answers, public, made_up):
        refused = [response for response in tries if not response.is_success]
        assert len(refused) >= 2
        assert {error_of(response) for response in refused} == {(429, "RATE_LIMIT_EXCEEDED")}
        assert all(0 < int(response.headers["Retry-After"]) <= 60 for response in refused)
