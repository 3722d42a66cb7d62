"""A price set by hand: the market events that make it the market's price.

Unless bid and ask are given, the book shows them a tick from the price, as no market that is open
has none between them; both trade at the price all the same, so that a market order of either side
fills at exactly the price that was set. Where one of them is given, the other is the price itself.
"""

import asyncio
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import structlog

from hypersim.market.events import DepthUpdated, MarketEvent, TradePrinted
from hypersim.market.instrument import Instrument
from hypersim.market.number import floor_to, plain
from hypersim.service.engine import Engine
from hypersim.service.first_seen import FirstSeen
from hypersim.service.pump import MarketPump
from hypersim.service.record import LastQuote, RecordUnavailable

DEFAULT_SIZE_ORDERS = 1_000
"""The size shown on each side unless it is given: this many of the largest order allowed."""

SIZE_MAX = Decimal(10) ** 18

log = structlog.get_logger(__name__)


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
    bid, ask, trades_at = _sides(wanted, instrument)
    for name, price in (("price", wanted.price), ("bid", bid), ("ask", ask)):
        _check_price(name, price, instrument)
    if bid > ask:
        raise InvalidPrice(f"bid {plain(bid)} must not be above ask {plain(ask)}")
    book = DepthUpdated(
        wanted.symbol,
        time_ms,
        ((bid, _size("bidSize", wanted.bid_size, instrument)),),
        ((ask, _size("askSize", wanted.ask_size, instrument)),),
        trades_at=trades_at,
    )
    quantity = instrument.min_quantity
    printed = TradePrinted(wanted.symbol, time_ms, wanted.price, quantity, buyer_is_maker=False)
    return book, printed


class ManualPrices:
    """Sets prices, one after the other. With the first price of a market its past is known too."""

    def __init__(self, engine: Engine, first_seen: FirstSeen, pump: MarketPump) -> None:
        self._engine = engine
        self._first_seen = first_seen
        self._pump = pump
        self._turn = asyncio.Lock()

    async def set(self, wanted: ManualPrice) -> None:
        """Move the market; returns when every fill that follows is durable and visible.

        The symbol must be listed. Raises `InvalidPrice`, `RecordUnavailable` (nothing was done) and
        `RecordLost`.
        """
        view, symbol = self._engine.view, wanted.symbol
        async with self._turn:
            time_ms = self._engine.clock.now_ms()
            events = price_events(wanted, view.instruments[symbol], time_ms)
            begins = view.markets[symbol].running_minute is None
            if begins:
                # The first trade goes on with the numbers of the past that leads up to it.
                await self._first_seen.begin(symbol, time_ms, wanted.price)
                await self._pump.align(symbol)
            await _move(self._engine, events)
            if begins:
                await self._pump.backfill_one(symbol)

    async def restore(self, quotes: Iterable[LastQuote]) -> None:
        """Prices set by hand outlive a restart: no feed would bring them again."""
        for quote in quotes:
            if quote.symbol not in self._engine.view.instruments:
                continue
            try:
                await self._show(_as_set(quote))
            except InvalidPrice as invalid:
                log.warning("last price not restored", symbol=quote.symbol, reason=str(invalid))

    async def _show(self, wanted: ManualPrice) -> None:
        """The book alone: nothing is printed, as nobody traded, unless the record does not know
        what was paid last. Raises `InvalidPrice`."""
        view, symbol = self._engine.view, wanted.symbol
        if view.markets[symbol].running_minute is None:
            await self.set(wanted)
            return
        book, _ = price_events(wanted, view.instruments[symbol], self._engine.clock.now_ms())
        await self._engine.move_market(book)
        await self._engine.settled()


def _as_set(shown: LastQuote) -> ManualPrice:
    """Bid and ask were given where they trade at what they show."""
    sizes = {"bid_size": shown.bid_size, "ask_size": shown.ask_size}
    if shown.trades_at is not None:
        return ManualPrice(shown.symbol, shown.trades_at, **sizes)
    return ManualPrice(shown.symbol, shown.last, shown.bid, shown.ask, **sizes)


async def _move(engine: Engine, events: Sequence[MarketEvent]) -> None:
    if not engine.health.is_available:
        # A feed would wait; somebody who waits for an answer is told instead.
        raise RecordUnavailable("The exchange cannot record trades just now; try again shortly")
    for event in events:
        await engine.move_market(event)
    await engine.settled()
    # The price itself is durable too: after a restart no feed would bring it again.
    engine.record_markets()
    await engine.settled()


def _sides(wanted: ManualPrice, instrument: Instrument) -> tuple[Decimal, Decimal, Decimal | None]:
    """Bid and ask as they are shown, and the price at which both trade if it is another one."""
    price, bid, ask = wanted.price, wanted.bid, wanted.ask
    below = max(price - instrument.tick_size, min(price, instrument.min_price))
    above = min(price + instrument.tick_size, max(price, instrument.max_price))
    if bid is None and ask is None:
        return below, above, price
    if bid is None:
        bid = below if ask == price else price
    elif ask is None:
        ask = above if bid == price else price
    assert ask is not None, wanted
    return bid, ask, None


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
