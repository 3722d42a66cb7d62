"""Symbols of every kind in the table work in both dialects: prices of eight decimals, whole ones,
quotes that are no dollar."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from hypersim.feeds.spot_pairs import spot_pairs
from hypersim.market.instrument import Instrument
from hypersim.market.number import ceil_to, floor_to, plain
from hypersim.service.manual_price import ManualPrice
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import Deposit
from hypersim.trading.commands import ListInstrument
from tests.support.binance_desk import Desk, binance_desk
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.stand import ALICE, Stand, stand_of
from tests.support.dialects.words import Request
from tests.support.memory_exchange import MemoryExchange
from tests.support.native_client import signature_of

TABLE = {one.instrument.symbol: one for one in spot_pairs()}
SYMBOLS = (
    "PEPE/USDT",
    "SHIB/EUR",
    "1000SATS/USDT",
    "BTC/FDUSD",
    "WBTC/BTC",
    "BTC/TRY",
    "USDT/BRL",
    "DOGE/BTC",
)


async def listed(
    exchange: MemoryExchange, symbol: str, account_id: int
) -> tuple[Instrument, Decimal]:
    """The market of the table, at its price, and money to trade in it."""
    instrument, profile = TABLE[symbol].instrument, TABLE[symbol].profile
    assert profile is not None
    engine = exchange.engine
    await engine.submit(ListInstrument(instrument), Source.ADMIN)
    for asset in (instrument.base, instrument.quote):
        await engine.submit(Deposit(account_id, asset, Decimal(10**9)), Source.ADMIN)
    await exchange.prices.set(ManualPrice(symbol, profile.price))
    return instrument, profile.price


def resting(instrument: Instrument, price: Decimal) -> tuple[Decimal, Decimal]:
    """(price, quantity) of a bid below the market, a little above the least notional."""
    bid = floor_to(price * Decimal("0.9"), instrument.tick_size)
    return bid, ceil_to(instrument.min_notional * Decimal("1.2") / bid, instrument.step_size)


async def found_in(desk: Desk, instrument: Instrument) -> Mapping[str, Any]:
    told = await desk.run("exchangeInfo", symbol=instrument.id)
    (entry,) = told["symbols"]
    return {one["filterType"]: one for one in entry["filters"]}


@pytest.mark.parametrize("symbol", SYMBOLS)
async def test_binance_announces_the_filters_and_keeps_to_them(symbol: str) -> None:
    async with binance_desk() as desk:
        instrument, price = await listed(desk.exchange, symbol, desk.key.account_id)
        filters = await found_in(desk, instrument)
        assert Decimal(filters["PRICE_FILTER"]["tickSize"]) == instrument.tick_size
        assert Decimal(filters["LOT_SIZE"]["stepSize"]) == instrument.step_size
        assert Decimal(filters["NOTIONAL"]["minNotional"]) == instrument.min_notional
        bid, quantity = resting(instrument, price)
        order = {"symbol": instrument.id, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        good = {"price": plain(bid), "quantity": plain(quantity)}
        placed = await desk.run("order.place", **order, **good)
        assert (placed["status"], placed["price"]) == ("NEW", f"{bid:.8f}")
        small = {"price": plain(bid), "quantity": plain(instrument.step_size)}
        if instrument.step_size * bid < instrument.min_notional:
            assert await desk.refusal("order.place", **order, **small) == (
                -1013,
                "Filter failure: NOTIONAL",
            )
        off = {"price": plain(bid + instrument.tick_size / 10), "quantity": plain(quantity)}
        code, _ = await desk.refusal("order.place", **order, **off)
        assert code in (-1013, -1111)
        sold = {"symbol": instrument.id, "side": "SELL", "type": "MARKET"}
        filled = await desk.run("order.place", **sold, quantity=plain(2 * quantity))
        assert (filled["status"], Decimal(filled["executedQty"])) == ("FILLED", 2 * quantity)


def signed(stand: Stand, body: Mapping[str, str]) -> Request:
    """POST /v1/order of Alice."""
    content, stamp = json.dumps(body).encode(), str(stand.clock.now_ms())
    payload = f"{stamp}POST/v1/order".encode() + content
    headers = {
        "X-API-KEY": ALICE.key,
        "X-API-TIMESTAMP": stamp,
        "X-API-SIGNATURE": signature_of(ALICE.secret, payload),
        "Content-Type": "application/json",
    }
    return Request("POST", "/v1/order", headers, content)


@pytest.mark.parametrize("symbol", SYMBOLS)
async def test_native_announces_the_grid_and_keeps_to_it(symbol: str) -> None:
    async with stand_of(adapter_of("native")) as stand:
        instrument, price = await listed(stand.exchange, symbol, 1)
        markets = (await stand.done(Request("GET", "/v1/markets"))).body
        (market,) = (one for one in markets if one["symbol"] == symbol)
        assert Decimal(str(market["precision"]["price"])) == instrument.tick_size
        assert Decimal(str(market["precision"]["amount"])) == instrument.step_size
        bid, quantity = resting(instrument, price)
        order = {"symbol": symbol, "side": "buy", "type": "limit", "amount": plain(quantity)}
        placed = (await stand.done(signed(stand, order | {"price": plain(bid)}))).body
        assert Decimal(str(placed["price"])) == bid
        assert placed["status"] == "open"
        off = plain(bid + instrument.tick_size / 10)
        assert (await stand.ask(signed(stand, order | {"price": off}))).status == 400
        sold = {"symbol": symbol, "side": "sell", "type": "market", "amount": plain(quantity)}
        filled = (await stand.done(signed(stand, sold))).body
        assert Decimal(str(filled["filled"])) == quantity
