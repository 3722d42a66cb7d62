"""Stock `ccxt.mexc`, sync and async, trades here; CCXT's own private tests pass on real data."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import ccxt
import ccxt.async_support
import pytest

from tests.support.ccxt_suite import Flavour, run, runnable
from tests.support.mexc_serving import mexc_config
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess, running_server

# CCXT sets an option of aiohttp that newer Pythons make needless.
pytestmark = pytest.mark.filterwarnings("ignore:.*enable_cleanup_closed:DeprecationWarning")

SYMBOLS, SYMBOL = ["BTC/USDT", "ETH/USDT"], "BTC/USDT"
CODE = "BTC"
FLAVOURS = (Flavour.SYNC, Flavour.ASYNC)
CLASSES: dict[Flavour, Any] = {Flavour.SYNC: ccxt.mexc, Flavour.ASYNC: ccxt.async_support.mexc}
EMAIL, OTHER_EMAIL = "ccxt-mexc@example.com", "ccxt-mexc-orders@example.com"

OFFERED_IN_VAIN = {
    # CCXT takes a list of markets for one market, asks for a parameter that its test does not have,
    # and makes an account of every balance, without a type.
    *("fetchLeverageTiers", "fetchTransfers", "fetchAccounts"),
}
TO_COME = {"fetchDeposits", "fetchWithdrawals"}
"""They are about the wallet."""


def _calls(flavour: Flavour) -> dict[str, list[Any]]:
    offered = runnable(flavour, CLASSES[flavour](), SYMBOLS, CODE, private=True)
    left_out = OFFERED_IN_VAIN | TO_COME
    return {name: given for name, given in offered.items() if name not in left_out}


def _cases() -> list[Any]:
    return [
        pytest.param(flavour, method, arguments, id=f"{flavour}-{method}")
        for flavour in FLAVOURS
        for method, arguments in _calls(flavour).items()
    ]


@contextlib.asynccontextmanager
async def _opened(flavour: Flavour, config: dict[str, Any]) -> AsyncIterator[Any]:
    exchange = CLASSES[flavour](config)
    # A spot-only exchange: CCXT's suite would look for markets of these kinds.
    for kind in ("swap", "future", "option"):
        exchange.has[kind] = None
    try:
        loading = exchange.load_markets()
        if flavour is Flavour.ASYNC:
            await loading
        yield exchange
    finally:
        closing = exchange.close()
        if flavour is Flavour.ASYNC:
            await closing


def account_of(url: str, email: str) -> dict[str, Any]:
    """A client's config for a new account. CCXT waits for none of the venue's limits."""
    with AdminClient(url) as admin:
        key, secret = admin.new_user(email, USDT="1000000", BTC="10")
    return mexc_config(f"{url}/mexc", apiKey=key, secret=secret, enableRateLimit=False)


@pytest.fixture(scope="module")
def mexc_server() -> Iterator[ServerProcess]:
    """Without limits: every test loads the markets anew."""
    with running_server("--feed", "synthetic", "--demo", "--rate-limits", "off") as server:
        yield server


@pytest.fixture(scope="module")
def config(mexc_server: ServerProcess) -> dict[str, Any]:
    """An account that has traded, canceled, and has orders resting."""
    made = account_of(mexc_server.url, EMAIL)
    exchange = ccxt.mexc(made)
    exchange.load_markets()
    low = exchange.fetch_order_book(SYMBOL)["bids"][0][0] * 0.9
    exchange.create_order(SYMBOL, "market", "buy", 0.02)
    exchange.create_order(SYMBOL, "market", "sell", 0.01)
    order = exchange.create_limit_buy_order(SYMBOL, 0.01, low)
    exchange.cancel_order(order["id"], SYMBOL)
    for _ in range(2):
        exchange.create_limit_buy_order(SYMBOL, 0.01, low)
    return made


@pytest.mark.parametrize(("flavour", "method", "arguments"), _cases())
async def test_private_method_passes_ccxts_own_test(
    flavour: Flavour, method: str, arguments: list[Any], config: dict[str, Any]
) -> None:
    async with _opened(flavour, config) as exchange:
        await run(flavour, exchange, method, arguments)


@pytest.fixture(scope="module")
def exchange(mexc_server: ServerProcess) -> Any:
    """The sync class on another account, as CCXT's own tests know no word for its LIMIT_MAKER."""
    made = ccxt.mexc(account_of(mexc_server.url, OTHER_EMAIL))
    made.load_markets()
    return made


