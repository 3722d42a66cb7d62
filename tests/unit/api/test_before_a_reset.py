"""Who was let in before a reset does nothing to the account that has the same number after it,
whatever way it came."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from hypersim.dialects.binance.app.build import build as build_binance
from hypersim.dialects.native.app import build as build_native
from hypersim.service.demo import opening, seed_demo
from hypersim.service.manual_price import ManualPrice
from hypersim.service.transaction import Cause, Source
from hypersim.trading.account_commands import RevokeKey
from hypersim.trading.commands import Command
from tests.support.asgi_peer import Peer, scope_of
from tests.support.binance_client import now_ms, signature_of, signed_params
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.native_client import NativeClient
from tests.support.server import DEMO_KEY, DEMO_SECRET

ACCOUNT_ID = 1
STRANGER = "stranger@example.com"
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
ORDER |= {"quantity": "0.01", "price": "40000"}

Ask = Callable[["Shop"], Coroutine[None, None, tuple[int, Any]]]


class Shop:
    """An exchange with its APIs. Once `hold` was called, commands wait for `let_go`."""

    def __init__(self, exchange: MemoryExchange) -> None:
        self.exchange = exchange
        self.apps = {"native": build_native, "binance": build_binance}
        self.arrived = asyncio.Event()
        self._let_go = asyncio.Event()
        self._submit = exchange.engine.submit

    def hold(self) -> None:
        self.exchange.engine.submit = self._wait  # type: ignore[method-assign]

    def let_go(self) -> None:
        self._let_go.set()

    async def _wait(self, command: Command, cause: Cause, asked_ms: int | None = None) -> Any:
        self.arrived.set()
        await self._let_go.wait()
        return await self._submit(command, cause, asked_ms)

    async def call(self, api: str, method: str, path: str, **more: Any) -> tuple[int, Any]:
        transport = httpx.ASGITransport(self.apps[api](self.exchange.services).app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            response = await client.request(method, path, **more)
        return response.status_code, response.json()


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with memory_exchange() as exchange:
        await seed_demo(exchange.engine)
        await exchange.prices.set(ManualPrice("BTC/USDT", Decimal(50_000)))
        yield Shop(exchange)


async def native_order(shop: Shop) -> tuple[int, Any]:
    body = {"symbol": "BTC/USDT", "side": "buy", "type": "limit", "amount": "0.01"}
    return await native(shop, "POST", "/v1/order", {**body, "price": "40000"})


async def native_cancel_all(shop: Shop) -> tuple[int, Any]:
    return await native(shop, "DELETE", "/v1/orders/open", None)


async def native(shop: Shop, method: str, path: str, sent: object) -> tuple[int, Any]:
    body = b"" if sent is None else json.dumps(sent).encode()
    with NativeClient("http://x") as client:
        headers = client.headers(method, path, body)
    return await shop.call("native", method, path, content=body, headers=headers)


async def binance_order(shop: Shop) -> tuple[int, Any]:
    return await binance(shop, "POST", "/api/v3/order", ORDER)


async def binance_withdrawal(shop: Shop) -> tuple[int, Any]:
    asked = {"coin": "USDT", "address": "0x" + "a" * 40, "amount": "100", "network": "ETH"}
    return await binance(shop, "POST", "/sapi/v1/capital/withdraw/apply", asked)


async def binance(shop: Shop, method: str, path: str, params: dict[str, str]) -> tuple[int, Any]:
    query = urlencode({"timestamp": now_ms(), **params})
    signed = f"{path}?{query}&signature={signature_of(DEMO_SECRET, query)}"
    return await shop.call("binance", method, signed, headers={"X-MBX-APIKEY": DEMO_KEY})


async def binance_socket_order(shop: Shop) -> tuple[int, Any]:
    peer, app = Peer(), build_binance(shop.exchange.services).app
    serving = asyncio.ensure_future(app(scope_of("/ws-api/v3"), peer.receive, peer.send))
    params = signed_params(DEMO_KEY, DEMO_SECRET, **ORDER)
    peer.ask({"id": 1, "method": "order.place", "params": params})
    answer = await peer.next()
    peer.hang_up()
    await serving
    return answer["status"], answer.get("error")


async def admin_deposit(shop: Shop) -> tuple[int, Any]:
    change = {"user": ACCOUNT_ID, "asset": "USDT", "amount": "5", "action": "deposit"}
    response = await shop.exchange.admin.post("/admin/balances", json=change)
    return response.status_code, response.json()


async def admin_key(shop: Shop) -> tuple[int, Any]:
    response = await shop.exchange.admin.post("/admin/keys", json={"user": ACCOUNT_ID})
    return response.status_code, response.json()


ASKED: Sequence[tuple[Ask, int, object]] = (
    (native_order, 401, "INVALID_API_KEY"),
    (native_cancel_all, 401, "INVALID_API_KEY"),
    (binance_order, 401, -2015),
    (binance_withdrawal, 401, -2015),
    (binance_socket_order, 401, -2015),
    (admin_deposit, 404, "USER_NOT_FOUND"),
    (admin_key, 404, "USER_NOT_FOUND"),
)


async def revoke(shop: Shop) -> None:
    await shop.exchange.engine.submit(RevokeKey(DEMO_KEY), Source.ADMIN)


async def begin_again(shop: Shop) -> None:
    await shop.exchange.engine.reset(opening())


@pytest.mark.parametrize("take_away", [revoke, begin_again])
@pytest.mark.parametrize(("asked", "code"), [("session.status", None), ("account.status", -2015)])
async def test_a_session_ends_with_the_key_that_logged_on(
    shop: Shop,
    take_away: Callable[[Shop], Coroutine[None, None, None]],
    asked: str,
    code: int | None,
) -> None:
    peer, app = Peer(), build_binance(shop.exchange.services).app
    serving = asyncio.ensure_future(app(scope_of("/ws-api/v3"), peer.receive, peer.send))
    logon = signed_params(DEMO_KEY, DEMO_SECRET)
    peer.ask({"id": 1, "method": "session.logon", "params": logon})
    assert (await peer.next())["result"]["apiKey"] == DEMO_KEY
    await take_away(shop)
    params = {"timestamp": now_ms()} if code else {}
    peer.ask({"id": 2, "method": asked, "params": params})
    assert (await peer.next()).get("error", {}).get("code") == code
    peer.ask({"id": 3, "method": "session.status"})
    assert (await peer.next())["result"]["apiKey"] is None
    peer.hang_up()
    await serving


@pytest.mark.parametrize(
    ("ask", "status", "code"), ASKED, ids=lambda one: getattr(one, "__name__", None)
)
async def test_what_was_asked_before_a_reset_reaches_nobody_after_it(
    shop: Shop, ask: Ask, status: int, code: object
) -> None:
    shop.hold()
    asking = asyncio.create_task(ask(shop))
    arrived = asyncio.create_task(shop.arrived.wait())
    await asyncio.wait([arrived, asking], return_when=asyncio.FIRST_COMPLETED)
    assert not asking.done(), asking.result()
    engine = shop.exchange.engine
    await engine.reset(opening())
    before = picture(shop)
    shop.let_go()
    answered, body = await asking
    assert (answered, body.get("error", body)["code"]) == (status, code), body
    assert picture(shop) == before
    # Who is let in now may go on, in the very same words.
    again, body = await asyncio.create_task(ask(shop))
    assert again < 300, body


def picture(shop: Shop) -> object:
    """Everything that accounts have."""
    view = shop.exchange.engine.view
    return dict(view.balances), dict(view.orders), dict(view.keys), dict(view.withdrawals)


async def test_a_new_account_whose_number_a_reset_gave_away_gets_no_key_of_another(
    shop: Shop,
) -> None:
    engine = shop.exchange.engine
    submit, is_opened = engine.submit, asyncio.Event()
    let_go = asyncio.Event()

    async def slowly(command: Command, cause: Cause, asked_ms: int | None = None) -> Any:
        if is_opened.is_set():
            await let_go.wait()
        is_opened.set()
        return await submit(command, cause, asked_ms)

    engine.submit = slowly  # type: ignore[method-assign]
    body = {"email": STRANGER, "password": "long enough"}
    registering = asyncio.create_task(shop.call("native", "POST", "/v1/register", json=body))
    await is_opened.wait()
    await engine.settled()
    await engine.reset((*opening(), *opening_another()))
    let_go.set()
    assert (await registering)[0] == 401
    assert [key.key for key in engine.view.keys.values()] == [DEMO_KEY]


def opening_another() -> tuple[Command, ...]:
    first, *_ = opening()
    return (type(first)("another@example.com"),)  # type: ignore[call-arg, arg-type]


async def test_a_task_knows_of_the_reset_that_it_made(shop: Shop) -> None:
    assert (await native_order(shop))[0] == 201
    await shop.exchange.engine.reset(opening())
    assert (await native_order(shop))[0] == 201
