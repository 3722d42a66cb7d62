"""CCXT's `hypersim` classes, each with an account of its own on a real server."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest

from hypersim.client import register
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess

register()

MONEY = {"USDT": "1000000", "BTC": "10"}
Config = dict[str, Any]

_emails = (f"ccxt-{number}@example.com" for number in itertools.count())


@pytest.fixture(scope="session")
def new_account(synthetic_server: ServerProcess) -> Iterator[Callable[[], Config]]:
    """Makes accounts: each call returns the CCXT configuration of a new, rich one."""
    admin = AdminClient(synthetic_server.url)

    def make(**money: str) -> Config:
        key, secret = admin.new_user(next(_emails), **(money or MONEY))
        return {"apiKey": key, "secret": secret, "urls": {"api": synthetic_server.url}}

    yield make
    admin.http.close()


@pytest.fixture
def config(new_account: Callable[[], Config]) -> Config:
    """A new, rich account."""
    return new_account()


@pytest.fixture
def exchange(config: Config) -> Iterator[Any]:
    """`ccxt.hypersim` on a new, rich account."""
    exchange = ccxt.hypersim(config)
    yield exchange
    exchange.close()


@pytest.fixture
async def pro(config: Config) -> AsyncIterator[Any]:
    """`ccxt.pro.hypersim` on a new, rich account."""
    exchange = ccxt.pro.hypersim(config)
    yield exchange
    await exchange.close()
