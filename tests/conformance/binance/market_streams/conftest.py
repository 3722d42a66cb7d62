"""Servers that tests of market streams share."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.binance_streams import StreamsClient, market_streams
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess, running_server


@pytest.fixture
async def streams(synthetic_server: ServerProcess) -> AsyncIterator[StreamsClient]:
    """A connection without streams."""
    async with market_streams(synthetic_server.websocket_url, "/binance/ws") as client:
        yield client


@pytest.fixture(scope="session")
def quiet() -> Iterator[ServerProcess]:
    """A server on which nothing moves but what a test moves; BTC/USDT is at 50,000."""
    with running_server("--feed", "manual", "--demo") as server:
        with AdminClient(server.url) as admin:
            admin.set_price("50000")
        yield server


@pytest.fixture(scope="session")
def shared() -> Iterator[ServerProcess]:
    """A server on which users trade with each other, as fast as they like."""
    options = ("--feed", "manual", "--demo", "--matching", "shared", "--rate-limits", "off")
    with running_server(*options) as server:
        with AdminClient(server.url) as admin:
            admin.set_price("50000")
        yield server


@pytest.fixture
def admin(quiet: ServerProcess) -> Iterator[AdminClient]:
    """The quiet server's admin API."""
    with AdminClient(quiet.url) as client:
        yield client
