"""What an account sees of its orders and lists is the same after a restart of the server."""

from pathlib import Path
from typing import Any

from tests.support.binance_client import BinanceClient
from tests.support.binance_trading import Trader, trading_account
from tests.support.native_client import AdminClient
from tests.support.server import running_server

OPTIONS = ("--feed", "manual", "--fills", "depth", "--rate-limits", "off")
PAIR: dict[str, Any] = {
    "side": "SELL",
    "quantity": "1",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "60000",
    "belowType": "STOP_LOSS_LIMIT",
    "belowPrice": "39000",
    "belowStopPrice": "40000",
    "belowTimeInForce": "GTC",
    "belowTrailingDelta": 100,
}


def live_through(trader: Trader, admin: AdminClient) -> int:
    """An order of each fate; the id of one that was amended."""
    admin.post("/admin/price", {"symbol": "BTC/USDT", "price": "50000", "bid": "49900"})
    trader.place("BUY", "MARKET", quantity="0.1", strategyId=7)
    trader.limit("BUY", "1", "49950")
    trader.limit("SELL", "0.4", "49950", selfTradePreventionMode="DECREMENT")
    trader.limit("BUY", "1", "40000", icebergQty="0.2")
    trader.limit("BUY", "0.1", "40000", timeInForce="IOC")
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
