"""Users and their API keys over the admin API."""

import asyncio
from typing import Any

import pytest

from hypersim.account.user import Permission
from hypersim.service.credentials import is_password
from hypersim.trading.accounts import KEYS_MAX
from tests.support.memory_exchange import MemoryExchange

EMAIL = "ann@example.com"


async def create(exchange: MemoryExchange, **body: Any) -> dict[str, Any]:
    answer = await exchange.admin.post("/admin/users", json={"email": EMAIL, **body})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def test_a_new_user_gets_a_key_whose_secret_is_shown_once(exchange: MemoryExchange) -> None:
    created = await create(exchange)
    stored = exchange.record.keys[created["apiKey"]]
    assert stored.secret.value == created["apiSecret"]
    assert stored.passphrase is not None
    assert stored.passphrase.value == created["passphrase"]
    assert str(stored.account_id) == created["id"]
    for path in ("/admin/users", f"/admin/users/{EMAIL}", "/admin/keys"):
        shown = (await exchange.admin.get(path)).text
        assert created["apiSecret"] not in shown
        assert created["passphrase"] not in shown


async def test_a_user_without_a_key_and_with_a_password(exchange: MemoryExchange) -> None:
    created = await create(exchange, withKey=False, password="correct horse")
    assert "apiSecret" not in created
    assert created["hasPassword"] is True
    stored = exchange.record.users[int(created["id"])].password_hash
    assert stored is not None
    assert is_password("correct horse", stored)
    assert not exchange.record.keys


async def test_an_email_can_be_used_once_in_any_case(exchange: MemoryExchange) -> None:
    created = await create(exchange)
    answer = await exchange.admin.post("/admin/users", json={"email": EMAIL.upper()})
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "EMAIL_TAKEN"
    assert error["details"]["id"] == created["id"]
    assert len(exchange.record.keys) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"email": "ann"},
        {"email": "ann@example"},
        {"email": "a b@example.com"},
        {"email": "ann\u0000@example.com"},
        {"email": "änn@example.com "},
        {"email": EMAIL, "password": "short"},
        {"email": EMAIL, "password": "x" * 1_000},
        {"email": EMAIL, "label": "x" * 65},
        {"email": EMAIL, "label": "a\u0000b"},
        {"email": EMAIL, "withKey": "yes"},
    ],
)
async def test_an_impossible_user_is_refused_whole(
    exchange: MemoryExchange, body: dict[str, Any]
) -> None:
    answer = await exchange.admin.post("/admin/users", json=body)
    assert answer.status_code == 400
    assert not exchange.record.users


async def test_a_user_is_found_by_email_and_by_id(exchange: MemoryExchange) -> None:
    created = await create(exchange)
    for name in (EMAIL, EMAIL.upper(), created["id"], "ann%40example.com"):
        assert (await exchange.admin.get(f"/admin/users/{name}")).json()["email"] == EMAIL
    for name in ("2", "0", "-1", "bob@example.com", "9" * 30, "\u0661"):
        answer = await exchange.admin.get(f"/admin/users/{name}")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "USER_NOT_FOUND"


async def test_users_are_listed_by_id_and_paged(exchange: MemoryExchange) -> None:
    for name in ("ann", "bob", "cat"):
        await create(exchange, email=f"{name}@example.com", withKey=False)

    async def emails(query: str) -> list[str]:
        return [user["email"][:3] for user in (await exchange.admin.get(query)).json()]

    assert await emails("/admin/users") == ["ann", "bob", "cat"]
    assert await emails("/admin/users?limit=2") == ["ann", "bob"]
    assert await emails("/admin/users?limit=2&after=2") == ["cat"]
    assert await emails("/admin/users?email=BOB@example.com") == ["bob"]
    assert await emails("/admin/users?email=nobody@example.com") == []


