"""Past trades are found by id and by time as far back as memory reaches."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from hypersim.dialects.binance.app.rest import rest_api
from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.venue import Venue
from hypersim.service.demo import seed_demo
from tests.support.memory_exchange import memory_exchange

TRADES = 12_000
START_MS = 1_700_000_000_000
SYMBOL = "BTCUSDT"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Of a market in which trade n happened n seconds after the start, by an order of its own."""
    async with memory_exchange() as running:
        await seed_demo(running.engine)
        market = running.engine.view.markets["BTC/USDT"]
        for number in range(1, TRADES + 1):
            price, quantity = Decimal(50_000), Decimal(number)
            time_ms = START_MS + number * 1_000
            market.add_trade(
                time_ms,
                price,
                quantity,
                buyer_is_maker=False,
                taker_order_id=number,
            )
        api: Any = rest_api(Venue(running.services), OPERATIONS)
        transport = httpx.ASGITransport(api)
        async with httpx.AsyncClient(transport=transport, base_url="http://binance") as client:
            yield client


async def rows(client: httpx.AsyncClient, path: str, **params: int) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v3/{path}", params={"symbol": SYMBOL, **params})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.mark.parametrize(("path", "name"), [("historicalTrades", "id"), ("aggTrades", "a")])
async def test_paging_by_id_meets_every_trade_once(
    client: httpx.AsyncClient, path: str, name: str
) -> None:
    seen: list[int] = []
    while page := await rows(client, path, fromId=seen[-1] + 1 if seen else 1, limit=1_000):
        seen += [one[name] for one in page]
    assert seen == list(range(1, TRADES + 1))
    assert [one[name] for one in await rows(client, path, limit=2)] == [TRADES - 1, TRADES]


async def test_aggregates_of_a_time_long_past_are_found(client: httpx.AsyncClient) -> None:
    start, end = START_MS + 100_000, START_MS + 103_000

    async def found(**params: int) -> list[int]:
        return [one["a"] for one in await rows(client, "aggTrades", **params)]

    assert await found(startTime=start, endTime=end) == [100, 101, 102, 103]
    assert await found(startTime=start, limit=2) == [100, 101]
    assert await found(endTime=end, limit=2) == [102, 103]