@pytest.mark.parametrize(
    ("kind", "terms", "word"),
    [
        ("limit", {}, "LIMIT"),
        ("limit", {"postOnly": True}, "LIMIT_MAKER"),
        ("limit", {"timeInForce": "PO"}, "LIMIT_MAKER"),
        ("limit", {"timeInForce": "IOC"}, "IMMEDIATE_OR_CANCEL"),
        ("limit", {"timeInForce": "FOK"}, "FILL_OR_KILL"),
        ("market", {}, "MARKET"),
        ("market", {"cost": 100}, "MARKET"),
    ],
)
def test_every_unified_order_is_placed_and_found(
    exchange: Any, kind: str, terms: dict[str, Any], word: str
) -> None:
    low = exchange.fetch_order_book(SYMBOL)["bids"][0][0] * 0.9
    price = None if kind == "market" else low
    named = {**terms, "clientOrderId": f"mine-{exchange.milliseconds()}"}
    placed = exchange.create_order(SYMBOL, kind, "buy", 0.01, price, named)
    found = exchange.fetch_order(placed["id"], SYMBOL)
    assert (found["info"]["type"], found["clientOrderId"]) == (word, named["clientOrderId"])
    by_name = exchange.fetch_order("", SYMBOL, {"clientOrderId": named["clientOrderId"]})
    assert by_name["id"] == placed["id"]
    if found["status"] == "open":
        exchange.cancel_order(placed["id"], SYMBOL)
        assert exchange.fetch_order(placed["id"], SYMBOL)["status"] == "canceled"


def test_every_unified_call_about_orders_is_answered(exchange: Any) -> None:
    low = exchange.fetch_order_book(SYMBOL)["bids"][0][0] * 0.9
    wanted = {"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 0.01, "price": low}
    both = exchange.create_orders([wanted, wanted])
    ids = [one["id"] for one in both]
    exchange.create_order(SYMBOL, "market", "buy", 0.01)
    opened = exchange.fetch_open_orders(SYMBOL)
    assert set(ids) <= {one["id"] for one in opened}
    assert len(exchange.fetch_open_orders()) == len(opened)
    changed = exchange.edit_order(ids[0], SYMBOL, "limit", "buy", 0.02, low)
    assert exchange.fetch_order(changed["id"], SYMBOL)["amount"] == 0.02
    exchange.create_order(SYMBOL, "limit", "buy", 0.01, low, {"test": True})
    assert exchange.fetch_order_trades(exchange.fetch_my_trades(SYMBOL)[-1]["order"], SYMBOL)
    canceled = exchange.cancel_all_orders(SYMBOL)
    assert {ids[1], changed["id"]} <= {one["id"] for one in canceled}
    for _ in range(2):
        exchange.create_order(SYMBOL, "limit", "buy", 0.01, low)
    exchange.cancel_all_orders()
    assert exchange.fetch_open_orders() == []


REFUSED: list[tuple[dict[str, Any], Any]] = [
    ({"amount": 100}, ccxt.InsufficientFunds),
    ({"amount": 0.00001}, ccxt.InvalidOrder),
    ({"price": 1e9}, ccxt.InvalidOrder),
]


@pytest.mark.parametrize(("changes", "error"), REFUSED, ids=str)
def test_a_refusal_is_ccxts_error_for_it(
    exchange: Any, changes: dict[str, Any], error: Any
) -> None:
    low = exchange.fetch_order_book(SYMBOL)["bids"][0][0] * 0.9
    wanted = {"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 0.01, "price": low}
    with pytest.raises(error):
        exchange.create_order(**wanted | changes)


def test_a_key_that_nobody_has_and_a_wrong_signature_are_told(
    config: dict[str, Any], mexc_server: ServerProcess
) -> None:
    stranger = ccxt.mexc(config | {"secret": "another"})
    with pytest.raises(ccxt.AuthenticationError):
        stranger.fetch_balance()
    nobody = ccxt.mexc(mexc_config(f"{mexc_server.url}/mexc", apiKey="nobody", secret="s"))
    with pytest.raises(ccxt.BadRequest):
        nobody.fetch_balance()
