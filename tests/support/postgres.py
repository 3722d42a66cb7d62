"""One PostgreSQL for the whole run of the tests, and a fresh database for each test."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.embedded import EmbeddedPostgres
from hypersim.storage.migrate import migrate

SERVES_WITHIN_S = 60
_TEMPLATE = "migrated"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectionSettings]:
    """The server, with a database that has all tables and no rows to copy from."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "data")
    try:
        settings = server.start(timeout_s=60)
        asyncio.run(_make_template(settings))
        yield settings
    finally:
        server.stop()


@pytest.fixture
async def database(postgres_server: ConnectionSettings) -> AsyncIterator[ConnectionSettings]:
    """A database of the test's own, with all tables."""
    name = f"test_{next(_numbers)}"
    await run_sql(postgres_server, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    yield replace(postgres_server, database=name)
    await run_sql(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_database(postgres_server: ConnectionSettings) -> AsyncIterator[ConnectionSettings]:
    """A database without tables."""
    name = f"test_{next(_numbers)}"
    await run_sql(postgres_server, f"CREATE DATABASE {name}")
    yield replace(postgres_server, database=name)
    await run_sql(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


async def run_sql(settings: ConnectionSettings, statement: str, *arguments: Any) -> Any:
    """The rows of a statement, over a connection of its own."""
    connection = await asyncpg.connect(**settings.asyncpg_kwargs())
    try:
        return await connection.fetch(statement, *arguments)
    finally:
        await connection.close()


async def run_script(settings: ConnectionSettings, *statements: str) -> None:
    """Statements, one after the other, over one connection."""
    connection = await asyncpg.connect(**settings.asyncpg_kwargs())
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def wait_until_it_serves(settings: ConnectionSettings, ensure_running: Callable[[], None]) -> None:
    """Ask for the server and connect, as the recorder does, until that works."""
    deadline = time.monotonic() + SERVES_WITHIN_S
    while True:
        ensure_running()
        try:
            asyncio.run(asyncio.wait_for(run_sql(settings, "SELECT 1"), 2))
        except (OSError, asyncpg.PostgresError):
            assert time.monotonic() < deadline, "it never served"
            time.sleep(0.1)
        else:
            return


async def _make_template(settings: ConnectionSettings) -> None:
    await run_sql(settings, f"CREATE DATABASE {_TEMPLATE}")
    await migrate(replace(settings, database=_TEMPLATE), lambda _: None)
