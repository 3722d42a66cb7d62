"""A market of one pair that speaks as much of MEXC as the rebalance bot does, without a socket.

Orders rest until what the test said about them is due; every answer can be made to get lost.
"""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from scripts.rebalance_bot.infrastructure.mexc.endpoints import signature

D = Decimal
NONE, LEAST = D(0), D(5)
COIN, MONEY, PRICE = D(8000), D(600), D("0.05")
"""Of the guide's first case."""
KEY, SECRET = "key", "secret"
START_MS = 1_767_268_800_000
"""2026-01-01T12:00:00Z."""

FILL_PARTS = tuple[float, str, str]
"""Seconds after the order, price, quantity."""


class DrivenClock:
    """Time that passes where somebody sleeps."""

    def __init__(self) -> None:
        self.ms = START_MS
        self.slept: list[float] = []

    def now_ms(self) -> int:
        """The time."""
        return self.ms

    async def sleep(self, seconds: float) -> None:
        """It is so much later."""
        self.slept.append(seconds)
        self.ms += round(seconds * 1000)


@dataclass
class Resting:
    """An order and what is to happen to it."""

    told: dict[str, Any]
    placed_ms: int
    script: list[FILL_PARTS]
    executed: Decimal = NONE
    quote: Decimal = NONE


@dataclass
class Trouble:
    """What goes wrong with a request: before it is done, or with its answer."""

    status: int = 0
    code: int = 0
    lost: str = ""
    """`request`, `answer`, or `late`: the answer comes after `wait_s`. Empty if there is an answer
    of `status` and `code`."""

    wait_s: int = 0
    """How long the client is told to wait, or has to."""


