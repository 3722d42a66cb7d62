"""Clients of the Binance dialect on the shared server."""

import itertools
from collections.abc import Iterator

import pytest

from tests.support.binance_client import BinanceClient
from tests.support.binance_trading import Trader, quiet_venue, trading_account
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess, running_server

_emails = (f"binance-{number}@example.com" for number in itertools.count())


@pytest.fixture
def public(synthetic_server: ServerProcess) -> Iterator[BinanceClient]:
    """Public calls, under the dialect's prefix."""
    with BinanceClient(f"{synthetic_server.url}/binance") as client:
        yield client


@pytest.fixture
def saver(synthetic_server: ServerProcess) -> Iterator[BinanceClient]:
    """A new account that was given 1000 USDT and 2 BTC, and from which 100 USDT were taken."""
    email = next(_emails)
    with AdminClient(synthetic_server.url) as admin:
        key, secret = admin.new_user(email, USDT="1000", BTC="2")
        admin.post(
            "/admin/balances",
            {"user": email, "asset": "USDT", "amount": "100", "action": "withdraw"},
        )
    with BinanceClient(synthetic_server.url, key, secret) as client:
        yield client


@pytest.fixture(scope="session")
def quiet_server() -> Iterator[ServerProcess]:
    """For tests that set prices first and look at accounts of their own; no request limits."""
    with running_server("--feed", "manual", "--demo", "--rate-limits", "off") as server:
        yield server


@pytest.fixture
def quiet_admin(quiet_server: ServerProcess) -> Iterator[AdminClient]:
    """The quiet server's admin API; BTC/USDT is at 50,000."""
    with AdminClient(quiet_server.url) as client:
        client.set_price("50000")
        yield client


@pytest.fixture(scope="session")
def venue() -> Iterator[ServerProcess]:
    """For tests of trading: orders fill as far as the size that is shown goes."""
    with quiet_venue() as server:
        yield server


@pytest.fixture
def admin(venue: ServerProcess) -> Iterator[AdminClient]:
    """Sets the venue's prices."""
    with AdminClient(venue.url) as client:
        yield client


@pytest.fixture
def trader(venue: ServerProcess) -> Iterator[Trader]:
    """A new, rich account on the venue; BTCUSDT is at 50,000."""
    with trading_account(venue) as made:
        yield made


@pytest.fixture
def stranger(venue: ServerProcess) -> Iterator[Trader]:
    """Another account like the trader's."""
    with trading_account(venue) as made:
        yield made
