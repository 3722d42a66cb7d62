"""One server whose prices the tests set, and accounts on it."""

from collections.abc import Iterator

import pytest

from tests.support.native_account import Account, new_account
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess, running_server

PRICE = "50000"
OPTIONS = ("--feed", "manual", "--fills", "depth", "--rate-limits", "off")


@pytest.fixture(scope="session")
def rest_server() -> Iterator[ServerProcess]:
    """For all tests here: accounts do not see each other, and each test sets the price first."""
    with running_server(*OPTIONS) as server:
        yield server


@pytest.fixture
def admin(rest_server: ServerProcess) -> Iterator[AdminClient]:
    """Sets prices; BTC/USDT stands at 50,000 and ETH/USDT at 3,000."""
    with AdminClient(rest_server.url) as client:
        client.set_price(PRICE)
        client.set_price("3000", "ETH/USDT")
        yield client


@pytest.fixture
def account(rest_server: ServerProcess, admin: AdminClient) -> Iterator[Account]:
    """10,000 USDT and 1 BTC, and no orders."""
    del admin
    with new_account(rest_server.url, USDT="10000", BTC="1") as made:
        yield made


@pytest.fixture(scope="session")
def steady(rest_server: ServerProcess) -> Iterator[Account]:
    """10,000 USDT, 1 BTC and an open order: for tests that change nothing, which they share."""
    with AdminClient(rest_server.url) as client:
        client.set_price(PRICE)
    with new_account(rest_server.url, USDT="10000", BTC="1") as made:
        made.place("buy", "0.0002", "45000", clientOrderId="steady")
        yield made


@pytest.fixture
def stranger(rest_server: ServerProcess, admin: AdminClient) -> Iterator[Account]:
    """Another user with money."""
    del admin
    with new_account(rest_server.url, USDT="10000", BTC="1") as made:
        yield made
