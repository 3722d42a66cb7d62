"""The embedded PostgreSQL starts, survives and explains itself, whatever is done to it."""

import asyncio
import os
import signal
import threading
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.embedded.server import EmbeddedPostgres
from hypersim.storage.engine_url import sqlalchemy_url
from tests.support.embedded import (
    ask,
    child,
    is_gone,
    refusal,
    running,
    server_of,
    wait_until,
)


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
