"""The bot put together, and its three ways to run."""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

import httpx

from scripts.rebalance_bot.application.clock import Clock
from scripts.rebalance_bot.application.errors import (
    BadKey,
    ExchangeError,
    RateLimited,
    Unclear,
    Unreachable,
)
from scripts.rebalance_bot.application.placing import Placing
from scripts.rebalance_bot.application.rebalancing import Outcome, Rebalancer
from scripts.rebalance_bot.application.retry import Retry
from scripts.rebalance_bot.application.telling import Telling
from scripts.rebalance_bot.application.tracking import Tracker
from scripts.rebalance_bot.cli import wishes_of
from scripts.rebalance_bot.infrastructure.meters import PrometheusMeters
from scripts.rebalance_bot.infrastructure.mexc.client import TIMEOUT_S, Credentials, MexcClient
from scripts.rebalance_bot.infrastructure.store import SqliteStore

GOOD, USAGE, KEY, REJECTED, UNREACHABLE, TIMED_OUT = 0, 2, 3, 4, 5, 6
EXITS = {
    Outcome.DONE: GOOD,
    Outcome.HOLD: GOOD,
    Outcome.REJECTED: REJECTED,
    Outcome.TIMED_OUT: TIMED_OUT,
}


@dataclass(frozen=True, slots=True)
class Bot:
    """What is run."""

    rebalancer: Rebalancer
    exchange: MexcClient
    meters: PrometheusMeters
    telling: Telling
    clock: Clock

    async def once(self) -> int:
        """Rebalance; the exit code."""
        return await self._exit_code(self._rebalance)

    async def dry_run(self) -> int:
        """Tell the plan; the exit code."""
        return await self._exit_code(self._decide)

    async def every(self, interval_s: float) -> int:
        """Rebalance at every full interval until stopped, or until the key is refused."""
        while True:
            code = await self.once()
            if code == KEY:
                return code
            interval_ms = interval_s * 1000
            await self.clock.sleep((interval_ms - self.clock.now_ms() % interval_ms) / 1000)

    async def _rebalance(self) -> Outcome:
        await self._synchronize()
        return await self.rebalancer.run()

    async def _decide(self) -> Outcome:
        await self._synchronize()
        await self.rebalancer.decide()
        return Outcome.HOLD

    async def _synchronize(self) -> None:
        retry = self.rebalancer.retry
        await retry.read("GET /api/v3/time", self.exchange.synchronize)

    async def _exit_code(self, run: Callable[[], Awaitable[Outcome]]) -> int:
        try:
            outcome = await run()
        except ExchangeError as error:
            self.telling.failed(error)
            return exit_code_of(error)
        self.telling.event("rebalance_end", outcome=outcome.value)
        return EXITS[outcome]


@asynccontextmanager
async def bot_of(
    options: argparse.Namespace,
    credentials: Credentials,
    clock: Clock,
    write: Callable[[str], None],
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[Bot]:
    """All parts, connected; `transport` is another way to the exchange than the network."""
    coin, money = options.symbol
    telling, meters = Telling(clock, write), PrometheusMeters(coin, money)
    with closing(SqliteStore(options.store)) as store:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, transport=transport) as http:
            exchange = MexcClient(http, options.base_url, coin, money, credentials, clock)
            retry = Retry(clock, meters.error, telling.waits)
            rebalancer = Rebalancer(
                exchange,
                store,
                retry,
                clock,
                Placing(exchange, store, retry, clock),
                Tracker(exchange, retry, clock, telling, float(options.order_timeout)),
                telling,
                meters,
                wishes_of(options),
            )
            yield Bot(rebalancer, exchange, meters, telling, clock)


def exit_code_of(error: ExchangeError) -> int:
    """What a failure is to the caller."""
    match error:
        case BadKey():
            return KEY
        case RateLimited() | Unreachable() | Unclear():
            return UNREACHABLE
        case _:
            return REJECTED
