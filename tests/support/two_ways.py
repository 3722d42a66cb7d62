"""One request by the short way and by the long one: it comes whole, or in two pieces. Each way has
an exchange of its own that has seen the same before."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from hypersim.api.dialect import Dialect
from hypersim.api.services import Services
from hypersim.edge.client import Clients
from hypersim.edge.gate import Gate
from hypersim.edge.origins import Origins
from hypersim.edge.router import PathRouter
from hypersim.service.demo import seed_demo
from hypersim.service.limits import RateLimiter
from hypersim.service.manual_price import ManualPrice
from tests.support.memory_exchange import memory_exchange
from tests.support.wire import HttpWire

UNLIKE = re.compile(
    rb'date: [^\r]*|x-mbx-uuid: [^\r]*|"datetime":"[^"]*"'
    rb'|"(?:lastUpdateId|retryAfterMs)":[0-9]*|1[0-9]{12}'
)
"""The wall's time, and what numbers each server's answers."""

MADE_UP = re.compile(rb'"[A-Za-z0-9_-]{22}"')
"""A client order id."""


class Answers(NamedTuple):
    """The same request's, and whether each came the short way."""

    short: bytes
    long: bytes
    ways: tuple[bool, bool]


class TwoWays:
    """A pair of lines."""

    def __init__(self, whole: HttpWire, cut: HttpWire) -> None:
        self._whole, self._cut = whole, cut

    async def answers(self, request: bytes) -> Answers:
        """Without what no two answers have in common."""
        short = await self._whole.answer(request)
        # Behind the head of one with a body, else within it.
        head = request.find(b"\r\n\r\n") + 4
        cut = head if head < len(request) else head - 2
        long = await self._cut.whole_answer(request[:cut], request[cut:])
        ways = self._whole.was_short, self._cut.was_short
        return Answers(_alike(short), _alike(long), ways)


@contextlib.asynccontextmanager
async def two_ways(
    dialect: Dialect,
    *,
    limits: Mapping[str, int] = MappingProxyType({}),
    requests_a_minute: int = 0,
) -> AsyncIterator[TwoWays]:
    """To exchanges with the demo account and a price of BTC/USDT, for the length of a block."""
    async with contextlib.AsyncExitStack() as stack:
        lines = [
            await stack.enter_async_context(_line(dialect, limits, requests_a_minute))
            for _ in range(2)
        ]
        yield TwoWays(*lines)


@contextlib.asynccontextmanager
async def _line(
    dialect: Dialect, limits: Mapping[str, int], requests_a_minute: int
) -> AsyncIterator[HttpWire]:
    async with memory_exchange() as memory:
        await seed_demo(memory.engine)
        await memory.prices.set(ManualPrice("BTC/USDT", Decimal(200)))
        services: Services = memory.services._replace(
            limits={dialect.name: limits}, limiter=RateLimiter(requests_a_minute)
        )
        mounted = dialect.build(services)
        root = PathRouter({}, {}, mounted.app)
        running = asyncio.ensure_future(mounted.run())
        yield HttpWire(Gate(root, Clients(), Origins("127.0.0.1"), services.edge))
        running.cancel()


def _alike(answer: bytes) -> bytes:
    return MADE_UP.sub(b'"made up"', UNLIKE.sub(b"...", answer))
