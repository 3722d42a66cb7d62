"""`register()` makes three classes that say of themselves exactly what they can do."""

import asyncio
import inspect
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest

from hypersim.client import register
from hypersim.client.description import HAS_STREAMS
from tests.support.server import ServerProcess

# CCXT sets an option of aiohttp that newer Pythons make needless.
pytestmark = pytest.mark.filterwarnings("ignore:.*enable_cleanup_closed:DeprecationWarning")

BTC = "BTC/USDT"
MODULES = [ccxt, ccxt.async_support, ccxt.pro]

INHERITED = {
    *("createLimitOrder", "createLimitBuyOrder", "createLimitSellOrder", "createMarketOrder"),
    *("createMarketBuyOrder", "createMarketSellOrder", "createPostOnlyOrder"),
    *("fetchL2OrderBook", "fetchOrderWithClientOrderId", "editOrderWithClientOrderId"),
    "cancelOrderWithClientOrderId",
}
"""CCXT's own methods, which call ours."""


def own_methods(exchange: Any) -> set[str]:
    """Unified methods, in CCXT's spelling, that this package defines."""
    prefixes = ("fetch_", "create_", "cancel_", "edit_", "watch_", "un_watch_")
    names = {
        name
        for kind in type(exchange).__mro__
        if kind.__module__.startswith("hypersim.")
        for name, value in vars(kind).items()
        if name.startswith(prefixes) and inspect.isfunction(value)
    }
    return {camel_case(name) for name in names}


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join("OHLCV" if word == "ohlcv" else word.capitalize() for word in rest)


@pytest.mark.parametrize("module", MODULES)
def test_registering_twice_lists_the_exchange_once(module: Any) -> None:
    register()
    register()
    assert module.exchanges.count("hypersim") == 1
    assert module.hypersim().id == "hypersim"


@pytest.mark.parametrize("module", MODULES)
def test_has_is_true_for_exactly_what_there_is(module: Any) -> None:
    exchange = module.hypersim()
    prefixes = ("fetch", "create", "cancel", "edit", "watch", "unWatch")
    claimed = {name for name, has in exchange.has.items() if has and name.startswith(prefixes)}
    assert claimed == own_methods(exchange) | INHERITED


@pytest.mark.parametrize("module", [ccxt, ccxt.async_support])
def test_only_the_class_with_streams_has_streams(module: Any) -> None:
    assert not any(module.hypersim().has.get(name) for name in HAS_STREAMS)


@pytest.mark.parametrize(
    ("api", "rest", "stream"),
    [
        (None, "http://127.0.0.1:8080", "ws://127.0.0.1:8080/v1/ws"),
        ("https://sim.example/", "https://sim.example", "wss://sim.example/v1/ws"),
        ({"public": "http://a", "private": "http://a"}, "http://a", "ws://a/v1/ws"),
        ({"rest": "http://a/native", "ws": "ws://b:1"}, "http://a/native", "ws://b:1/v1/ws"),
    ],
)
def test_addresses_can_be_given_as_text_or_by_section(api: Any, rest: str, stream: str) -> None:
    exchange = ccxt.pro.hypersim({} if api is None else {"urls": {"api": api}})
    signed = exchange.sign("time")
    assert signed["url"] == rest + "/v1/time"
    assert exchange.stream_url() == stream


def test_a_signature_covers_the_path_as_it_is_sent() -> None:
    exchange = ccxt.hypersim({"apiKey": "k", "secret": "s", "urls": {"api": "http://a/native"}})
    request = exchange.sign("order/{id}", "private", "GET", {"id": "a b/c", "x": "y z"})
    assert request["url"] == "http://a/native/v1/order/a%20b%2Fc?x=y%20z"
    stamp = request["headers"]["X-API-TIMESTAMP"]
    assert request["headers"]["X-API-SIGNATURE"] == exchange.signature(
        stamp, "GET/native/v1/order/a%20b%2Fc?x=y%20z"
    )
    request = exchange.sign("order", "private", "POST", {"symbol": "BTCUSDT"})
    assert request["body"] == '{"symbol":"BTCUSDT"}'
    stamp = request["headers"]["X-API-TIMESTAMP"]
    assert request["headers"]["X-API-SIGNATURE"] == exchange.signature(
        stamp, "POST/native/v1/order" + request["body"]
    )


def test_the_mounted_prefix_serves_the_same_api(
    config: dict[str, Any], synthetic_server: ServerProcess
) -> None:
    exchange = ccxt.hypersim({**config, "urls": {"api": synthetic_server.url + "/native"}})
    assert exchange.fetch_balance()["BTC"]["total"] == 10
    exchange.close()


async def test_streams_work_under_the_mounted_prefix_too(
    config: dict[str, Any], synthetic_server: ServerProcess
) -> None:
    exchange = ccxt.pro.hypersim({**config, "urls": {"api": synthetic_server.url + "/native"}})
    try:
        assert (await exchange.watch_balance())["BTC"]["total"] == 10
    finally:
        await exchange.close()


def test_every_endpoint_has_an_implicit_method(exchange: Any) -> None:
    assert exchange.publicGetPing() == exchange.public_get_ping() == {}
    assert exchange.public_get_ticker_symbol({"symbol": "BTC-USDT"})["symbol"] == BTC
    assert exchange.publicGetKlinesSymbol({"symbol": "BTCUSDT", "limit": 3})
    assert exchange.private_get_orders_open() == []
    assert exchange.privateGetMytrades() == exchange.private_get_mytrades() == []


def test_numbers_can_be_exact(config: dict[str, Any]) -> None:
    exchange = ccxt.hypersim({**config, "number": str})
    order = exchange.create_market_buy_order(BTC, "0.00123")
    paid = exchange.fetch_balance()["USDT"]["total"]
    assert order["filled"] == "0.00123"
    assert exchange.parse_to_numeric(paid) < 1_000_000
    assert "e" not in paid and len(paid.split(".")[1]) >= 5
    exchange.close()


def test_a_blocking_method_returns_and_the_others_are_awaited() -> None:
    assert not inspect.iscoroutinefunction(ccxt.hypersim.fetch_ticker)
    assert inspect.iscoroutinefunction(ccxt.async_support.hypersim.fetch_ticker)
    for module in MODULES:
        parameters = inspect.signature(module.hypersim.fetch_ohlcv).parameters
        assert list(parameters)[1:] == ["symbol", "timeframe", "since", "limit", "params"]
    asyncio.run(ccxt.async_support.hypersim().close())
