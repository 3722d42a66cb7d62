"""Requests that nobody signed, or not this way, not now, not with this key: they change nothing."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support.native_account import Account, error_of
from tests.support.native_client import NativeClient

ORDER = {"symbol": "BTC/USDT", "side": "buy", "type": "limit", "amount": "0.01", "price": "49000"}
BODY = json.dumps(ORDER).encode()
SIGNATURE = (401, "INVALID_SIGNATURE")
KEY = (401, "INVALID_API_KEY")


@contextmanager
def nothing_changes(account: Account) -> Iterator[None]:
    before = account.picture()
    yield
    assert account.picture() == before


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def post(account: Account, headers: dict[str, str], body: bytes = BODY) -> httpx.Response:
    return account.client.http.post("/v1/order", content=body, headers=headers)


@pytest.mark.parametrize(
    ("missing", "error"),
    [("X-API-KEY", KEY), ("X-API-SIGNATURE", SIGNATURE), ("X-API-TIMESTAMP", SIGNATURE)],
)
def test_a_missing_header_is_refused(steady: Account, missing: str, error: tuple[int, str]) -> None:
    with nothing_changes(steady):
        headers = steady.client.headers("POST", "/v1/order", BODY)
        del headers[missing]
        assert error_of(post(steady, headers)) == error


@pytest.mark.parametrize(
    "signature",
    ["", "0", "0" * 64, "z" * 64, "0" * 10_000, "\u00ff" * 64, "null", "sha256=" + "0" * 64],
)
def test_a_wrong_signature_is_refused(steady: Account, signature: str) -> None:
    with nothing_changes(steady):
        headers = steady.client.headers("POST", "/v1/order", BODY)
        raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
        raw[b"X-API-SIGNATURE"] = signature.encode("latin-1")
        response = steady.client.http.post("/v1/order", content=BODY, headers=raw)
        assert error_of(response) == SIGNATURE


def test_a_signature_counts_for_its_method_path_query_and_body_only(steady: Account) -> None:
    headers = steady.client.headers
    http = steady.client.http
    with nothing_changes(steady):
        others = [
            http.post("/v1/order", content=BODY + b" ", headers=headers("POST", "/v1/order", BODY)),
            http.post("/v1/order", content=BODY, headers=headers("PUT", "/v1/order", BODY)),
            http.post("/v1/order", content=BODY, headers=headers("POST", "/v1/orders", BODY)),
            http.get("/v1/orders?limit=2", headers=headers("GET", "/v1/orders?limit=1", b"")),
            http.get("/v1/orders?limit=2", headers=headers("GET", "/v1/orders", b"")),
            http.get("/v1/orders", headers=headers("GET", "/v1/orders?limit=2", b"")),
            http.delete("/v1/orders/open", headers=headers("GET", "/v1/orders/open", b"")),
            http.get("/v1//balance", headers=headers("GET", "/v1/balance", b"")),
        ]
        assert {error_of(response) for response in others[:7]} == {SIGNATURE}
        assert error_of(others[7])[0] in (401, 404)


def test_the_query_is_part_of_what_is_signed(steady: Account) -> None:
    assert steady.client.get("/v1/orders?symbol=BTC%2FUSDT&limit=5").status_code == 200


def test_the_signature_may_be_in_capitals(account: Account) -> None:
    headers = account.client.headers("POST", "/v1/order", BODY)
    headers["X-API-SIGNATURE"] = headers["X-API-SIGNATURE"].upper()
    assert post(account, headers).status_code == 201


@pytest.mark.parametrize("age_ms", [6_000, 60_000, 10**12, -20_000, -60_000])
def test_a_stale_or_early_timestamp_is_refused(steady: Account, age_ms: int) -> None:
    with nothing_changes(steady):
        stamp = str(now_ms() - age_ms)
        response = post(steady, steady.client.headers("POST", "/v1/order", BODY, stamp))
        assert error_of(response) == SIGNATURE
        assert response.json()["error"]["details"]["reason"] == "stale_timestamp"


@pytest.mark.parametrize(
    "stamp",
    [
        *("", "now", "-1", "1e12", "0", "9" * 17, "9" * 400, "1.5", "NaN", "0x1", "1_000"),
        *("2024-11-01T00:00:00Z", "\u00b2", "null"),
    ],
)
def test_a_timestamp_that_is_no_time_is_refused(steady: Account, stamp: str) -> None:
    payload = f"{stamp}POST/v1/order".encode() + BODY
    signature = hmac.new(steady.client.secret.encode(), payload, hashlib.sha256).hexdigest()
    headers = {
        b"X-API-KEY": steady.client.key.encode(),
        b"X-API-TIMESTAMP": stamp.encode("latin-1"),
        b"X-API-SIGNATURE": signature.encode(),
    }
    with nothing_changes(steady):
        response = steady.client.http.post("/v1/order", content=BODY, headers=headers)
        assert error_of(response) == SIGNATURE


def test_a_request_replayed_outside_the_window_is_refused(account: Account) -> None:
    early = account.client.headers("POST", "/v1/order", BODY, str(now_ms() - 2_000))
    assert post(account, early).status_code == 201
    late = account.client.headers("POST", "/v1/order", BODY, str(now_ms() - 5_200))
    with nothing_changes(account):
        assert error_of(post(account, late)) == SIGNATURE


@pytest.mark.parametrize("key", ["nobody", "", "test_key_123", "a" * 5_000, "%00", "../keys"])
def test_an_unknown_key_is_refused(steady: Account, key: str) -> None:
    with nothing_changes(steady), NativeClient(steady.client.url, key, "secret") as nobody:
        assert error_of(nobody.get("/v1/balance")) == KEY
        assert error_of(nobody.post("/v1/order", ORDER)) == KEY


def test_another_accounts_secret_does_not_open_this_account(
    account: Account, stranger: Account
) -> None:
    with (
        nothing_changes(account),
        NativeClient(account.client.url, account.client.key, stranger.client.secret) as thief,
    ):
        assert error_of(thief.post("/v1/order", ORDER)) == SIGNATURE


def test_what_belongs_to_somebody_else_does_not_exist(account: Account, stranger: Account) -> None:
    order = account.place("buy", "0.01", "49000", clientOrderId="mine")
    filled = account.place("buy", "0.01")
    with nothing_changes(account), nothing_changes(stranger):
        for order_id in (order["id"], filled["id"]):
            target = f"/v1/order/{order_id}"
            tries = [
                stranger.client.get(target),
                stranger.client.delete(target),
                stranger.client.put(target, {"price": "48000"}),
            ]
            assert {error_of(response) for response in tries} == {(404, "ORDER_NOT_FOUND")}
        assert stranger.read(f"/v1/myTrades?orderId={filled['id']}") == []
        assert stranger.client.delete("/v1/orders/open").json() == []


@pytest.mark.parametrize(
    "order_id",
    [
        *("0", "999999999", "-1", "1e3", "abc", "1" * 19, "9" * 5_000, "%00", "1%2F2", "%C2%B2"),
        *("1.0", "+1", "%2B1", " 1", "NaN", "%ED%A0%80", "01x"),
    ],
)
def test_an_order_id_that_cannot_be_is_not_found(steady: Account, order_id: str) -> None:
    target = f"/v1/order/{order_id}".replace(" ", "%20")
    with nothing_changes(steady):
        for response in (
            steady.client.get(target),
            steady.client.delete(target),
            steady.client.put(target, {"price": "48000"}),
        ):
            status, code = error_of(response)
            assert status == 404
            assert code in ("ORDER_NOT_FOUND", "NOT_FOUND")
