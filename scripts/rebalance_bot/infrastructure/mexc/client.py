"""MEXC's REST API over httpx, for one pair of one account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from scripts.rebalance_bot.application.clock import Clock
from scripts.rebalance_bot.application.errors import (
    BadKey,
    ClockOff,
    RateLimited,
    Unclear,
    Unreachable,
)
from scripts.rebalance_bot.domain.market import Market
from scripts.rebalance_bot.domain.order import Order
from scripts.rebalance_bot.domain.planning import Holdings, Trade
from scripts.rebalance_bot.infrastructure.mexc import endpoints
from scripts.rebalance_bot.infrastructure.mexc.answers import (
    holdings_of,
    market_of,
    order_of,
    read,
)
from scripts.rebalance_bot.infrastructure.mexc.endpoints import Endpoint, error_of, signature

TIMEOUT_S = 10
RECV_WINDOW_MS = 5000
TIME_TOOK_MAX_MS = 2000
"""Half of what an answer took is how far the time in it may be off; the venue takes no request that
is more than a second early."""

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key; spaces and line ends around it are a copying mistake."""

    key: str = field(repr=False)
    secret: str = field(repr=False)

    @classmethod
    def cleaned(cls, key: str, secret: str) -> "Credentials":
        """Without what was copied along. Raises `BadKey` if one is empty."""
        if not key.strip() or not secret.strip():
            raise BadKey(0, "there is no API key: set MEXC_API_KEY and MEXC_API_SECRET")
        return cls(key.strip(), secret.strip())


class MexcClient:
    """Every call raises an `ExchangeError`.

    Whoever was told to wait waits before the next request, whatever it asks for; and nothing is
    signed by a clock that the exchange has called wrong."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        coin: str,
        money: str,
        credentials: Credentials,
        clock: Clock,
    ) -> None:
        self.recv_window_ms = RECV_WINDOW_MS
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._coin = coin
        self._money = money
        self._credentials = credentials
        self._clock = clock
        self._ahead_ms: int | None = None
        self._quiet_until_ms = 0
        self._market: Market | None = None

    @property
    def symbol(self) -> str:
        """QRLUSDT."""
        return f"{self._coin}{self._money}"

    async def synchronize(self) -> None:
        """Measure how far the exchange's clock is ahead."""
        asked_ms = self._clock.now_ms()
        answer = await self.call(endpoints.TIME)
        took_ms = self._clock.now_ms() - asked_ms
        if took_ms > TIME_TOOK_MAX_MS:
            raise Unclear(0, f"the exchange's time took {took_ms} ms to be told")
        self._ahead_ms = read(lambda: int(answer["serverTime"])) - asked_ms - took_ms // 2

    async def market(self) -> Market:
        """The pair's rules; asked for once."""
        if self._market is None:
            answer = await self.call(endpoints.EXCHANGE_INFO, symbol=self.symbol)
            self._market = read(lambda: market_of(answer, self.symbol))
        return self._market

    async def price(self) -> Decimal:
        """The last price."""
        answer = await self.call(endpoints.PRICE, symbol=self.symbol)
        return read(lambda: Decimal(answer["price"]))

    async def closes(self, interval: str, count: int) -> list[Decimal]:
        """Closes of candles, the newest last."""
        rows = await self.call(
            endpoints.KLINES, symbol=self.symbol, interval=interval, limit=str(count)
        )
        return read(lambda: [Decimal(row[4]) for row in rows])

    async def holdings(self) -> Holdings:
        """The account's coin and money."""
        account = await self.call(endpoints.ACCOUNT)
        return read(lambda: holdings_of(account, self._coin, self._money))

    async def place(self, trade: Trade, client_id: str) -> str:
        """Send a limit order; answers the exchange's id of it."""
        answer = await self.call(
            endpoints.PLACE_ORDER,
            symbol=self.symbol,
            side=trade.side.value,
            type="LIMIT",
            timeInForce="GTC",
            quantity=f"{trade.quantity:f}",
            price=f"{trade.price:f}",
            newClientOrderId=client_id,
        )
        return read(lambda: str(answer["orderId"]))

    async def order(self, client_id: str) -> Order:
        """Raises `NoSuchOrder` too."""
        answer = await self.call(
            endpoints.QUERY_ORDER, symbol=self.symbol, origClientOrderId=client_id
        )
        return read(lambda: order_of(answer))

    async def cancel(self, client_id: str) -> None:
        """Raises `NoSuchOrder` if there is nothing left to cancel."""
        await self.call(endpoints.CANCEL_ORDER, symbol=self.symbol, origClientOrderId=client_id)

    async def call(self, endpoint: Endpoint, **params: str) -> Any:
        """One request. What is signed is stamped and signed here, each time anew."""
        if endpoint.is_signed and self._ahead_ms is None:
            await self.synchronize()
        if (quiet_ms := self._quiet_until_ms - self._clock.now_ms()) > 0:
            await self._clock.sleep(quiet_ms / 1000)
        sent, headers = dict(params), {}
        if endpoint.is_signed:
            sent["timestamp"] = str(self._clock.now_ms() + (self._ahead_ms or 0))
            sent["recvWindow"] = str(self.recv_window_ms)
            sent["signature"] = signature(sent, self._credentials.secret)
            headers["X-MEXC-APIKEY"] = self._credentials.key
        response = await self._send(endpoint, sent, headers)
        try:
            return _answer(response)
        except RateLimited as error:
            self._quiet_until_ms = self._clock.now_ms() + round(error.wait_s * 1000)
            raise
        except ClockOff:
            self._ahead_ms = None
            raise

    async def _send(
        self, endpoint: Endpoint, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> httpx.Response:
        in_body = endpoint.method == "POST"
        try:
            return await self._http.request(
                endpoint.method,
                self._base_url + endpoint.path,
                params=None if in_body else dict(sorted(params.items())),
                json=dict(params) if in_body else None,
                headers=headers,
            )
        except NEVER_SENT as error:
            raise Unreachable(0, type(error).__name__) from None
        except httpx.HTTPError as error:
            # The message of some shows the signed request.
            raise Unclear(0, type(error).__name__) from None


def _answer(response: httpx.Response) -> Any:
    try:
        body = response.json()
    except ValueError:
        body = None
        if response.is_success:
            raise Unclear(response.status_code, "an answer that is no JSON") from None
    if response.is_success:
        return body
    raise error_of(response.status_code, body, response.headers.get("retry-after"))
