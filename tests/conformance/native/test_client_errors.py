"""Every error code of the native API becomes the right CCXT exception."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ccxt
import pytest

from hypersim.client.errors import EXACT
from hypersim.dialects.native.errors import ErrorCode
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess, running_server

BTC = "BTC/USDT"
Config = dict[str, Any]


@pytest.fixture
def connected(exchange: Any) -> Any:
    """With markets loaded."""
    exchange.load_markets()
    return exchange


@pytest.fixture
def other(config: Config) -> Iterator[Callable[..., Any]]:
    """The same account with another configuration on top."""
    made: list[Any] = []

    def make(**more: Any) -> Any:
        made.append(ccxt.hypersim({**config, **more}))
        return made[-1]

    yield make
    for exchange in made:
        exchange.close()


def raises(exception: type[Exception], code: str) -> Any:
    """Exactly this exception, from this code of the server."""
    return pytest.raises(Exception, check=lambda error: type(error) is exception, match=code)


def test_every_code_of_the_server_is_mapped() -> None:
    assert EXACT.keys() == {code.value for code in ErrorCode}


def test_an_unknown_key_is_an_authentication_error(other: Callable[..., Any]) -> None:
    with raises(ccxt.AuthenticationError, "INVALID_API_KEY"):
        other(apiKey="nobody").fetch_balance()


def test_a_wrong_secret_is_an_authentication_error(other: Callable[..., Any]) -> None:
    with raises(ccxt.AuthenticationError, "INVALID_SIGNATURE"):
        other(secret="wrong").fetch_balance()


def test_no_key_at_all_is_an_authentication_error(other: Callable[..., Any]) -> None:
    with pytest.raises(ccxt.AuthenticationError):
        other(apiKey=None).fetch_balance()


@pytest.mark.parametrize("difference", [60_000, -60_000])
def test_a_stale_timestamp_is_an_invalid_nonce(connected: Any, difference: int) -> None:
    connected.options["timeDifference"] = difference
    with raises(ccxt.InvalidNonce, "INVALID_SIGNATURE"):
        connected.fetch_balance()


def test_time_difference_is_measured_on_request(connected: Any) -> None:
    connected.options["timeDifference"] = 60_000
    assert abs(connected.load_time_difference()) < 5_000
    connected.fetch_balance()


def test_a_key_that_may_only_read_is_not_permitted_to_trade(
    another_key: Callable[..., Config], other: Callable[..., Any]
) -> None:
    key = another_key(permissions=["read"])
    reader = other(apiKey=key["apiKey"], secret=key["apiSecret"])
    reader.fetch_balance()
    with raises(ccxt.PermissionDenied, "PERMISSION_DENIED"):
        reader.create_order(BTC, "market", "buy", 0.01)


def test_a_key_from_a_wrong_address_is_not_permitted(
    another_key: Callable[..., Config], other: Callable[..., Any]
) -> None:
    key = another_key(allowedIps=["10.1.2.3"])
    with raises(ccxt.PermissionDenied, "INVALID_API_KEY"):
        other(apiKey=key["apiKey"], secret=key["apiSecret"]).fetch_balance()


def test_a_revoked_key_is_an_authentication_error(
    connected: Any, another_key: Callable[..., Config], other: Callable[..., Any]
) -> None:
    key = another_key()
    connected.private_delete_keys_name({"name": key["apiKey"]})
    with raises(ccxt.AuthenticationError, "INVALID_API_KEY"):
        other(apiKey=key["apiKey"], secret=key["apiSecret"]).fetch_balance()


def test_an_unknown_symbol_is_a_bad_symbol(connected: Any) -> None:
    with pytest.raises(ccxt.BadSymbol):
        connected.fetch_ticker("NO/PE")
    with raises(ccxt.BadSymbol, "INVALID_SYMBOL"):
        connected.public_get_ticker_symbol({"symbol": "NOPE"})


def test_amounts_and_prices_that_do_not_suit_are_invalid_orders(connected: Any) -> None:
    last = connected.fetch_ticker(BTC)["last"]
    with raises(ccxt.InvalidOrder, "INVALID_AMOUNT"):
        connected.create_limit_buy_order(BTC, 0.00001, last * 0.9)
    with raises(ccxt.InvalidOrder, "INVALID_PRICE"):
        connected.create_limit_buy_order(BTC, 1, last * 50)
    off_grid = {"symbol": "BTCUSDT", "side": "buy", "type": "limit", "amount": "0.01"}
    with raises(ccxt.InvalidOrder, "INVALID_PRICE"):
        connected.private_post_order({**off_grid, "price": "40000.001"})


def test_money_that_is_not_there_is_insufficient_funds(connected: Any) -> None:
    with raises(ccxt.InsufficientFunds, "INSUFFICIENT_BALANCE"):
        connected.create_market_sell_order(BTC, 11)


def test_an_order_that_is_not_there_is_not_found(connected: Any) -> None:
    for unknown in ("999999999", "abc", "a b?c=d"):
        with raises(ccxt.OrderNotFound, "ORDER_NOT_FOUND"):
            connected.fetch_order(unknown, BTC)
        with raises(ccxt.OrderNotFound, "ORDER_NOT_FOUND"):
            connected.cancel_order(unknown, BTC)
    with raises(ccxt.OrderNotFound, "never used"):
        connected.cancel_order_with_client_order_id("never used", BTC)


def test_canceling_an_order_that_ended_is_not_found(connected: Any) -> None:
    filled = connected.create_market_buy_order(BTC, 0.001)
    with raises(ccxt.OrderNotFound, "ORDER_ALREADY_FILLED"):
        connected.cancel_order(filled["id"], BTC)
    last = connected.fetch_ticker(BTC)["last"]
    canceled = connected.create_limit_buy_order(BTC, 0.001, last * 0.9)
    connected.cancel_order(canceled["id"], BTC)
    with raises(ccxt.OrderNotFound, "ORDER_ALREADY_CANCELED"):
        connected.cancel_order(canceled["id"], BTC)


def test_a_post_only_order_that_would_trade_is_immediately_fillable(connected: Any) -> None:
    last = connected.fetch_ticker(BTC)["last"]
    with raises(ccxt.OrderImmediatelyFillable, "ORDER_WOULD_MATCH"):
        connected.create_post_only_order(BTC, "limit", "buy", 0.001, last * 1.04)


def test_a_client_order_id_for_another_order_is_a_duplicate(connected: Any) -> None:
    last = connected.fetch_ticker(BTC)["last"]
    mine = {"clientOrderId": "mine"}
    first = connected.create_limit_buy_order(BTC, 0.001, last * 0.9, mine)
    again = connected.create_limit_buy_order(BTC, 0.001, last * 0.9, mine)
    assert again["id"] == first["id"]
    with raises(ccxt.DuplicateOrderId, "DUPLICATE_CLIENT_ORDER_ID"):
        connected.create_limit_buy_order(BTC, 0.002, last * 0.9, mine)


def test_one_open_order_too_many_is_an_invalid_order(connected: Any) -> None:
    last = connected.fetch_ticker(BTC)["last"]
    for _ in range(200):
        connected.create_limit_buy_order(BTC, 0.001, last * 0.9)
    with raises(ccxt.InvalidOrder, "TOO_MANY_OPEN_ORDERS"):
        connected.create_limit_buy_order(BTC, 0.001, last * 0.9)
    assert len(connected.cancel_all_orders(BTC)) == 200


def test_malformed_requests_are_bad_requests(connected: Any) -> None:
    with raises(ccxt.BadRequest, "INVALID_REQUEST"):
        connected.fetch_trades(BTC, params={"color": "red"})
    with raises(ccxt.BadRequest, "INVALID_REQUEST"):
        connected.fetch_ohlcv(BTC, "7m")
    with raises(ccxt.BadRequest, "REQUEST_TOO_LARGE"):
        connected.private_post_order({"symbol": "x" * 70_000})


def test_accounts_and_logins_have_their_errors_too(connected: Any) -> None:
    person = {"email": "somebody@example.com", "password": "a long password"}
    connected.public_post_register(person)
    with raises(ccxt.BadRequest, "EMAIL_TAKEN"):
        connected.public_post_register(person)
    with raises(ccxt.AuthenticationError, "INVALID_CREDENTIALS"):
        connected.public_post_login({**person, "password": "a wrong password"})
    with raises(ccxt.BadRequest, "KEY_NOT_FOUND"):
        connected.private_delete_keys_name({"name": "nobody's"})


def test_paths_and_methods_that_are_not_there_are_not_supported(connected: Any) -> None:
    with raises(ccxt.NotSupported, "NOT_FOUND"):
        connected.request("nowhere", "public", "GET", {})
    with raises(ccxt.NotSupported, "METHOD_NOT_ALLOWED"):
        connected.request("balance", "private", "DELETE", {})


def test_what_the_exchange_does_not_have_is_not_supported(connected: Any) -> None:
    with pytest.raises(ccxt.NotSupported, match="stopPrice"):
        connected.create_order(BTC, "limit", "buy", 0.01, 40_000, {"stopPrice": 41_000})
    with pytest.raises(ccxt.InvalidOrder, match="stop_loss"):
        connected.create_order(BTC, "stop_loss", "buy", 0.01, 40_000)


def test_a_halted_market_is_closed(admin: AdminClient, quiet_server: ServerProcess) -> None:
    key, secret = admin.new_user("halted@example.com", USDT="1000")
    exchange = ccxt.hypersim(
        {"apiKey": key, "secret": secret, "urls": {"api": quiet_server.url}, "timeout": 5_000}
    )
    admin.set_price("3000", "ETH/USDT")
    admin.post("/admin/halt", {"symbol": "ETH/USDT"})
    with raises(ccxt.MarketClosed, "MARKET_HALTED"):
        exchange.create_limit_buy_order("ETH/USDT", 0.1, 2900)
    admin.post("/admin/resume", {"symbol": "ETH/USDT"})
    exchange.create_limit_buy_order("ETH/USDT", 0.1, 2900)
    exchange.close()


def test_a_market_without_a_fresh_price_is_on_maintenance(
    admin: AdminClient, quiet_server: ServerProcess
) -> None:
    key, secret = admin.new_user("stale@example.com", USDT="1000")
    exchange = ccxt.hypersim({"apiKey": key, "secret": secret, "urls": {"api": quiet_server.url}})
    with raises(ccxt.OnMaintenance, "MARKET_DATA_STALE"):
        exchange.create_market_buy_order("SOL/USDT", 1)
    exchange.close()


def test_too_many_requests_are_rate_limited(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    # This machine's address may ask 20 times as much.
    settings.write_text("requests_per_minute = 1\n")
    with running_server("--feed", "manual", "--config", str(settings)) as server:
        exchange = ccxt.hypersim({"urls": {"api": server.url}})
        with raises(ccxt.RateLimitExceeded, "RATE_LIMIT_EXCEEDED"):
            for _ in range(41):
                exchange.fetch_time()
        exchange.close()


@pytest.mark.parametrize(
    ("code", "exception"),
    [
        ("SERVICE_UNAVAILABLE", ccxt.ExchangeNotAvailable),
        ("INTERNAL_ERROR", ccxt.ExchangeNotAvailable),
        ("A_CODE_OF_TOMORROW", ccxt.ExchangeError),
    ],
)
def test_what_no_test_can_provoke_is_mapped_too(code: str, exception: type[Exception]) -> None:
    exchange = ccxt.hypersim()
    answer = {"error": {"code": code, "message": "?", "details": {}}}
    with raises(exception, code):
        exchange.handle_errors(503, "", "", "GET", {}, json.dumps(answer), answer, {}, "")


def test_a_server_that_is_not_there_is_a_network_error() -> None:
    exchange = ccxt.hypersim({"urls": {"api": "http://127.0.0.1:9"}})
    with pytest.raises(ccxt.NetworkError):
        exchange.fetch_time()
    exchange.close()
