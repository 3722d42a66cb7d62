"""Who may use the admin API, and how it says no."""

import pytest

from tests.support.memory_admin import TOKEN
from tests.support.memory_exchange import MemoryExchange

REFUSED = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": TOKEN},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": "Bearer \u00e9"},
]


@pytest.mark.parametrize("path", ["/admin/users", "/admin/nothing", "/admin/schema", "/admin"])
@pytest.mark.parametrize("headers", REFUSED)
async def test_nothing_under_admin_answers_without_the_token(
    exchange: MemoryExchange, path: str, headers: dict[str, str]
) -> None:
    del exchange.admin.headers["Authorization"]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = await exchange.admin.get(path, headers=raw)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"
    assert TOKEN not in answer.text


async def test_a_second_authorization_header_is_refused(exchange: MemoryExchange) -> None:
    both = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer other")]
    del exchange.admin.headers["Authorization"]
    answer = await exchange.admin.get("/admin/users", headers=both)
    assert answer.status_code == 401


async def test_the_scheme_is_bearer_in_any_case(exchange: MemoryExchange) -> None:
    answer = await exchange.admin.get("/admin/users", headers={"Authorization": f"bearer {TOKEN}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/admin/nothing", 404, "NOT_FOUND"),
        ("PUT", "/admin/users", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/admin/reset", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_the_frameworks_refusals_speak_our_words(
    exchange: MemoryExchange, method: str, path: str, status: int, code: str
) -> None:
    answer = await exchange.admin.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b'{"email": 1}',
        b'{"email": "a@b.co", "admin": true}',
        b"\xff\xfe",
        b'{"email": "\xff"}',
        b"[" * 60_000,
    ],
)
async def test_a_malformed_body_is_refused_with_a_reason(
    exchange: MemoryExchange, body: bytes
) -> None:
    answer = await exchange.admin.post("/admin/users", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_REQUEST"
    assert not exchange.record.users


async def test_an_oversized_body_is_refused(exchange: MemoryExchange) -> None:
    answer = await exchange.admin.post("/admin/users", content=b" " * 70_000)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "REQUEST_TOO_LARGE"


async def test_unknown_and_repeated_parameters_are_refused(exchange: MemoryExchange) -> None:
    for query in ("mail=a@b.co", "email=a@b.co&email=c@d.co", "limit=0", "limit=1e3", "after=-1"):
        answer = await exchange.admin.get(f"/admin/users?{query}")
        assert answer.status_code == 400, query


async def test_while_the_record_is_away_nothing_is_done(exchange: MemoryExchange) -> None:
    exchange.engine.health.set(is_available=False)
    answer = await exchange.admin.post("/admin/users", json={"email": "ann@example.com"})
    priced = await exchange.admin.post("/admin/price", json={"symbol": "BTC/USDT", "price": "1"})
    exchange.engine.health.set(is_available=True)
    assert (answer.status_code, priced.status_code) == (503, 503)
    assert answer.headers["retry-after"] == "1"
    assert not exchange.record.users


async def test_the_schema_describes_the_bodies(exchange: MemoryExchange) -> None:
    schema = (await exchange.admin.get("/admin/schema/openapi.json")).json()
    body = schema["paths"]["/admin/balances"]["post"]["requestBody"]
    fields = body["content"]["application/json"]["schema"]["properties"]
    assert fields["action"]["enum"] == ["deposit", "set", "withdraw"]
    assert fields["amount"]["type"] == ["string", "number"]
