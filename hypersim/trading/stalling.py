"""Orders that find nobody to trade with any more, though the market goes on: so much of one fills,
then nothing until it is released. All else about it is as ever: what is left is open, holds its
money and can be canceled. Nothing of this is recorded, so with a start all of them are released.
"""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.market.instrument import TradingStatus
from hypersim.market.number import floor_to
from hypersim.trading.commands import PlaceStalled, ReleaseStalled
from hypersim.trading.events import FillsLimited, OrderEvent
from hypersim.trading.market import Market
from hypersim.trading.placing import decide_place
from hypersim.trading.reacting import fill_reached
from hypersim.trading.rejections import Rejected
from hypersim.trading.state import ExchangeState


def decide_place_stalled(
    state: ExchangeState, command: PlaceStalled, now_ms: int
) -> Rejected | Iterator[OrderEvent | FillsLimited]:
    """As any order is placed, but for what it finds to trade with."""
    order_id = state.counters.order_id + 1
    decided = decide_place(state, command.order, now_ms, command.share)
    if isinstance(decided, Rejected):
        return decided
    return _placed(state, decided, order_id, command.share)


def _placed(
    state: ExchangeState, decided: Iterator[OrderEvent], order_id: int, share: Decimal
) -> Iterator[OrderEvent | FillsLimited]:
    yield from decided
    order = state.orders.get(order_id)
    if order is not None:
        step_size = state.markets[order.symbol].instrument.step_size
        most = floor_to(order.quantity * share, step_size)
        yield FillsLimited(order.symbol, order.id, most)


def decide_release(
    state: ExchangeState, command: ReleaseStalled, now_ms: int
) -> Iterator[OrderEvent | FillsLimited]:
    """Those of the orders that are still open fill on, as far as the market reaches them now."""
    released: dict[str, Market] = {}
    for order_id in command.order_ids:
        order = state.orders.get(order_id)
        if order is not None and order_id in state.markets[order.symbol].stalls:
            released[order.symbol] = state.markets[order.symbol]
            yield FillsLimited(order.symbol, order_id, None)
    for market in released.values():
        if market.instrument.status is TradingStatus.TRADING:
            yield from fill_reached(state, market, now_ms)
