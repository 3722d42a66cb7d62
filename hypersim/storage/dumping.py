"""A record into a file and back, by PostgreSQL's own programs."""

import asyncio
import os
from pathlib import Path

import asyncpg

from hypersim.storage.connecting import OWNER_LOCK, connect, hang_up
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.embedded.binaries import ENVIRONMENT, candidates, program_major

_HAS_TABLES = "SELECT count(*) > 0 FROM pg_tables WHERE schemaname = 'public'"
_IS_RECORD = "SELECT to_regclass('checkpoint') IS NOT NULL"


async def dump(settings: ConnectionSettings, file: Path, bin_dir: Path | None) -> None:
    """The whole record as it is at one moment, in pg_dump's custom format; its server goes on.
    Nothing is at `file` before it is whole. Raises DatabaseUnavailable."""
    connection = await connect(settings)
    major = connection.get_server_version().major
    await hang_up(connection)
    program = _program("pg_dump", major, bin_dir)
    unfinished = file.with_name(f"{file.name}.part")
    try:
        # Whoever has it may try passwords as often as he likes.
        os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        await _run(settings, program, "--format=custom", "--no-owner", f"--file={unfinished}")
        unfinished.rename(file)
    except OSError as error:
        raise DatabaseUnavailable(f"{file} cannot be written: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


async def load_dump(settings: ConnectionSettings, file: Path, bin_dir: Path | None) -> None:
    """All of the file, or nothing, into a database in which nothing has happened. Raises
    DatabaseUnavailable."""
    _check_readable(file)
    connection = await connect(settings)
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", OWNER_LOCK):
            raise DatabaseUnavailable(
                "a hypersim server uses this database: stop it, or name another database"
            )
        replacing = await _empty_tables(connection)
        major = connection.get_server_version().major
        program = _program("pg_restore", major, bin_dir)
        options = ("--single-transaction", "--exit-on-error", "--no-owner", *replacing)
        await _run(settings, program, *options, f"--dbname={settings.database}", str(file))
    finally:
        await hang_up(connection)


def _check_readable(file: Path) -> None:
    if not os.access(file, os.R_OK):
        raise DatabaseUnavailable(f"{file} cannot be read: name a file of `hypersim db backup`")


async def _empty_tables(connection: asyncpg.Connection) -> tuple[str, ...]:
    """What to tell pg_restore of the tables that are there. Raises DatabaseUnavailable where they
    are not empty."""
    if not await connection.fetchval(_HAS_TABLES):
        return ()
    is_record = await connection.fetchval(_IS_RECORD)
    if not is_record or await connection.fetchval("SELECT seq FROM checkpoint"):
        raise DatabaseUnavailable(
            "there is a record in this database already, and a backup is restored only where there "
            "is none: name an empty directory with --data-dir, or an empty database"
        )
    return ("--clean", "--if-exists")


def _program(name: str, server_major: int, bin_dir: Path | None) -> Path:
    for folder in candidates() if bin_dir is None else (bin_dir,):
        program = folder / name
        if (program_major(program, {}) or 0) >= server_major:
            return program
    raise DatabaseUnavailable(
        f"found no {name} of PostgreSQL {server_major} or newer that runs here: install it, or "
        "name the folder that has it in HYPERSIM_POSTGRES_BIN"
    )


async def _run(settings: ConnectionSettings, program: Path, *options: str) -> None:
    process = await asyncio.create_subprocess_exec(
        program, *options, env=_environment(settings), stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode:
        problem = " ".join(said.decode(errors="replace").split())[:300]
        raise DatabaseUnavailable(f"{program.name} failed: {problem}")


def _environment(settings: ConnectionSettings) -> dict[str, str]:
    """The password goes this way, where nobody else reads it; `~` has certificates and .pgpass."""
    found = {
        **ENVIRONMENT,
        "HOME": str(Path.home()),
        "PGHOST": settings.host,
        "PGPORT": str(settings.port),
        "PGUSER": settings.user,
        "PGDATABASE": settings.database,
    }
    if settings.password is not None:
        found["PGPASSWORD"] = settings.password
    if settings.ssl_mode is not None:
        found["PGSSLMODE"] = settings.ssl_mode
    return found
