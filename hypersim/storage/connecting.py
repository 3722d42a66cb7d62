"""Opening connections, with one clear line when there is none to be had."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.database_errors import LOST_CONNECTION, explain

CONNECT_TIMEOUT_S = 10.0
POOL_SIZE_MAX = 4
_CLOSE_TIMEOUT_S = 2.0

OWNER_LOCK = 0x6879706572_73696D
"""Advisory lock of the one server that writes this database; its bytes spell "hypersim"."""

PROJECTOR_LOCK = OWNER_LOCK + 1
"""Advisory lock of the one projector that writes the tables."""

KEEPER_LOCK = OWNER_LOCK + 2
"""Advisory lock of the one who packs the journal and drops what is not kept."""

_SESSION = {"application_name": "hypersim", "jit": "off", "timezone": "UTC"}

_READING = {
    "default_transaction_read_only": "on",
    # Whatever is asked for is read from an index in the order of its rows, and few of them. The
    # statistics of a table that grows by the minute would say now and then that there is nothing
    # to sort.
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
}


class ReadingConnection(asyncpg.Connection):  # type: ignore[misc]
    """Of a pool whose sessions nobody changes: to reset one would be a round trip for nothing."""

    def get_reset_query(self) -> str:
        """None."""
        return ""


async def connect(
    settings: ConnectionSettings, session: dict[str, str] | None = None, **options: Any
) -> asyncpg.Connection:
    """A connection with `session` settings; raises DatabaseUnavailable."""
    try:
        return await asyncpg.connect(
            **settings.asyncpg_kwargs(),
            timeout=CONNECT_TIMEOUT_S,
            server_settings=_SESSION | (session or {}),
            **options,
        )
    except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
        raise unreachable(settings, error) from error


async def connect_pool(
    settings: ConnectionSettings,
    command_timeout_s: float,
    begin: Callable[[asyncpg.Connection], Awaitable[None]] | None = None,
) -> asyncpg.Pool:
    """A few connections for reads, opened as they are needed. Nothing is read over one before it
    has begun."""
    return await asyncpg.create_pool(
        **settings.asyncpg_kwargs(),
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=command_timeout_s,
        server_settings=_SESSION | _READING,
        connection_class=ReadingConnection,
        min_size=0,
        max_size=POOL_SIZE_MAX,
        init=begin,
    )


async def hang_up(connection: asyncpg.Connection) -> None:
    """Say good-bye, which frees locks at once, or just go if nobody listens."""
    try:
        await connection.close(timeout=_CLOSE_TIMEOUT_S)
    except (*LOST_CONNECTION, asyncpg.PostgresError):
        connection.terminate()


def unreachable(settings: ConnectionSettings, error: BaseException) -> DatabaseUnavailable:
    """Which server was asked for, and what came of it. Never shows the password."""
    where = settings.host if settings.is_socket else f"{settings.host}:{settings.port}"
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            problem = f"does not let user {settings.user!r} in: check the user and the password"
        case asyncpg.InvalidCatalogNameError():
            problem = f"has no database {settings.database!r}: create it, or name another"
        case TimeoutError():
            problem = f"did not answer within {CONNECT_TIMEOUT_S:g} s: is it running?"
        case OSError():
            problem = f"cannot be reached: is it running? ({explain(error)})"
        case _:
            problem = f"refuses the connection: {explain(error)}"
    return DatabaseUnavailable(f"the database server at {where} {problem}")
