"""kill -9 at random moments: nothing acknowledged is lost, nothing happens twice."""

import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import pytest

from tests.support.crash import Arena, arena, postgres_processes, report, send_signal

SEED = 20_261_120
FEW, MANY = 2, 20
MORE_MAX = 160
"""Requests answered between two kills, at most."""


class Victim(StrEnum):
    """What dies."""

    SERVER = "server"
    EVERYTHING = "everything"
    POSTMASTER = "postmaster"
    POSTGRES = "postgres"

    @property
    def takes_server_along(self) -> bool:
        """Whether somebody has to start the exchange again."""
        return self in (Victim.SERVER, Victim.EVERYTHING)


def killing(target: Arena, victim: Victim) -> Callable[[], None]:
    """What kills the victim."""

    def kill() -> None:
        database = postgres_processes(target.data_dir)
        match victim:
            case Victim.SERVER:
                target.server.process.kill()
            case Victim.EVERYTHING:
                send_signal(signal.SIGKILL, database)
                target.server.process.kill()
            case Victim.POSTMASTER:
                send_signal(signal.SIGKILL, database[:1])
            case Victim.POSTGRES:
                send_signal(signal.SIGKILL, database)

    return kill


def kill_again_and_again(data_dir: Path, victim: Victim, times: int) -> None:
    with arena(data_dir, SEED) as target:
        for number in range(times):
            more = target.dice.randint(1, MORE_MAX)
            report(f"kill {number + 1} of {victim} after {more} more answers")
            target.trade(killing(target, victim), more=more, goes_on=not victim.takes_server_along)
            if victim.takes_server_along:
                target.start_again()
            target.check()
            target.retry()
        target.check()
        assert target.server.stop() == 0
        assert "Traceback" not in target.server.output
        target.start_again()
        target.check()


@pytest.mark.parametrize(
    "victim", [Victim.SERVER, pytest.param(Victim.POSTMASTER, marks=pytest.mark.slow)]
)
def test_nothing_acknowledged_is_lost_when_it_is_killed(tmp_path: Path, victim: Victim) -> None:
    kill_again_and_again(tmp_path / "data", victim, FEW)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("victim", list(Victim))
def test_nothing_acknowledged_is_lost_in_twenty_kills(tmp_path: Path, victim: Victim) -> None:
    kill_again_and_again(tmp_path / "data", victim, MANY)
