"""The embedded PostgreSQL, here and in a process of its own."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil  # type: ignore[import-untyped]
import pytest

from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.embedded.server import EmbeddedPostgres

PROJECT = Path(__file__).parents[2]


DEADLINE_S = 15.0


# Starts a database, as `nobody` when told so, says how that went, and waits for its stdin to close.
CHILD = """
import os, pwd, sys
from pathlib import Path
from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.embedded.server import EmbeddedPostgres
root, user = sys.argv[1:]
if user:
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
database = EmbeddedPostgres(Path(root))
try:
    print("ready", database.start().host, flush=True)
    sys.stdin.read()
except DatabaseUnavailable as error:
    print("unavailable", error, flush=True)
finally:
    database.stop()
"""


@contextlib.contextmanager
def running(root: Path, **options: Any) -> Iterator[tuple[EmbeddedPostgres, ConnectionSettings]]:
    database = EmbeddedPostgres(root, **options)
    try:
        yield database, database.start(timeout_s=60)
    finally:
        database.stop()


@contextlib.contextmanager
def child(root: Path, *, user: str = "", under: tuple[str, ...] = ()) -> Iterator[Any]:
    """Another process that starts the database. Yields it and its first word and line."""
    command = [*under, sys.executable, "-c", CHILD, str(root), user]
    with subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            word, _, rest = process.stdout.readline().strip().partition(" ")
            yield process, word, rest
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.communicate(timeout=DEADLINE_S)


def ask(connection: ConnectionSettings, *statements: str) -> Any:
    """The value that the last statement returns."""

    async def run() -> Any:
        link = await asyncpg.connect(**connection.asyncpg_kwargs())
        try:
            for statement in statements[:-1]:
                await link.execute(statement)
            return await link.fetchval(statements[-1])
        finally:
            await link.close()

    return asyncio.run(run())


def refusal(database: EmbeddedPostgres) -> str:
    """The line that a start fails with."""
    with pytest.raises(DatabaseUnavailable) as caught:
        database.start()
    database.stop()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def server_of(root: Path) -> int:
    return int((root / "pgdata/postmaster.pid").read_text().split("\n")[0])


def is_gone(process: int) -> bool:
    """Also when whoever inherited the dead process has not taken note of it yet."""
    try:
        return bool(psutil.Process(process).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.005)
