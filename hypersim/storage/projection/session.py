"""The one connection that writes the tables: it holds the projector's lock."""

import asyncpg

from hypersim.storage.connecting import connect, hang_up
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.ownership import Owner, TablesTaken, owner_in, take_projector_lock
from hypersim.storage.prepared import Prepared
from hypersim.storage.projection.emptying import begin_empty
from hypersim.storage.tables.writing import Bound

STATEMENT_TIMEOUT_S = 60.0
_SESSION = {
    "application_name": "hypersim projector",
    "synchronous_commit": "off",
    # The plans are trivial: planning each slice anew would cost more than running it. They are
    # kept, so none may be one that only suits the few rows that there were when it was made.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_session_timeout": "0",
}


class ProjectionMoved(Exception):
    """The tables are not where they were left: somebody else moved them, or they stepped back."""


class ProjectorSession:
    """An open connection that holds the lock."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._prepared = Prepared(connection, STATEMENT_TIMEOUT_S)

    @classmethod
    async def open(cls, settings: ConnectionSettings, owner: Owner) -> "ProjectorSession":
        """Connect and take the lock, whoever has it. Raises DatabaseUnavailable, and TablesTaken
        where the tables are not the owner's any more."""
        connection = await connect(settings, _SESSION, command_timeout=STATEMENT_TIMEOUT_S)
        try:
            await _check_owner(connection, owner)
            await take_projector_lock(connection)
            await _check_owner(connection, owner)
        except BaseException:
            connection.terminate()
            raise
        return cls(connection)

    async def write(self, bound: Bound, *, is_reset: bool) -> None:
        """All of it, or nothing; of a reset after the tables are emptied.

        Raises ProjectionMoved where they do not stand where the statement takes them to stand, and
        what asyncpg raises. The session is of no use after either.
        """
        if is_reset:
            await begin_empty(self.connection, STATEMENT_TIMEOUT_S)
        else:
            await self.connection.execute("BEGIN", timeout=STATEMENT_TIMEOUT_S)
        if not await self._prepared.run(bound):
            raise ProjectionMoved
        await self.connection.execute("COMMIT", timeout=STATEMENT_TIMEOUT_S)

    def terminate(self) -> None:
        """Drop the connection without a word: the database undoes what is half done, and the next
        session ends this one's if it still holds the lock."""
        self.connection.terminate()

    async def close(self) -> None:
        """Stop what it is at, and let the lock go."""
        await hang_up(self.connection)


async def _check_owner(connection: asyncpg.Connection, owner: Owner) -> None:
    if await owner_in(connection) != owner:
        raise TablesTaken(
            "another hypersim server has started on this database, and keeps its tables up to the "
            "journal from now on"
        )
