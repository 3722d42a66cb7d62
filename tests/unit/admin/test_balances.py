"""Money in and out over the admin API."""

from decimal import Decimal

import httpx
import pytest

from hypersim.account.entries import EXTERNAL_ACCOUNT
from hypersim.service.simulated_clock import SimulatedClock
from tests.support.builders import START_MS
from tests.support.memory_exchange import MemoryExchange, memory_exchange

EMAIL = "ann@example.com"


async def change(
    exchange: MemoryExchange,
    action: str,
    amount: str,
    asset: str = "USDT",
    user: str = f'"{EMAIL}"',
) -> httpx.Response:
    """`amount` and `user` are JSON."""
    return await exchange.admin.post(
        "/admin/balances",
        content=f'{{"user": {user}, "asset": "{asset}", "amount": {amount}, "action": "{action}"}}',
    )


async def open_account(exchange: MemoryExchange, email: str = EMAIL) -> None:
    answer = await exchange.admin.post("/admin/users", json={"email": email, "withKey": False})
    assert answer.status_code == 201


async def test_set_deposit_and_withdraw_leave_exact_balances(exchange: MemoryExchange) -> None:
    await open_account(exchange)
    answer = await change(exchange, "set", "10000.000000000000000001")
    assert answer.status_code == 200
    assert b'"available":10000.000000000000000001' in answer.content
    await change(exchange, "deposit", '"0.1"', user="1")
    answer = await change(exchange, "withdraw", "10000.1")
    assert answer.text.endswith(
        '"asset":"USDT","available":0.000000000000000001,"locked":0,"total":0.000000000000000001}'
    )
    held = exchange.record.balances[1, "USDT"]
    assert held.available == Decimal("1e-18")
    house = exchange.record.balances[EXTERNAL_ACCOUNT, "USDT"]
    assert house.available + held.available == 0


async def test_setting_a_balance_again_changes_nothing(exchange: MemoryExchange) -> None:
    await open_account(exchange)
    await change(exchange, "set", "5")
    lines = len(exchange.record.ledger_rows)
    assert (await change(exchange, "set", "5")).json()["available"] == 5
    assert len(exchange.record.ledger_rows) == lines
    assert (await change(exchange, "set", "0")).json()["available"] == 0


async def test_every_change_says_who_made_it_in_the_ledger(exchange: MemoryExchange) -> None:
    await open_account(exchange)
    await exchange.admin.post(
        "/admin/balances",
        json={
            "user": EMAIL,
            "asset": "BTC",
            "amount": "1",
            "action": "deposit",
            "reference": "gift of the house",
        },
    )
    await change(exchange, "set", "2", "BTC")
    lines = [row for row in exchange.record.ledger_rows if row.account_id == 1]
    assert [(row.kind, row.reference) for row in lines] == [
        ("deposit", "gift of the house"),
        ("adjust", "admin"),
    ]


async def test_nobody_can_withdraw_more_than_is_available(exchange: MemoryExchange) -> None:
    await open_account(exchange)
    await change(exchange, "set", "1")
    answer = await change(exchange, "withdraw", "1.000000000000000001")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INSUFFICIENT_BALANCE"
    assert exchange.record.balances[1, "USDT"].available == 1


@pytest.mark.parametrize(
    "amount",
    [
        "-1",
        "1e3",
        "NaN",
        '"NaN"',
        '"Infinity"',
        '"1_000"',
        '"+1"',
        '" 1"',
        '"\u0661"',
        '""',
        "null",
        "true",
        "[1]",
        '"0.0000000000000000001"',
        "123456789012345678901",
    ],
)
@pytest.mark.parametrize("action", ["set", "deposit", "withdraw"])
async def test_only_plain_numbers_are_amounts(
    exchange: MemoryExchange, action: str, amount: str
) -> None:
    await open_account(exchange)
    answer = await change(exchange, action, amount)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in ("INVALID_AMOUNT", "INVALID_REQUEST")
    assert not exchange.record.ledger_rows


async def test_zero_can_be_set_but_not_moved(exchange: MemoryExchange) -> None:
    await open_account(exchange)
    assert (await change(exchange, "set", "0")).status_code == 200
    for action in ("deposit", "withdraw"):
        assert (await change(exchange, action, "0.000")).status_code == 400


@pytest.mark.parametrize("asset", ["", "usdt", "BTC/USDT", "A" * 21, "\\u0000", "BT C"])
async def test_only_names_of_assets_are_assets(exchange: MemoryExchange, asset: str) -> None:
    await open_account(exchange)
    assert (await change(exchange, "set", "1", asset)).status_code == 400


async def test_a_reference_is_printable_and_short(exchange: MemoryExchange) -> None:
    await open_account(exchange)
    wanted = {"user": 1, "asset": "BTC", "amount": "1", "action": "deposit"}
    for reference in ("\u0000", "x" * 201, "two\nlines"):
        answer = await exchange.admin.post(
            "/admin/balances", json={**wanted, "reference": reference}
        )
        assert answer.status_code == 400
    assert not exchange.record.ledger_rows


async def test_there_is_never_more_money_than_the_record_can_hold(
    exchange: MemoryExchange,
) -> None:
    for email in (EMAIL, "bob@example.com"):
        await open_account(exchange, email)
    assert (await change(exchange, "deposit", "99999999999999999999")).status_code == 400
    assert (await change(exchange, "deposit", "1000000000000000000")).status_code == 200
    for action in ("deposit", "set"):
        answer = await change(exchange, action, "0.1", user="2")
        assert answer.json()["error"]["code"] == "INVALID_AMOUNT"
    assert (await change(exchange, "set", "1000000000000000000")).status_code == 200
    assert (await change(exchange, "set", "1")).status_code == 200
    assert (await change(exchange, "set", "7", user="2")).status_code == 200


async def test_balances_are_listed_by_user_and_asset(exchange: MemoryExchange) -> None:
    for email in ("zoe@example.com", EMAIL):
        await open_account(exchange, email)
        for asset in ("USDT", "BTC"):
            await change(exchange, "set", "3", asset, user=f'"{email}"')
    rows = (await exchange.admin.get("/admin/balances")).json()
    assert [(row["user"][:3], row["asset"]) for row in rows] == [
        ("zoe", "BTC"),
        ("zoe", "USDT"),
        ("ann", "BTC"),
        ("ann", "USDT"),
    ]
    rows = (await exchange.admin.get(f"/admin/balances?user={EMAIL}")).json()
    assert [row["total"] for row in rows] == [3, 3]
    assert (await exchange.admin.get("/admin/balances?user=no@example.com")).status_code == 404


async def test_what_somebody_had_then_is_told() -> None:
    clock = SimulatedClock(START_MS, 0)
    async with memory_exchange(clock=clock) as exchange:
        await open_account(exchange)
        await change(exchange, "set", "5")
        await clock.sleep_until(START_MS + 1_000)
        await change(exchange, "set", "7")

        async def told(query: str) -> httpx.Response:
            return await exchange.admin.get(f"/admin/balances?{query}")

        for time_ms, total in ((START_MS, 5), (START_MS + 999, 5), (START_MS + 1_000, 7)):
            (row,) = (await told(f"user=1&asOf={time_ms}")).json()
            assert (row["asset"], row["total"]) == ("USDT", total)
        for query, said in {
            f"asOf={START_MS}": "asOf tells of one user",
            "user=1&asOf=yesterday": "asOf must be a time in ms",
            "user=1&asOf=1": "when this user came",
            f"user=1&asOf={START_MS + 1_001}": "which is now",
        }.items():
            answer = await told(query)
            assert answer.status_code == 400 and said in answer.text
