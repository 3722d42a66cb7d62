"""A bot, its venue, and what was said between them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from scripts.rebalance_bot.bot import Bot, bot_of
from scripts.rebalance_bot.cli import parse
from scripts.rebalance_bot.domain.position import Position
from scripts.rebalance_bot.infrastructure.mexc.client import Credentials
from scripts.rebalance_bot.infrastructure.store import SqliteStore
from tests.support.rebalance_venue import KEY, SECRET, DrivenClock, RebalanceVenue


@dataclass(frozen=True)
class Stage:
    """Starts bots that share one store and one venue."""

    folder: Path
    venue: RebalanceVenue
    clock: DrivenClock
    lines: list[str]

    @classmethod
    def at(cls, folder: Path) -> "Stage":
        """With the account of the guide's first case."""
        clock = DrivenClock()
        return cls(folder, RebalanceVenue(clock), clock, [])

    @asynccontextmanager
    async def bot(self, *options: str, secret: str = SECRET) -> AsyncIterator[Bot]:
        """A bot with these options, started anew."""
        store = ("--store", str(self.folder / "bot.sqlite"))
        parsed = parse(["--once", *store, *options])
        credentials, way = Credentials.cleaned(KEY, secret), self.venue.transport()
        async with bot_of(parsed, credentials, self.clock, self.lines.append, way) as made:
            yield made

    async def once(self, *options: str, secret: str = SECRET) -> int:
        """One rebalance of a bot that is started for it; the exit code."""
        async with self.bot(*options, secret=secret) as made:
            return await made.once()

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of that event."""
        told = [json.loads(line) for line in self.lines]
        return [line for line in told if line["event"] == name]

    def waits(self) -> list[float]:
        """What the retry strategy waited."""
        return [line["wait_s"] for line in self.events("retry")]

    def polls(self) -> list[tuple[str, Decimal]]:
        """What each poll saw."""
        return [(line["status"], Decimal(line["executed"])) for line in self.events("order_polled")]

    def position(self) -> Position | None:
        """What the store says."""
        store = SqliteStore(self.folder / "bot.sqlite")
        position = store.position()
        store.close()
        return position

    def history(self) -> list[dict[str, str]]:
        """Orders that are over, the newest first."""
        store = SqliteStore(self.folder / "bot.sqlite")
        history = store.history()
        store.close()
        return history
