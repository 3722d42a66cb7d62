"""Brings a database to the tables that this version works with.

At each start, one query answers whether there is anything to do. Alembic, which takes longer to
import than a start may last and a quarter of a server's memory, is loaded only if there is.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Protocol

import asyncpg

import hypersim
from hypersim.storage.connecting import connect, hang_up
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable

OLDEST_SERVER = 15
PACKAGE = Path(hypersim.__file__).parent


def migrations_directory() -> Path:
    """Inside the package when that is installed, else beside it in the source tree."""
    installed = PACKAGE / "_migrations"
    return installed if installed.is_dir() else PACKAGE.parent / "migrations"


def head() -> str:
    """The newest version of the tables: files in `versions` begin with their number."""
    versions = migrations_directory() / "versions"
    return max(path.name.partition("_")[0] for path in versions.glob("[0-9]*_*.py"))


class Upgrade(Protocol):
    """Brings a database to a version; see `schema_upgrade.upgrade`."""

    async def __call__(
        self, settings: ConnectionSettings, version: str, *, is_owner: bool
    ) -> None: ...


async def upgrade_here(settings: ConnectionSettings, version: str, *, is_owner: bool) -> None:
    """In this process. By name, as a start without an upgrade must not pay for the import."""
    module = import_module("hypersim.storage.schema_upgrade")
    await module.upgrade(settings, version, is_owner=is_owner)


async def migrate(
    settings: ConnectionSettings,
    say: Callable[[str], None],
    *,
    is_owner: bool = False,
    upgrade: Upgrade = upgrade_here,
) -> None:
    """Upgrade the database to the newest tables, if it does not have them yet; `is_owner` says that
    the caller owns it already.

    Raises DatabaseUnavailable, also when another server is using the database.
    """
    before, newest = await _version(settings), head()
    if before == newest:
        return
    if before is not None and before > newest:
        raise DatabaseUnavailable(
            f"the database was written by a newer hypersim (its tables are version {before}, "
            f"this one knows up to {newest}): upgrade hypersim, or name another database"
        )
    if before is None:
        say("creating the tables")
    else:
        say(f"upgrading the tables from version {before} to {newest}")
    await upgrade(settings, newest, is_owner=is_owner)


async def _version(settings: ConnectionSettings) -> str | None:
    connection = await connect(settings)
    try:
        if connection.get_server_version().major < OLDEST_SERVER:
            raise DatabaseUnavailable(
                f"the database server is PostgreSQL {connection.get_server_version().major}; "
                f"hypersim needs {OLDEST_SERVER} or newer"
            )
        version: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await hang_up(connection)
    return version
