"""Stock `ccxt.binance`, sync and async, trades here; CCXT's own private tests pass on real data."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import ccxt
import ccxt.async_support
import pytest

from tests.support.ccxt_binance import binance_config
from tests.support.ccxt_suite import Flavour, has_function, listed_calls, run, runnable
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess

# CCXT sets an option of aiohttp that newer Pythons make needless.
pytestmark = pytest.mark.filterwarnings("ignore:.*enable_cleanup_closed:DeprecationWarning")

SYMBOLS = ["BTC/USDT", "ETH/USDT"]
CODE = "BTC"
FLAVOURS = (Flavour.SYNC, Flavour.ASYNC)
CLASSES: dict[Flavour, Any] = {
    Flavour.SYNC: ccxt.binance,
    Flavour.ASYNC: ccxt.async_support.binance,
}
EMAIL = "ccxt-binance@example.com"

DERIVATIVES_ONLY = {
    *("fetchLeverageTiers", "fetchBorrowInterest", "fetchMarginModes", "fetchLedger"),
    "fetchLedgerEntry",
}
"""CCXT's binance has them for futures and margin accounts and raises for spot."""

WITHOUT_FUNCTION = {
    *("fetchTransactions", "cancelAllOrders", "fetchCanceledOrders", "fetchPosition"),
    *("fetchDeposit", "createDepositAddress", "fetchDepositAddress", "fetchDepositAddresses"),
    *("fetchDepositAddressesByNetwork", "fetchBorrowRateHistory"),
}
"""CCXT's runner names them, its wheel has no test function for them."""

NOT_OFFERED = {"signIn", "fetchAccounts"}
"""CCXT's binance does not have them."""

SKIPS = {
    # CCXT reads these from fields that Binance's spot histories do not have.
    "fetchDeposits": {"updated": True, "fee": True},
    "fetchWithdrawals": {"updated": True},
    # CCXT asks for transfers to the futures wallet, which there is none of.
    "fetchTransfers": {"emptyResponse": True},
}


def _calls(flavour: Flavour) -> dict[str, list[Any]]:
    offered = runnable(flavour, CLASSES[flavour](), SYMBOLS, CODE, private=True)
    return {name: given for name, given in offered.items() if name not in DERIVATIVES_ONLY}


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


@pytest.fixture(scope="module")
def config(synthetic_server: ServerProcess) -> dict[str, Any]:
    """An account that has traded, canceled, withdrawn, and has orders resting."""
    with AdminClient(synthetic_server.url) as admin:
        key, secret = admin.new_user(EMAIL, USDT="1000000", BTC="10")
        admin.post(
            "/admin/balances",
            {"user": EMAIL, "asset": "BTC", "amount": "1", "action": "withdraw"},
        )
    made = binance_config(synthetic_server.url, apiKey=key, secret=secret)
    exchange = ccxt.binance(made)
    exchange.load_markets()
    low = exchange.fetch_ticker("BTC/USDT")["bid"] * 0.9
    exchange.create_order("BTC/USDT", "market", "buy", 0.02)
    exchange.create_order("BTC/USDT", "market", "sell", 0.01)
    order = exchange.create_limit_buy_order("BTC/USDT", 0.01, low)
    exchange.cancel_order(order["id"], "BTC/USDT")
    exchange.transfer("BTC", 1, "spot", "funding")
    for _ in range(2):
        exchange.create_limit_buy_order("BTC/USDT", 0.01, low)
    return made


@pytest.mark.parametrize(("flavour", "method", "arguments"), _cases())
async def test_private_method_passes_ccxts_own_test(
    flavour: Flavour, method: str, arguments: list[Any], config: dict[str, Any]
) -> None:
    async with _opened(flavour, config) as exchange:
        await run(flavour, exchange, method, arguments, skips=SKIPS.get(method))


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_nothing_private_that_ccxt_tests_is_left_out_silently(flavour: Flavour) -> None:
    listed = listed_calls(flavour, SYMBOLS, CODE, private=True)
    left = listed.keys() - _calls(flavour).keys()
    without = {method for method in left if not has_function(flavour, method)}
    assert without <= WITHOUT_FUNCTION
    assert left - without <= NOT_OFFERED | DERIVATIVES_ONLY


