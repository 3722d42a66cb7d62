"""Looks after the journal's old part, beside writer and projector and over a connection of its own,
so that neither waits for it."""

import asyncio
import contextlib
from collections.abc import Callable
from time import monotonic

import asyncpg
import structlog

from hypersim.storage.connecting import KEEPER_LOCK, connect, hang_up
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.database_errors import LOST_CONNECTION, explain
from hypersim.storage.growth import upkeep
from hypersim.storage.growth.keeping import Keeping

LOOKS_EVERY_S = 1.0
WORTH_EVENTS = 1_000
"""The database is asked when the tables have shown so many more, or after a minute."""

CHUNKS_AT_ONCE_MAX = 30
PAUSE_S = 0.02
"""After each chunk, so that much to pack leaves the processor to others."""

EVERY_S = 60.0
AGAIN_AFTER_S = 5.0
STATEMENT_TIMEOUT_S = 60.0

_SESSION = {"application_name": "hypersim keeper", "lock_timeout": "10s"}

log = structlog.get_logger(__name__)


class Keeper:
    """Packs, takes images, drops; what goes wrong is tried again. `shown_seq` is the last event
    that the tables show."""

    def __init__(
        self, settings: ConnectionSettings, keeping: Keeping, shown_seq: Callable[[], int]
    ) -> None:
        self._settings = settings
        self._keeping = keeping
        self._shown_seq = shown_seq
        self._dropped_s = -EVERY_S

    async def run(self) -> None:
        """Until canceled, over as many connections as it takes."""
        while True:
            with contextlib.suppress(DatabaseUnavailable):
                await self._tend()
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _tend(self) -> None:
        """Over one connection, until it breaks."""
        connection = await connect(self._settings, _SESSION, command_timeout=STATEMENT_TIMEOUT_S)
        try:
            await connection.fetchval("SELECT pg_advisory_lock($1)", KEEPER_LOCK, timeout=None)
            while True:
                if await self.tend_once(connection):
                    await asyncio.sleep(LOOKS_EVERY_S)
                else:
                    await self._is_due()
        except (DatabaseUnavailable, *LOST_CONNECTION, asyncpg.PostgresError) as error:
            log.warning("the journal's old part waits", reason=explain(error))
        finally:
            await hang_up(connection)

    async def _is_due(self) -> None:
        enough_seq = self._shown_seq() + WORTH_EVENTS
        for _ in range(round(EVERY_S / LOOKS_EVERY_S)):
            await asyncio.sleep(LOOKS_EVERY_S)
            if self._shown_seq() >= enough_seq:
                return

    async def tend_once(self, connection: asyncpg.Connection) -> bool:
        """What is due; whether there is more to pack."""
        chunks = 0
        while chunks < CHUNKS_AT_ONCE_MAX and await upkeep.pack(connection):
            chunks += 1
            await asyncio.sleep(PAUSE_S)
        await upkeep.forget_idle_time(connection)
        is_new = await upkeep.take_image(connection)
        if is_new or monotonic() >= self._dropped_s + EVERY_S:
            self._dropped_s = monotonic()
            dropped = await upkeep.drop(connection, self._keeping)
            if dropped is not None:
                log.info("the journal begins later now", after_event=dropped)
        return chunks == CHUNKS_AT_ONCE_MAX
