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
from tests.drill.rush import STANDING_MAX_S, STOPPED_MAX_S, Hold, Rush, stop_tables
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


class Tables(StrEnum):
    """Whether they follow the journal while somebody dies."""

    FOLLOW = "follow"
    STAND = "stand still"
    """For as long as the writer does not wait for them; how far they are behind then depends on the
    machine."""

    STOPPED = "stopped"
    """Until the next start, and far behind."""


DELAY_MAX_S = {
    Phase.START: 1.5,
    Phase.RESET: 0.15,
    Phase.MIGRATION: 1.2,
    Phase.LOAD: 0.0,
    Phase.SHUTDOWN: 0.5,
}
"""A kill comes at a random moment up to so long after the phase began."""


class Happened:
    """What a cycle did: whether somebody was killed, whether a reset was asked for and
    acknowledged, and who was in such a hurry that the tables fell behind."""

    def __init__(self) -> None:
        self.was_killed = False
        self.rush: Rush | None = None
        self.hold: Hold | None = None
        self.reset_was_asked = False
        self.reset_was_acknowledged = False


def run(
    target: Arena, phase: Phase, victim: Victim, acknowledgements: int, tables: Tables
) -> Happened:
    """Trade until that many requests were acknowledged, let the tables fall behind if it is to be
    so, then let the phase begin, and kill. When this returns, the exchange serves again."""
    happened = Happened()
    with contextlib.ExitStack() as at_last:

        def fall_behind() -> None:
            if tables is Tables.FOLLOW:
                return
            happened.rush = Rush(target, f"rush{target.acknowledged}")
            if tables is Tables.STOPPED:
                stop_tables(target)
                happened.rush.run(STOPPED_MAX_S)
                return
            happened.hold = Hold(target)
            at_last.callback(happened.hold.end)
            happened.rush.run(STANDING_MAX_S)

        def strike() -> None:
            time.sleep(target.dice.random() * DELAY_MAX_S[phase])
            if happened.rush is not None and phase is Phase.START:
                happened.rush.batches = happened.rush.unprojected()
            happened.was_killed = kill(target, victim)
            # Or it wakes up when another one has long taken its place.
            if happened.hold is not None and (happened.hold.is_lock or target.dice.random() < 0.5):
                happened.hold.end()

        _let(target, phase, acknowledgements, happened, fall_behind, strike)
        target.serve_again()
    return happened


def _let(
    target: Arena,
    phase: Phase,
    acknowledgements: int,
    happened: Happened,
    fall_behind: Deed,
    strike: Deed,
) -> None:
    """The phase begin, after some trade."""

    def deed() -> None:
        fall_behind()
        if phase is Phase.SHUTDOWN:
            target.server.process.send_signal(signal.SIGTERM)
        if phase in (Phase.LOAD, Phase.SHUTDOWN):
            strike()

    target.trade(deed, more=acknowledgements, goes_on=False)
    match phase:
        case Phase.LOAD:
            pass
        case Phase.SHUTDOWN:
            target.server.process.wait(STOPS_WITHIN_S)
        case Phase.START:
            _end(target, in_order=happened.rush is None and target.dice.random() < 0.5)
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


def _end(target: Arena, *, in_order: bool) -> None:
    """In good order, or so that the next start has to recover."""
    if in_order:
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
