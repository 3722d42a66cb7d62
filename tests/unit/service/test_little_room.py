"""With little disk left nothing new is taken, whoever asks, until there is room again."""

import pytest

from hypersim.service.record import RecordUnavailable
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import OpenAccount
from tests.support.memory_exchange import memory_exchange


async def test_orders_stop_and_go_on_with_the_room_on_the_disk() -> None:
    async with memory_exchange() as exchange:
        health = exchange.engine.health
        health.has_room = False
        with pytest.raises(RecordUnavailable, match="cannot record orders just now"):
            await exchange.engine.submit(OpenAccount("a@example.com"), Source.ADMIN)
        health.has_room = True
        await exchange.done(OpenAccount("a@example.com"))
