"""Servers that tests share, and the order in which they share them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock_reads import counted
from tests.support.postgres import shared_postgres
from tests.support.server import ServerProcess, running_server


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a folder follow each other, so that one worker serves them: each makes the
    servers that they share. The order within, and that of the folders, stays random."""
    turns: dict[Path, int] = {}
    for item in items:
        turns.setdefault(item.path.parent, len(turns))
    items.sort(key=lambda item: turns[item.path.parent])


@pytest.fixture(scope="session", autouse=True)
def _postgres_ends() -> Iterator[None]:
    """After all that uses it."""
    yield
    shared_postgres.stop()


@pytest.fixture
def no_clock() -> Iterator[None]:
    """Neither the test nor what it tests reads the wall's clock, so it depends on no date, and need
    not be run under others than today's."""
    with pytest.MonkeyPatch.context() as patch:
        reads = [counted(patch, name) for name in ("time", "time_ns")]
        yield
    assert not any(read.count for read in reads), "the clock was read"


@pytest.fixture(scope="session")
def synthetic_server() -> Iterator[ServerProcess]:
    """One server with moving prices and the demo user; tests must not depend on its balances."""
    with running_server("--feed", "synthetic", "--demo") as server:
        yield server
