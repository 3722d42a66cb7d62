"""Stock `ccxt.pro.binance`, redirected to a real server, watches its own account."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import ccxt
import ccxt.pro
import pytest

from tests.support.key_pairs import ed25519_key, private_pem, public_pem
from tests.support.native_client import AdminClient, NativeClient
from tests.support.server import ServerProcess, running_server

DEADLINE_S = 15
SYMBOL = "BTC/USDT"

_emails = (f"ccxt-pro-{number}@example.com" for number in itertools.count())


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Prices by hand."""
    with running_server("--feed", "manual", "--demo", "--rate-limits", "off") as running:
        yield running


@pytest.fixture
def admin(server: ServerProcess) -> Iterator[AdminClient]:
    """BTC/USDT is at 50,000."""
    with AdminClient(server.url) as client:
        client.set_price("50000")
        yield client


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
    """An account with a stock client, and one of our own that trades without being watched."""

    def __init__(self, server: ServerProcess, admin: AdminClient) -> None:
        self.email = next(_emails)
        self.admin = admin
        key, secret = admin.new_user(self.email, USDT="1000000", BTC="10")
        self.pro = exchange_of(server, key, secret)
        self.native = NativeClient(server.url, key, secret)

    async def close(self) -> None:
        await self.pro.close()
        self.native.http.close()

    async def order(self, side: str, amount: str, price: str | None = None, **more: Any) -> str:
        """The id of an order that is placed beside the client."""
        response = await asyncio.to_thread(self.native.order, side, amount, price, **more)
        assert response.is_success, response.text
        order_id: str = response.json()["id"]
        return order_id


@pytest.fixture
async def trader(server: ServerProcess, admin: AdminClient) -> AsyncIterator[Trader]:
    """A new, rich one, whose client listens already."""
    made = Trader(server, admin)
    await made.pro.ensure_user_data_stream_ws_subscribe_signature("spot")
    yield made
    await made.close()


async def soon(watching: Any) -> Any:
    """What a watch returns."""
    async with asyncio.timeout(DEADLINE_S):
        return await watching


async def test_watch_orders_follows_an_order_to_its_end(trader: Trader) -> None:
    pro = trader.pro
    watching = asyncio.create_task(pro.watch_orders(SYMBOL))
    await asyncio.sleep(0)
    order_id = await trader.order("buy", "0.5", "49000", clientOrderId="mine")
    (order,) = await soon(watching)
    assert (order["id"], order["clientOrderId"], order["status"]) == (order_id, "mine", "open")
    assert (order["amount"], order["price"], order["filled"]) == (0.5, 49000.0, 0.0)
    await asyncio.to_thread(trader.admin.set_price, "48990")
    (order,) = await soon(pro.watch_orders(SYMBOL))
    assert (order["status"], order["filled"], order["average"]) == ("closed", 0.5, 49000.0)
    order_id = await trader.order("sell", "0.5", "60000", clientOrderId="other")
    await soon(pro.watch_orders(SYMBOL))
    await asyncio.to_thread(trader.native.delete, f"/v1/order/{order_id}")
    (order,) = await soon(pro.watch_orders(SYMBOL))
    assert (order["id"], order["clientOrderId"], order["status"]) == (order_id, "other", "canceled")


async def test_watch_my_trades_tells_price_amount_and_fee(trader: Trader) -> None:
    watching = asyncio.create_task(trader.pro.watch_my_trades(SYMBOL))
    await asyncio.sleep(0)
    order_id = await trader.order("buy", "0.5")
    (trade,) = await soon(watching)
    assert (trade["order"], trade["side"], trade["takerOrMaker"]) == (order_id, "buy", "taker")
    assert (trade["price"], trade["amount"], trade["cost"]) == (50_000.0, 0.5, 25_000.0)
    assert trade["fee"] == {"currency": "BTC", "cost": 0.0005}


async def test_watch_balance_shows_what_the_exchange_has(trader: Trader) -> None:
    watching = asyncio.create_task(trader.pro.watch_balance())
    await asyncio.sleep(0)
    await trader.order("buy", "0.5", "49000")
    balance = await soon(watching)
    assert balance["USDT"] == {"free": 975_500.0, "used": 24_500.0, "total": 1_000_000.0}
    body = {"user": trader.email, "asset": "BTC", "amount": "2", "action": "deposit"}
    await asyncio.to_thread(trader.admin.post, "/admin/balances", body)
    while balance.get("BTC", {}).get("total") != 12.0:
        balance = await soon(trader.pro.watch_balance())
    assert balance["BTC"] == {"free": 12.0, "used": 0.0, "total": 12.0}


async def test_a_client_that_signs_with_ed25519_watches_too(
    server: ServerProcess, admin: AdminClient, trader: Trader
) -> None:
    body = {"user": trader.email, "kind": "ed25519", "publicKey": public_pem(ed25519_key())}
    name = admin.post("/admin/keys", body)["apiKey"]
    pro = exchange_of(server, name, private_pem(ed25519_key()))
    try:
        await pro.ensure_user_data_stream_ws_subscribe_signature("spot")
        watching = asyncio.create_task(pro.watch_orders(SYMBOL))
        await asyncio.sleep(0)
        order_id = await trader.order("buy", "0.5", "49000")
        (order,) = await soon(watching)
        assert order["id"] == order_id
    finally:
        await pro.close()


async def test_a_revoked_key_is_an_error_to_who_watches(trader: Trader) -> None:
    watching = asyncio.create_task(trader.pro.watch_orders(SYMBOL))
    await asyncio.sleep(0)
    response = await asyncio.to_thread(trader.admin.http.delete, f"/admin/keys/{trader.pro.apiKey}")
    assert response.is_success
    with pytest.raises(ccxt.ExchangeError):
        await soon(trader.pro.ensure_user_data_stream_ws_subscribe_signature("spot"))
    watching.cancel()
