"""Runs alembic in this process, over asyncpg. Imported only when there is something to migrate."""

from collections.abc import Callable

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from hypersim.storage.connecting import OWNER_LOCK, unreachable
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.database_errors import LOST_CONNECTION, explain
from hypersim.storage.engine_url import sqlalchemy_url
from hypersim.storage.migrate import migrations_directory


async def upgrade(settings: ConnectionSettings, version: str, *, is_owner: bool = False) -> None:
    """To a version, all in one transaction; `is_owner` says that the caller owns the database.
    Raises DatabaseUnavailable."""
    await _run(settings, lambda config: command.upgrade(config, version), is_owner=is_owner)


async def downgrade(settings: ConnectionSettings, version: str) -> None:
    """Back to an older version, or to `base`, where there are no tables."""
    await _run(settings, lambda config: command.downgrade(config, version), is_owner=False)


def alembic_config(connection: sa.Connection) -> Config:
    """What `alembic.ini` would say."""
    config = Config()
    # ConfigParser expands percent signs, which a path may hold.
    config.set_main_option("script_location", str(migrations_directory()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def _run(
    settings: ConnectionSettings, act: Callable[[Config], None], *, is_owner: bool
) -> None:
    engine = create_async_engine(sqlalchemy_url(settings), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            if not is_owner:
                await connection.run_sync(_own)
            await connection.run_sync(lambda sync: act(alembic_config(sync)))
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig is not None else None
        raise DatabaseUnavailable(
            f"could not set up the tables: {explain(cause or error)}"
        ) from error
    except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
        # Before there is a connection, SQLAlchemy hands on what asyncpg raises.
        raise unreachable(settings, error) from error
    finally:
        await engine.dispose()


def _own(connection: sa.Connection) -> None:
    """No server may be writing while its tables change."""
    lock = sa.select(sa.func.pg_try_advisory_xact_lock(OWNER_LOCK))
    if not connection.execute(lock).scalar_one():
        raise DatabaseUnavailable(
            "another hypersim server owns this database, and its tables must be upgraded first: "
            "stop that server"
        )
