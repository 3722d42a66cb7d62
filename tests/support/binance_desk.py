"""Operations of the Binance dialect, run as the demo user of an exchange in memory."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.limits.weights import Limits
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Operation, Venue, perform, told
from hypersim.service.demo import seed_demo
from hypersim.service.limits import RateLimiter
from hypersim.service.manual_price import ManualPrice
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import Deposit
from hypersim.trading.commands import ListInstrument
from hypersim.trading.rules import AccountLimits
from tests.support.binance_calls import call_of
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.server import DEMO_KEY

METHODS = {name: one for one in OPERATIONS for name in one.methods}


class Desk:
    """Runs operations by the names that they have in the WebSocket API."""

    def __init__(self, exchange: MemoryExchange, venue: Venue) -> None:
        self.exchange = exchange
        self.venue = venue
        self.key = venue.services.engine.view.keys[DEMO_KEY]

    async def run(self, method: str, **params: str) -> Any:
        """The answer, decoded."""
        operation: Operation = METHODS[method]
        call = call_of(self.venue, Params(params), self.key)
        try:
            answer = await perform(operation, call)
        except Exception as failure:
            raise told(call, failure) from None
        return msgspec.json.decode(msgspec.json.encode(answer))

    async def error(self, method: str, **params: str) -> BinanceError:
        """The refusal."""
        with pytest.raises(BinanceError) as caught:
            await self.run(method, **params)
        return caught.value

    async def refusal(self, method: str, **params: str) -> tuple[int, str]:
        """Code and text of the refusal."""
        error = await self.error(method, **params)
        return error.code, error.msg

    async def open_ids(self) -> list[int]:
        """The numbers of the open orders."""
        return [one["orderId"] for one in await self.run("openOrders.status")]

    async def deposit(self, asset: str, amount: str) -> None:
        """Give the demo user money."""
        await self.venue.services.engine.submit(
            Deposit(self.key.account_id, asset, Decimal(amount)), Source.ADMIN
        )

    async def set_price(self, symbol: str, price: str, **more: str) -> None:
        """Move the market, as the admin does."""
        given = {name: Decimal(number) for name, number in more.items()}
        known = self.venue.services.engine.view.symbol(symbol)
        assert known is not None, symbol
        await self.exchange.prices.set(ManualPrice(known, Decimal(price), **given))

    async def list_with(self, symbol: str, **changes: Any) -> None:
        """Give an instrument other limits."""
        engine = self.venue.services.engine
        changed = replace(engine.view.instruments[symbol], **changes)
        await engine.submit(ListInstrument(changed), Source.ADMIN)

    def count(self) -> int:
        """Unfilled orders in this interval."""
        return self.venue.order_counts.counts(self.key.account_id, self.venue.now_ms())[1]


@contextlib.asynccontextmanager
async def binance_desk(
    orders_1d: int = 1_000, fill_model: str = "depth", limits: AccountLimits | None = None
) -> AsyncIterator[Desk]:
    """BTC/USDT is at 50,000; the demo user has 10,000 USDT."""
    async with memory_exchange(fill_model=fill_model, limits=limits) as exchange:
        await seed_demo(exchange.engine)
        services = exchange.services._replace(limiter=RateLimiter(1_000))
        rates = Limits(orders_10s=1_000, orders_1d=orders_1d)
        desk = Desk(exchange, Venue(services, rates))
        await desk.set_price("BTC/USDT", "50000")
        yield desk
