"""SIGTERM at the worst moments: it ends, and the next start finds everything.

How long each step of an end may take is said by test_stopping.py; a server that keeps to none of it
is ended by an alarm, with another line and exit code than those here.
"""

import signal
import socket
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from hypersim.storage.connection import ConnectionSettings
from tests.support.clear_line import assert_ends_with_one_line
from tests.support.crash import arena, postgres_processes, send_signal
from tests.support.server import ServerProcess, running_server
from tests.support.tcp_proxy import tcp_proxy

SEED = 20_261_128


def begin_server(*options: str, data_dir: Path) -> ServerProcess:
    """One that is not waited for."""
    return ServerProcess("--feed", "manual", *options, data_dir=data_dir).begin()


def test_a_database_that_stands_still_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with arena(tmp_path / "data", SEED) as target:
        frozen: list[psutil.Process] = []

        def freeze_and_stop() -> None:
            frozen.extend(postgres_processes(target.data_dir))
            send_signal(signal.SIGSTOP, frozen)
            target.server.process.send_signal(signal.SIGTERM)

        target.trade(freeze_and_stop, more=60, goes_on=False)
        assert_ends_with_one_line(target.server, "did not answer in time")
        _, alive = psutil.wait_procs(frozen, timeout=5)
        assert not alive
        target.start_again()
        target.check()


@pytest.mark.slow
def test_a_database_that_is_away_does_not_hold_up_the_end(
    tmp_path: Path, database: ConnectionSettings
) -> None:
    with (
        tcp_proxy(database) as proxy,
        arena(tmp_path, SEED, "--database-url", proxy.url, database=database) as target,
    ):

        def cut_and_stop() -> None:
            proxy.cut()
            target.server.wait_for_line("the database is away")
            target.server.process.send_signal(signal.SIGTERM)

        target.trade(cut_and_stop, more=60, goes_on=False)
        assert_ends_with_one_line(target.server, "did not answer in time")
        proxy.mend()
        target.start_again()
        target.check()


@pytest.mark.parametrize(
    "sent", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "moment",
    [
        "creating the database",
        pytest.param("starting PostgreSQL", marks=pytest.mark.slow),
        "creating the tables",
    ],
)
def test_a_stop_during_the_first_start_leaves_a_directory_that_starts(
    tmp_path: Path, moment: str, sent: signal.Signals
) -> None:
    server = begin_server(data_dir=tmp_path / "data")
    server.wait_for_line(moment)
    server.process.send_signal(sent)
    assert server.wait() == 0, server.output
    assert server.lines[-1] == "stopped before it was ready", server.output
    assert "Traceback" not in server.output
    with running_server("--feed", "manual", data_dir=tmp_path / "data") as again:
        assert again.stop() == 0


def test_a_stop_while_the_database_does_not_answer_at_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://somebody@127.0.0.1:{silent.getsockname()[1]}/x"
        server = begin_server("--database-url", url, data_dir=tmp_path)
        caller, _ = silent.accept()
        server.process.send_signal(signal.SIGTERM)
        with caller:
            assert server.wait() == 0, server.output


def test_an_ephemeral_server_that_is_stopped_early_leaves_nothing(tmp_path: Path) -> None:
    server = begin_server("--ephemeral", data_dir=tmp_path)
    said = server.wait_for_line("creating the database in")
    root = Path(said.split()[4])
    assert root.exists()
    server.process.send_signal(signal.SIGTERM)
    assert server.wait() == 0, server.output
    assert not root.exists()
    assert not list(tmp_path.iterdir())
