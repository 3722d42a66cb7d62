"""`ccxt.pro.hypersim`: what CCXT's own stream tests leave out."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import ccxt
import ccxt.pro
import pytest
from ccxt.base.errors import UnsubscribeError

# CCXT sets an option of aiohttp that newer Pythons make needless.
pytestmark = pytest.mark.filterwarnings("ignore:.*enable_cleanup_closed:DeprecationWarning")

BTC, ETH = "BTC/USDT", "ETH/USDT"


async def test_orders_and_trades_are_watched_with_what_they_left(pro: Any) -> None:
    watching = [
        asyncio.create_task(pro.watch_orders()),
        asyncio.create_task(pro.watch_my_trades(BTC)),
    ]
    balance = await pro.watch_balance()
    assert (balance["BTC"]["total"], balance["USDT"]["free"]) == (10, 1_000_000)
    paying = asyncio.create_task(pro.watch_balance())
    await asyncio.sleep(0)
    order = await pro.create_order(BTC, "market", "buy", 0.01)
    async with asyncio.timeout(10):
        [seen], trades = await asyncio.gather(*watching)
        balance = await paying
    assert seen["id"] == order["id"]
    assert {trade["order"] for trade in trades} == {order["id"]}
    assert balance["BTC"]["total"] == (await pro.fetch_balance())["BTC"]["total"] > 10


async def test_an_order_is_seen_through_all_of_its_life(pro: Any) -> None:
    await pro.load_markets()
    low = (await pro.fetch_ticker(BTC))["bid"] * 0.9
    seen: list[str] = []

    async def watch() -> None:
        while "canceled" not in seen:
            seen.extend(order["status"] for order in await pro.watch_orders(BTC))

    watching = asyncio.create_task(watch())
    await pro.watch_balance()
    order = await pro.create_limit_buy_order(BTC, 0.01, low)
    await pro.cancel_order(order["id"], BTC)
    async with asyncio.timeout(10):
        await watching
    assert seen[-1] == "canceled"


async def test_books_can_be_cut_and_are_kept_apart(pro: Any) -> None:
    cut, whole = await asyncio.gather(pro.watch_order_book(BTC, 2), pro.watch_order_book(BTC))
    assert (len(cut["bids"]), len(cut["asks"])) == (2, 2)
    assert len(whole["bids"]) > 2


async def test_candles_of_several_timeframes_are_watched_together(pro: Any) -> None:
    wanted = [[BTC, "1m"], [ETH, "1h"]]
    seen: set[tuple[str, str]] = set()
    async with asyncio.timeout(10):
        while len(seen) < 2:
            found = await pro.watch_ohlcv_for_symbols(wanted)
            seen |= {(symbol, frame) for symbol, frames in found.items() for frame in frames}
    assert seen == {(BTC, "1m"), (ETH, "1h")}


async def test_unwatching_ends_who_waits_and_watching_begins_anew(pro: Any) -> None:
    await pro.watch_ticker(BTC)
    waiting = asyncio.create_task(pro.watch_orders(BTC))
    await pro.watch_balance()
    assert await pro.un_watch_orders(BTC) is True
    with pytest.raises(UnsubscribeError):
        await waiting
    await pro.un_watch_ticker(BTC)
    assert (await pro.watch_ticker(BTC))["symbol"] == BTC
    await pro.watch_order_book(BTC, 5)
    await pro.un_watch_order_book(BTC, {"limit": 5})
    await pro.watch_ohlcv(BTC, "1m")
    await pro.un_watch_ohlcv(BTC, "1m")
    await pro.un_watch_trades(BTC)
    await pro.un_watch_tickers()


async def test_a_wrong_secret_is_an_authentication_error(config: dict[str, Any]) -> None:
    exchange = ccxt.pro.hypersim({**config, "secret": "wrong"})
    try:
        for watch in (exchange.watch_balance, exchange.watch_orders, exchange.watch_my_trades):
            with pytest.raises(ccxt.AuthenticationError):
                await watch()
        assert (await exchange.watch_ticker(BTC))["last"] > 0
    finally:
        await exchange.close()


async def test_a_refused_subscription_raises_what_is_wrong(pro: Any) -> None:
    with pytest.raises(ccxt.BadRequest):
        await pro.watch_ticker(BTC, {"color": "red"})
    assert (await pro.watch_ticker(BTC))["symbol"] == BTC


async def test_who_watches_with_a_key_that_is_revoked_is_told(
    pro: Any, another_key: Callable[..., dict[str, Any]]
) -> None:
    key = another_key()
    other = ccxt.pro.hypersim(
        {"apiKey": key["apiKey"], "secret": key["apiSecret"], "urls": pro.urls}
    )
    try:
        waiting = asyncio.create_task(other.watch_orders())
        await other.watch_balance()
        await pro.private_delete_keys_name({"name": key["apiKey"]})
        async with asyncio.timeout(10):
            with pytest.raises(ccxt.AuthenticationError):
                await waiting
            with pytest.raises(ccxt.AuthenticationError):
                await other.watch_orders()
    finally:
        await other.close()


async def test_after_a_lost_connection_watching_connects_again(pro: Any) -> None:
    await pro.watch_ticker(BTC)
    [client] = pro.clients.values()
    client.connection._response.close()
    async with asyncio.timeout(20):
        with pytest.raises(ccxt.NetworkError):
            while True:
                await pro.watch_ticker(BTC)
        assert (await pro.watch_ticker(BTC))["symbol"] == BTC


def test_messages_that_nobody_asked_for_are_passed_over() -> None:
    exchange = ccxt.pro.hypersim()
    for text in ('{"op":"pong"}', '{"channel":"gossip","data":{}}', '{"new":"thing"}'):
        exchange.handle_message(None, json.loads(text))
