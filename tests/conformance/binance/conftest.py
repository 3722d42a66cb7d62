"""Clients of the Binance dialect on the shared server."""

import itertools
from collections.abc import Iterator

import pytest

from tests.support.binance_client import BinanceClient
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess

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
