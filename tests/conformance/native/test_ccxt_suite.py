"""CCXT's own test functions pass against its `hypersim` classes, with data in every answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import ccxt
import pytest

from hypersim.client import AsyncHypersim, Hypersim, ProHypersim
from tests.support.ccxt_suite import Flavour, has_function, listed_calls, run, runnable

# CCXT sets an option of aiohttp that newer Pythons make needless.
pytestmark = pytest.mark.filterwarnings("ignore:.*enable_cleanup_closed:DeprecationWarning")

SYMBOLS = ["BTC/USDT", "ETH/USDT"]
CODE = "BTC"
CLASSES: dict[Flavour, Any] = {
    Flavour.SYNC: Hypersim,
    Flavour.ASYNC: AsyncHypersim,
    Flavour.PRO: ProHypersim,
}

WITHOUT_FUNCTION = {
    *("fetchOrderBooks", "fetchBidsAsks", "fetchTime", "fetchTransactions", "fetchDeposit"),
    *("cancelAllOrders", "fetchCanceledOrders", "fetchPosition", "createDepositAddress"),
    *("fetchDepositAddress", "fetchDepositAddresses", "fetchDepositAddressesByNetwork"),
    "fetchBorrowRateHistory",
}
"""CCXT's runner names them, its wheel has no test function for them."""

NOT_OFFERED = {
    *("fetchOrderBooks", "signIn", "fetchAccounts", "fetchTransactionFees", "fetchLeverageTiers"),
    *("fetchDeposits", "fetchWithdrawals", "fetchTransfers", "fetchBorrowInterest"),
    *("fetchMarginModes", "fetchLedgerEntry", "watchPosition", "watchPositions"),
}
"""The native API has nothing of the kind."""


def _cases(*, private: bool) -> list[Any]:
    return [
        pytest.param(flavour, method, arguments, id=f"{flavour}-{method}")
        for flavour, exchange in CLASSES.items()
        for method, arguments in runnable(
            flavour, exchange(), SYMBOLS, CODE, private=private
        ).items()
    ]


@pytest.fixture(scope="module")
def seeded(new_account: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """An account that has traded, canceled, and has orders resting."""
    config = new_account()
    exchange = ccxt.hypersim(config)
    exchange.load_markets()
    low = exchange.fetch_ticker("BTC/USDT")["bid"] * 0.9
    exchange.create_order("BTC/USDT", "market", "buy", 0.02)
    exchange.create_order("BTC/USDT", "market", "sell", 0.01)
    exchange.cancel_order(exchange.create_limit_buy_order("BTC/USDT", 0.01, low)["id"])
    for _ in range(2):
        exchange.create_limit_buy_order("BTC/USDT", 0.01, low)
    exchange.close()
    return config


@contextlib.asynccontextmanager
async def _opened(flavour: Flavour, config: dict[str, Any]) -> AsyncIterator[Any]:
    # CCXT would wait a quarter of a second at each end.
    exchange = CLASSES[flavour]({**config, "timeout_on_exit": 0})
    try:
        loading = exchange.load_markets()
        if flavour is not Flavour.SYNC:
            await loading
        yield exchange
    finally:
        closing = exchange.close()
        if flavour is not Flavour.SYNC:
            await closing


@contextlib.asynccontextmanager
async def _busy_account(config: dict[str, Any]) -> AsyncIterator[None]:
    """Something to see on the account's streams."""
    async with _opened(Flavour.ASYNC, config) as exchange:
        trading = asyncio.create_task(_trade(exchange))
        try:
            yield
        finally:
            trading.cancel()
            await asyncio.wait([trading])


async def _trade(exchange: Any) -> None:
    low = (await exchange.fetch_ticker("BTC/USDT"))["bid"] * 0.9
    while True:
        await exchange.create_order("BTC/USDT", "market", "buy", 0.001)
        order = await exchange.create_limit_buy_order("BTC/USDT", 0.001, low)
        await exchange.cancel_order(order["id"], "BTC/USDT")
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(("flavour", "method", "arguments"), _cases(private=False))
async def test_public_method_passes_ccxts_own_test(
    flavour: Flavour, method: str, arguments: list[Any], seeded: dict[str, Any]
) -> None:
    async with _opened(flavour, seeded) as exchange:
        await run(flavour, exchange, method, arguments)


@pytest.mark.parametrize(("flavour", "method", "arguments"), _cases(private=True))
async def test_private_method_passes_ccxts_own_test(
    flavour: Flavour, method: str, arguments: list[Any], seeded: dict[str, Any]
) -> None:
    async with contextlib.AsyncExitStack() as opened:
        exchange = await opened.enter_async_context(_opened(flavour, seeded))
        if flavour is Flavour.PRO:
            await opened.enter_async_context(_busy_account(seeded))
        await run(flavour, exchange, method, arguments)


@pytest.mark.parametrize("flavour", Flavour)
def test_nothing_that_ccxt_tests_is_left_out_silently(flavour: Flavour) -> None:
    exchange = CLASSES[flavour]()
    for private in (False, True):
        listed = listed_calls(flavour, SYMBOLS, CODE, private=private)
        left = listed.keys() - runnable(flavour, exchange, SYMBOLS, CODE, private=private).keys()
        without = {method for method in left if not has_function(flavour, method)}
        assert without <= WITHOUT_FUNCTION
        assert left - without <= NOT_OFFERED


@pytest.mark.parametrize("method", ["fetchOrders", "fetchMyTrades", "fetchOpenOrders"])
async def test_an_empty_answer_is_no_pass(exchange: Any, method: str) -> None:
    with pytest.raises(AssertionError, match="non-empty"):
        await run(Flavour.SYNC, exchange, method, ["BTC/USDT"])
    await run(Flavour.SYNC, exchange, method, ["BTC/USDT"], skips={"emptyResponse": True})


@pytest.mark.parametrize("flavour", [Flavour.SYNC, Flavour.ASYNC])
async def test_the_repaired_create_order_test_still_notices_a_wrong_order(
    flavour: Flavour, config: dict[str, Any]
) -> None:
    async with _opened(flavour, config) as exchange:
        parse = exchange.parse_order
        exchange.parse_order = lambda *arguments: {**parse(*arguments), "status": "canceled"}
        with pytest.raises(AssertionError, match="should be open"):
            await run(flavour, exchange, "createOrder", ["BTC/USDT"])
