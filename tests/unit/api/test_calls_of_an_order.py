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
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from hypersim.api.dialect import Dialect, load_dialects
from hypersim.bootstrap.choices import DIALECTS
from hypersim.edge.client import Clients
from hypersim.edge.gate import Gate
from hypersim.edge.origins import Origins
from hypersim.edge.router import PathRouter
from hypersim.service import engine
from hypersim.service.demo import seed_demo
from hypersim.service.manual_price import ManualPrice
from hypersim.service.record import Entry, RecordHealth
from hypersim.storage.journal.statement import bind
from tests.support.builders import ALICE, START_MS, buy, done, exchange, instrument
from tests.support.memory_exchange import Store, memory_exchange
from tests.support.memory_record import VAULT, MemoryRecord
from tests.support.resting_orders import RESTING_ORDER
from tests.support.wire import HttpWire

CALLS_MAX = {"native": 234, "binance": 285, "mexc": 271}
"""By dialect."""

EXECUTE_CALLS_MAX = 50
"""Of `Exchange.execute` and below."""

WARM_UP_ORDERS = 30
COUNTED_ORDERS = 10
PRICE = ManualPrice("BTC/USDT", Decimal(200))
NUMBERS = itertools.count()

Calls = Counter[CodeType]
"""A coroutine or generator that goes on counts as a call too."""


@pytest.mark.parametrize("dialect", load_dialects(DIALECTS), ids=lambda dialect: dialect.name)
async def test_an_order_that_comes_to_rest_calls_no_more_functions_than_this(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    # How often markets are recorded has no part in this.
    monkeypatch.setattr(engine, "TICKERS_PAUSE_S", 3_600)
    async with line_to(dialect) as line:
        # The least: a second or a minute may turn during one of them.
        calls = min(
            [await calls_of(line, dialect) for _ in range(COUNTED_ORDERS)], key=Counter.total
        )
    most = CALLS_MAX[dialect.name]
    assert calls.total() <= most, told(calls, most)


def test_the_exchange_itself_calls_no_more_functions_than_this_for_it() -> None:
    target, calls = exchange(accounts=1, market=instrument()), Calls()
    for number in range(WARM_UP_ORDERS):
        done(target, buy(ALICE, "0.1", "10", client_order_id=f"order-{number}"))
    command = buy(ALICE, "0.1", "10", client_order_id="the last")
    sys.setprofile(counting(calls))
    try:
        _, rejected = target.execute(command, START_MS)
    finally:
        sys.setprofile(None)
    assert rejected is None
    assert calls.total() <= EXECUTE_CALLS_MAX, told(calls, EXECUTE_CALLS_MAX)


class Journaled:
    """See `Recorder`. What would be sent to a database is made, and no more."""

    def __init__(self) -> None:
        self._seq = 0

    async def commit(self, entry: Entry) -> None:
        """See `Recorder`."""
        await asyncio.sleep(0)
        bind(entry, self._seq + 1, VAULT)
        self._seq = entry.counters.seq


@contextlib.asynccontextmanager
async def line_to(dialect: Dialect) -> AsyncIterator[HttpWire]:
    """To an exchange that has seen some orders of this dialect already, through the same gate and
    router as on a server."""
    store = Store(Journaled(), MemoryRecord(), RecordHealth())
    async with memory_exchange(store=store) as memory:
        await seed_demo(memory.engine)
        await memory.prices.set(PRICE)
        mounted = dialect.build(memory.services)
        root = PathRouter({}, {}, mounted.app)
        line = HttpWire(Gate(root, Clients(), Origins("127.0.0.1"), memory.services.edge))
        running = asyncio.ensure_future(mounted.run())
        for _ in range(WARM_UP_ORDERS):
            await calls_of(line, dialect)
        yield line
        running.cancel()


async def calls_of(line: HttpWire, dialect: Dialect) -> Calls:
    """Of one order, from the first byte to the last."""
    request = RESTING_ORDER[dialect.name](f"order-{next(NUMBERS)}")
    calls: Calls = Counter()
    gc.disable()
    sys.setprofile(counting(calls))
    try:
        answer = await line.answer(request)
    finally:
        sys.setprofile(None)
        gc.enable()
    assert answer.startswith(b"HTTP/1.1 20"), answer
    return calls


def counting(calls: Calls) -> Callable[[FrameType, str, Any], None]:
    """For `sys.setprofile`."""

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            calls[frame.f_code] += 1

    return note


def told(calls: Calls, most: int) -> str:
    """What is too much: one function a line, those that are called most first."""
    lines = [
        f"{count:4} {'/'.join(Path(code.co_filename).parts[-3:])} {code.co_qualname}"
        for code, count in calls.most_common()
    ]
    return "\n".join([f"{calls.total()} calls, over {most}:", *lines])
