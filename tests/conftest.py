"""Servers that tests share."""

from collections.abc import Iterator

import pytest

from tests.support.clock_reads import counted
from tests.support.postgres import shared_postgres
from tests.support.server import ServerProcess, running_server


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
