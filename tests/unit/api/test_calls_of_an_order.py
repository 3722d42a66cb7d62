"""How many Python functions are called from an order's bytes to its answer's: what an order costs,
as a number that no other work on the machine changes.

A number that rises is a price that every order pays. Lower it whenever the way gets shorter.
"""

import asyncio
import contextlib
import gc
import itertools
import sys
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from hypersim.api.dialect import Dialect, load_dialects
from hypersim.bootstrap.choices import DIALECTS
from hypersim.service import engine
from hypersim.service.demo import seed_demo
from hypersim.service.manual_price import ManualPrice
from tests.support.memory_exchange import memory_exchange
from tests.support.resting_orders import RESTING_ORDER
from tests.support.wire import HttpWire

CALLS_MAX = {"native": 276, "binance": 338}
"""By dialect."""

WARM_UP_ORDERS = 30
COUNTED_ORDERS = 10
PRICE = ManualPrice("BTC/USDT", Decimal(200))
NUMBERS = itertools.count()

Calls = Counter[tuple[str, str]]
"""By file and function; a coroutine or generator that goes on counts as a call too."""


@pytest.mark.parametrize("dialect", load_dialects(DIALECTS), ids=lambda dialect: dialect.name)
async def test_an_order_that_comes_to_rest_calls_no_more_functions_than_this(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Markets are recorded by the wall's clock, which has no part in this.
    monkeypatch.setattr(engine, "TICKERS_EVERY_S", 3_600)
    async with line_to(dialect) as line:
        # The least: a second or a minute may turn during one of them.
        calls = min(
            [await calls_of(line, dialect) for _ in range(COUNTED_ORDERS)], key=Counter.total
        )
    most = CALLS_MAX[dialect.name]
    assert calls.total() <= most, f"{calls.total()} calls, over {most}:\n{listed(calls)}"


@contextlib.asynccontextmanager
async def line_to(dialect: Dialect) -> AsyncIterator[HttpWire]:
    """To an exchange that has seen some orders of this dialect already."""
    async with memory_exchange() as exchange:
        await seed_demo(exchange.engine)
        await exchange.prices.set(PRICE)
        mounted = dialect.build(exchange.services)
        line = HttpWire(mounted.app)
        running = asyncio.ensure_future(mounted.run()) if mounted.run is not None else None
        for _ in range(WARM_UP_ORDERS):
            await calls_of(line, dialect)
        yield line
        if running is not None:
            running.cancel()


async def calls_of(line: HttpWire, dialect: Dialect) -> Calls:
    """Of one order."""
    request = RESTING_ORDER[dialect.name](f"order-{next(NUMBERS)}")
    calls: Calls = Counter()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            code = frame.f_code
            calls["/".join(Path(code.co_filename).parts[-3:]), code.co_qualname] += 1

    gc.disable()
    sys.setprofile(note)
    try:
        answer = await line.answer(request)
    finally:
        sys.setprofile(None)
        gc.enable()
    assert answer.startswith(b"HTTP/1.1 20"), answer
    return calls


def listed(calls: Calls) -> str:
    """One function a line, those that are called most first."""
    return "\n".join(f"{count:4} {file} {name}" for (file, name), count in calls.most_common())
