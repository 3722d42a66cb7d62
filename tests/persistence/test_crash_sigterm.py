"""SIGTERM under load: what was begun is finished, what was acknowledged is kept."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.crash import arena
from tests.support.server import running_server

SEED = 20_261_124


@pytest.mark.parametrize("times", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_sigterm_under_load_ends_by_itself_and_keeps_everything(tmp_path: Path, times: int) -> None:
    with arena(tmp_path / "data", SEED) as target:
        for _ in range(times):

            def stop() -> None:
                target.server.process.send_signal(signal.SIGTERM)

            target.trade(stop, more=60, goes_on=False)
            assert target.server.wait() == 0, target.server.output
            assert "Traceback" not in target.server.output
            target.start_again()
            target.check()


def test_ctrl_c_stops_like_sigterm(tmp_path: Path) -> None:
    with running_server("--feed", "manual", data_dir=tmp_path / "data") as server:
        server.process.send_signal(signal.SIGINT)
        assert server.wait() == 0
    assert server.lines[-1] == "stopping"


def test_a_client_that_says_nothing_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with (
        running_server("--feed", "manual", data_dir=tmp_path / "data") as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client,
    ):
        assert client.get("/v1/ping").status_code == 200
        assert server.stop() == 0


def test_a_request_that_is_never_whole_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with running_server("--feed", "manual", "--demo", data_dir=tmp_path / "data") as server:
        is_over = threading.Event()

        def endless() -> None:
            def drip() -> Iterator[bytes]:
                yield b"{"
                is_over.wait(30)

            with contextlib.suppress(httpx.HTTPError):
                httpx.post(f"{server.url}/v1/order", content=drip(), trust_env=False)

        sender = threading.Thread(target=endless)
        sender.start()
        assert server.stop() == 0
        is_over.set()
        sender.join()
