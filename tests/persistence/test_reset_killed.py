"""SIGKILL of the whole server in the midst of a reset: the next start finds everything as it was,
or everything new."""

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.crash import FORMS, postgres_processes, report, send_signal
from tests.support.ledger_check import assert_record_adds_up, embedded_settings
from tests.support.native_client import AdminClient, NativeClient
from tests.support.postgres import run_sql
from tests.support.server import ServerProcess

SEED = 20_261_128
KILLS = 8
DELAY_MAX_S = 0.05
"""A reset takes less."""

OPTIONS = ("--feed", "manual", "--demo", "--rate-limits", "off")
ORDERS = 20
TABLES = {
    "users": "id, email, created_at",
    "api_keys": "api_key, user_id",
    "balances": "user_id, asset, available, locked",
    "orders": "id, user_id, status, amount, filled, price",
    "trades": "id, order_id, price, amount",
    "ledger_legs": "seq, leg, user_id, asset, available_after, locked_after",
}
"""What a reset empties, but for the demo account that it opens again."""


def record(data_dir: Path) -> tuple[int, dict[str, list[Any]]]:
    """(generation, rows of each table)"""
    database = embedded_settings(data_dir)

    async def read() -> tuple[int, dict[str, list[Any]]]:
        ((generation,),) = await run_sql(database, "SELECT generation FROM checkpoint")
        found = {
            table: [
                tuple(row)
                for row in await run_sql(database, f"SELECT {columns} FROM {table} ORDER BY 1, 2")
            ]
            for table, columns in TABLES.items()
        }
        return generation, found

    return asyncio.run(read())


def trade(url: str) -> None:
    """Something of everything that a reset takes away."""
    with AdminClient(url) as admin, NativeClient(url) as client:
        admin.set_price("50000")
        admin.new_user("another@example.com", USDT="1000", BTC="1")
        assert client.order("buy", "0.01").status_code == 201
        for number in range(ORDERS):
            assert client.order("buy", "0.001", str(40_000 + number)).status_code == 201


def settle(url: str) -> None:
    """Return when the tables show what is in the journal."""
    with AdminClient(url) as admin:
        admin.http.post("/admin/record/settle").raise_for_status()


def reset(url: str) -> bool:
    """Whether it was acknowledged."""
    with contextlib.suppress(httpx.TransportError), AdminClient(url) as admin:
        return admin.http.post("/admin/reset").is_success
    return False


class Exchange:
    """A server on one data directory, which can be killed and started again."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._forms = cycle(FORMS)
        self.server = self._started()

    def kill(self, *, takes_postgres_along: bool) -> None:
        if takes_postgres_along:
            send_signal(signal.SIGKILL, postgres_processes(self.data_dir))
        self.server.kill()

    def start_again(self) -> None:
        self.server = self._started()
        assert "Traceback" not in self.server.output

    def _started(self) -> ServerProcess:
        return ServerProcess(
            *OPTIONS, "--projector", next(self._forms), data_dir=self.data_dir
        ).start()


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = Exchange(tmp_path / "data")
    yield made
    if made.server.process.poll() is None:
        made.server.stop()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("takes_postgres_along", [False, True])
def test_after_a_kill_in_a_reset_all_is_old_or_all_is_new(
    exchange: Exchange, takes_postgres_along: bool
) -> None:
    dice, outcomes = random.Random(SEED), []
    for _ in range(KILLS):
        trade(exchange.server.url)
        settle(exchange.server.url)
        generation, old = record(exchange.data_dir)
        with ThreadPoolExecutor(1) as thread:
            resetting = thread.submit(reset, exchange.server.url)
            time.sleep(dice.random() * DELAY_MAX_S)
            exchange.kill(takes_postgres_along=takes_postgres_along)
            was_acknowledged = resetting.result()
        exchange.start_again()
        settle(exchange.server.url)
        generation_now, found = record(exchange.data_dir)
        is_new = generation_now == generation + 1
        outcomes.append("new" if is_new else "old")
        if is_new:
            assert [row[1] for row in found["users"]] == ["test@example.com"]
            assert not found["orders"] and not found["trades"]
            assert len(found["ledger_legs"]) == len(found["balances"]) == 2
        else:
            assert generation_now == generation and not was_acknowledged
            assert found == old
            assert reset(exchange.server.url)
            settle(exchange.server.url)
        assert_record_adds_up(embedded_settings(exchange.data_dir))
    assert exchange.server.stop() == 0
    report(f"after {KILLS} kills: {outcomes}")
