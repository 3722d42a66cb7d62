"""A user of a real server who trades over the Binance dialect while two sockets listen."""

import itertools
from contextlib import AsyncExitStack
from typing import Any

import httpx

from tests.support.binance_client import BinanceClient
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess
from tests.support.user_data_client import (
    Event,
    EventSocket,
    api_socket,
    stream_socket,
    subscribe,
)

LISTEN_KEY_PATH = "/api/v3/userDataStream"
SYMBOL = "BTCUSDT"
MONEY = {"USDT": "1000000", "BTC": "10"}

_emails = (f"watched-{number}@example.com" for number in itertools.count())


class WatchedAccount:
    """Orders are for BTCUSDT; calls must succeed unless their names say otherwise."""

    def __init__(self, server: ServerProcess, admin: AdminClient, stack: AsyncExitStack) -> None:
        self.email = next(_emails)
        self.admin = admin
        self.key, self.secret = admin.new_user(self.email, **MONEY)
        self.binance = stack.enter_context(BinanceClient(server.url, self.key, self.secret))
        self.url = server.url
        self._server, self._stack = server, stack
        self._sockets: tuple[EventSocket, EventSocket] | None = None

    async def listen(self, query: str = "") -> tuple[EventSocket, EventSocket]:
        """(WebSocket API, listen key)"""
        url = self._server.websocket_url
        api = await self._stack.enter_async_context(api_socket(url, query))
        assert await subscribe(api, self.key, self.secret) == 0
        target = f"/ws/{self.listen_key()}{query}"
        stream = await self._stack.enter_async_context(stream_socket(url, target))
        self._sockets = api, stream
        return self._sockets

    async def heard(self) -> list[Event]:
        """What both sockets were told since the last call, which must be the same."""
        assert self._sockets is not None
        api, stream = self._sockets
        events = await api.events()
        assert await stream.events() == events
        return events

    def listen_key(self) -> str:
        """The account's listen key."""
        response = self.call_stream("POST")
        assert response.status_code == 200, response.text
        name: str = response.json()["listenKey"]
        return name

    def call_stream(self, method: str, **params: str) -> httpx.Response:
        """userDataStream as clients call it: the key's name, and no signature."""
        headers = {"X-MBX-APIKEY": self.key}
        return self.binance.http.request(method, LISTEN_KEY_PATH, params=params, headers=headers)

    def move(self, asset: str, amount: str, action: str) -> None:
        """The admin gives or takes money."""
        body = {"user": self.email, "asset": asset, "amount": amount, "action": action}
        self.admin.post("/admin/balances", body)

    def balance(self, asset: str) -> str:
        """What is free of it."""
        rows = self.binance.answer("GET", "/api/v3/account")["balances"]
        free: str = next(row["free"] for row in rows if row["asset"] == asset)
        return free

    def call(self, method: str, path: str, **params: Any) -> Any:
        """A signed call's answer."""
        return self.binance.answer(method, f"/api/v3/{path}", symbol=SYMBOL, **params)

    def place(self, side: str, quantity: str, price: str | None = None, **more: Any) -> Any:
        """A limit order, or a market order without a price, unless `type` is said."""
        params: dict[str, Any] = {"side": side, "quantity": quantity, "type": "MARKET"}
        if price is not None:
            params |= {"type": "LIMIT", "timeInForce": "GTC", "price": price}
        return self.call("POST", "order", **(params | more))

    def cancel(self, order_id: int, **more: Any) -> Any:
        """The end of an order."""
        return self.call("DELETE", "order", orderId=order_id, **more)


def shape(events: list[Event]) -> list[tuple[str, ...]]:
    """The kind of each event, and what tells it from others of its kind."""
    return [_shape(event) for event in events]


def _shape(event: Event) -> tuple[str, ...]:
    match event["e"]:
        case "executionReport":
            return event["x"], event["X"]
        case "listStatus":
            return event["e"], event["l"], event["L"]
        case kind:
            return kind, *(holding["a"] for holding in event.get("B", ()))
