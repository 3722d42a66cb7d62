"""CCXT's `hypersim` classes, each with an account of its own on a real server."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest

from hypersim.client import register
from tests.conformance.native.stream_client import StreamClient, stream_of
from tests.support.native_client import AdminClient, NativeClient
from tests.support.server import ServerProcess, running_server

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
def another_key(config: Config) -> Callable[..., Config]:
    """Makes further keys of the same account, as the admin does."""

    def make(**wish: Any) -> Config:
        with AdminClient(config["urls"]["api"]) as admin:
            keys = admin.http.get("/admin/keys").json()
            (first,) = (one for one in keys if one["apiKey"] == config["apiKey"])
            return admin.post("/admin/keys", {"user": first["user"], **wish})

    return make


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


@pytest.fixture(scope="module")
def quiet_server() -> Iterator[ServerProcess]:
    """A server on which nothing moves but what a test moves; BTC/USDT is at 50,000. What says that
    it was forwarded is believed."""
    options = ("--feed", "manual", "--demo", "--trusted-proxies", "127.0.0.1")
    with running_server(*options) as server:
        admin = AdminClient(server.url)
        admin.set_price("50000")
        admin.http.close()
        yield server


@pytest.fixture
def admin(quiet_server: ServerProcess) -> Iterator[AdminClient]:
    """The quiet server's admin API."""
    client = AdminClient(quiet_server.url)
    yield client
    client.http.close()


@pytest.fixture
def trader(quiet_server: ServerProcess, admin: AdminClient) -> Iterator[NativeClient]:
    """A new, rich account on the quiet server."""
    with NativeClient(quiet_server.url, *admin.new_user(next(_emails), **MONEY)) as client:
        yield client


@pytest.fixture
async def stream(quiet_server: ServerProcess) -> AsyncIterator[StreamClient]:
    """A socket on the quiet server."""
    async with stream_of(quiet_server) as client:
        yield client
