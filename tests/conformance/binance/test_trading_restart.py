"""What an account sees of its orders and lists is the same after a restart of the server."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.support.binance_client import BinanceClient, Signer
from tests.support.binance_trading import Trader, trading_account
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess, running_server
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


class Account(NamedTuple):
    """Enough to come back with."""

    key: str
    signer: Signer


class Story(NamedTuple):
    """What clients were told before the restart, and the server after it."""

    server: ServerProcess
    trader: Account
    before: dict[str, Any]
    amended: int
    listener: Account
    listen_key: str
    book_ids: list[int]


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One restart for all tests here; each looks at an account or a symbol of its own."""
    data_dir = tmp_path_factory.mktemp("restart") / "data"
    with (
        running_server(*OPTIONS, data_dir=data_dir) as server,
        AdminClient(server.url) as admin,
        trading_account(server) as trader,
        trading_account(server) as listener,
    ):
        amended = live_through(trader, admin)
        before = picture(trader, amended)
        listen_key = key_request(listener.client, "POST")["listenKey"]
        ids = book_ids(server, "3000")
        accounts = [Account(one.client.key, one.client.signer) for one in (trader, listener)]
    with running_server(*OPTIONS, data_dir=data_dir) as server:
        yield Story(server, accounts[0], before, amended, accounts[1], listen_key, ids)


def test_a_restart_changes_nothing_that_an_account_sees(restarted: Story) -> None:
    with BinanceClient(f"{restarted.server.url}/binance", *restarted.trader) as client:
        again = Trader(client)
        assert picture(again, restarted.amended) == restarted.before
        again.ask("DELETE", "orderList", listClientOrderId="open")
        again.ask("DELETE", "openOrders")
        assert again.open() == []
        assert again.balance("BTC")[1] == "0.00000000"


async def test_a_client_that_connects_again_with_its_listen_key_hears_of_its_orders(
    restarted: Story,
) -> None:
    key, url = restarted.listen_key, restarted.server.websocket_url
    with BinanceClient(restarted.server.url, *restarted.listener) as client:
        async with stream_socket(url, f"/ws/{key}") as stream:
            Trader(client).limit("BUY", "1", "44000")
            events = await stream.events()
            assert [event["e"] for event in events] == [
                "executionReport",
                "outboundAccountPosition",
            ]
        assert key_request(client, "PUT", listenKey=key) == {}


def test_a_restart_leaves_the_ids_of_the_book_rising(restarted: Story) -> None:
    ids = [*restarted.book_ids, *book_ids(restarted.server, "3001")]
    assert ids == sorted(set(ids))


def book_ids(server: ServerProcess, price: str) -> list[int]:
    """The book's, as it moves three times."""
    ids = []
    with AdminClient(server.url) as admin, BinanceClient(server.url) as client:
        for spread in range(3):
            bid = str(int(price) - spread)
            admin.post("/admin/price", {"symbol": "ETH/USDT", "price": price, "bid": bid})
            ids.append(client.get("/api/v3/depth", symbol="ETHUSDT")["lastUpdateId"])
    return ids


def key_request(client: BinanceClient, method: str, **params: str) -> Any:
    """A call about listen keys, which is not signed."""
    headers = {"X-MBX-APIKEY": client.key}
    path = "/api/v3/userDataStream"
    return client.http.request(method, path, params=params, headers=headers).json()
