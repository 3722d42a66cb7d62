"""A PostgreSQL that lives but serves nobody is seen and started again, and the exchange goes on."""

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from hypersim.storage.embedded.server import EmbeddedPostgres
from tests.support.crash import (
    Arena,
    arena,
    backends,
    postgres_processes,
    send_signal,
    startup_process,
)
from tests.support.postgres import wait_until_it_serves

SEED = 20_261_129
SOCKET = ".s.PGSQL.5432"


def end_recovery(target: Arena) -> None:
    """A backend dies, so PostgreSQL begins to recover; what recovers it dies, and it hangs."""
    send_signal(signal.SIGKILL, backends(target.data_dir)[:1])
    send_signal(signal.SIGKILL, [startup_process(target.data_dir)])


def freeze_postmaster(target: Arena) -> None:
    send_signal(signal.SIGSTOP, postgres_processes(target.data_dir)[:1])
    send_signal(signal.SIGKILL, backends(target.data_dir)[:1])


def freeze_backends(target: Arena) -> None:
    send_signal(signal.SIGSTOP, backends(target.data_dir))


@pytest.mark.parametrize(
    "deed",
    [
        end_recovery,
        pytest.param(freeze_postmaster, marks=pytest.mark.slow),
        pytest.param(freeze_backends, marks=pytest.mark.slow),
    ],
)
def test_the_exchange_goes_on_after(tmp_path: Path, deed: Callable[[Arena], None]) -> None:
    with arena(tmp_path / "data", SEED) as target:
        target.trade(lambda: deed(target), more=60, goes_on=True)
        assert "serves nobody; it is started again" in target.server.output
        target.check()
        assert target.server.stop() == 0
        assert "Traceback" not in target.server.output


def stop_postmaster(database: Path) -> None:
    send_signal(signal.SIGSTOP, postgres_processes(database)[:1])


def stop_all(database: Path) -> None:
    send_signal(signal.SIGSTOP, postgres_processes(database))


def take_the_socket(database: Path) -> None:
    lines = (database / "pgdata/postmaster.pid").read_text().splitlines()
    (Path(lines[4]) / SOCKET).unlink()


@pytest.mark.slow
@pytest.mark.parametrize("deed", [stop_postmaster, stop_all, take_the_socket])
def test_whoever_asks_for_it_gets_a_server_that_serves(
    tmp_path: Path, deed: Callable[[Path], None]
) -> None:
    said: list[str] = []
    database = EmbeddedPostgres(tmp_path / "data", say=said.append)
    try:
        settings = database.start(timeout_s=60)
        stuck = postgres_processes(tmp_path / "data")
        deed(tmp_path / "data")
        wait_until_it_serves(settings, database.ensure_running)
        assert "PostgreSQL lives but serves nobody; it is started again" in said
        _, alive = psutil.wait_procs(stuck, timeout=5)
        assert not alive
    finally:
        database.stop()


def test_a_server_that_is_slow_is_given_time(tmp_path: Path) -> None:
    said: list[str] = []
    database = EmbeddedPostgres(tmp_path / "data", say=said.append)
    try:
        settings = database.start(timeout_s=60)
        server = postgres_processes(tmp_path / "data")
        send_signal(signal.SIGSTOP, server)
        database.ensure_running()
        send_signal(signal.SIGCONT, server)
        wait_until_it_serves(settings, database.ensure_running)
        assert postgres_processes(tmp_path / "data")[0] == server[0]
    finally:
        database.stop()


def test_a_server_that_stands_still_is_ended(tmp_path: Path) -> None:
    database = EmbeddedPostgres(tmp_path / "data")
    database.start(timeout_s=60)
    server = postgres_processes(tmp_path / "data")
    send_signal(signal.SIGSTOP, server)
    database.stop()
    _, alive = psutil.wait_procs(server, timeout=5)
    assert not alive


@pytest.mark.parametrize(
    "pid_file",
    ["theirs", *(pytest.param(p, marks=pytest.mark.slow) for p in ("garbage", "another's"))],
)
def test_processes_that_an_earlier_run_left_standing_still_are_no_obstacle(
    tmp_path: Path, pid_file: str
) -> None:
    """Its server and watchdog were killed; what PostgreSQL's own death left does not move."""
    root = tmp_path / "data"
    earlier = EmbeddedPostgres(root)
    earlier.start(timeout_s=60)
    left = postgres_processes(root)
    send_signal(signal.SIGSTOP, left)
    content = {"garbage": "what?\n", "another's": f"{os.getpid()}\n"}.get(pid_file)
    if content is not None:
        (root / "pgdata/postmaster.pid").write_text(content)
        send_signal(signal.SIGKILL, left[:1])
    # As the kernel does for a killed process.
    earlier._owner_lock.release()
    later = EmbeddedPostgres(root)
    try:
        later.start(timeout_s=60)
        _, alive = psutil.wait_procs(left, timeout=5)
        assert not alive
    finally:
        later.stop()
        with contextlib.suppress(ProcessLookupError):
            earlier.stop()
