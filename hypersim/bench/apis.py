"""The APIs over which a bench places its orders."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from hypersim.bench import binance_workload, native_workload
from hypersim.bench.workload import DrawnOrder, Trader, drawn_orders
from hypersim.market.instrument import Instrument

WriteOrder = Callable[[DrawnOrder, Trader, str, int], bytes]
"""A signed request that places the order: whose, at which host, of which time (ms)."""


class Api(NamedTuple):
    """`order_request` is what people call it; its requests are stamped so far in the future."""

    order_request: str
    write: WriteOrder
    ahead_ms: int

    def order_requests(
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
        """So many signed requests, each of which places an order: see `drawn_orders`."""
        for trader, order in drawn_orders(count, traders, instruments, prices, dice):
            yield self.write(order, trader, host, timestamp_ms)


NATIVE = Api("POST /v1/order", native_workload.order_request, native_workload.AHEAD_MS)
BINANCE = Api("POST /api/v3/order", binance_workload.order_request, 0)
