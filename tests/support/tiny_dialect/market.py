"""What anybody may ask."""

from hypersim.api.services import Services
from tests.support.tiny_dialect.venue import Call, Operation, TinyError


async def time(call: Call) -> object:
    return {"time": call.arrived_ms}


async def ticker(call: Call) -> object:
    told = call.view.markets[symbol_of(call.services, call.argument)].ticker()
    return {"bid": told.bid, "ask": told.ask, "last": told.last}


async def book(call: Call) -> object:
    symbol = symbol_of(call.services, call.argument)
    await call.services.markets.whole_books(symbol)
    return book_of(call.services, symbol)


def symbol_of(services: Services, text: str) -> str:
    if (symbol := services.engine.view.symbol(text)) is None:
        raise TinyError(404, "unknown-symbol", f"There is no {text[:20]!r}")
    return symbol


def book_of(services: Services, symbol: str) -> object:
    bids, asks = services.markets.depth(symbol)
    return {"bids": bids, "asks": asks}


OPERATIONS = (
    Operation(time, ("GET /t1/time",)),
    Operation(ticker, ("GET /t1/ticker/{symbol}",)),
    Operation(book, ("GET /t1/book/{symbol}",)),
)
