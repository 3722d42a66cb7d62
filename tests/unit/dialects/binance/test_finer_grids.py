"""Where a grid is finer than eight decimals, every number of an answer has that many: nothing is
cut off, and nothing looks shorter because there is none of it."""

from decimal import Decimal
from typing import Any

import pytest

from hypersim.market.instrument import Instrument
from hypersim.service.manual_price import ManualPrice
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import Deposit
from hypersim.trading.commands import ListInstrument
from tests.support.binance_desk import Desk, binance_desk
from tests.support.builders import instrument

FINE_BASE = instrument(
    symbol="DUST/USDT",
    base="DUST",
    quote="USDT",
    tick_size=Decimal("0.01"),
    step_size=Decimal("1e-10"),
    min_quantity=Decimal("1e-10"),
    min_notional=Decimal("1e-8"),
    taker_fee_rate=Decimal("0.001"),
)
FINE_QUOTE = instrument(
    symbol="DUST/USDT",
    base="DUST",
    quote="USDT",
    tick_size=Decimal("1e-10"),
    min_price=Decimal("1e-10"),
    step_size=Decimal(1),
    min_quantity=Decimal(1),
    min_notional=Decimal("1e-10"),
)
LIMIT = {"symbol": "DUSTUSDT", "type": "LIMIT", "timeInForce": "GTC"}
OF_PRICES = {"price", "stopPrice"}
OF_QUANTITIES = {"origQty", "executedQty", "icebergQty", "qty"}
OF_QUOTE = {"cummulativeQuoteQty", "origQuoteOrderQty", "quoteQty"}


async def listed(desk: Desk, market: Instrument, price: str) -> None:
    engine = desk.exchange.engine
    await engine.submit(ListInstrument(market), Source.ADMIN)
    for asset in ("DUST", "USDT"):
        await engine.submit(Deposit(desk.key.account_id, asset, Decimal(10**6)), Source.ADMIN)
    await desk.exchange.prices.set(ManualPrice("DUST/USDT", Decimal(price)))


def decimals(body: dict[str, Any], names: set[str]) -> set[int]:
    return {len(body[name].partition(".")[2]) for name in names & body.keys()}


@pytest.mark.parametrize(
    ("market", "price", "places"),
    [(FINE_BASE, "100", (8, 10, 8)), (FINE_QUOTE, "1e-7", (10, 8, 10))],
)
async def test_an_order_of_which_nothing_is_filled_is_as_long_as_one_that_is(
    market: Instrument, price: str, places: tuple[int, int, int]
) -> None:
    async with binance_desk() as desk:
        await listed(desk, market, price)
        bid = f"{Decimal(price) * Decimal('0.9'):.10f}" if places[0] == 10 else "90"
        quantity = "1.0000000001" if places[1] == 10 else "7"
        rests = await desk.run("order.place", side="BUY", price=bid, quantity=quantity, **LIMIT)
        asked = await desk.run("order.status", symbol="DUSTUSDT", orderId=str(rests["orderId"]))
        canceled = await desk.run("order.cancel", symbol="DUSTUSDT", orderId=str(rests["orderId"]))
        filled = await desk.run(
            "order.place", symbol="DUSTUSDT", side="BUY", type="MARKET", quantity=quantity
        )
        for body in (rests, asked, canceled, filled, *filled["fills"]):
            told = [decimals(body, names) for names in (OF_PRICES, OF_QUANTITIES, OF_QUOTE)]
            assert told[:2] == [{places[0]}, {places[1]}], body
            assert told[2] in ({places[2]}, set()), body


async def test_a_fee_is_told_in_full_by_whoever_tells_it() -> None:
    async with binance_desk() as desk:
        await listed(desk, FINE_BASE, "100")
        bought = await desk.run(
            "order.place", symbol="DUSTUSDT", side="BUY", type="MARKET", quantity="0.0000012345"
        )
        view = desk.exchange.engine.view
        (fill,) = view.fills_by_order[bought["orderId"]]
        assert fill.fee == Decimal("0.0000000012")
        (row,) = await desk.run("myTrades", symbol="DUSTUSDT")
        assert bought["fills"][0]["commission"] == row["commission"] == "0.0000000012"
        account = await desk.run("account.status", omitZeroBalances="true")
        free = {one["asset"]: one["free"] for one in account["balances"]}
        assert free["DUST"] == "1000000.0000012333"
