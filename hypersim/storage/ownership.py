"""Who may write the tables: whoever began the latest epoch, at the version that they have.

A server begins one while it holds both locks, before it writes anything. So a projector that was
left behind by an older server or an older version finds that it is not its turn any more, however
late it wakes up.
"""

import asyncio
from typing import NamedTuple

import asyncpg

from hypersim.storage.connecting import CONNECT_TIMEOUT_S, OWNER_LOCK, PROJECTOR_LOCK
from hypersim.storage.connection import DatabaseUnavailable

_POLL_S = 0.02
_TRY = "SELECT pg_try_advisory_lock($1)"
_END_HOLDERS = """SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND classid::bigint = $1::bigint >> 32
AND objid::bigint = $1::bigint & 4294967295
AND objsubid = 1 AND granted AND pid <> pg_backend_pid()
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_BEGIN = """UPDATE projection_owner SET epoch = epoch + 1
RETURNING epoch, (SELECT version_num FROM alembic_version)"""
_OWNER = "SELECT epoch, version_num FROM projection_owner, alembic_version"

IS_OWNER = """(SELECT epoch FROM projection_owner) = ${}
AND (SELECT version_num FROM alembic_version) = ${}"""
"""What a statement that writes the tables asks; the numbers of its parameters come in."""


class Owner(NamedTuple):
    """Whose projector may write, and into tables of which version."""

    epoch: int
    version: str


class TablesTaken(Exception):
    """Somebody else brings the tables up to the journal from now on. One clear line."""


async def take_projector_lock(connection: asyncpg.Connection) -> None:
    """Hold the projector's lock; a session that holds it is ended, as it is nobody's any more.
    Raises DatabaseUnavailable when it does not go."""
    end = asyncio.get_running_loop().time() + CONNECT_TIMEOUT_S
    while not await connection.fetchval(_TRY, PROJECTOR_LOCK):
        if asyncio.get_running_loop().time() > end:
            raise DatabaseUnavailable(
                "an old session that writes the tables does not end: stop the process "
                "'hypersim projector', or start the database again"
            )
        await connection.execute(_END_HOLDERS, PROJECTOR_LOCK)
        await asyncio.sleep(_POLL_S)


async def release_projector_lock(connection: asyncpg.Connection) -> None:
    """Let the projector have it."""
    await connection.execute("SELECT pg_advisory_unlock($1)", PROJECTOR_LOCK)


async def begin_epoch(connection: asyncpg.Connection) -> Owner:
    """From now on nobody else may write the tables."""
    return Owner(*await connection.fetchrow(_BEGIN))


async def owner_in(connection: asyncpg.Connection) -> Owner | None:
    """Who may write them; None where nobody ever did."""
    row = await connection.fetchrow(_OWNER)
    return None if row is None else Owner(*row)


async def borrow(connection: asyncpg.Connection) -> Owner:
    """The same without a server, until one starts. Raises DatabaseUnavailable while one runs."""
    async with connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", OWNER_LOCK):
            raise DatabaseUnavailable(
                "a hypersim server runs on this database, and keeps its tables up to the journal "
                "itself: `hypersim db settle` waits for them"
            )
        return await begin_epoch(connection)
