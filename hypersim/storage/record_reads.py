"""Reads of the record, over connections of their own, so that they never wait for the writer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg
import structlog

from hypersim.service.errand import own_task
from hypersim.service.record import RecordUnavailable
from hypersim.storage.connecting import connect_pool
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.database_errors import LOST_CONNECTION, explain, is_outage
from hypersim.storage.parameters import can_stand
from hypersim.storage.projection.progress import Progress

READ_TIMEOUT_S = 10.0
_POSITION = "SELECT seq FROM checkpoint"

T = TypeVar("T")

log = structlog.get_logger(__name__)


class RecordReads:
    """A pool that outlives its server. Without `progress` the tables are read as they stand."""

    def __init__(self, pool: asyncpg.Pool, progress: Progress | None) -> None:
        self._pool = pool
        self._progress = progress
        self._releases: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, settings: ConnectionSettings, progress: Progress | None) -> "RecordReads":
        """Connections are made when they are first needed."""

        async def look(connection: asyncpg.Connection) -> None:
            if progress is not None:
                progress.seen(await connection.fetchval(_POSITION))

        return cls(await connect_pool(settings, READ_TIMEOUT_S, look), progress)

    async def of_account(
        self, account_id: int, statement: str, *arguments: Any
    ) -> list[asyncpg.Record]:
        """The same of tables that follow the journal, once they show all that the account did."""
        return await self.shown(account_id, lambda: self.fetch(statement, *arguments))

    async def shown(self, account_id: int, read: Callable[[], Awaitable[T]]) -> T:
        """What is read of tables that show all that the account did; again, where they are found to
        have stepped back with the database meanwhile. Raises RecordUnavailable."""
        progress = self._progress
        while True:
            await self.shows(account_id)
            before = 0 if progress is None else progress.steps_back
            found = await read()
            if progress is None or progress.steps_back == before:
                return found

    async def shows(self, account_id: int) -> None:
        """Return once the tables show all that the account did. Raises RecordUnavailable."""
        if self._progress is not None:
            # It waits with a deadline.
            await own_task()
            await self._progress.shows(account_id)

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Once more if it fails: a pool does not know that its connections died with the server.
        What cannot stand in the record is not in it. Raises RecordUnavailable."""
        if not all(map(can_stand, arguments)):
            return []
        await own_task()
        try:
            return await self._fetch_once(statement, arguments)
        except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
            if not is_outage(error):
                raise _unavailable(error) from error
        try:
            return await self._fetch_once(statement, arguments)
        except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
            raise _unavailable(error) from error

    def close(self) -> None:
        """Let go of the connections; what still reads is cut off."""
        self._pool.terminate()

    async def _fetch_once(self, statement: str, arguments: tuple[Any, ...]) -> list[asyncpg.Record]:
        connection = await self._pool.acquire(timeout=READ_TIMEOUT_S)
        try:
            found: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
        finally:
            await self._release(connection)
        return found

    async def _release(self, connection: Any) -> None:
        """Give it back. That goes on when its reader is canceled, and fails when the pool is closed
        meanwhile; asyncpg would leave it to nobody to hear of that."""
        release = asyncio.create_task(self._pool.release(connection))
        self._releases.add(release)
        release.add_done_callback(self._released)
        await asyncio.wait((release,))

    def _released(self, release: asyncio.Task[None]) -> None:
        self._releases.discard(release)
        if not release.cancelled():
            # The connection is let go of in any case, and the next reader gets a new one.
            release.exception()


def _unavailable(error: Exception) -> RecordUnavailable:
    log.warning("the record cannot be read", reason=explain(error))
    return RecordUnavailable("The exchange's records cannot be read just now; try again shortly")
