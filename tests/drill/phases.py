"""What the exchange does when something dies: it starts, trades, resets, migrates or stops."""

import asyncio
import contextlib
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum

import httpx

from hypersim.storage.embedded.server import EmbeddedPostgres
from hypersim.storage.migrate import head
from hypersim.storage.schema_upgrade import downgrade
from tests.drill.kills import Victim, kill
from tests.support.crash import Arena, Deed, postgres_processes, send_signal
from tests.support.native_client import AdminClient

STOPS_WITHIN_S = 8.0
"""Five seconds, and a grace for a machine that does other things too."""

RESET_TIMEOUT_S = 90.0


class Phase(StrEnum):
    """When somebody dies."""

    START = "start"
    RESET = "reset"
    MIGRATION = "migration"
    LOAD = "load"
    SHUTDOWN = "shutdown"


DELAY_MAX_S = {
    Phase.START: 1.5,
    Phase.RESET: 0.15,
    Phase.MIGRATION: 1.2,
    Phase.LOAD: 0.0,
    Phase.SHUTDOWN: 0.5,
}
"""A kill comes at a random moment up to so long after the phase began."""


class Happened:
    """What a cycle did: whether somebody was killed, and whether a reset was asked for and
    acknowledged."""

    def __init__(self) -> None:
        self.was_killed = False
        self.reset_was_asked = False
        self.reset_was_acknowledged = False


def run(target: Arena, phase: Phase, victim: Victim, acknowledgements: int) -> Happened:
    """Trade until that many requests were acknowledged, then let the phase begin, and kill. When
    this returns, the exchange serves again."""
    happened = Happened()

    def strike() -> None:
        time.sleep(target.dice.random() * DELAY_MAX_S[phase])
        happened.was_killed = kill(target, victim)

    def stop_and_strike() -> None:
        target.server.process.send_signal(signal.SIGTERM)
        strike()

    deeds: dict[Phase, Deed] = {Phase.LOAD: strike, Phase.SHUTDOWN: stop_and_strike}
    target.trade(deeds.get(phase, lambda: None), more=acknowledgements, goes_on=False)
    match phase:
        case Phase.LOAD:
            pass
        case Phase.SHUTDOWN:
            target.server.process.wait(STOPS_WITHIN_S)
        case Phase.START:
            _end(target)
            target.begin_again()
            strike()
        case Phase.MIGRATION:
            assert target.server.stop() == 0, target.server.output
            _go_back(target)
            target.begin_again()
            target.server.wait_for_line("upgrading the tables")
            strike()
        case Phase.RESET:
            _reset(target, strike, happened)
    target.serve_again()
    return happened


def _end(target: Arena) -> None:
    """In good order, or so that the next start has to recover."""
    if target.dice.random() < 0.5:
        assert target.server.stop() == 0, target.server.output
        return
    send_signal(signal.SIGKILL, postgres_processes(target.data_dir))
    target.server.process.kill()


def _go_back(target: Arena) -> None:
    """The tables of the version before, as if this one had never run."""
    before = f"{int(head()) - 1:04}"
    database = EmbeddedPostgres(target.data_dir)
    try:
        asyncio.run(downgrade(database.start(), before))
    finally:
        database.stop()


def _reset(target: Arena, strike: Deed, happened: Happened) -> None:
    happened.reset_was_asked = True

    def ask() -> bool:
        with AdminClient(target.server.url) as admin, contextlib.suppress(httpx.TransportError):
            return admin.http.post("/admin/reset", timeout=RESET_TIMEOUT_S).is_success
        return False

    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(ask)
        strike()
        happened.reset_was_acknowledged = asking.result()
