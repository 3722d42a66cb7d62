"""Stock python-binance, sync and async, trades here with nothing but its URLs changed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.support.binance_trading import Trader
from tests.support.native_client import AdminClient
from tests.support.python_binance import AsyncClient, BinanceAPIException, Client, redirect
from tests.support.server import ServerProcess

LIMIT = {"symbol": "BTCUSDT", "quantity": "0.1", "price": "40000"}
OCO = {
    "symbol": "BTCUSDT",
    "quantity": "0.1",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "60000",
    "belowType": "STOP_LOSS",
    "belowStopPrice": "40000",
}
OTO = {
    "symbol": "BTCUSDT",
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "49000",
    "workingQuantity": "0.1",
    "workingTimeInForce": "GTC",
    "pendingType": "LIMIT",
    "pendingSide": "SELL",
    "pendingPrice": "60000",
    "pendingQuantity": "0.1",
    "pendingTimeInForce": "GTC",
}


@pytest.fixture(autouse=True)
def redirected(venue: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's classes point at the server."""
    redirect(monkeypatch, venue.url)


@pytest.fixture
def client(trader: Trader) -> Iterator[Any]:
    """The sync client, which pings when it is made."""
    made = Client(trader.client.key, trader.client.signer)
    yield made
    made.close_connection()
    # It makes a loop for its sockets, and leaves it open and current.
    made.loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
async def async_client(trader: Trader) -> AsyncIterator[Any]:
    made = await AsyncClient.create(trader.client.key, trader.client.signer)
    yield made
    await made.close_connection()


def test_orders_are_placed_found_and_canceled(client: Any) -> None:
    placed = client.order_limit_buy(**LIMIT)
    assert (placed["status"], placed["type"]) == ("NEW", "LIMIT")
    wanted = {"symbol": "BTCUSDT", "orderId": placed["orderId"]}
    assert client.get_order(**wanted)["status"] == "NEW"
    assert [one["orderId"] for one in client.get_open_orders(symbol="BTCUSDT")] == [
        placed["orderId"]
    ]
    # The library sends a DELETE with a form body.
    assert client.cancel_order(**wanted)["status"] == "CANCELED"
    client.order_limit_buy(**LIMIT)
    assert len(client.cancel_all_open_orders(symbol="BTCUSDT")) == 1
    assert len(client.get_all_orders(symbol="BTCUSDT")) == 2


def test_market_orders_show_up_in_trades_and_balances(client: Any) -> None:
    bought = client.order_market_buy(symbol="BTCUSDT", quoteOrderQty=100)
    sold = client.order_market_sell(symbol="BTCUSDT", quantity=0.5)
    assert (bought["status"], sold["status"]) == ("FILLED", "FILLED")
    trades = client.get_my_trades(symbol="BTCUSDT")
    assert [one["orderId"] for one in trades] == [bought["orderId"], sold["orderId"]]
    assert client.get_asset_balance("BTC")["free"] == "9.50199800"
    assert client.get_account()["canTrade"] is True
    assert client.create_test_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=1) == {}
    assert len(client.get_current_order_count()) == 2


def test_orders_are_replaced(client: Any) -> None:
    placed = client.order_limit_buy(**LIMIT)
    replaced = client.cancel_replace_order(
        side="BUY",
        type="LIMIT",
        timeInForce="GTC",
        cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrderId=placed["orderId"],
        **LIMIT,
    )
    assert replaced["newOrderResult"] == "SUCCESS"
    with pytest.raises(BinanceAPIException) as caught:
        client.cancel_replace_order(
            side="BUY",
            type="LIMIT",
            timeInForce="GTC",
            cancelReplaceMode="STOP_ON_FAILURE",
            cancelOrderId=placed["orderId"],
            **LIMIT,
        )
    assert (caught.value.status_code, caught.value.code) == (400, -2022)


@pytest.mark.parametrize(
    ("terms", "code", "message"),
    [
        ({"quantity": "100"}, -2010, "Account has insufficient balance for requested action."),
        ({"price": "40000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"symbol": "NOPE"}, -1121, "Invalid symbol."),
        ({"timeInForce": "SOON"}, -1115, "Invalid timeInForce."),
    ],
)
def test_a_refusal_has_the_code_and_the_text(
    client: Any, terms: dict[str, str], code: int, message: str
) -> None:
    with pytest.raises(BinanceAPIException) as caught:
        client.order_limit_buy(**{**LIMIT, **terms})
    assert (caught.value.code, caught.value.message) == (code, message)


def test_order_lists_are_placed_and_end(client: Any, venue: ServerProcess) -> None:
    pair = client.order_oco_sell(**OCO)
    assert [one["orderListId"] for one in client.get_open_oco_orders()] == [pair["orderListId"]]
    ended = client.v3_delete_order_list(symbol="BTCUSDT", orderListId=pair["orderListId"])
    assert ended["listOrderStatus"] == "ALL_DONE"
    oto = client.v3_post_order_list_oto(**OTO)
    with AdminClient(venue.url) as admin:
        admin.set_price("48900")
    statuses = [
        client.get_order(symbol="BTCUSDT", orderId=one["orderId"])["status"]
        for one in oto["orders"]
    ]
    assert statuses == ["FILLED", "NEW"]


async def test_the_async_client_trades(async_client: Any) -> None:
    placed = await async_client.order_limit_buy(**LIMIT)
    found = await async_client.get_order(symbol="BTCUSDT", orderId=placed["orderId"])
    assert found["clientOrderId"] == placed["clientOrderId"]
    canceled = await async_client.cancel_order(
        symbol="BTCUSDT", origClientOrderId=placed["clientOrderId"]
    )
    assert canceled["status"] == "CANCELED"
    with pytest.raises(BinanceAPIException) as caught:
        await async_client.cancel_order(symbol="BTCUSDT", orderId=placed["orderId"])
    assert caught.value.code == -2011


async def test_the_async_client_trades_over_the_socket(async_client: Any) -> None:
    placed = await async_client.ws_order_limit_buy(**LIMIT)
    wanted = {"symbol": "BTCUSDT", "orderId": placed["orderId"]}
    assert (await async_client.ws_get_order(**wanted))["status"] == "NEW"
    assert (await async_client.ws_cancel_order(**wanted))["status"] == "CANCELED"
    pair = await async_client.ws_create_oco_order(side="SELL", **OCO)
    assert (await async_client.ws_get_oco_order(orderListId=pair["orderListId"]))["symbol"]
    ended = await async_client.ws_cancel_oco_order(
        symbol="BTCUSDT", orderListId=pair["orderListId"]
    )
    assert ended["listStatusType"] == "ALL_DONE"
    account = await async_client.ws_get_account()
    assert account["accountType"] == "SPOT"
    assert await async_client.ws_get_all_orders(symbol="BTCUSDT")
