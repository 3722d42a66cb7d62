"""A price set by hand: the market events that make it the market's price.

Bid and ask are both the price unless they are given, so that a market order of either side fills at
exactly the price that was set.
"""

from decimal import Decimal
from typing import NamedTuple

from hypersim.market.events import DepthUpdated, TradePrinted
from hypersim.market.instrument import Instrument
from hypersim.market.number import floor_to, plain
from hypersim.service.engine import Engine
from hypersim.service.record import RecordUnavailable

DEFAULT_SIZE_ORDERS = 1_000
"""The size shown on each side unless it is given: this many of the largest order allowed."""

SIZE_MAX = Decimal(10) ** 18


class InvalidPrice(ValueError):
    """A price or a size that this market cannot have; the message says which, and what can be."""


class ManualPrice(NamedTuple):
    """What somebody asks for. Prices are in quote, sizes in base; None means the default."""

    symbol: str
    price: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None


def price_events(
    wanted: ManualPrice, instrument: Instrument, time_ms: int
) -> tuple[DepthUpdated, TradePrinted]:
    """The book, one level a side, and a print of the smallest lot at the price.

    The whole book and not just its best prices: levels that an earlier price left behind the new
    one would otherwise fill large orders at prices that nobody set. Raises `InvalidPrice`.
    """
    bid = wanted.price if wanted.bid is None else wanted.bid
    ask = wanted.price if wanted.ask is None else wanted.ask
    for name, price in (("price", wanted.price), ("bid", bid), ("ask", ask)):
        _check_price(name, price, instrument)
    if bid > ask:
        raise InvalidPrice(f"bid {plain(bid)} must not be above ask {plain(ask)}")
    book = DepthUpdated(
        wanted.symbol,
        time_ms,
        ((bid, _size("bidSize", wanted.bid_size, instrument)),),
        ((ask, _size("askSize", wanted.ask_size, instrument)),),
    )
    quantity = instrument.min_quantity
    printed = TradePrinted(wanted.symbol, time_ms, wanted.price, quantity, buyer_is_maker=False)
    return book, printed


async def set_price(engine: Engine, wanted: ManualPrice) -> None:
    """Move the market; returns when every fill that follows is durable and visible.

    The symbol must be listed. Raises `InvalidPrice`, `RecordUnavailable` (nothing was done) and
    `RecordLost`.
    """
    instrument = engine.view.instruments[wanted.symbol]
    events = price_events(wanted, instrument, engine.clock.now_ms())
    if not engine.health.is_available:
        # A feed would wait; somebody who waits for an answer is told instead.
        raise RecordUnavailable("The exchange cannot record trades just now; try again shortly")
    for event in events:
        await engine.move_market(event)
    await engine.settled()
    # The price itself is durable too: after a restart no feed would bring it again.
    engine.record_markets()
    await engine.settled()


async def restore_price(engine: Engine, wanted: ManualPrice) -> None:
    """Show the book of a price from before a restart. Nothing is printed, as nobody traded, unless
    the record does not know what was paid last. Raises `InvalidPrice`."""
    data = engine.view.markets[wanted.symbol]
    if data.running_minute is None:
        await set_price(engine, wanted)
        return
    instrument = engine.view.instruments[wanted.symbol]
    book, _ = price_events(wanted, instrument, engine.clock.now_ms())
    await engine.move_market(book)
    await engine.settled()


def _check_price(name: str, price: Decimal, instrument: Instrument) -> None:
    if not instrument.min_price <= price <= instrument.max_price:
        raise InvalidPrice(
            f"{name} must be from {plain(instrument.min_price)} to {plain(instrument.max_price)}, "
            f"not {plain(price)}"
        )
    if not instrument.is_on_tick(price):
        raise InvalidPrice(
            f"{name} must be a multiple of {plain(instrument.tick_size)}, not {plain(price)}"
        )


def _size(name: str, size: Decimal | None, instrument: Instrument) -> Decimal:
    if size is None:
        largest = min(instrument.max_quantity * DEFAULT_SIZE_ORDERS, SIZE_MAX)
        return floor_to(largest, instrument.step_size)
    if not 0 < size <= SIZE_MAX:
        raise InvalidPrice(f"{name} must be above zero and at most {plain(SIZE_MAX)}")
    if not instrument.is_on_step(size):
        raise InvalidPrice(
            f"{name} must be a multiple of {plain(instrument.step_size)}, not {plain(size)}"
        )
    return size
