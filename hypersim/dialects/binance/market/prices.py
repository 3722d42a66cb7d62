"""The latest price and the best quotes, and reference prices, of which there are none."""

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.market.selection import SELECTION, check_status, read_status, select
from hypersim.dialects.binance.numbers import digits_of, fixed_or_zero
from hypersim.dialects.binance.params.paging import one_or_many
from hypersim.dialects.binance.venue import Call, public
from hypersim.market.events import Level
from hypersim.market.instrument import Instrument
from hypersim.service.contents import Data

REFERENCE = "symbol symbolStatus"


async def price(call: Call) -> object:
    """Last prices."""
    chosen = select(call)
    call.params.done()
    markets = call.view.markets

    def body(instrument: Instrument) -> dict[str, str]:
        last = markets[instrument.symbol].last_price
        places = digits_of(instrument).price
        return {"symbol": instrument.id, "price": fixed_or_zero(last, places)}

    return await chosen.answer(body)


async def book_ticker(call: Call) -> object:
    """Best bids and asks; zero where a side is empty."""
    chosen = select(call)
    call.params.done()
    markets = call.services.markets

    def body(instrument: Instrument) -> dict[str, str]:
        best = markets.best(instrument.symbol)
        return {"symbol": instrument.id, **best_quotes(instrument, *best)}

    return await chosen.answer(body)


def best_quotes(instrument: Instrument, bid: Level | None, ask: Level | None) -> dict[str, str]:
    """Price and quantity of both sides; zero where there is none."""
    digits = digits_of(instrument)
    (bid_price, bid_size), (ask_price, ask_size) = bid or (None, None), ask or (None, None)
    return {
        "bidPrice": fixed_or_zero(bid_price, digits.price),
        "bidQty": fixed_or_zero(bid_size, digits.quantity),
        "askPrice": fixed_or_zero(ask_price, digits.price),
        "askQty": fixed_or_zero(ask_size, digits.quantity),
    }


async def reference_price(call: Call) -> object:
    """No symbol here has one."""
    instrument = call.instrument()
    status = read_status(call.params)
    call.params.done()
    check_status(instrument, status)
    raise BinanceError(-2043, "This symbol doesn't have a reference price.")


OPERATIONS = (
    public(
        price,
        "GET /api/v3/ticker/price",
        "ticker.price",
        one_or_many(2, 4),
        SELECTION,
        reads=Data.TICKER,
    ),
    public(
        book_ticker,
        "GET /api/v3/ticker/bookTicker",
        "ticker.book",
        one_or_many(2, 4),
        SELECTION,
        reads=Data.TICKER,
    ),
    public(reference_price, "GET /api/v3/referencePrice", "referencePrice", 2, REFERENCE),
    public(
        reference_price,
        "GET /api/v3/referencePrice/calculation",
        "referencePrice.calculation",
        2,
        REFERENCE,
    ),
)