async def test_fee_rates_are_set_exactly_and_taken_back(exchange: MemoryExchange) -> None:
    await create(exchange)
    path = f"/admin/users/{EMAIL}/fees"
    answer = await exchange.admin.post(path, content=b'{"maker": 0.0001, "taker": "0.00075"}')
    assert answer.json()["fees"] == {"maker": 0.0001, "taker": 0.00075}
    rates = exchange.record.users[1].fee_rates
    assert rates is not None
    assert (str(rates.maker), str(rates.taker)) == ("0.0001", "0.00075")
    answer = await exchange.admin.post(path, content=b"null")
    assert answer.json()["fees"] is None
    assert exchange.record.users[1].fee_rates is None


@pytest.mark.parametrize(
    "body", [b"{}", b'{"maker": 0.1}', b'{"maker": 1, "taker": 0}', b'{"maker": -1, "taker": 0}']
)
async def test_impossible_fee_rates_are_refused(exchange: MemoryExchange, body: bytes) -> None:
    await create(exchange)
    answer = await exchange.admin.post(f"/admin/users/{EMAIL}/fees", content=body)
    assert answer.status_code == 400
    assert exchange.record.users[1].fee_rates is None


async def test_a_key_with_fixed_credentials_for_scripted_set_ups(exchange: MemoryExchange) -> None:
    await create(exchange, withKey=False)
    fixed = {"apiKey": "bot-1", "apiSecret": "s3cret!", "passphrase": "open"}
    wanted = {
        "user": EMAIL,
        "label": "bot",
        "permissions": ["read"],
        "allowedIps": ["10.0.0.0/8", "::1"],
    }
    answer = await exchange.admin.post("/admin/keys", json={**wanted, **fixed})
    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in fixed} == fixed
    stored = exchange.record.keys["bot-1"]
    assert stored.permissions == {Permission.READ}
    assert stored.allowed_ips == ("10.0.0.0/8", "::1")
    again = await exchange.admin.post("/admin/keys", json={**wanted, **fixed})
    assert again.status_code == 409
    assert again.json()["error"]["code"] == "KEY_TAKEN"


@pytest.mark.parametrize(
    "changes",
    [
        {"user": "nobody@example.com"},
        {"apiKey": ""},
        {"apiKey": "a/b"},
        {"apiKey": "a b"},
        {"apiKey": "x" * 129},
        {"apiSecret": ""},
        {"apiSecret": "with space"},
        {"passphrase": "\u0000"},
        {"permissions": []},
        {"permissions": ["own"]},
        {"allowedIps": ["10.0.0.0/33"]},
        {"allowedIps": ["10.0.0.1"] * 33},
        {"label": "\n"},
        {"secret": "unknown field"},
    ],
)
async def test_an_impossible_key_is_refused(
    exchange: MemoryExchange, changes: dict[str, Any]
) -> None:
    await create(exchange, withKey=False)
    answer = await exchange.admin.post("/admin/keys", json={"user": EMAIL, **changes})
    assert answer.status_code in (400, 404)
    assert not exchange.record.keys


async def test_keys_are_listed_by_user_and_revoked_for_good(exchange: MemoryExchange) -> None:
    ann = await create(exchange)
    bob = await create(exchange, email="bob@example.com")
    listed = (await exchange.admin.get("/admin/keys?user=bob@example.com")).json()
    assert [key["apiKey"] for key in listed] == [bob["apiKey"]]
    assert len((await exchange.admin.get("/admin/keys")).json()) == 2
    answer = await exchange.admin.delete(f"/admin/keys/{ann['apiKey']}")
    assert answer.json()["revoked"] is True
    assert exchange.record.keys[ann["apiKey"]].revoked_ms is not None
    for name in (ann["apiKey"], "unknown"):
        answer = await exchange.admin.delete(f"/admin/keys/{name}")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "KEY_NOT_FOUND"


async def test_an_account_has_a_limit_of_keys_also_for_two_who_ask_at_once(
    exchange: MemoryExchange,
) -> None:
    await create(exchange)
    for _ in range(KEYS_MAX - 2):
        assert (await exchange.admin.post("/admin/keys", json={"user": 1})).status_code == 201
    asked = [exchange.admin.post("/admin/keys", json={"user": 1}) for _ in range(2)]
    assert [answer.status_code for answer in await asyncio.gather(*asked)] == [201, 400]
    assert len(exchange.record.keys) == KEYS_MAX
