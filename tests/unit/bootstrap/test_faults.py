"""What faults changed is as it was before once the exchange has stopped."""

import contextlib

from hypersim.bootstrap.faults import arming_of
from hypersim.service.armed import Match
from hypersim.service.arming import Wanted
from hypersim.service.stopping import Stopping
from tests.support.chance import seeded
from tests.support.memory_exchange import memory_exchange

SYMBOL = "BTC/USDT"


async def test_a_stop_undoes_what_stood_as_long_as_a_fault_was_armed() -> None:
    async with memory_exchange() as exchange:
        before = exchange.engine.view.instruments[SYMBOL]
        async with contextlib.AsyncExitStack() as stack:
            arming = arming_of(exchange.engine, seeded(), stack, Stopping())
            match = Match(symbol=SYMBOL)
            await arming.arm(Wanted(do={"symbol": "delist"}, match=match))
            await arming.arm(Wanted(do={"fees": {"maker": "0", "taker": "0.5"}}, match=match))
            assert exchange.engine.view.instruments[SYMBOL] != before
        assert exchange.engine.view.instruments[SYMBOL] == before
