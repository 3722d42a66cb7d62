"""What a drill kills, and how the victim is found at the moment of the kill."""

import contextlib
import signal
import time
from enum import StrEnum
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.support.crash import Arena, postgres_processes, send_signal, title_of

FOUND_WITHIN_S = 5.0
"""A victim that is not there by then, as PostgreSQL has not started or has gone, is spared."""


class Victim(StrEnum):
    """What dies."""

    SERVER = "server"
    POSTMASTER = "postmaster"
    STARTUP = "startup process"
    BACKEND = "a backend"
    BOTH = "both"
    PROJECTOR = "projector"


def kill(target: Arena, victim: Victim) -> bool:
    """Whether there was somebody to kill."""
    match victim:
        case Victim.SERVER:
            target.server.process.kill()
            return True
        case Victim.BOTH:
            database = _find(target.data_dir, "")
            send_signal(signal.SIGKILL, database)
            target.server.process.kill()
            return True
        case Victim.POSTMASTER:
            return _kill_one(target.data_dir, "")
        case Victim.BACKEND:
            return _kill_one(target.data_dir, "postgres: hypersim")
        case Victim.PROJECTOR:
            found = projector(target)
            send_signal(signal.SIGKILL, found)
            return bool(found)
        case Victim.STARTUP:
            # There is one only while PostgreSQL recovers, so it is made to.
            if not _kill_one(target.data_dir, "postgres: startup", within_s=0):
                _kill_one(target.data_dir, "postgres: hypersim")
            return _kill_one(target.data_dir, "postgres: startup")


def projector(target: Arena) -> list[psutil.Process]:
    """The server's; nobody where a task of the server does its work."""
    with contextlib.suppress(psutil.Error):
        family = psutil.Process(target.server.process.pid).children()
        return [each for each in family if title_of(each) == "hypersim projector"]
    return []


def _kill_one(data_dir: Path, title: str, within_s: float = FOUND_WITHIN_S) -> bool:
    found = _find(data_dir, title, within_s)
    send_signal(signal.SIGKILL, found[:1])
    return bool(found)


def _find(data_dir: Path, title: str, within_s: float = FOUND_WITHIN_S) -> list[psutil.Process]:
    """The processes of a PostgreSQL that runs whose title begins so, the postmaster first."""
    deadline = time.monotonic() + within_s
    while True:
        with contextlib.suppress(psutil.Error, OSError, ValueError, IndexError):
            family = postgres_processes(data_dir)
            found = [each for each in family if not title or title_of(each).startswith(title)]
            if found and family[0].status() != psutil.STATUS_ZOMBIE:
                return found
        if time.monotonic() > deadline:
            return []
        time.sleep(0.002)
