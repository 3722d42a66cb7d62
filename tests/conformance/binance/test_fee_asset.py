"""Commissions in BNB: the switch, and that every answer names the same asset and amount."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.support.binance_client import BinanceClient
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess
from tests.support.watched_account import WatchedAccount

BURN = "/sapi/v1/bnbBurn"


@pytest.fixture
async def account(
    quiet_server: ServerProcess, quiet_admin: AdminClient
) -> AsyncIterator[WatchedAccount]:
    """Rich, and with 1 BNB at 500 USDT."""
    quiet_admin.set_price("500", "BNB/USDT")
    async with AsyncExitStack() as stack:
        made = WatchedAccount(quiet_server, quiet_admin, stack)
        made.move("BNB", "1", "deposit")
        yield made


def test_the_switch_is_on_until_the_account_turns_it_off(saver: BinanceClient) -> None:
    assert saver.answer("GET", BURN) == {"spotBNBBurn": True, "interestBNBBurn": False}
    assert saver.answer("POST", BURN, spotBNBBurn="false")["spotBNBBurn"] is False
    assert saver.answer("GET", BURN)["spotBNBBurn"] is False
    discount = saver.answer("GET", "/api/v3/account/commission", symbol="BTCUSDT")["discount"]
    assert discount == {
        "enabledForAccount": False,
        "enabledForSymbol": True,
        "discountAsset": "BNB",
        "discount": "0.75000000",
    }
    response = saver.signed("POST", BURN)
    assert (response.status_code, response.json()["code"]) == (400, -1102)


async def test_every_answer_names_the_same_commission(account: WatchedAccount) -> None:
    await account.listen()
    bought = account.place("BUY", "0.1")
    (fill,) = bought["fills"]
    # 5000 USDT at 0.1 % less a quarter are 3.75 USDT, which are 0.0075 BNB.
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00750000", "BNB")
    events = await account.heard()
    report = next(event for event in events if event.get("x") == "TRADE")
    assert (report["n"], report["N"]) == ("0.00750000", "BNB")
    position = next(event for event in events if event["e"] == "outboundAccountPosition")
    assert {"a": "BNB", "f": "0.99250000", "l": "0.00000000"} in position["B"]
    (trade,) = account.call("GET", "myTrades", orderId=bought["orderId"])
    assert (trade["commission"], trade["commissionAsset"]) == ("0.00750000", "BNB")


async def test_what_was_bought_can_be_sold_whole(account: WatchedAccount) -> None:
    before = account.balance("BTC")
    account.place("BUY", "0.1")
    account.place("SELL", "0.1")
    assert account.balance("BTC") == before
