"""Stock `ccxt.pro.binance`, redirected to a real quiet_server, watches its own account."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import ccxt
import ccxt.pro
import pytest

from tests.support.key_pairs import ed25519_key, private_pem, public_pem
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess

DEADLINE_S = 30
POLL_S = 0.005
SYMBOL = "BTC/USDT"
ORDERS, TRADES, BALANCE = f"orders:{SYMBOL}", f"myTrades:{SYMBOL}", "spot:balance"
"""What the client calls that for which it waits."""

_emails = (f"ccxt-pro-{number}@example.com" for number in itertools.count())


def exchange_of(server: ServerProcess, key: str, secret: str) -> Any:
    """The client with nothing changed but its addresses and its key."""
    here, sockets = f"{server.url}/binance", f"{server.websocket_url}/binance"
    api = {
        "public": f"{here}/api/v3",
        "private": f"{here}/api/v3",
        "sapi": f"{here}/sapi/v1",
        "fapiPublic": f"{here}/fapi/v1",
        "dapiPublic": f"{here}/dapi/v1",
        "ws": {"spot": f"{sockets}/stream/ws", "ws-api": {"spot": f"{sockets}/ws-api/v3"}},
    }
    return ccxt.pro.binance({"apiKey": key, "secret": secret, "urls": {"api": api}})


class Trader:
    """An account with a stock client."""

    def __init__(self, server: ServerProcess, admin: AdminClient) -> None:
        self.email = next(_emails)
        self.admin = admin
        key, secret = admin.new_user(self.email, USDT="1000000", BTC="10")
        self.pro = exchange_of(server, key, secret)

    async def close(self) -> None:
        await self.pro.close()


@pytest.fixture
async def trader(quiet_server: ServerProcess, quiet_admin: AdminClient) -> AsyncIterator[Trader]:
    """A new, rich one."""
    made = Trader(quiet_server, quiet_admin)
    await made.pro.load_markets()
    yield made
    await made.close()


async def begun(pro: Any, watching: Any, topic: str) -> asyncio.Task[Any]:
    """A watch, once it is listening: what comes before that is lost on the client."""
    task = asyncio.create_task(watching)
    await eventually(lambda: topic in client_of(pro).futures)
    await eventually(lambda: not any("authenticate" in name for name in client_of(pro).futures))
    return task


def client_of(pro: Any) -> Any:
    """The client's connection to the WebSocket API."""
    return pro.client(pro.urls["api"]["ws"]["ws-api"]["spot"])


