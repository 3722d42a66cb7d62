"""What an account had at any time since it began, as its ledger tells."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.native_account import Account, error_of, new_account
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess


@pytest.fixture(scope="module")
def busy(rest_server: ServerProcess) -> Iterator[Account]:
    """Nobody changes it."""
    with AdminClient(rest_server.url) as admin:
        admin.set_price("50000")
    with new_account(rest_server.url, USDT="10000", BTC="1") as account:
        account.place("buy", "0.001", "49000")
        account.place("buy", "0.002")
        account.place("sell", "0.003")
        account.read("/v1/orders")
        yield account


def spelled(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def funds(balance: dict[str, Any]) -> dict[str, Any]:
    return {asset: balance[asset] for asset in ("USDT", "BTC")}


def test_it_is_what_the_changes_until_then_add_up_to(busy: Account) -> None:
    rows = busy.read("/v1/ledger")
    for time_ms in sorted({row["timestamp"] for row in rows}):
        told = busy.read(f"/v1/balance?asOf={time_ms}")
        assert told["timestamp"] == time_ms
        assert busy.read(f"/v1/balance?asOf={spelled(time_ms)}") == told
        for asset in ("USDT", "BTC"):
            until = [row for row in rows if row["timestamp"] <= time_ms]
            own = [row for row in until if row["currency"] == asset]
            for change, name in (("availableChange", "free"), ("lockedChange", "used")):
                assert told[asset][name] == sum(row[change] for row in own), (asset, name)
    assert funds(told) == funds(busy.read("/v1/balance"))


def test_times_before_the_account_and_after_now_are_refused(busy: Account) -> None:
    for time in ("0", "1", "2001-01-01T00:00:00Z", "9999999999999", "2099-01-01T00:00:00+02:00"):
        refused = busy.client.get(f"/v1/balance?asOf={quote(time)}")
        assert error_of(refused) == (400, "INVALID_REQUEST")
        assert "when this account began" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    "time", ["now", "-1", "1.5", "1e3", "2026-01-31", "2026-01-31T12:00:00", "x" * 999]
)
def test_what_is_no_time_is_refused(busy: Account, time: str) -> None:
    refused = busy.client.get(f"/v1/balance?asOf={quote(time)}")
    assert error_of(refused) == (400, "INVALID_REQUEST")
    assert "asOf must be a time in ms" in refused.json()["error"]["message"]
