"""A price that moves through every price between two: the stops that it makes on the way.

A recording of candles says where the price went, but not when. On the way each order is met at the
price that it waits for, in the order in which the prices come; what it does there (a fill, an order
list that goes on, a stop that is placed) may make the next stop.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec.structs import replace

from hypersim.market.events import PricePassed
from hypersim.market.instrument import TradingStatus
from hypersim.market.number import ceil_to, floor_to
from hypersim.trading.commands import ApplyMarketEvent, Command
from hypersim.trading.market import Market
from hypersim.trading.order import Side
from hypersim.trading.state import ExchangeState


def steps_of(state: ExchangeState, command: Command) -> Iterable[Command]:
    """The command itself; a price that passes others makes a stop wherever somebody waits."""
    if isinstance(command, ApplyMarketEvent) and isinstance(command.event, PricePassed):
        market = state.markets.get(command.event.symbol)
        if market is not None and command.meets_orders:
            return map(ApplyMarketEvent, stops_on_the_way(market, command.event))
    return (command,)


def stops_on_the_way(market: Market, passed: PricePassed) -> Iterator[PricePassed]:
    """The prices up to and including the last at which somebody waits, one at a time: each must be
    applied, with all that follows from it, before the next is asked for."""
    at = market.reference.price
    if passed.is_gap or at is None:
        yield passed
        return
    if market.instrument.status is not TradingStatus.TRADING:
        return
    stop = _next_stop(market, at, passed.price, is_first=True)
    while stop is not None:
        yield replace(passed, price=stop)
        stop = _next_stop(market, stop, passed.price, is_first=False)


def _next_stop(market: Market, at: Decimal, end: Decimal, *, is_first: bool) -> Decimal | None:
    """The next price at which somebody waits. The way begins at `at`, where what fires has fired,
    but who rests may not have been reached: the quote was at the other side."""
    if at == end:
        return None
    is_rising = end > at
    waits = market.triggers.next_between(at, end)
    if waits is not None:
        # A trailing order may wait for a price that is not on the grid.
        tick = market.instrument.tick_size
        waits = ceil_to(waits, tick) if is_rising else floor_to(waits, tick)
        waits = min(waits, end) if is_rising else max(waits, end)
    side = market.everyone.sides[Side.SELL if is_rising else Side.BUY]
    rests = side.next_from(at, is_beyond=not is_first)
    near = [
        price
        for price in (waits, rests)
        if price is not None and (price <= end if is_rising else price >= end)
    ]
    if not near:
        return None
    return min(near) if is_rising else max(near)