@dataclass
class RebalanceVenue:
    """`script` is what happens to the next orders; `troubles` what to the next requests of
    `METHOD PATH`; `fee` is taken in quote."""

    clock: DrivenClock
    coin: Decimal = COIN
    money: Decimal = MONEY
    price: Decimal = PRICE
    closes: list[str] = field(default_factory=lambda: ["0.0492"] * 18 + ["0.0495"] * 7)
    fee: Decimal = NONE
    script: deque[list[FILL_PARTS]] = field(default_factory=deque)
    troubles: dict[str, deque[Trouble]] = field(default_factory=dict)
    orders: dict[str, Resting] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    stop: tuple[int, bool] | None = None
    """The number of the request at which the bot is stopped, and whether it is done before."""

    places: int = 0
    min_notional: Decimal = LEAST

    def transport(self) -> httpx.MockTransport:
        """The way to it."""
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """One request."""
        name = f"{request.method} {request.url.path.removeprefix('/mexc')}"
        self.requests.append(name)
        waiting = self.troubles.get(name)
        trouble = waiting.popleft() if waiting else None
        if trouble is not None and trouble.lost == "request":
            raise httpx.ReadTimeout("lost", request=request)
        if trouble is not None and not trouble.lost:
            body = {"code": trouble.code, "msg": "trouble"}
            headers = {"Retry-After": str(trouble.wait_s)} if trouble.wait_s else {}
            return httpx.Response(trouble.status, json=body, headers=headers)
        stops = self.stop is not None and self.stop[0] == len(self.requests)
        if stops and self.stop == (len(self.requests), False):
            raise asyncio.CancelledError
        answer = self._answer(name, request)
        if stops:
            raise asyncio.CancelledError
        if trouble is not None and trouble.lost == "late":
            self.clock.ms += trouble.wait_s * 1000
        elif trouble is not None:
            raise httpx.ReadError("lost", request=request)
        return answer

    def _answer(self, name: str, request: httpx.Request) -> httpx.Response:
        params = dict(request.url.params) | json.loads(request.content or "{}")
        if "signature" in params and (refusal := self._unsigned(request, params)):
            return refusal
        match name:
            case "GET /api/v3/time":
                return httpx.Response(200, json={"serverTime": self.clock.ms})
            case "GET /api/v3/exchangeInfo":
                return httpx.Response(200, json={"symbols": [self._symbol()]})
            case "GET /api/v3/ticker/price":
                return httpx.Response(200, json={"symbol": "QRLUSDT", "price": str(self.price)})
            case "GET /api/v3/klines":
                rows = [[0, close, close, close, close, "1", 1, "1"] for close in self.closes]
                return httpx.Response(200, json=rows)
            case "GET /api/v3/account":
                return httpx.Response(200, json=self._account())
            case "POST /api/v3/order":
                return self._place(params)
            case _:
                return self._of_order(request.method, params["origClientOrderId"])

    def _unsigned(self, request: httpx.Request, params: dict[str, str]) -> httpx.Response | None:
        if request.headers["X-MEXC-APIKEY"] != KEY:
            return _error(400, 10072)
        if params["signature"] != signature(params, SECRET):
            return _error(400, -1022)
        late = self.clock.ms - int(params["timestamp"])
        return _error(400, -1021) if not -1000 <= late <= int(params["recvWindow"]) else None

    def _symbol(self) -> dict[str, Any]:
        return {
            "symbol": "QRLUSDT",
            "baseAsset": "QRL",
            "quoteAsset": "USDT",
            "baseAssetPrecision": 2,
            "quotePrecision": 5,
            "quoteAmountPrecision": str(self.min_notional),
        }

    def _account(self) -> dict[str, Any]:
        self._settle()
        told = (("QRL", self.coin), ("USDT", self.money))
        return {
            "balances": [{"asset": name, "free": str(n), "locked": "0"} for name, n in told],
        }

    def _place(self, params: dict[str, str]) -> httpx.Response:
        price, quantity = D(params["price"]), D(params["quantity"])
        if params["newClientOrderId"] in self.orders:
            return _error(400, -2010)
        if price * quantity < self.min_notional:
            return _error(400, -1013)
        if params["side"] == "BUY" and price * quantity > self.money:
            return _error(400, -2010)
        self.places += 1
        told = {
            "orderId": f"C02__{self.places}",
            "clientOrderId": params["newClientOrderId"],
            "side": params["side"],
            "price": params["price"],
            "origQty": params["quantity"],
            "status": "NEW",
        }
        script = self.script.popleft() if self.script else [(0.0, str(price), str(quantity))]
        self.orders[params["newClientOrderId"]] = Resting(told, self.clock.ms, script)
        return httpx.Response(200, json={"orderId": told["orderId"], "symbol": "QRLUSDT"})

    def _of_order(self, method: str, name: str) -> httpx.Response:
        self._settle()
        order = self.orders.get(name)
        if order is None:
            return _error(404, -2013 if method == "GET" else -2011)
        if method == "DELETE":
            if order.told["status"] not in ("NEW", "PARTIALLY_FILLED"):
                return _error(400, -2011)
            order.told["status"] = "PARTIALLY_CANCELED" if order.executed else "CANCELED"
        filled = {"executedQty": str(order.executed), "cummulativeQuoteQty": str(order.quote)}
        return httpx.Response(200, json=order.told | filled)

    def _settle(self) -> None:
        """Fill what is due by now."""
        for order in self.orders.values():
            due = [p for p in order.script if order.placed_ms + p[0] * 1000 <= self.clock.ms]
            if order.told["status"] not in ("NEW", "PARTIALLY_FILLED"):
                continue
            order.script = order.script[len(due) :]
            for _, price, quantity in due:
                self._fill(order, D(price), D(quantity))

    def _fill(self, order: Resting, price: Decimal, quantity: Decimal) -> None:
        sign = 1 if order.told["side"] == "BUY" else -1
        self.coin += sign * quantity
        self.money -= sign * price * quantity + price * quantity * self.fee
        order.executed += quantity
        order.quote += price * quantity
        is_whole = order.executed == D(order.told["origQty"])
        order.told["status"] = "FILLED" if is_whole else "PARTIALLY_FILLED"


def _error(status: int, code: int) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "msg": "no"})
