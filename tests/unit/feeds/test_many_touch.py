"""Many markets under `touch`: an order fills at the best price, and needs no book for that."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from hypersim.service import pump
from tests.support import ccxt_feed
from tests.support.many_markets import CHOOSY, ManyMarkets, eventually, many_markets, venue_of

PEPE = "PEPEUSDT"
LIMIT = {"symbol": PEPE, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "5"}
FEW = replace(ccxt_feed.FAST, books_kept_max=2, book_kept_s=0.3)


@pytest.fixture(params=["binance", "ccxt"])
async def many(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ManyMarkets]:
    """Four markets, which are many, over one of the feeds that bring books on demand."""
    monkeypatch.setattr(pump, "HOLD_BOOKS_S", 0.02)
    async with venue_of(("BTC", "ETH", "SOL", "PEPE")).running() as venue:
        make = (
            None if request.param == "binance" else lambda given: ccxt_feed.make(venue, given, FEW)
        )
        timings = replace(CHOOSY, book_kept_s=0.3)
        async with many_markets(venue, timings, make=make, fill_model="touch") as made:
            yield made


def asked_for_books(many: ManyMarkets) -> bool:
    return bool(many.venue.times_asked("depth"))


async def test_orders_fill_and_rest_without_a_book(many: ManyMarkets) -> None:
    bought = await many.desk.run(
        "order.place", symbol=PEPE, side="BUY", type="MARKET", quantity="5"
    )
    assert [(fill["price"], fill["qty"]) for fill in bought["fills"]] == [
        ("100.01000000", "5.00000000")
    ]
    order = await many.desk.run("order.place", price="99", **LIMIT)
    await asyncio.sleep(0.1)
    assert not asked_for_books(many)
    many.venue.move(PEPE, "98.5")
    view = many.exchange.engine.view
    await eventually(lambda: view.orders[order["orderId"]].status == "filled")
    assert not asked_for_books(many)


async def test_an_order_pegged_to_a_level_behind_the_best_gets_the_book(many: ManyMarkets) -> None:
    peg = {"pegPriceType": "PRIMARY_PEG", "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "2"}
    order = await many.desk.run("order.place", **LIMIT, **peg)
    assert order["peggedPrice"] == "99.97000000"
    assert asked_for_books(many)


async def test_an_order_that_will_be_pegged_to_a_level_holds_the_book(many: ManyMarkets) -> None:
    peg = {"pegPriceType": "PRIMARY_PEG", "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "2"}
    stop = LIMIT | {"type": "TAKE_PROFIT_LIMIT", "stopPrice": "90"}
    placed = await many.desk.run("order.place", **stop, **peg)
    await asyncio.sleep(3 * FEW.book_kept_s)
    assert "PEPE/USDT" not in many.books.shallow
    many.venue.trade(PEPE, "89", "1")
    view = many.exchange.engine.view
    await eventually(lambda: view.orders[placed["orderId"]].working_ms is not None)
    await eventually(lambda: "PEPE/USDT" in many.books.shallow)
