"""The writer: commits batches to the journal, and rides out a database that goes away and comes
back.

When a connection breaks during a commit, nobody knows whether it happened. The end of the journal
says so afterwards. A new session reads it only once it has the owner's lock, that is after the old
session has ended on the server.
"""

import asyncio
from collections.abc import Callable

import structlog

from hypersim.service.record import Entry, RecordHealth, RecordLost
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.database_errors import explain, is_outage
from hypersim.storage.journal.statement import bind
from hypersim.storage.projection.progress import Progress
from hypersim.storage.tables.writing import Bound
from hypersim.storage.vault import Vault
from hypersim.storage.writer_session import Durability, WriterSession

OUTAGE_MAX_S = 60.0
COMMAND_TIMEOUT_S = 30.0
BEHIND_EVENTS_MAX = 100_000
"""With more events that the tables do not show, no orders are taken."""

BOUND_AT_ONCE_MAX = 1_000
"""So many events are encoded in some milliseconds; more of them in a thread, so that requests get
their turns meanwhile."""

_FIRST_DELAY_S = 0.05
_DELAY_MAX_S = 1.0

log = structlog.get_logger(__name__)


class PostgresRecorder:
    """A `Recorder` over one session, which owns the database."""

    def __init__(
        self,
        session: WriterSession,
        seq: int,
        settings: ConnectionSettings,
        *,
        health: RecordHealth,
        vault: Vault,
        progress: Progress,
        durability: Durability,
        ensure_running: Callable[[], None] | None,
        outage_max_s: float,
        command_timeout_s: float,
    ) -> None:
        self._session = session
        self._seq = seq
        self._settings = settings
        self._health = health
        self._vault = vault
        self._durability = durability
        self._ensure_running = ensure_running
        self._outage_max_s = outage_max_s
        self._command_timeout_s = command_timeout_s
        self.progress = progress

    @classmethod
    async def open(
        cls,
        settings: ConnectionSettings,
        *,
        health: RecordHealth,
        vault: Vault,
        progress: Progress | None = None,
        durability: Durability = "on",
        ensure_running: Callable[[], None] | None = None,
        outage_max_s: float = OUTAGE_MAX_S,
        command_timeout_s: float = COMMAND_TIMEOUT_S,
        session: WriterSession | None = None,
    ) -> "PostgresRecorder":
        """Own the database from now on; `session` does if it is given. `ensure_running` starts the
        server again if it is ours; it may block, and is called in a thread.

        Raises DatabaseUnavailable, also when another server owns the database.
        """
        if session is None:
            session = await WriterSession.open(settings, durability, timeout_s=command_timeout_s)
        try:
            seq = await session.seq()
        except BaseException:
            session.terminate()
            raise
        return cls(
            session,
            seq,
            settings,
            health=health,
            vault=vault,
            progress=progress or Progress(),
            durability=durability,
            ensure_running=ensure_running,
            outage_max_s=outage_max_s,
            command_timeout_s=command_timeout_s,
        )

    async def commit(self, entry: Entry) -> None:
        """See `Recorder`."""
        if self.progress.is_late:
            await self.progress.catches_up()
        seq, first_seq = entry.counters.seq, self._seq + 1
        if seq - self._seq > BOUND_AT_ONCE_MAX:
            bound = await asyncio.to_thread(bind, entry, first_seq, self._vault)
        else:
            bound = bind(entry, first_seq, self._vault)
        try:
            await self._session.commit(bound)
        except Exception as error:
            if not is_outage(error):
                self._health.set(is_available=False)
                raise RecordLost(f"the record cannot be written: {explain(error)}") from error
            await self._ride_out(bound, seq, explain(error))
        self._seq = seq
        self.progress.committed(entry)
        self._health.is_behind = self.progress.events_behind > BEHIND_EVENTS_MAX

    async def close(self) -> None:
        """Give the database free."""
        await self._session.close()

    async def _ride_out(self, bound: Bound, seq: int, reason: str) -> None:
        self._health.set(is_available=False)
        self._session.terminate()
        log.warning("the database is away; orders wait until it is back", reason=reason)
        delay_s = _FIRST_DELAY_S
        try:
            async with asyncio.timeout(self._outage_max_s):
                while (problem := await self._settle(bound, seq)) is not None:
                    reason = problem
                    await asyncio.sleep(delay_s)
                    delay_s = min(2 * delay_s, _DELAY_MAX_S)
        except TimeoutError:
            raise RecordLost(
                f"the database did not come back within {self._outage_max_s:g} s: {reason}"
            ) from None
        log.info("the database is back; nothing was lost")
        self._health.set(is_available=True)

    async def _settle(self, bound: Bound, seq: int) -> str | None:
        """Have the batch committed exactly once; what stands in the way if that is not possible
        yet. Raises RecordLost when it never will be."""
        try:
            if self._ensure_running is not None:
                await asyncio.to_thread(self._ensure_running)
            self._session = await WriterSession.open(
                self._settings,
                self._durability,
                timeout_s=self._command_timeout_s,
                after=self._session,
            )
            recorded = await self._session.seq()
            if recorded not in (self._seq, seq):
                happened = (
                    "has lost events" if recorded < self._seq else "was changed by somebody else"
                )
                raise RecordLost(
                    f"the record {happened} while it was away: it ends at event {recorded} and not "
                    f"at {self._seq}; start again to load what is there"
                )
            # A batch without events leaves the checkpoint alone; writing it twice changes nothing.
            if recorded == self._seq:
                await self._session.commit(bound)
        except DatabaseUnavailable as unavailable:
            return str(unavailable)
        except RecordLost:
            raise
        except Exception as error:
            self._session.terminate()
            if is_outage(error):
                return explain(error)
            raise RecordLost(f"the record cannot be written: {explain(error)}") from error
        return None
