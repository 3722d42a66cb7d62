"""A look at a record from beside its server: it may run, or be stopped."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg

from hypersim.account.user import Secret
from hypersim.storage.connecting import connect, hang_up, unreachable
from hypersim.storage.connection import DEFAULT_PORT, ConnectionSettings, DatabaseUnavailable
from hypersim.storage.database_errors import LOST_CONNECTION
from hypersim.storage.embedded.cluster import DATABASE, SUPERUSER
from hypersim.storage.growth.image import TABLES
from hypersim.storage.migrate import head
from hypersim.storage.whereabouts import database_at

STOP_S = 3.0
_LOCK = (
    f"LOCK TABLE {TABLES}, trades, ledger, ledger_lines, prevented_matches, order_amendments"
    " IN ACCESS SHARE MODE"
)
"""All that a reset empties: older snapshots would see it empty too."""

_SOCKET_LINE = 4


@contextlib.asynccontextmanager
async def visited(
    root: Path,
    *,
    url: Secret | None,
    bin_dir: Path | None,
    may_create: bool = False,
    say: Callable[[str], None],
) -> AsyncIterator[ConnectionSettings]:
    """How to reach the database at `url`, or our own under `root`, which is started for the length
    of the block if it does not run. Raises DatabaseUnavailable."""
    if url is None:
        running = await _running(root)
        if running is not None:
            yield running
            return
        if not (may_create or (root / "pgdata").exists()):
            raise DatabaseUnavailable(
                f"there is no record in {root}: name another directory with --data-dir, or a "
                "database with --database-url"
            )
    async with database_at(
        root, url=url, bin_dir=bin_dir, is_ephemeral=False, stop_s=lambda: STOP_S, say=say
    ) as database:
        yield database.settings


async def _running(root: Path) -> ConnectionSettings | None:
    """How to reach the server of a data directory, if there is one."""
    try:
        lines = (root / "pgdata" / "postmaster.pid").read_text().splitlines()
        settings = ConnectionSettings(lines[_SOCKET_LINE], DEFAULT_PORT, SUPERUSER, DATABASE)
        await hang_up(await connect(settings))
    except (OSError, IndexError, DatabaseUnavailable):
        return None
    return settings


@contextlib.asynccontextmanager
async def snapshot(settings: ConnectionSettings) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees the record of one moment. Raises DatabaseUnavailable."""
    connection = await connect(settings)
    try:
        await check_version(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(_LOCK)
            yield connection
    except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
        raise unreachable(settings, error) from error
    finally:
        await hang_up(connection)


async def check_version(connection: asyncpg.Connection) -> None:
    """Raises DatabaseUnavailable where the tables are not those of this version."""
    version = None
    if await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
        version = await connection.fetchval("SELECT version_num FROM alembic_version")
    if version != head():
        raise DatabaseUnavailable(
            f"the tables are of version {version or 'none'}, and this hypersim works with version "
            f"{head()}: start its server once, or use the hypersim that wrote them"
        )
