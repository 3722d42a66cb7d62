"""The projector brings the tables up to the journal, a slice after the other.

It reads what it writes from the journal alone, over a connection of its own, and moves the
projection's position (`checkpoint`) in the same transaction and only from where it thinks that it
is. Its commits are not flushed: after a crash of the database the projection may step back, and is
read again.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple, Protocol

import asyncpg
import structlog

from hypersim.account.entries import Balance, BalanceKey
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.database_errors import LOST_CONNECTION, explain, is_outage
from hypersim.storage.journal.reading import JournalRow, rows_after
from hypersim.storage.ownership import Owner, TablesTaken
from hypersim.storage.projection.rows import Rows
from hypersim.storage.projection.session import ProjectionMoved, ProjectorSession
from hypersim.storage.projection.statement import bind
from hypersim.storage.standing import balances_in, counters_in
from hypersim.storage.tables.writing import Bound
from hypersim.trading.counters import Counters

SLICE_EVENTS = 4_000
"""About so many events are written at once."""

SMALL_EVENTS = 500
"""More of them are folded and bound in a thread, so that requests get their turns meanwhile."""

GATHERED_S = 0.05
GATHERED_EVENTS = range(50, SLICE_EVENTS // 2)
"""After a slice of so many, which is one of many orders and not all that there is, the next one
begins no sooner than that after it: larger slices cost less per order."""

_FIRST_DELAY_S = 0.05
_DELAY_MAX_S = 1.0
_NO_ROOM = "53"

log = structlog.get_logger(__name__)


class ProjectionStopped(Exception):
    """The tables refuse what the journal tells. One clear line."""


class Slice(NamedTuple):
    """What some rows of the journal make of the tables."""

    rows: Rows
    bound: Bound


class Told(Protocol):
    """Who wakes a projector, and is told how far it is."""

    @property
    def projected_seq(self) -> int:
        """The last event that it was told of."""
        ...

    def projected(self, seq: int) -> None:
        """The tables stand there; they may have stepped back."""
        ...

    async def news(self) -> None:
        """Wait until something is committed that nobody asked for by this yet."""
        ...

    def stop(self, reason: str) -> None:
        """The tables follow no more."""
        ...


class Projector:
    """Follows the journal for the `owner` of the tables. `ensure_running` starts the database again
    if it is ours; it may block, and is called in a thread. With `small_events` or fewer a slice is
    made where everything else waits for it."""

    def __init__(
        self,
        settings: ConnectionSettings,
        progress: Told,
        owner: Owner,
        *,
        ensure_running: Callable[[], None] | None = None,
        slice_events: int = SLICE_EVENTS,
        small_events: int = SMALL_EVENTS,
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._owner = owner
        self._ensure_running = ensure_running
        self._slice_events = slice_events
        self._small_events = small_events

    async def run(self) -> None:
        """Follow until canceled, over as many connections as it takes; end when the tables refuse
        something."""
        delay_s = _FIRST_DELAY_S
        while True:
            position = self._progress.projected_seq
            try:
                await self._follow()
            except ProjectionMoved:
                log.warning("the tables are read again: they are not where they were left")
            except (ProjectionStopped, TablesTaken) as stopped:
                log.error("the tables follow the journal no more", reason=str(stopped))
                self._progress.stop(str(stopped))
                return
            except (DatabaseUnavailable, *LOST_CONNECTION, asyncpg.PostgresError) as error:
                log.warning("the tables wait for the database", reason=explain(error))
            if self._progress.projected_seq != position:
                delay_s = _FIRST_DELAY_S
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, _DELAY_MAX_S)
            if self._ensure_running is not None:
                with contextlib.suppress(DatabaseUnavailable):
                    await asyncio.to_thread(self._ensure_running)

    async def _follow(self) -> None:
        """Over one connection, until it breaks; after an error it is used for nothing more."""
        session = await ProjectorSession.open(self._settings, self._owner)
        try:
            connection = session.connection
            position, balances = await counters_in(connection), await balances_in(connection)
            began_s, events = monotonic(), 0
            while True:
                self._progress.projected(position.seq)
                if events in GATHERED_EVENTS:
                    await asyncio.sleep(began_s + GATHERED_S - monotonic())
                began_s = monotonic()
                rows = await rows_after(
                    connection, position.seq, position.time_ms, events=self._slice_events
                )
                events = rows[-1].last_seq - position.seq if rows else 0
                if rows:
                    position = await self._project(session, rows, position, balances)
                else:
                    await self._progress.news()
        except asyncio.CancelledError:
            await session.close()
            raise
        except BaseException:
            session.terminate()
            raise

    async def _project(
        self,
        session: ProjectorSession,
        rows: Sequence[JournalRow],
        position: Counters,
        balances: dict[BalanceKey, Balance],
    ) -> Counters:
        """Write what they make of the tables; returns where these stand now."""
        events = rows[-1].last_seq - position.seq
        if events > self._small_events:
            made = await asyncio.to_thread(_slice, rows, position, balances, self._owner)
        else:
            made = _slice(rows, position, balances, self._owner)
        try:
            await session.write(made.bound, is_reset=made.rows.is_reset)
        except asyncpg.PostgresError as error:
            if is_outage(error) or (error.sqlstate or "").startswith(_NO_ROOM):
                raise
            constraint = getattr(error, "constraint_name", None)
            raise ProjectionStopped(
                f"events {position.seq + 1} to {rows[-1].last_seq} cannot be written into the "
                f"tables{f' ({constraint})' if constraint else ''}: {explain(error)}"
            ) from error
        if made.rows.is_reset:
            balances.clear()
        balances.update(made.rows.balances)
        return made.rows.counters


def _slice(
    journal_rows: Sequence[JournalRow],
    position: Counters,
    balances: dict[BalanceKey, Balance],
    owner: Owner,
) -> Slice:
    rows = Rows(balances)
    rows.add(row.payload for row in journal_rows)
    return Slice(rows, bind(rows, position, owner))
