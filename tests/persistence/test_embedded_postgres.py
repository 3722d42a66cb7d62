"""The embedded PostgreSQL starts, survives and explains itself, whatever is done to it."""

import asyncio
import contextlib
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil  # type: ignore[import-untyped]
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.embedded.server import EmbeddedPostgres
from hypersim.storage.engine_url import sqlalchemy_url

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
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can set this up")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="uses Linux mount namespaces")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="module")
def used_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a database that was stopped cleanly; a test leaves it so."""
    root = tmp_path_factory.mktemp("used") / "data"
    with running(root):
        pass
    return root


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


def test_the_first_start_makes_a_database_that_answers(root: Path) -> None:
    said: list[str] = []
    with running(root, say=said.append) as (_, connection):
        assert ask(connection, "SELECT 6 * 7") == 42
        assert ask(connection, "SHOW synchronous_commit") == "on"
        assert ask(connection, "SHOW listen_addresses") == ""
        server = server_of(root)
    assert said == [f"creating the database in {root} (once)", "starting PostgreSQL 18"]
    assert is_gone(server)
    assert not connection.host.startswith("/tmp/hypersim-") or not Path(connection.host).exists()


def test_a_warm_start_keeps_the_data_and_creates_nothing(root: Path) -> None:
    said: list[str] = []
    with running(root) as (_, connection):
        ask(connection, "CREATE TABLE kept AS SELECT 7 AS n", "SELECT 1")
    with running(root, say=said.append) as (_, connection):
        assert ask(connection, "SELECT n FROM kept") == 7
    assert said == ["starting PostgreSQL 18"]


def test_sqlalchemy_reaches_it_too(used_root: Path) -> None:
    async def answer(connection: ConnectionSettings) -> Any:
        engine = create_async_engine(sqlalchemy_url(connection))
        try:
            async with engine.connect() as link:
                return (await link.exec_driver_sql("SELECT current_user")).scalar_one()
        finally:
            await engine.dispose()

    with running(used_root) as (_, connection):
        assert asyncio.run(answer(connection)) == "hypersim"


def test_a_second_start_is_refused_and_names_the_process(used_root: Path) -> None:
    with running(used_root) as (_, connection):
        message = refusal(EmbeddedPostgres(used_root))
        assert f"in use by another hypersim (process {os.getpid()})" in message
        assert ask(connection, "SELECT 1") == 1


def test_another_process_is_refused_too(used_root: Path) -> None:
    with (
        running(used_root),
        child(used_root) as (_, word, line),
    ):
        assert word == "unavailable"
        assert f"process {os.getpid()}" in line


def test_committed_rows_survive_the_kill_of_the_server(used_root: Path) -> None:
    said: list[str] = []
    with running(used_root, say=said.append) as (database, connection):
        ask(
            connection,
            "CREATE TABLE survivors AS SELECT * FROM generate_series(1, 1000) AS n",
            "SELECT 1",
        )
        killed = server_of(used_root)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: is_gone(killed), "the server is dead")
        database.ensure_running()
        assert server_of(used_root) != killed
        assert ask(connection, "SELECT count(*) FROM survivors") == 1000
    assert said[-1] == "recovering the database after a crash"


def test_a_database_that_vanished_does_not_come_back_empty(used_root: Path) -> None:
    with running(used_root) as (database, connection):
        killed = server_of(used_root)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: is_gone(killed), "the server is dead")
        data = (used_root / "pgdata").rename(used_root / "elsewhere")
        with pytest.raises(DatabaseUnavailable, match="holds no PostgreSQL database"):
            database.ensure_running()
        data.rename(used_root / "pgdata")
        database.ensure_running()
        assert ask(connection, "SELECT 1") == 1


def test_ensure_running_leaves_a_living_server_alone(used_root: Path) -> None:
    with running(used_root) as (database, _):
        server = server_of(used_root)
        database.ensure_running()
        assert server_of(used_root) == server


def test_many_who_lost_their_connection_start_it_once(used_root: Path) -> None:
    said: list[str] = []
    with running(used_root, say=said.append) as (database, connection):
        killed = server_of(used_root)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: is_gone(killed), "the server is dead")
        callers = [threading.Thread(target=database.ensure_running) for _ in range(8)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert ask(connection, "SELECT 1") == 1
    assert said.count("recovering the database after a crash") == 1


def test_stop_may_be_repeated_and_nothing_revives_what_was_stopped(used_root: Path) -> None:
    with running(used_root) as (database, _):
        database.stop()
        database.stop()
        with pytest.raises(DatabaseUnavailable, match="is stopped"):
            database.ensure_running()
        database.start()
    EmbeddedPostgres(used_root).stop()


def test_what_nobody_keeps_survives_the_server_and_leaves_nothing_in_memory(root: Path) -> None:
    segments = Path("/proc/sysvipc/shm")
    with running(root, is_kept=False) as (database, connection):
        assert ask(connection, "SHOW fsync") == "off"
        ask(connection, "CREATE TABLE survivors AS SELECT 7 AS number", "SELECT 1")
        killed = server_of(root)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: is_gone(killed), "the server is dead")
        database.ensure_running()
        assert ask(connection, "SELECT number FROM survivors") == 7
        server = server_of(root)
    assert is_gone(server)
    if segments.exists():
        makers = {line.split()[4] for line in segments.read_text().splitlines()}
        assert str(server) not in makers


def test_the_server_ends_by_itself_when_its_hypersim_is_killed(used_root: Path) -> None:
    with child(used_root) as (process, word, _):
        assert word == "ready"
        server = server_of(used_root)
        process.kill()
        wait_until(lambda: is_gone(server), "the server has gone")
    with running(used_root) as (_, connection):
        assert ask(connection, "SELECT 1") == 1


def test_the_next_start_ends_a_server_that_nobody_watches(used_root: Path) -> None:
    said: list[str] = []
    with child(used_root) as (process, word, _):
        assert word == "ready"
        server = server_of(used_root)
        for watchdog in psutil.Process(process.pid).children():
            if watchdog.pid != server:
                watchdog.kill()
        process.kill()
        process.wait()
        assert not is_gone(server)
        with running(used_root, say=said.append) as (_, connection):
            assert is_gone(server)
            assert ask(connection, "SELECT 1") == 1
    assert said[0] == f"stopping the PostgreSQL that an earlier run left (process {server})"


@pytest.mark.parametrize(
    "content",
    ["", "\n\n", "garbage\n", "-42\n", "0\n", "1\n/somewhere\n", f"{os.getpid()}\n", "\0\xff"],
    ids=["empty", "lines", "garbage", "negative", "zero", "init", "ours", "binary"],
)
def test_a_stale_pid_file_is_no_obstacle(used_root: Path, content: str) -> None:
    (used_root / "pgdata/postmaster.pid").write_text(content, encoding="latin-1")
    with running(used_root) as (_, connection):
        assert ask(connection, "SELECT 1") == 1


@pytest.mark.parametrize(
    "name",
    ["with a space", 'it\'s "$HOME", a:b', "long" * 30],
    ids=["space", "quotes", "long"],
)
def test_any_path_will_do(tmp_path: Path, used_root: Path, name: str) -> None:
    root = tmp_path / name
    subprocess.run(["cp", "-a", used_root, root], check=True)
    with running(root) as (_, connection):
        assert ask(connection, "SHOW data_checksums") == "on"
        place = Path(connection.host)
        assert place.stat().st_mode & 0o777 == 0o700
    assert place.parent == root or not place.exists()


def test_a_half_made_database_is_made_anew(root: Path) -> None:
    (root / "pgdata.new/base").mkdir(parents=True)
    (root / "pgdata.new/PG_VERSION").write_text("18\n")
    with running(root) as (_, connection):
        assert ask(connection, "SELECT 1") == 1
    assert not (root / "pgdata.new").exists()


def test_data_of_another_major_version_is_refused(root: Path) -> None:
    (root / "pgdata").mkdir(parents=True)
    (root / "pgdata/PG_VERSION").write_text("14\n")
    message = refusal(EmbeddedPostgres(root))
    assert "made by PostgreSQL 14" in message
    assert "HYPERSIM_POSTGRES_BIN" in message


@as_root
def test_an_ordinary_user_needs_no_rights() -> None:
    entry = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        os.chown(place, entry.pw_uid, entry.pw_gid)
        with child(Path(place, "data"), user="nobody") as (_, word, host):
            assert (word, host) == ("ready", f"{place}/data/run")


def test_a_directory_that_may_not_be_written_is_named() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o555)
        user = "nobody" if os.geteuid() == 0 else ""
        with child(Path(place, "data"), user=user) as (_, word, line):
            assert word == "unavailable"
            assert f"{place}/data is not writable for user" in line


def test_a_file_in_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is no directory" in refusal(EmbeddedPostgres(tmp_path / "file"))
    assert "is no directory" in refusal(EmbeddedPostgres(tmp_path / "file/below"))


def on_tmpfs(place: Path, options: str, then: str) -> tuple[str, ...]:
    """Runs a command where `place` is a small file system of its own, seen by nobody else."""
    mount = f'mount -t tmpfs -o "{options}" none "{place}" && {then} && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", mount, "sh")


@as_root
@on_linux
def test_a_read_only_file_system_gives_one_clear_line(tmp_path: Path) -> None:
    under = on_tmpfs(tmp_path, "size=1m", f'mount -o remount,ro "{tmp_path}"')
    with child(tmp_path / "data", under=under) as (_, word, line):
        assert word == "unavailable"
        assert f"{tmp_path}/data is on a read-only file system" in line


@as_root
@on_linux
def test_a_full_disk_gives_one_clear_line_that_quotes_postgresql(tmp_path: Path) -> None:
    under = on_tmpfs(tmp_path, "size=30m", "true")
    with child(tmp_path / "data", under=under) as (_, word, line):
        assert word == "unavailable"
        assert f"the disk of the data directory {tmp_path}/data is full (FATAL:" in line
        assert "No space left on device" in line
