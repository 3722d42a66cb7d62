"""Whoever replays everything that was told has the orders and balances that REST shows."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import pytest

from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess
from tests.support.user_data_client import Event
from tests.support.watched_account import SYMBOL, WatchedAccount

STEPS = 150
PRICE = 50_000
PREVENTIONS = ("NONE", "EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT", "DECREMENT")
TOO_MUCH = "100"
"""More than the account can pay, and less than the exchange takes in one order."""

SAME = {
    "s": "symbol",
    "i": "orderId",
    "g": "orderListId",
    "S": "side",
    "o": "type",
    "f": "timeInForce",
    "q": "origQty",
    "p": "price",
    "P": "stopPrice",
    "F": "icebergQty",
    "X": "status",
    "z": "executedQty",
    "Z": "cummulativeQuoteQty",
    "Q": "origQuoteOrderQty",
    "O": "time",
    "T": "updateTime",
    "V": "selfTradePreventionMode",
}
"""What a report says, and where an answer of REST says the same."""

SOMETIMES = {
    "W": "workingTime",
    "A": "preventedQuantity",
    "d": "trailingDelta",
    "D": "trailingTime",
    "j": "strategyId",
    "J": "strategyType",
    "eR": "expiryReason",
}


@pytest.fixture
async def account(quiet_server: ServerProcess) -> AsyncIterator[WatchedAccount]:
    """A new, rich one."""
    async with AsyncExitStack() as stack:
        admin = stack.enter_context(AdminClient(quiet_server.url))
        admin.set_price(str(PRICE))
        yield WatchedAccount(quiet_server, admin, stack)


class Session:
    """An account that does whatever comes to its mind."""

    def __init__(self, account: WatchedAccount, seed: int) -> None:
        self._account = account
        self._dice = random.Random(seed)
        self._price = PRICE
        self._deeds = (
            self._limit,
            self._limit,
            self._limit,
            self._market,
            self._conditional,
            self._trailing,
            self._pair,
            self._chain,
            self._iceberg,
            self._cancel,
            self._cancel,
            self._replace,
            self._amend,
            self._deposit,
            self._move_price,
            self._move_price,
        )

    def step(self) -> None:
        """Do something; what the exchange refuses changes nothing."""
        self._dice.choice(self._deeds)()

    def _near(self, low: int, high: int) -> str:
        return str(self._price + self._dice.randint(low, high))

    def _quantity(self) -> str:
        return str(self._dice.randint(2, 9) / 100)

    def _side(self) -> str:
        return self._dice.choice(["BUY", "SELL"])

    def _post(self, path: str, **params: Any) -> None:
        self._send("POST", path, **params)

    def _send(self, method: str, path: str, **params: Any) -> None:
        url = f"/api/v3/{path}"
        answer = self._account.binance.signed(method, url, symbol=SYMBOL, **params)
        assert answer.status_code in (200, 400, 409), answer.text

    def _order(self, **params: Any) -> None:
        mode = self._dice.choice(
            ["NONE", "EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT"]
        )
        fixed = {"side": self._side(), "quantity": self._quantity()}
        self._post("order", **(fixed | params), selfTradePreventionMode=mode)

    def _limit(self) -> None:
        time_in_force = self._dice.choice(["GTC", "GTC", "IOC", "FOK"])
        self._order(type="LIMIT", price=self._near(-200, 200), timeInForce=time_in_force)

    def _market(self) -> None:
        self._order(type="MARKET", strategyId=self._dice.randint(1, 9))

    def _conditional(self) -> None:
        kind = self._dice.choice(["STOP_LOSS", "TAKE_PROFIT"])
        params: dict[str, Any] = {"type": kind, "stopPrice": self._near(-200, 200)}
        if self._dice.random() < 0.5:
            params |= {
                "type": f"{kind}_LIMIT",
                "price": self._near(-200, 200),
                "timeInForce": "GTC",
            }
        self._order(**params)

    def _trailing(self) -> None:
        self._order(type="STOP_LOSS", trailingDelta=self._dice.randint(10, 40))

    def _iceberg(self) -> None:
        price = self._near(-100, 100)
        self._order(type="LIMIT", price=price, timeInForce="GTC", icebergQty="0.01")

    def _pair(self) -> None:
        self._post(
            "orderList/oco",
            side="SELL",
            quantity=self._quantity(),
            aboveType="LIMIT_MAKER",
            abovePrice=self._near(50, 200),
            belowType="STOP_LOSS",
            belowStopPrice=self._near(-200, -50),
        )

    def _chain(self) -> None:
        self._post(
            "orderList/otoco",
            workingType="LIMIT",
            workingSide="BUY",
            workingPrice=self._near(-150, 20),
            workingQuantity="0.05",
            workingTimeInForce="GTC",
            pendingSide="SELL",
            pendingQuantity="0.05",
            pendingAboveType="LIMIT_MAKER",
            pendingAbovePrice=self._near(150, 250),
            pendingBelowType="STOP_LOSS",
            pendingBelowStopPrice=self._near(-350, -250),
        )

    def _any_open(self) -> dict[str, Any] | None:
        orders = self._account.call("GET", "openOrders")
        return self._dice.choice(orders) if orders else None

    def _cancel(self) -> None:
        if order := self._any_open():
            self._send("DELETE", "order", orderId=order["orderId"])

    def _replace(self) -> None:
        order = self._any_open()
        if order is None:
            return
        self._post(
            "order/cancelReplace",
            cancelReplaceMode=self._dice.choice(["STOP_ON_FAILURE", "ALLOW_FAILURE"]),
            cancelOrderId=order["orderId"],
            side=self._side(),
            type="LIMIT",
            timeInForce="GTC",
            quantity=self._dice.choice([self._quantity(), TOO_MUCH]),
            price=self._near(-100, 100),
        )

    def _amend(self) -> None:
        if order := self._any_open():
            params = {"orderId": order["orderId"], "newQty": "0.015"}
            self._send("PUT", "order/amend/keepPriority", **params)

    def _deposit(self) -> None:
        self._account.move("BTC", str(self._dice.randint(1, 9)), "deposit")

    def _move_price(self) -> None:
        self._price += self._dice.randint(-150, 150)
        # Own orders may stand between the market's best prices, and meet each other there.
        half = self._dice.randint(0, 200)
        prices = {"bid": str(self._price - half), "ask": str(self._price + half)}
        body = {"symbol": "BTC/USDT", "price": str(self._price), **prices}
        self._account.admin.post("/admin/price", body)


@pytest.mark.parametrize("seed", [1, 20_261_120, 3])
async def test_what_was_told_rebuilds_orders_and_balances(
    account: WatchedAccount, seed: int
) -> None:
    await account.listen()
    # Every asset is told of at least once.
    account.move("BTC", "1", "deposit")
    account.move("USDT", "1", "deposit")
    session = Session(account, seed)
    for _ in range(STEPS):
        session.step()
    events = await account.heard()
    reports = [event for event in events if event["e"] == "executionReport"]
    check_sums(reports)
    check_orders(account, {report["i"]: report for report in reports if report["i"] > 0})
    check_balances(account, events)
    check_lists(account, {event["g"]: event for event in events if event["e"] == "listStatus"})
    times = [event["E"] for event in events]
    assert times == sorted(times)


def check_sums(reports: list[Event]) -> None:
    """Nothing is told twice or left out: what was filled is the sum of the fills."""
    assert len({report["I"] for report in reports}) == len(reports)
    sums: dict[tuple[int, str], Decimal] = {}
    for report in reports:
        for letter, last in ("zl", "ZY"):
            key = report["i"], letter
            sums[key] = sums.get(key, Decimal(0)) + Decimal(report[last])
            assert Decimal(report[letter]) == sums[key], report


def check_orders(account: WatchedAccount, told: dict[int, Event]) -> None:
    """Each order as it was told last is the order as REST shows it."""
    shown = {order["orderId"]: order for order in account.call("GET", "allOrders", limit=1000)}
    assert shown.keys() == told.keys()
    for order_id, report in told.items():
        order = shown[order_id]
        name = report["C"] if report["x"] == "CANCELED" else report["c"]
        assert name == order["clientOrderId"]
        differing = {
            letter: (report[letter], order[field])
            for letter, field in SAME.items()
            if report[letter] != order[field]
        }
        differing |= {
            letter: (report.get(letter, -1), order.get(field, -1))
            for letter, field in SOMETIMES.items()
            if report.get(letter, -1) != order.get(field, -1)
        }
        assert not differing, (differing, report, order)


def check_balances(account: WatchedAccount, events: list[Event]) -> None:
    """What was told last of each asset is what there is."""
    positions = [event for event in events if event["e"] == "outboundAccountPosition"]
    told = {holding["a"]: holding for position in positions for holding in position["B"]}
    told = {asset: one for asset, one in told.items() if float(one["f"]) or float(one["l"])}
    balances = account.binance.answer("GET", "/api/v3/account", omitZeroBalances="true")["balances"]
    shown = {row["asset"]: (row["free"], row["locked"]) for row in balances}
    assert {asset: (one["f"], one["l"]) for asset, one in told.items()} == shown


def check_lists(account: WatchedAccount, told: dict[int, Event]) -> None:
    """Each order list as it was told last is the list as REST shows it."""
    rows = account.binance.answer("GET", "/api/v3/allOrderList")
    shown = {row["orderListId"]: row for row in rows}
    assert shown.keys() == told.keys()
    for list_id, event in told.items():
        row = shown[list_id]
        assert [event[letter] for letter in "sclLCT"] == [
            row[name]
            for name in (
                "symbol",
                "contingencyType",
                "listStatusType",
                "listOrderStatus",
                "listClientOrderId",
                "transactionTime",
            )
        ]
        assert [(one["i"], one["c"]) for one in event["O"]] == [
            (one["orderId"], one["clientOrderId"]) for one in row["orders"]
        ]
