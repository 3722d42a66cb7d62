"""What an account sees of its orders and lists is the same after a restart of the server."""

from pathlib import Path
from typing import Any

from tests.support.binance_client import BinanceClient
from tests.support.binance_trading import Trader, trading_account
from tests.support.native_client import AdminClient
from tests.support.server import running_server
from tests.support.user_data_client import stream_socket

OPTIONS = ("--feed", "manual", "--fills", "depth", "--rate-limits", "off")
PAIR: dict[str, Any] = {
    "side": "SELL",
    "quantity": "1",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "60000",
    "belowType": "STOP_LOSS_LIMIT",
    "belowPrice": "43000",
    "belowStopPrice": "44000",
    "belowTimeInForce": "GTC",
    "belowTrailingDelta": 100,
}


def live_through(trader: Trader, admin: AdminClient) -> int:
    """An order of each fate; the id of one that was amended."""
    admin.post("/admin/price", {"symbol": "BTC/USDT", "price": "50000", "bid": "49900"})
    trader.place("BUY", "MARKET", quantity="0.1", strategyId=7)
    trader.limit("BUY", "1", "49950")
    trader.limit("SELL", "0.4", "49950", selfTradePreventionMode="DECREMENT")
    trader.limit("BUY", "1", "44000", icebergQty="0.2")
    trader.limit("BUY", "0.1", "44000", timeInForce="IOC")
    trader.ask("DELETE", "order", orderId=trader.limit("BUY", "1", "30000")["orderId"])
    amended = trader.limit("BUY", "1", "35000", newClientOrderId="before")["orderId"]
    trader.ask("PUT", "order/amend/keepPriority", orderId=amended, newQty="0.5")
    ended = trader.ask("POST", "orderList/oco", **PAIR, listClientOrderId="ended")
    trader.ask("DELETE", "orderList", orderListId=ended["orderListId"])
    trader.ask("POST", "orderList/oco", **PAIR, listClientOrderId="open")
    return int(amended)


def picture(trader: Trader, amended: int) -> dict[str, Any]:
    """Everything that belongs to the account."""
    seen = {
        path: trader.ask("GET", path)
        for path in ("openOrders", "allOrders", "myTrades", "myAllocations")
    }
    for path in ("openOrderList", "allOrderList"):
        seen[path] = trader.ask("GET", path, symbol=None)
    for order in seen["allOrders"]:
        assert trader.order(order["orderId"]) == order
        by_name = trader.ask("GET", "order", origClientOrderId=order["clientOrderId"])
        assert by_name == order
    for name in ("open", "ended"):
        seen[name] = trader.ask("GET", "orderList", symbol=None, origClientOrderId=name)
    taker = next(one for one in seen["allOrders"] if one["status"] == "EXPIRED_IN_MATCH")
    seen["matches"] = trader.ask("GET", "myPreventedMatches", orderId=taker["orderId"])
    seen["amendments"] = trader.ask("GET", "order/amendments", orderId=amended)
    seen["account"] = trader.client.answer("GET", "/api/v3/account")
    assert all(seen[name] for name in seen if name != "myAllocations")
    return seen


def test_a_restart_changes_nothing_that_an_account_sees(tmp_path: Path) -> None:
    with (
        running_server(*OPTIONS, data_dir=tmp_path) as server,
        AdminClient(server.url) as admin,
        trading_account(server) as trader,
    ):
        amended = live_through(trader, admin)
        before = picture(trader, amended)
        key, signer = trader.client.key, trader.client.signer
    with (
        running_server(*OPTIONS, data_dir=tmp_path) as server,
        BinanceClient(f"{server.url}/binance", key, signer) as client,
    ):
        again = Trader(client)
        assert picture(again, amended) == before
        again.ask("DELETE", "orderList", listClientOrderId="open")
        again.ask("DELETE", "openOrders")
        assert again.open() == []
        assert again.balance("BTC")[1] == "0.00000000"


async def test_a_client_that_connects_again_with_its_listen_key_hears_of_its_orders(
    tmp_path: Path,
) -> None:
    with (
        running_server(*OPTIONS, data_dir=tmp_path) as server,
        AdminClient(server.url) as admin,
        trading_account(server) as trader,
    ):
        admin.post("/admin/price", {"symbol": "BTC/USDT", "price": "50000"})
        key, signer = trader.client.key, trader.client.signer
        listen_key = key_request(trader.client, "POST")["listenKey"]
    with (
        running_server(*OPTIONS, data_dir=tmp_path) as server,
        AdminClient(server.url) as admin,
        BinanceClient(server.url, key, signer) as client,
    ):
        admin.post("/admin/price", {"symbol": "BTC/USDT", "price": "50000"})
        async with stream_socket(server.websocket_url, f"/ws/{listen_key}") as stream:
            Trader(client).limit("BUY", "1", "44000")
            events = await stream.events()
            assert [event["e"] for event in events] == [
                "executionReport",
                "outboundAccountPosition",
            ]
        assert key_request(client, "PUT", listenKey=listen_key) == {}


def test_a_restart_leaves_the_ids_of_the_book_rising(tmp_path: Path) -> None:
    ids: list[int] = []
    for price in ("50000", "50001"):
        with (
            running_server(*OPTIONS, data_dir=tmp_path) as server,
            AdminClient(server.url) as admin,
            BinanceClient(server.url) as client,
        ):
            for spread in range(3):
                bid = str(int(price) - spread)
                admin.post("/admin/price", {"symbol": "BTC/USDT", "price": price, "bid": bid})
                book = client.get("/api/v3/depth", symbol="BTCUSDT")
                ids.append(book["lastUpdateId"])
    assert ids == sorted(set(ids))


def key_request(client: BinanceClient, method: str, **params: str) -> Any:
    """A call about listen keys, which is not signed."""
    headers = {"X-MBX-APIKEY": client.key}
    path = "/api/v3/userDataStream"
    return client.http.request(method, path, params=params, headers=headers).json()
