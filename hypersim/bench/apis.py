"""The APIs over which a bench places its orders."""

import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from hypersim.bench import binance_workload, workload
from hypersim.bench.workload import Trader
from hypersim.market.instrument import Instrument


class OrderRequests(Protocol):
    """Makes so many signed requests, each of which places an order."""

    def __call__(
        self,
        count: int,
        *,
        traders: Sequence[Trader],
        instruments: Sequence[Instrument],
        prices: Mapping[str, Decimal],
        host: str,
        timestamp_ms: int,
        dice: random.Random,
    ) -> Iterator[bytes]:
        """`prices` are about the present ones, by symbol."""
        ...


class Api(NamedTuple):
    """`order_request` is what people call it; its requests are stamped so far in the future."""

    order_request: str
    order_requests: OrderRequests
    ahead_ms: int


NATIVE = Api("POST /v1/order", workload.order_requests, workload.AHEAD_MS)
BINANCE = Api("POST /api/v3/order", binance_workload.order_requests, 0)
