"""One PostgreSQL for the whole run of the tests, and a fresh database for each test or server."""

import asyncio
import itertools
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from msgspec.structs import replace

from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.embedded.server import EmbeddedPostgres
from hypersim.storage.migrate import migrate

SERVES_WITHIN_S = 60
_TEMPLATE = "migrated"
_numbers = itertools.count(1)


class SharedPostgres:
    """Starts when it is needed first. Nothing of it waits for the disk."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._root: Path | None = None
        self._ready_data: Path | None = None
        self._server: EmbeddedPostgres | None = None
        self._settings: ConnectionSettings | None = None

    def settings(self) -> ConnectionSettings:
        """The server, with a database that has all tables and no rows to copy from."""
        with self._turn:
            if self._settings is None:
                self._server = EmbeddedPostgres(self._folder() / "data", is_kept=False)
                settings = self._server.start(timeout_s=60)
                _apart(_make_template(settings))
                self._settings = settings
            return self._settings

    def create(self, *, has_tables: bool = True) -> ConnectionSettings:
        """A new database."""
        server, name = self.settings(), f"test_{next(_numbers)}"
        template = f" TEMPLATE {_TEMPLATE}" if has_tables else ""
        _apart(run_sql(server, f"CREATE DATABASE {name}{template}"))
        return replace(server, database=name)

    def drop(self, database: ConnectionSettings) -> None:
        """Remove it, whoever is connected to it."""
        _apart(run_sql(self.settings(), f"DROP DATABASE {database.database} WITH (FORCE)"))

    def lay_ready_data(self, data_dir: Path) -> None:
        """What a server's first start would make in `data_dir`: a cluster with all tables."""
        with self._turn:
            if self._ready_data is None:
                made = self._folder() / "ready"
                first = EmbeddedPostgres(made)
                try:
                    _apart(migrate(first.start(timeout_s=60), lambda _: None))
                finally:
                    first.stop(fast_s=60)
                self._ready_data = made / "pgdata"
        data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        # Unlike shutil it keeps the owner, who is another one when root runs the tests.
        subprocess.run(["cp", "-a", str(self._ready_data), str(data_dir)], check=True)

    def stop(self) -> None:
        """At the end of the run."""
        if self._server is not None:
            self._server.stop()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)

    def _folder(self) -> Path:
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="hypersim-tests-"))
            self._root.chmod(0o711)
        return self._root


shared_postgres = SharedPostgres()


@pytest.fixture(scope="session")
def postgres_server() -> ConnectionSettings:
    """The server."""
    return shared_postgres.settings()


@pytest.fixture
def database() -> Iterator[ConnectionSettings]:
    """A database of the test's own, with all tables."""
    made = shared_postgres.create()
    yield made
    shared_postgres.drop(made)


@pytest.fixture
def empty_database() -> Iterator[ConnectionSettings]:
    """A database without tables."""
    made = shared_postgres.create(has_tables=False)
    yield made
    shared_postgres.drop(made)


def url_of(database: ConnectionSettings) -> str:
    """The same for --database-url, by the server's socket."""
    return f"postgresql://{database.user}@/{database.database}?host={quote(database.host)}"


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


def _apart(work: Coroutine[Any, Any, Any]) -> None:
    """Done when it returns, also where an event loop runs already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _make_template(settings: ConnectionSettings) -> None:
    await run_sql(settings, f"CREATE DATABASE {_TEMPLATE}")
    await migrate(replace(settings, database=_TEMPLATE), lambda _: None)
