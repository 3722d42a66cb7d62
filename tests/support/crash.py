"""A server under load whose processes die, and what must be true afterwards."""

import asyncio
import contextlib
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import asyncpg
import httpx
import psutil  # type: ignore[import-untyped]

from hypersim.storage.connection import ConnectionSettings
from tests.support.journal import Fate
from tests.support.ledger_check import assert_record_adds_up, embedded_settings
from tests.support.native_client import AdminClient
from tests.support.postgres import run_sql
from tests.support.promises import assert_promises_kept
from tests.support.server import ServerProcess
from tests.support.truthful_trader import PATIENCE_S, TruthfulTrader

TRADERS = 3
COMES_BACK_WITHIN_S = 300
"""On a machine that is busy with other things as well."""

OPTIONS = ("--feed", "synthetic", "--rate-limits", "off", "--log-level", "warning")

FORMS = ("process", "task")
"""What brings the tables up to the journal; each server has the other one than that before."""

Deed = Callable[[], None]


class Arena:
    """One exchange and its traders, each in a thread of its own. `dice` decides what they do and
    when something happens to them.

    `database` is None for the embedded one; `options` then say how the server reaches it.
    """

    def __init__(
        self,
        data_dir: Path,
        dice: random.Random,
        *options: str,
        database: ConnectionSettings | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.dice = dice
        self.acknowledged = 0
        self.traders: list[TruthfulTrader] = []
        self._options = (*OPTIONS, *options)
        self._forms = cycle(FORMS)
        self._database = database
        self._news = threading.Condition()
        self._is_over = threading.Event()
        self.server = self._new_server().start()

    def open(self) -> None:
        """Let the traders in."""
        for number in range(TRADERS):
            dice = random.Random(self.dice.random())
            self.traders.append(
                TruthfulTrader(f"trader{number}", self.server.url, dice, self._one_more)
            )

    def close(self) -> None:
        """Leave nothing running, whatever happened."""
        for trader in self.traders:
            trader.close()
        if self.server.process.poll() is None:
            self.server.stop()

    def trade(self, deed: Deed, *, more: int, goes_on: bool) -> None:
        """Trade until `more` requests were answered, and then do the deed. Trading ends there, or
        if it `goes_on`, when as many again were answered."""
        self._is_over.clear()
        with ThreadPoolExecutor(len(self.traders)) as threads:
            tasks = [threads.submit(self._keep_trading, trader) for trader in self.traders]
            try:
                self._wait_for(more, tasks)
                deed()
                if goes_on:
                    self._wait_for(more, tasks)
            finally:
                self._is_over.set()
        for task in tasks:
            task.result()

    def open_anew(self) -> None:
        """Let new traders in; the others' accounts are gone."""
        for trader in self.traders:
            trader.close()
        self.traders.clear()
        self.open()

    def start_again(self) -> None:
        """The next server on the same data, with the same traders; this one has been ended."""
        self.server.wait()
        self.server = self._new_server().start()
        for trader in self.traders:
            trader.move_to(self.server.url)

    def begin_again(self) -> None:
        """The same, without waiting until it is ready."""
        self.server.wait()
        self.server = self._new_server().begin()

    def serve_again(self) -> None:
        """Return when the exchange serves: by this server, or if that has ended or does so now, by
        the next one."""
        deadline = time.monotonic() + COMES_BACK_WITHIN_S
        while not self._serves():
            assert time.monotonic() < deadline, f"it never served again:\n{self.server.output}"
            if self.server.process.poll() is not None:
                self.server.wait()
                assert "Traceback" not in self.server.output, self.server.output
                self.server = self._new_server().begin()

    def _serves(self) -> bool:
        if not self.server.gets_ready():
            return False
        for trader in self.traders:
            trader.move_to(self.server.url)
        with contextlib.suppress(httpx.TransportError), AdminClient(self.server.url) as admin:
            is_available = admin.http.get("/admin/status").json()["recordAvailable"]
            return is_available and self._is_database_up() and self._are_traders_served()
        return False

    def _are_traders_served(self) -> bool:
        return all(trader.is_served() for trader in self.traders)

    def _is_database_up(self) -> bool:
        with contextlib.suppress(OSError, ValueError, asyncpg.PostgresError):
            asyncio.run(run_sql(self._database or embedded_settings(self.data_dir), "SELECT 1"))
            return True
        return False

    def check(self) -> None:
        """Every promise is kept, and the record adds up."""
        for trader in self.traders:
            assert_promises_kept(trader)
        assert_record_adds_up(self._database or embedded_settings(self.data_dir))

    def retry(self) -> None:
        """Clients come back with what got no answer."""
        for trader in self.traders:
            trader.retry_unknown()

    def summary(self) -> str:
        """How much was at stake."""
        fates = [fate for trader in self.traders for fate in trader.journal.fates.values()]
        orders = sum(len(trader.journal.orders) for trader in self.traders)
        nameless = sum(trader.journal.nameless[Fate.UNKNOWN] for trader in self.traders)
        unknown = fates.count(Fate.UNKNOWN) + nameless
        return f"{self.acknowledged} answers, {orders} orders, {unknown} orders never answered"

    def _new_server(self) -> ServerProcess:
        form = ("--projector", next(self._forms))
        return ServerProcess(*self._options, *form, data_dir=self.data_dir)

    def _keep_trading(self, trader: TruthfulTrader) -> None:
        while not self._is_over.is_set():
            trader.step()

    def _one_more(self) -> None:
        with self._news:
            self.acknowledged += 1
            self._news.notify_all()

    def _wait_for(self, more: int, tasks: list[Future[None]]) -> None:
        wanted = self.acknowledged + more

        deadline = time.monotonic() + PATIENCE_S
        with self._news:
            while self.acknowledged < wanted and not any(task.done() for task in tasks):
                is_running = self.server.process.poll() is None
                assert is_running and time.monotonic() < deadline, (
                    f"no answers any more:\n{self.server.output}"
                )
                self._news.wait(0.1)


@contextlib.contextmanager
def arena(
    data_dir: Path,
    seed: int,
    *options: str,
    database: ConnectionSettings | None = None,
) -> Iterator[Arena]:
    """An exchange with its traders, for the length of a block."""
    report(f"seed {seed}")
    made = Arena(data_dir, random.Random(seed), *options, database=database)
    try:
        made.open()
        yield made
    finally:
        made.close()
        report(made.summary())


def report(line: str) -> None:
    """Shown when the test fails, and with -rA."""
    sys.stdout.write(f"{line}\n")


def postgres_processes(data_dir: Path) -> list[psutil.Process]:
    """The server of a data directory, the postmaster first. None of them may be gone already."""
    first_line = (data_dir / "pgdata" / "postmaster.pid").read_text().split("\n", 1)[0]
    postmaster = psutil.Process(int(first_line))
    return [postmaster, *postmaster.children(recursive=True)]


def backends(data_dir: Path) -> list[psutil.Process]:
    """The processes that serve the exchange's connections."""
    return [p for p in postgres_processes(data_dir)[1:] if "hypersim postgres" in title_of(p)]


def startup_process(data_dir: Path) -> psutil.Process:
    """The process that replays PostgreSQL's log after a crash, awaited; it lives for a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess, OSError, ValueError):
            found = postgres_processes(data_dir)[1:]
        for process in found:
            if title_of(process).startswith("postgres: startup"):
                return process
    raise AssertionError("PostgreSQL did not recover")


def title_of(process: psutil.Process) -> str:
    """What PostgreSQL calls one of its processes; empty when it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline()).strip()
    return ""


def send_signal(number: signal.Signals, processes: list[psutil.Process]) -> None:
    """To each that still lives."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
