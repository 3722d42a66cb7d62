"""Resets that overlap, with everything else going on beside them."""

import asyncio
import random
from collections.abc import Iterator

from hypersim.service.engine import Engine
from hypersim.service.record import RecordUnavailable
from hypersim.service.transaction import Source, Transaction
from hypersim.trading.commands import ApplyMarketEvent, Command, ListInstrument, Reset
from hypersim.trading.events import OrderAccepted
from tests.support.builders import buy, instrument, quote
from tests.support.random_session import commands, opening


class Storm:
    """Clients, an administrator and a feed on one engine, driven by `dice`.

    `accepted` are the orders that were acknowledged, (generation, account id, order id).
    """

    def __init__(self, engine: Engine, dice: random.Random) -> None:
        self.engine = engine
        self.accepted: set[tuple[int, int, int]] = set()
        self.refused = 0
        self._dice = dice

    async def rage(self, *, resets: int, rounds: int) -> None:
        """Everything at once, `rounds` times; returns when all of it was answered."""
        await self._submit_all(opening())
        for number in range(rounds):
            seeds = [self._dice.random() for _ in range(3)]
            async with asyncio.TaskGroup() as tasks:
                for seed in seeds:
                    tasks.create_task(self._trade(random.Random(seed)))
                tasks.create_task(self._list_instruments(number))
                for _ in range(resets):
                    await self._pause(self._dice)
                    tasks.create_task(self.engine.reset(tuple(accounts())))

    async def _trade(self, dice: random.Random) -> None:
        drawn = commands(
            self.engine.exchange, dice.randrange(1_000), 25, self.engine.clock.now_ms()
        )
        for command in drawn:
            await self._submit(command)
            await self._submit(buy(dice.choice((1, 2, 3)), "0.5", "90"))
            await self._pause(dice)

    async def _list_instruments(self, number: int) -> None:
        for base in ("AAA", "BBB", "CCC"):
            await self._submit(
                ListInstrument(instrument(symbol=f"{base}{number}/USDT", base=f"{base}{number}"))
            )
            await self._submit(quote("98", "102"))

    async def _submit_all(self, given: Iterator[Command]) -> None:
        for command in given:
            await self._submit(command)

    async def _submit(self, command: Command) -> None:
        if isinstance(command, ApplyMarketEvent):
            await self.engine.move_market(command.event)
            return
        generation = self.engine.exchange.state.counters.generation
        try:
            outcome = await self.engine.submit(command, Source.ADMIN)
        except RecordUnavailable:
            self.refused += 1
            return
        if isinstance(outcome, Transaction):
            for event in outcome.events:
                if isinstance(event, OrderAccepted):
                    self.accepted.add((generation, event.order.account_id, event.order.id))

    async def _pause(self, dice: random.Random) -> None:
        for _ in range(dice.randrange(4)):
            await asyncio.sleep(0)


def accounts() -> Iterator[Command]:
    """What opens the three accounts again after a reset."""
    for command in opening():
        if not isinstance(command, ListInstrument | ApplyMarketEvent | Reset):
            yield command
