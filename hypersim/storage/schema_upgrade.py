"""Runs alembic in this process, over asyncpg. Imported only when there is something to migrate: by
commands and tests, and by `python -m hypersim.storage.schema_upgrade`, the server's upgrade
process."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable

import asyncpg
import msgspec
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
from hypersim.storage.upgrade_process import Wanted


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


def main() -> int:
    """As the server wants it. The exit code is 1 when it cannot be; why stands in one line."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # They are for the server, which ends this process in its turn.
        signal.signal(number, signal.SIG_IGN)
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    wanted = msgspec.json.decode(line, type=Wanted)
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    try:
        asyncio.run(upgrade(wanted.settings, wanted.version, is_owner=wanted.is_owner))
    except DatabaseUnavailable as unavailable:
        sys.stdout.write(str(unavailable))
        return 1
    return 0


def _end_with_the_server() -> None:
    """The database undoes what is half done. Nothing comes but the end, and a buffer would keep its
    lock."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
