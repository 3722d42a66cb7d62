"""A withdrawal's life: asked for, told, seen in the history, ended by itself or by the admin."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from decimal import Decimal

import ccxt
import pytest

from tests.support.binance_client import BinanceClient
from tests.support.ccxt_binance import binance_config
from tests.support.native_client import AdminClient
from tests.support.server import DEMO_KEY, DEMO_SECRET, ServerProcess, running_server
from tests.support.watched_account import WatchedAccount

APPLY, HISTORY = "/sapi/v1/capital/withdraw/apply", "/sapi/v1/capital/withdraw/history"
TERMS = {"coin": "USDT", "network": "TRX", "address": "somewhere", "amount": "40"}


@pytest.fixture(scope="module")
def slow_server() -> Iterator[ServerProcess]:
    """Withdrawals end when the admin says so."""
    options = ("--feed", "manual", "--demo", "--rate-limits", "off")
    with running_server(*options, "--withdrawals", "manual") as server:
        yield server


@pytest.fixture
async def account(slow_server: ServerProcess) -> AsyncIterator[WatchedAccount]:
    """A rich one."""
    async with AsyncExitStack() as stack:
        admin = stack.enter_context(AdminClient(slow_server.url))
        yield WatchedAccount(slow_server, admin, stack)


@pytest.mark.parametrize(("end", "status"), [("complete", 6), ("reject", 3)])
async def test_the_admin_ends_it(account: WatchedAccount, end: str, status: int) -> None:
    await account.listen()
    binance = account.binance
    asked = binance.answer("POST", APPLY, withdrawOrderId="mine", **TERMS)
    (row,) = binance.answer("GET", HISTORY)
    assert (row["id"], row["status"], row["withdrawOrderId"]) == (asked["id"], 4, "mine")
    assert (row["amount"], row["transactionFee"], row["network"]) == ("39", "1", "TRX")
    assert account.balance("USDT") == "999960.00000000"
    coins = binance.answer("GET", "/sapi/v1/capital/config/getall")
    (held,) = binance.answer("POST", "/sapi/v3/asset/getUserAsset", asset="USDT")
    for one in (held, *(coin for coin in coins if coin["coin"] == "USDT")):
        assert (Decimal(one["free"]), one["withdrawing"]) == (Decimal(999_960), "40")
    updates = [event for event in await account.heard() if event["e"] == "balanceUpdate"]
    assert [(one["a"], one["d"]) for one in updates] == [("USDT", "-40.00000000")]

    waiting = account.admin.http.get(f"/admin/withdrawals?user={account.email}").json()
    account.admin.post(f"/admin/withdrawals/{waiting[0]['id']}/{end}", {})
    (row,) = binance.answer("GET", HISTORY, withdrawOrderId="mine")
    assert (row["status"], "completeTime" in row) == (status, True)
    updates = [event for event in await account.heard() if event["e"] == "balanceUpdate"]
    assert [one["d"] for one in updates] == (["40.00000000"] if end == "reject" else [])
    assert binance.answer("GET", HISTORY, status=4) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"coin": "NONE"}, -4018),
        ({"network": "NONE"}, -4019),
        ({"amount": "4.99"}, -4022),
        ({"amount": "1000001"}, -4026),
        ({"amount": "5.000000001"}, -1111),
        ({"address": "a" * 300}, -4007),
        ({"addressTag": "t" * 300}, -4008),
        ({"walletType": 1}, -4001),
    ],
)
async def test_what_cannot_be_sent_is_refused(
    account: WatchedAccount, changes: dict[str, str], code: int
) -> None:
    response = account.binance.signed("POST", APPLY, **(TERMS | changes))
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert account.balance("USDT") == "1000000.00000000"


async def test_a_key_without_the_right_withdraws_nothing(account: WatchedAccount) -> None:
    issued = account.admin.post(
        "/admin/keys", {"user": account.email, "permissions": ["read", "trade"]}
    )
    with BinanceClient(account.url, issued["apiKey"], issued["apiSecret"]) as weak:
        response = weak.signed("POST", APPLY, **TERMS)
        assert response.json()["code"] == -2015
        assert weak.answer("GET", "/sapi/v1/account/apiRestrictions")["enableWithdrawals"] is False


def test_stock_ccxt_withdraws_and_sees_it_arrive(slow_server: ServerProcess) -> None:
    exchange = ccxt.binance(binance_config(slow_server.url, apiKey=DEMO_KEY, secret=DEMO_SECRET))
    asked = exchange.withdraw("USDT", 40, "somewhere", {"network": "TRC20"})
    (seen,) = exchange.fetch_withdrawals("USDT")
    assert (seen["id"], seen["amount"], seen["status"]) == (asked["id"], 39, "pending")
    assert (seen["network"], seen["fee"]["cost"]) == ("TRC20", 1)
    with AdminClient(slow_server.url) as admin:
        (waiting,) = admin.http.get("/admin/withdrawals?user=test@example.com").json()
        admin.post(f"/admin/withdrawals/{waiting['id']}/complete", {})
    (seen,) = exchange.fetch_withdrawals("USDT")
    assert (seen["id"], seen["status"]) == (asked["id"], "ok")


def test_stock_ccxt_moves_money_to_funding(slow_server: ServerProcess) -> None:
    exchange = ccxt.binance(binance_config(slow_server.url, apiKey=DEMO_KEY, secret=DEMO_SECRET))
    moved = exchange.transfer("USDT", 10, "spot", "funding")
    way = {"fromAccount": "spot", "toAccount": "funding"}
    (told,) = exchange.fetch_transfers("USDT", None, None, way)
    assert (told["id"], told["amount"]) == (moved["id"], 10)
    assert exchange.fetch_balance({"type": "funding"})["USDT"]["free"] == 10
