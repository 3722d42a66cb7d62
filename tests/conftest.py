"""Servers that tests share."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import shared_postgres
from tests.support.server import ServerProcess, running_server


@pytest.fixture(scope="session", autouse=True)
def _postgres_ends() -> Iterator[None]:
    """After all that uses it."""
    yield
    shared_postgres.stop()


@pytest.fixture(scope="session")
def synthetic_server() -> Iterator[ServerProcess]:
    """One server with moving prices and the demo user; tests must not depend on its balances."""
    with running_server("--feed", "synthetic", "--demo") as server:
        yield server


@pytest.fixture
def manual_server() -> Iterator[ServerProcess]:
    """A server of the test's own, whose prices only the test moves."""
    with running_server("--feed", "manual", "--demo") as server:
        yield server
