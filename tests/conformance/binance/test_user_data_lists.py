"""What is told of order lists, prevented matches and replacements, event by event."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess
from tests.support.watched_account import SYMBOL, WatchedAccount, shape

PAIR = {
    "side": "SELL",
    "quantity": "0.1",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "51000",
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "49000",
    "belowPrice": "48900",
    "belowTimeInForce": "GTC",
}
CHAIN = {
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "49900",
    "workingQuantity": "0.05",
    "workingTimeInForce": "GTC",
    "pendingSide": "SELL",
    "pendingQuantity": "0.05",
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "51000",
    "pendingBelowType": "STOP_LOSS",
    "pendingBelowStopPrice": "49000",
}
STARTED = ("listStatus", "EXEC_STARTED", "EXECUTING")
DONE = ("listStatus", "ALL_DONE", "ALL_DONE")
NEW = ("NEW", "NEW")
WAITING = ("NEW", "PENDING_NEW")
FILLED = ("TRADE", "FILLED")
EXPIRED = ("EXPIRED", "EXPIRED")
CANCELED = ("CANCELED", "CANCELED")
POSITION = ("outboundAccountPosition", "BTC", "USDT", "BNB")
"""What an order may have changed: base, quote and what fees may be paid in."""


@pytest.fixture
async def account(quiet_server: ServerProcess) -> AsyncIterator[WatchedAccount]:
    """A new, rich one; BTC/USDT is at 50,000."""
    async with AsyncExitStack() as stack:
        admin = stack.enter_context(AdminClient(quiet_server.url))
        admin.set_price("50000")
        watched = WatchedAccount(quiet_server, admin, stack)
        await watched.listen()
        yield watched


def spread(account: WatchedAccount) -> None:
    """The market leaves room in which own orders meet."""
    prices = {"price": "50000", "bid": "49000", "ask": "51000"}
    account.admin.post("/admin/price", {"symbol": "BTC/USDT", **prices})


async def test_a_pair_of_which_one_is_filled(account: WatchedAccount) -> None:
    placed = account.call("POST", "orderList/oco", **PAIR)
    events = await account.heard()
    assert shape(events) == [STARTED, NEW, NEW, POSITION]
    status = events[0]
    assert (status["g"], status["c"]) == (placed["orderListId"], "OCO")
    assert status["C"] == placed["listClientOrderId"]
    assert [(one["i"], one["c"]) for one in status["O"]] == [
        (one["orderId"], one["clientOrderId"]) for one in placed["orders"]
    ]
    assert {event["o"]: event["w"] for event in events[1:3]} == {
        "STOP_LOSS_LIMIT": False,
        "LIMIT_MAKER": True,
    }
    account.admin.set_price("51001")
    events = await account.heard()
    assert shape(events) == [FILLED, EXPIRED, DONE, POSITION]
    assert events[1]["eR"] == "OCO_TRIGGER"


async def test_a_pair_of_which_one_is_triggered(account: WatchedAccount) -> None:
    account.call("POST", "orderList/oco", **PAIR)
    await account.heard()
    account.admin.set_price("48990")
    events = await account.heard()
    assert shape(events) == [EXPIRED, NEW, FILLED, DONE, POSITION]
    assert (events[1]["o"], events[1]["w"]) == ("STOP_LOSS_LIMIT", True)


async def test_a_pair_that_is_canceled(account: WatchedAccount) -> None:
    placed = account.call("POST", "orderList/oco", **PAIR)
    await account.heard()
    list_id = placed["orderListId"]
    canceled = account.call("DELETE", "orderList", orderListId=list_id, newClientOrderId="bye")
    events = await account.heard()
    assert shape(events) == [CANCELED, CANCELED, DONE, POSITION]
    assert [event["c"] for event in events[:2]] == ["bye", "bye"]
    assert [event["C"] for event in events[:2]] == [
        report["origClientOrderId"] for report in canceled["orderReports"]
    ]


async def test_a_chain_is_activated_by_its_working_order(account: WatchedAccount) -> None:
    account.call("POST", "orderList/otoco", **CHAIN)
    events = await account.heard()
    assert shape(events) == [STARTED, NEW, WAITING, WAITING, POSITION]
    assert events[0]["c"] == "OTO"
    account.admin.set_price("49890")
    events = await account.heard()
    assert shape(events) == [FILLED, STARTED, NEW, NEW, POSITION]
    assert events[-1]["B"][0]["l"] == "0.05000000"
    account.admin.set_price("51010")
    assert shape(await account.heard()) == [FILLED, EXPIRED, DONE, POSITION]


async def test_a_chain_whose_working_order_is_canceled_ends_whole(account: WatchedAccount) -> None:
    placed = account.call("POST", "orderList/otoco", **CHAIN)
    await account.heard()
    account.cancel(placed["orders"][0]["orderId"])
    assert shape(await account.heard()) == [CANCELED, CANCELED, CANCELED, DONE, POSITION]


async def test_orders_that_would_trade_with_each_other(account: WatchedAccount) -> None:
    spread(account)
    resting = account.place("SELL", "0.1", "50000")
    await account.heard()
    taking = account.place("BUY", "0.04", "50000", selfTradePreventionMode="DECREMENT")
    events = await account.heard()
    assert shape(events) == [
        NEW,
        ("TRADE_PREVENTION", "NEW"),
        ("TRADE_PREVENTION", "EXPIRED_IN_MATCH"),
        POSITION,
    ]
    _, maker, taker, _ = events
    assert (maker["i"], maker["U"]) == (resting["orderId"], taking["orderId"])
    assert (taker["i"], taker["U"]) == (taking["orderId"], resting["orderId"])
    for report in (maker, taker):
        assert (report["A"], report["B"], report["pl"]) == ("0.04000000",) * 3
        assert (report["pL"], report["pY"]) == ("50000.00000000", "2000.00000000")
        assert (report["l"], report["L"], report["Y"]) == ("0.00000000",) * 3
    account.place("BUY", "0.06", "50000", selfTradePreventionMode="EXPIRE_BOTH")
    ended = ("TRADE_PREVENTION", "EXPIRED_IN_MATCH")
    assert shape(await account.heard()) == [NEW, ended, ended, POSITION]


async def test_a_replacement_and_one_that_fails(account: WatchedAccount) -> None:
    placed = account.place("BUY", "0.06", "49500")
    await account.heard()
    wanted: dict[str, Any] = {
        "symbol": SYMBOL,
        "cancelReplaceMode": "STOP_ON_FAILURE",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "price": "49500",
    }
    path = "/api/v3/order/cancelReplace"
    done = account.binance.signed(
        "POST", path, **wanted, quantity="0.07", cancelOrderId=placed["orderId"]
    ).json()
    events = await account.heard()
    assert shape(events) == [CANCELED, POSITION, NEW, POSITION]
    assert events[0]["c"] == done["cancelResponse"]["clientOrderId"]
    successor = done["newOrderResponse"]["orderId"]
    assert events[2]["i"] == successor
    failed = account.binance.signed(
        "POST", path, **wanted, quantity="100", cancelOrderId=successor, newClientOrderId="rich"
    )
    assert failed.status_code == 409
    events = await account.heard()
    assert shape(events) == [CANCELED, ("REJECTED", "REJECTED"), POSITION]
    refused = events[1]
    assert (refused["i"], refused["c"], refused["w"]) == (-1, "rich", False)
    assert (refused["r"], refused["q"]) == ("INSUFFICIENT_BALANCES", "100.00000000")


async def test_an_amendment_renames_the_order_and_its_list(account: WatchedAccount) -> None:
    placed = account.call("POST", "orderList/otoco", **CHAIN)
    await account.heard()
    working = placed["orders"][0]
    amended = account.call(
        "PUT",
        "order/amend/keepPriority",
        orderId=working["orderId"],
        newQty="0.03",
        newClientOrderId="smaller",
    )
    events = await account.heard()
    assert shape(events)[0] == ("REPLACED", "NEW")
    assert (events[0]["C"], events[0]["c"]) == (working["clientOrderId"], "smaller")
    assert events[0]["q"] == amended["amendedOrder"]["qty"] == "0.03000000"
    (status,) = [event for event in events if event["e"] == "listStatus"]
    assert (status["l"], status["O"][0]["c"]) == ("UPDATED", "smaller")


async def test_an_amendment_has_one_execution_id_wherever_it_is_told(
    account: WatchedAccount,
) -> None:
    pair = account.call("POST", "orderList/oco", **PAIR)
    await account.heard()
    order_id = pair["orders"][0]["orderId"]
    path = "order/amend/keepPriority"
    answers = [
        account.call("PUT", path, orderId=order_id, newQty=quantity)
        for quantity in ("0.09", "0.08")
    ]
    told = [event for event in await account.heard() if event.get("x") == "REPLACED"]
    own = [event["I"] for event in told if event["i"] == order_id]
    assert own == [answer["executionId"] for answer in answers]
    others = [event["I"] for event in told if event["i"] != order_id]
    assert len(others) == 2 and not {*own} & {*others}
    rows = account.call("GET", "order/amendments", orderId=order_id)
    assert [row["executionId"] for row in rows] == own
    later = account.call("GET", "order/amendments", orderId=order_id, fromExecutionId=own[0] + 1)
    assert later == rows[1:]
