"""Prices that are on their way: between the one that was and the one that is wanted."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from hypersim.market.number import floor_to
from hypersim.service.duration import duration_ms
from hypersim.service.scenarios.actions import SetPrice
from hypersim.service.scenarios.planning import Planned
from hypersim.service.scenarios.stage import CannotBe, Stage

MOVE_MS = 1_000
"""A price that takes its time moves so often."""

MOVES_MAX = 600
"""A price that takes long moves less often than that."""


class Move(NamedTuple):
    """One of a step's prices, and when it is due."""

    owner: Planned
    due_ms: int
    symbol: str
    price: Decimal


def moves_of(stage: Stage, planned: Planned, action: SetPrice) -> Iterator[Move]:
    """Equal moves up to the price that is wanted. After a restart a part of the way is behind it;
    the last one is made again unless it is known to have been. Raises CannotBe."""
    due_ms, over_ms = planned.due_ms or 0, duration_ms("over", action.over)
    instrument = stage.instrument(action.symbol)
    symbol, wanted = instrument.symbol, Decimal(action.to)
    start = stage.engine.view.markets[symbol].last_price
    if start is None:
        raise CannotBe(f"{symbol} has no price to go from; set one first")
    moves = max(1, min(over_ms // MOVE_MS, MOVES_MAX))
    times = [due_ms + over_ms * number // moves for number in range(1, moves + 1)]
    now_ms = stage.engine.clock.now_ms()
    left = [time_ms for time_ms in times if time_ms > now_ms]
    if not left and start != wanted:
        left = times[-1:]
    for number, time_ms in enumerate(left, 1):
        share = Decimal(number) / len(left)
        price = floor_to(start + (wanted - start) * share, instrument.tick_size)
        yield Move(planned, time_ms, symbol, wanted if number == len(left) else price)
