"""The same orders over the WebSocket API."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.binance_client import BinanceSocket, binance_socket, signed_params
from tests.support.binance_trading import Trader
from tests.support.server import ServerProcess

LIMIT = {
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.1",
    "price": "40000",
}
OCO = {
    "side": "SELL",
    "quantity": "1",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "60000",
    "belowType": "STOP_LOSS",
    "belowStopPrice": "40000",
}


PAIR_AFTER = {
    "workingType": "LIMIT_MAKER",
    "workingSide": "BUY",
    "workingPrice": "49000",
    "workingQuantity": "1",
    "pendingSide": "SELL",
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "60000",
    "pendingBelowType": "STOP_LOSS",
    "pendingBelowStopPrice": "40000",
}


@pytest.fixture
async def socket(venue: ServerProcess) -> AsyncIterator[BinanceSocket]:
    async with binance_socket(venue.websocket_url) as connected:
        yield connected


class Asker:
    """Signed requests of one account about BTCUSDT."""

    def __init__(self, socket: BinanceSocket, trader: Trader) -> None:
        self._socket, self._client = socket, trader.client

    async def exchange(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole response."""
        wanted = {"symbol": "BTCUSDT", **params}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        signed = signed_params(self._client.key, self._client.signer, **wanted)
        return await self._socket.exchange(method, **signed)

    async def ask(self, method: str, **params: Any) -> Any:
        """The result of a request that must succeed."""
        response = await self.exchange(method, **params)
        assert response["status"] == 200, response
        return response["result"]


@pytest.fixture
def asker(socket: BinanceSocket, trader: Trader) -> Asker:
    return Asker(socket, trader)


async def test_an_order_lives_and_ends_as_over_rest(asker: Asker, trader: Trader) -> None:
    response = await asker.exchange("order.place", **LIMIT, newClientOrderId="ws")
    placed = response["result"]
    assert (placed["status"], placed["clientOrderId"], placed["fills"]) == ("NEW", "ws", [])
    assert [limit["rateLimitType"] for limit in response["rateLimits"]] == [
        "ORDERS",
        "ORDERS",
        "REQUEST_WEIGHT",
    ]
    shown = trader.order(placed["orderId"])
    assert await asker.ask("order.status", orderId=placed["orderId"]) == shown
    assert await asker.ask("order.status", orderId=str(placed["orderId"])) == shown
    assert await asker.ask("openOrders.status") == [shown]
    assert await asker.ask("allOrders") == [shown]
    amended = await asker.ask("order.amend.keepPriority", orderId=placed["orderId"], newQty="0.05")
    assert amended["amendedOrder"]["qty"] == "0.05000000"
    assert len(await asker.ask("order.amendments", orderId=placed["orderId"])) == 1
    canceled = await asker.ask("order.cancel", orderId=placed["orderId"])
    assert canceled["status"] == "CANCELED"
    failed = await asker.exchange("order.cancel", orderId=placed["orderId"])
    assert (failed["status"], failed["error"]) == (
        400,
        {"code": -2011, "msg": "Unknown order sent."},
    )


async def test_orders_are_tested_replaced_and_canceled_together(asker: Asker) -> None:
    assert await asker.ask("order.test", **LIMIT) == {}
    assert await asker.ask("sor.order.test", **LIMIT) == {}
    old = await asker.ask("order.place", **LIMIT)
    replaced = await asker.ask(
        "order.cancelReplace",
        cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrderId=old["orderId"],
        **LIMIT,
    )
    assert replaced["newOrderResult"] == "SUCCESS"
    failed = await asker.exchange(
        "order.cancelReplace",
        cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrderId=old["orderId"],
        **LIMIT,
    )
    assert (failed["status"], failed["error"]["code"]) == (400, -2022)
    assert failed["error"]["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    (ended,) = await asker.ask("openOrders.cancelAll")
    assert ended["orderId"] == replaced["newOrderResponse"]["orderId"]


async def test_trades_and_the_account_are_as_over_rest(asker: Asker, trader: Trader) -> None:
    placed = await asker.ask("order.place", side="BUY", type="MARKET", quantity=0.1)
    (routed,) = await asker.ask("sor.order.place", side="SELL", type="MARKET", quantity="0.1")
    assert (placed["status"], routed["usedSor"]) == ("FILLED", True)
    assert await asker.ask("myTrades") == trader.ask("GET", "myTrades")
    assert await asker.ask("myPreventedMatches", orderId=placed["orderId"]) == []
    assert await asker.ask("myAllocations") == []
    account = await asker.ask("account.status", symbol=None)
    assert account == trader.client.answer("GET", "/api/v3/account")
    assert await asker.ask("account.commission") == trader.ask("GET", "account/commission")
    assert await asker.ask("myFilters") == trader.ask("GET", "myFilters")
    counts = await asker.ask("account.rateLimits.orders", symbol=None)
    assert [one["rateLimitType"] for one in counts] == ["ORDERS", "ORDERS"]


@pytest.mark.parametrize(
    ("method", "terms", "size"),
    [
        ("orderList.place.oco", OCO, 2),
        (
            "orderList.place",
            {"side": "SELL", "quantity": "1", "price": "60000", "stopPrice": "40000"},
            2,
        ),
        (
            "orderList.place.oto",
            {
                "workingType": "LIMIT_MAKER",
                "workingSide": "BUY",
                "workingPrice": "49000",
                "workingQuantity": "1",
                "pendingType": "MARKET",
                "pendingSide": "SELL",
                "pendingQuantity": "1",
            },
            2,
        ),
        (
            "orderList.place.opo",
            {
                "workingType": "LIMIT_MAKER",
                "workingSide": "BUY",
                "workingPrice": "49000",
                "workingQuantity": "1",
                "pendingType": "MARKET",
                "pendingSide": "SELL",
            },
            2,
        ),
        ("orderList.place.otoco", {**PAIR_AFTER, "pendingQuantity": "1"}, 3),
        ("orderList.place.opoco", PAIR_AFTER, 3),
    ],
)
async def test_order_lists_are_placed_shown_and_canceled(
    asker: Asker, method: str, terms: dict[str, Any], size: int
) -> None:
    placed = await asker.ask(method, **terms)
    assert len(placed["orderReports"]) == len(placed["orders"]) == size
    list_id = placed["orderListId"]
    shown = await asker.ask("orderList.status", symbol=None, orderListId=list_id)
    assert shown["orders"] == placed["orders"]
    assert await asker.ask("openOrderLists.status", symbol=None) == [shown]
    assert await asker.ask("allOrderLists", symbol=None) == [shown]
    within = {"startTime": placed["transactionTime"], "fromId": list_id + 1}
    assert await asker.ask("allOrderLists", symbol=None, **within) == [shown]
    ended = await asker.ask("orderList.cancel", orderListId=list_id)
    assert ended["listOrderStatus"] == "ALL_DONE"
    assert [one["status"] for one in ended["orderReports"]] == ["CANCELED"] * size
