"""The one connection that writes: it owns the database, and keeps its statements prepared."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal, NamedTuple

import asyncpg

from hypersim.storage.connecting import CONNECT_TIMEOUT_S, OWNER_LOCK, connect, hang_up, unreachable
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.contradiction import reading
from hypersim.storage.database_errors import LOST_CONNECTION
from hypersim.storage.journal.reading import end_of
from hypersim.storage.ownership import (
    Owner,
    begin_epoch,
    release_projector_lock,
    take_projector_lock,
)
from hypersim.storage.prepared import Prepared
from hypersim.storage.tables.writing import Bound

LOCK_PATIENCE_S = 2.0
"""The session of a writer that was killed a moment ago may take this long to notice."""

_LOCK_POLL_S = 0.02

Durability = Literal["on", "relaxed"]
"""`on` survives a crash of anything; `relaxed` may lose the last moments (up to 0.6 s) when the
database or its machine crashes, but never tears a batch apart."""


class _Backend(NamedTuple):
    """The server's process that serves a session; numbers are used again, so the start counts."""

    pid: int
    started: datetime


class WriterSession:
    """An open connection that holds the owner's lock."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        backend: _Backend,
        timeout_s: float,
    ) -> None:
        self._connection = connection
        self._backend = backend
        self._prepared = Prepared(connection, timeout_s)
        self._timeout_s = timeout_s

    @classmethod
    async def open(
        cls,
        settings: ConnectionSettings,
        durability: Durability,
        *,
        timeout_s: float,
        after: "WriterSession | None" = None,
    ) -> "WriterSession":
        """Connect and take the lock; `after` is our own broken session, which may still hold it.

        Raises DatabaseUnavailable, also when another server has the lock.
        """
        session = {
            "synchronous_commit": "on" if durability == "on" else "off",
            # The plans are trivial: planning each batch anew would cost more than running it.
            "plan_cache_mode": "force_generic_plan",
            "statement_timeout": "0",
            "lock_timeout": "0",
            "idle_session_timeout": "0",
            # A machine that vanished must not keep the lock for hours.
            "tcp_keepalives_idle": "30",
            "tcp_keepalives_interval": "10",
            "tcp_keepalives_count": "3",
        }
        connection = await connect(settings, session)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await _take_lock(connection, after._backend if after else None)
                backend = await connection.fetchrow(
                    "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
                )
        except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
            connection.terminate()
            raise unreachable(settings, error) from error
        except BaseException:
            connection.terminate()
            raise
        return cls(connection, _Backend(*backend), timeout_s)

    async def seq(self) -> int:
        """Up to where the record reaches."""
        with reading("the checkpoint or the journal"):
            seq = await end_of(self._connection, self._timeout_s)
        if seq is None:
            raise DatabaseUnavailable(
                "the database has lost its checkpoint: restore it from a copy, or name another one"
            )
        return seq

    async def own_tables(
        self, settings: ConnectionSettings, bring_up_to_date: Callable[[], Awaitable[None]]
    ) -> Owner:
        """End whoever writes the tables, bring these up to date, and say who may write from now on.
        Raises DatabaseUnavailable."""
        try:
            await take_projector_lock(self._connection)
            await bring_up_to_date()
            owner = await begin_epoch(self._connection)
            await release_projector_lock(self._connection)
        except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
            raise unreachable(settings, error) from error
        return owner

    async def commit(self, bound: Bound) -> None:
        """Run the statement. Whatever asyncpg raises, the outcome may be unknown, and the session
        of no use any more."""
        await self._prepared.run(bound)

    def terminate(self) -> None:
        """Drop the connection without a word."""
        self._connection.terminate()

    async def close(self) -> None:
        """Give the database free."""
        await hang_up(self._connection)


async def _take_lock(connection: asyncpg.Connection, predecessor: _Backend | None) -> None:
    """Own the database. Whoever gets the lock knows that no other session can still write."""
    end = asyncio.get_running_loop().time() + LOCK_PATIENCE_S
    if predecessor is not None:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid = $1 AND backend_start = $2",
            *predecessor,
        )
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", OWNER_LOCK):
        if asyncio.get_running_loop().time() > end:
            raise DatabaseUnavailable(
                "another hypersim server owns this database: stop it, or name another database"
            )
        await asyncio.sleep(_LOCK_POLL_S)
