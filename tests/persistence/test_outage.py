"""The database goes away under load, and comes back: no lie is told, and service resumes."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hypersim.storage.connection import ConnectionSettings
from tests.support.crash import Arena, arena, postgres_processes, send_signal
from tests.support.native_account import error_of
from tests.support.tcp_proxy import TcpProxy, tcp_proxy
from tests.support.truthful_trader import TruthfulTrader

SEED = 20_261_121
SHORT_S, LONG_S = 2, 10
TIMEOUT_S = 35
"""Longer than the server waits for the answer to a commit."""

lengths = pytest.mark.parametrize(
    "length_s", [SHORT_S, pytest.param(LONG_S, marks=pytest.mark.slow)]
)


def passes(length_s: float) -> None:
    """The outage itself: it is the wall's time that must pass."""
    threading.Event().wait(length_s)


def frozen_for(target: Arena, length_s: float) -> Callable[[], None]:
    """Every process of the embedded database stands still."""

    def freeze() -> None:
        database = postgres_processes(target.data_dir)
        send_signal(signal.SIGSTOP, database)
        try:
            passes(length_s)
        finally:
            send_signal(signal.SIGCONT, database)

    return freeze


def cut_for(proxy: TcpProxy, target: Arena, length_s: float) -> Callable[[], None]:
    """The road to the database is away; what needs no database goes on."""

    def cut() -> None:
        proxy.cut()
        try:
            passes(length_s / 2)
            assert_only_reads_go_on(target.traders[0])
            passes(length_s / 2)
        finally:
            proxy.mend()

    return cut


def assert_only_reads_go_on(trader: TruthfulTrader) -> None:
    refused = trader.ask_too_much()
    assert error_of(refused) == (503, "SERVICE_UNAVAILABLE")
    assert refused.headers["Retry-After"] == "1"
    assert trader.read("/v1/balance")["USDT"]["total"] > 0
    assert trader.read("/v1/ticker/BTC/USDT")["last"] > 0


@pytest.mark.slow
@lengths
def test_a_database_that_stands_still_makes_orders_wait_and_loses_none(
    tmp_path: Path, length_s: float
) -> None:
    with arena(tmp_path / "data", SEED) as target:
        target.trade(frozen_for(target, length_s), more=40, goes_on=True)
        target.check()
        assert target.server.stop() == 0
        target.start_again()
        target.check()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_commit_that_gets_no_answer_in_time_happens_once(tmp_path: Path) -> None:
    with arena(tmp_path / "data", SEED) as target:
        target.trade(frozen_for(target, TIMEOUT_S), more=40, goes_on=True)
        target.check()


@lengths
def test_a_database_that_cannot_be_reached_turns_orders_away_until_it_is_back(
    tmp_path: Path, database: ConnectionSettings, length_s: float
) -> None:
    with (
        tcp_proxy(database) as proxy,
        arena(tmp_path, SEED, "--database-url", proxy.url, database=database) as target,
    ):
        target.trade(cut_for(proxy, target, length_s), more=40, goes_on=True)
        target.check()
        assert target.server.stop() == 0
        target.start_again()
        target.check()
