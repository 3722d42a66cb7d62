"""An exchange whose events are committed to a real database, without a server around it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from hypersim.service.changes import Changes
from hypersim.service.committer import Batch, Committer
from hypersim.service.record import RecordHealth
from hypersim.service.transaction import Transaction
from hypersim.service.view import View
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.loader import load
from hypersim.storage.recorder import PostgresRecorder
from hypersim.storage.vault import Vault
from hypersim.trading.commands import Command
from hypersim.trading.exchange import Exchange
from hypersim.trading.rules import Matching, Rules
from tests.support.builders import START_MS, transaction
from tests.support.memory_record import VAULT
from tests.support.postgres_store import projector_of, projector_process_of
from tests.support.state_picture import picture_of


class RecordedExchange:
    """Exchange, committer, recorder and view, as the engine wires them."""

    def __init__(self, exchange: Exchange, view: View, recorder: PostgresRecorder) -> None:
        self.exchange = exchange
        self.view = view
        self.recorder = recorder
        self.committer = Committer(recorder, publish=self._publish)
        self.now_ms = START_MS

    def run(self, command: Command) -> Batch | None:
        """Execute, and queue what happened."""
        events, _ = self.exchange.execute(command, self.now_ms)
        if not events:
            return self.committer.last()
        state = self.exchange.state
        return self.committer.add(state.counters, transaction(events, state, self.now_ms))

    async def recorded(self, *commands: Command) -> None:
        """Execute, and return when all of it is in the record, whatever the tables show."""
        for command in commands:
            self.run(command)
        batch = self.committer.last()
        if batch is not None:
            await batch.done()

    async def commit(self, *commands: Command) -> None:
        """Execute, and return when all of it is in the record, and in its tables."""
        for command in commands:
            self.run(command)
        await self.settled()

    async def settled(self) -> None:
        """Return when everything so far is in the record, and in its tables."""
        batch = self.committer.last()
        if batch is not None:
            await batch.done()
        await self.recorder.progress.shows_all()

    def _publish(self, changes: Changes, transactions: Sequence[Transaction]) -> None:
        self.view.apply(changes, transactions)


def new_exchange(rules: Rules) -> tuple[Exchange, View]:
    """Both empty."""
    return Exchange(rules), View(shows_users_orders=rules.matching is Matching.SHARED)


async def loaded(
    database: ConnectionSettings, rules: Rules, vault: Vault = VAULT
) -> tuple[Exchange, View]:
    """What a start finds in the database."""
    exchange, view = new_exchange(rules)
    await load(database, exchange, view, vault)
    return exchange, view


@contextlib.asynccontextmanager
async def recorded(
    database: ConnectionSettings,
    rules: Rules,
    *,
    health: RecordHealth | None = None,
    is_projected: bool = True,
    form: str = "task",
    **options: Any,
) -> AsyncIterator[RecordedExchange]:
    """The exchange that the database holds, with its committer running, and if it `is_projected`
    with its projector: a task, or a process."""
    recorder = await PostgresRecorder.open(
        database, health=health or RecordHealth(), vault=VAULT, **options
    )
    try:
        running = RecordedExchange(*await loaded(database, rules), recorder)
        projector = await (projector_of if form == "task" else projector_process_of)(
            database, recorder.progress, ensure_running=options.get("ensure_running")
        )
        tasks = [asyncio.create_task(running.committer.run())]
        if is_projected:
            tasks.append(asyncio.create_task(projector.run()))
        try:
            yield running
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await recorder.close()


def picture(exchange: Exchange, view: View) -> dict[str, object]:
    """All that a restart must bring back, as comparable values."""
    return {
        **picture_of(exchange.state),
        "shown users": (view.users, view.account_ids, view.keys),
        "shown balances": view.balances,
        "shown assets": view.assets_by_account,
        "shown instruments": list(view.instruments.values()),
        "shown orders": view.orders,
        "shown open orders": _listed(view.open_by_account),
        "shown lists": view.lists,
        "shown open lists": _listed(view.open_lists_by_account),
        "shown fills": view.fills_by_order,
        "shown levels": view.shown and {k: v for k, v in vars(view.shown)["_levels"].items() if v},
    }


def _listed(by_account: dict[int, dict[int, Any]]) -> dict[int, list[Any]]:
    return {account: list(found.values()) for account, found in by_account.items() if found}