async def eventually(condition: Callable[[], bool]) -> None:
    """Return once it holds; fail after the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            if condition():
                return
            await asyncio.sleep(POLL_S)


async def soon(watching: Any) -> Any:
    """What a watch returns."""
    async with asyncio.timeout(DEADLINE_S):
        return await watching


async def test_watch_orders_follows_an_order_to_its_end(trader: Trader) -> None:
    pro = trader.pro
    watching = await begun(pro, pro.watch_orders(SYMBOL), ORDERS)
    placed = await pro.create_order_ws(SYMBOL, "limit", "buy", 0.5, 49_000)
    (order,) = await soon(watching)
    assert (order["id"], order["clientOrderId"]) == (placed["id"], placed["clientOrderId"])
    assert (order["status"], order["amount"], order["filled"]) == ("open", 0.5, 0.0)
    watching = await begun(pro, pro.watch_orders(SYMBOL), ORDERS)
    await asyncio.to_thread(trader.admin.set_price, "48990")
    (order,) = await soon(watching)
    assert (order["status"], order["filled"], order["average"]) == ("closed", 0.5, 49000.0)
    watching = await begun(pro, pro.watch_orders(SYMBOL), ORDERS)
    placed = await pro.create_order_ws(SYMBOL, "limit", "sell", 0.5, 60_000)
    await soon(watching)
    watching = await begun(pro, pro.watch_orders(SYMBOL), ORDERS)
    canceled = await pro.cancel_order_ws(placed["id"], SYMBOL)
    (order,) = await soon(watching)
    assert (order["status"], order["id"]) == ("canceled", placed["id"])
    assert order["clientOrderId"] == placed["clientOrderId"]
    assert canceled["status"] == "canceled"


async def test_watch_my_trades_tells_price_amount_and_fee(trader: Trader) -> None:
    pro = trader.pro
    watching = await begun(pro, pro.watch_my_trades(SYMBOL), TRADES)
    placed = await pro.create_order_ws(SYMBOL, "market", "buy", 0.5)
    (trade,) = await soon(watching)
    assert (trade["order"], trade["side"], trade["takerOrMaker"]) == (placed["id"], "buy", "taker")
    assert (trade["price"], trade["amount"], trade["cost"]) == (50_000.0, 0.5, 25_000.0)
    assert trade["fee"] == {"currency": "BTC", "cost": 0.0005}
    (fetched,) = await pro.fetch_my_trades_ws(SYMBOL)
    for field in ("id", "order", "price", "amount", "cost", "fee", "takerOrMaker", "timestamp"):
        assert fetched[field] == trade[field], field


async def test_watch_balance_shows_what_the_exchange_has(trader: Trader) -> None:
    pro = trader.pro
    watching = await begun(pro, pro.watch_balance(), BALANCE)
    await pro.create_order_ws(SYMBOL, "limit", "buy", 0.5, 49_000)
    balance = await soon(watching)
    assert balance["USDT"] == {"free": 975_500.0, "used": 24_500.0, "total": 1_000_000.0}
    watching = await begun(pro, pro.watch_balance(), BALANCE)
    body = {"user": trader.email, "asset": "BTC", "amount": "2", "action": "deposit"}
    await asyncio.to_thread(trader.admin.post, "/admin/balances", body)
    await soon(watching)
    fetched = await pro.fetch_balance()
    # This client does not parse what it fetches over the socket, but there it is.
    shown = (await pro.fetch_balance_ws())["info"]["balances"]
    assert {"asset": "BTC", "free": "12.00000000", "locked": "0.00000000"} in shown
    assert fetched["BTC"] == {"free": 12.0, "used": 0.0, "total": 12.0}
    # The update after the change shows the balance; the client keeps the last.
    assert pro.balance["spot"]["BTC"] == fetched["BTC"]
    assert pro.balance["spot"]["USDT"] == fetched["USDT"]


async def test_what_is_fetched_over_the_socket_is_what_was_watched(trader: Trader) -> None:
    pro = trader.pro
    watching = await begun(pro, pro.watch_orders(SYMBOL), ORDERS)
    placed = await pro.create_order_ws(SYMBOL, "limit", "buy", 0.5, 49_000)
    (watched,) = await soon(watching)
    fetched = await pro.fetch_order_ws(placed["id"], SYMBOL)
    (open_order,) = await pro.fetch_open_orders_ws(SYMBOL)
    (any_order,) = await pro.fetch_orders_ws(SYMBOL)
    for order in (fetched, open_order, any_order):
        for field in ("id", "clientOrderId", "status", "price", "amount", "filled", "remaining"):
            assert order[field] == watched[field], field
    await pro.cancel_all_orders_ws(SYMBOL)
    assert await pro.fetch_open_orders_ws(SYMBOL) == []


async def test_a_client_that_signs_with_ed25519_watches_and_trades(
    quiet_server: ServerProcess, quiet_admin: AdminClient, trader: Trader
) -> None:
    body = {"user": trader.email, "kind": "ed25519", "publicKey": public_pem(ed25519_key())}
    name = quiet_admin.post("/admin/keys", body)["apiKey"]
    pro = exchange_of(quiet_server, name, private_pem(ed25519_key()))
    try:
        await pro.load_markets()
        watching = await begun(pro, pro.watch_orders(SYMBOL), ORDERS)
        placed = await pro.create_order(SYMBOL, "limit", "buy", 0.5, 49_000)
        (order,) = await soon(watching)
        assert order["id"] == placed["id"]
        assert (await pro.cancel_order_ws(placed["id"], SYMBOL))["status"] == "canceled"
    finally:
        await pro.close()


async def test_a_client_whose_key_is_revoked_is_told(trader: Trader) -> None:
    pro = trader.pro
    watching = await begun(pro, pro.watch_orders(SYMBOL), ORDERS)
    path = f"/admin/keys/{pro.apiKey}"
    assert (await asyncio.to_thread(trader.admin.http.delete, path)).is_success
    # This client does not wake who watches, but subscribes again at the next call.
    await eventually(lambda: "spot" not in client_of(pro).subscriptions)
    watching.cancel()
