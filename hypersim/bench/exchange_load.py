"""Loads on one exchange, and the count of what it acknowledged."""

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from hypersim.bench.accounts import current_prices
from hypersim.bench.apis import NATIVE, Api
from hypersim.bench.http_answer import ask, body_of
from hypersim.bench.load import LoadResult, LoadSpec, pack
from hypersim.bench.native_workload import AHEAD_MS, plain_request, signed_request
from hypersim.bench.processes import Listening, LoadClient, run_own_client
from hypersim.bench.record_counts import PlacedOrder, RecordReader
from hypersim.bench.workload import MIX, Trader
from hypersim.market.instrument import Instrument
from hypersim.service.view import ENDED_ORDERS_MAX

CONNECTIONS = 128
"""Of every load that does not say otherwise."""

SEED = 7
REQUESTS_PER_SECOND = 12_000
"""Made beforehand; a faster server gets the first ones again."""

REQUESTS_PER_SECOND_ALONE = 4_000
"""The same, for one connection."""

QUERIED_ORDERS = 8_000


class Totals:
    """What the exchange said to all orders of the run."""

    def __init__(self) -> None:
        self.acknowledged = 0
        self.unanswered = 0
        self.errors = 0
        self.first_error = ""

    def take(self, result: LoadResult, *, places_orders: bool) -> LoadResult:
        """Add one load."""
        self.errors += result.errors
        self.first_error = self.first_error or result.first_error
        if places_orders:
            self.acknowledged += result.answers - result.errors
            self.unanswered += result.unanswered
        return result


class ExchangeLoad:
    """Sends what an exchange's clients would. Raises ClientFailed."""

    def __init__(
        self,
        server: Listening,
        client: LoadClient,
        directory: Path,
        traders: Sequence[Trader],
        instruments: Sequence[Instrument],
    ) -> None:
        self.client = client
        self.totals = Totals()
        self.traders = traders
        self.instruments = instruments
        self._server = server
        self._file = directory / "requests"
        self._by_email = {trader.email: trader for trader in traders}
        self._dice = random.Random(SEED)

    async def orders(self, connections: int, seconds: float, api: Api = NATIVE) -> LoadResult:
        """Orders, half resting and half filling."""
        per_second = REQUESTS_PER_SECOND_ALONE if connections == 1 else REQUESTS_PER_SECOND
        requests = await self.order_requests(round(per_second * seconds), api)
        result = await self.client.run(self._spec(self._server, requests, connections, seconds))
        return self.totals.take(result, places_orders=True)

    async def counted_orders(self, seconds: float) -> LoadResult:
        """Orders, of which every one is answered before this returns."""
        requests = await self.order_requests(round(REQUESTS_PER_SECOND * seconds))
        result = await run_own_client(self._spec(self._server, requests, CONNECTIONS, seconds))
        return self.totals.take(result, places_orders=True)

    async def echo(self, echo: Listening, seconds: float, api: Api) -> LoadResult:
        """The same orders, sent to somebody who does nothing with them."""
        requests = await self.order_requests(REQUESTS_PER_SECOND, api)
        result = await self.client.run(self._spec(echo, requests, CONNECTIONS, seconds))
        return self.totals.take(result, places_orders=False)

    async def order_answer_bytes(self, api: Api) -> int:
        """The mean size of the answer to an order, over one order of each kind."""
        requests = await self.order_requests(len(MIX), api)
        reader, writer = await asyncio.open_connection(self._server.host, self._server.port)
        sizes = [len(body_of(await ask(reader, writer, request))) for request in requests]
        writer.close()
        self.totals.acknowledged += len(sizes)
        return round(sum(sizes) / len(sizes))

    async def newest_order_queries(self, record: RecordReader, seconds: float) -> LoadResult:
        """The last orders, open and ended, which the server has in memory."""
        return await self._queries(await record.newest_orders(QUERIED_ORDERS), seconds)

    async def archived_order_queries(
        self, record: RecordReader, seconds: float
    ) -> LoadResult | None:
        """Orders that ended so long ago that only the record has them."""
        orders = await record.archived_orders(QUERIED_ORDERS, skip=ENDED_ORDERS_MAX)
        return await self._queries(orders, seconds) if orders else None

    async def ticker_queries(self, seconds: float) -> LoadResult:
        """The first symbol's ticker."""
        path = f"/v1/ticker/{self.instruments[0].symbol}"
        request = plain_request(path, self._server.authority)
        result = await self.client.run(self._spec(self._server, [request], CONNECTIONS, seconds))
        return self.totals.take(result, places_orders=False)

    async def order_requests(self, count: int, api: Api = NATIVE) -> list[bytes]:
        """Signed now, at prices of now."""
        prices = await current_prices(f"http://{self._server.authority}", self.instruments)
        return list(
            api.order_requests(
                count,
                traders=self.traders,
                instruments=self.instruments,
                prices=prices,
                host=self._server.authority,
                timestamp_ms=_now_ms() + api.ahead_ms,
                dice=self._dice,
            )
        )

    async def _queries(self, orders: Sequence[PlacedOrder], seconds: float) -> LoadResult:
        stamp_ms = _now_ms() + AHEAD_MS
        mixed = self._dice.sample(list(orders), len(orders))
        requests = [
            signed_request(
                "GET",
                f"/v1/order/{order.id}",
                b"",
                self._by_email[order.email],
                self._server.authority,
                stamp_ms,
            )
            for order in mixed
        ]
        result = await self.client.run(self._spec(self._server, requests, CONNECTIONS, seconds))
        return self.totals.take(result, places_orders=False)

    def _spec(
        self, server: Listening, requests: Iterable[bytes], connections: int, seconds: float
    ) -> LoadSpec:
        self._file.write_bytes(pack(requests))
        return LoadSpec(server.host, server.port, connections, seconds, str(self._file))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