@pytest.fixture
def exchange(config: dict[str, Any]) -> Any:
    """The sync class."""
    made = ccxt.binance(config)
    made.load_markets()
    return made


@pytest.mark.parametrize(
    ("side", "kind", "terms", "word"),
    [
        ("buy", "limit", {}, "LIMIT"),
        ("buy", "limit", {"postOnly": True}, "LIMIT_MAKER"),
        ("sell", "limit", {"stopLossPrice": 0.9}, "STOP_LOSS_LIMIT"),
        ("sell", "market", {"stopLossPrice": 0.85}, "STOP_LOSS"),
        ("buy", "limit", {"takeProfitPrice": 0.85}, "TAKE_PROFIT_LIMIT"),
    ],
)
def test_every_unified_order_is_placed_found_and_canceled(
    exchange: Any, side: str, kind: str, terms: dict[str, Any], word: str
) -> None:
    last = exchange.fetch_ticker("BTC/USDT")["last"]
    given = {
        name: exchange.price_to_precision("BTC/USDT", last * value) if name != "postOnly" else value
        for name, value in terms.items()
    }
    price = None if kind == "market" else last * 0.85
    placed = exchange.create_order("BTC/USDT", kind, side, 0.01, price, given)
    found = exchange.fetch_order(placed["id"], "BTC/USDT")
    assert (found["status"], found["info"]["type"]) == ("open", word)
    assert (
        exchange.fetch_order(None, "BTC/USDT", {"origClientOrderId": placed["clientOrderId"]})["id"]
        == placed["id"]
    )
    assert exchange.cancel_order(placed["id"], "BTC/USDT")["status"] == "canceled"


def test_an_edited_order_is_another_one(exchange: Any) -> None:
    low = exchange.fetch_ticker("BTC/USDT")["bid"] * 0.8
    placed = exchange.create_limit_buy_order("BTC/USDT", 0.01, low)
    edited = exchange.edit_order(placed["id"], "BTC/USDT", "limit", "buy", 0.02, low)
    assert (edited["amount"], edited["status"]) == (0.02, "open")
    assert exchange.fetch_order(placed["id"], "BTC/USDT")["status"] == "canceled"
    exchange.cancel_order(edited["id"], "BTC/USDT")


def test_refusals_become_ccxts_own_exceptions(exchange: Any) -> None:
    last = exchange.fetch_ticker("BTC/USDT")["last"]
    with pytest.raises(ccxt.InsufficientFunds):
        exchange.create_limit_buy_order("BTC/USDT", 100, last * 0.9)
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        exchange.create_order("BTC/USDT", "limit", "buy", 0.01, last * 1.1, {"postOnly": True})
    with pytest.raises(ccxt.OrderNotFound):
        exchange.cancel_order("999999999", "BTC/USDT")
    with pytest.raises(ccxt.OrderNotFound):
        exchange.fetch_order("999999999", "BTC/USDT")
    with pytest.raises(ccxt.InvalidOrder):
        exchange.create_limit_buy_order("BTC/USDT", 0.01, last * 10)
    with pytest.raises(ccxt.BadSymbol):
        exchange.private_get_order({"symbol": "NOPE", "orderId": 1})


def test_order_lists_go_through_the_implicit_methods(exchange: Any) -> None:
    last = exchange.fetch_ticker("BTC/USDT")["last"]

    def at(share: float) -> str:
        price: str = exchange.price_to_precision("BTC/USDT", last * share)
        return price

    pair = exchange.private_post_orderlist_oco(
        {
            "symbol": "BTCUSDT",
            "side": "SELL",
            "quantity": "0.01",
            "aboveType": "LIMIT_MAKER",
            "abovePrice": at(1.2),
            "belowType": "STOP_LOSS_LIMIT",
            "belowStopPrice": at(0.9),
            "belowPrice": at(0.89),
            "belowTimeInForce": "GTC",
        }
    )
    assert len(pair["orderReports"]) == 2
    ended = exchange.private_delete_orderlist(
        {"symbol": "BTCUSDT", "orderListId": pair["orderListId"]}
    )
    assert ended["listOrderStatus"] == "ALL_DONE"
