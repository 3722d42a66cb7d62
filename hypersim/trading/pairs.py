"""Two orders of which one cancels the other: they lock what the dearer one needs, once."""

from decimal import Decimal

from msgspec.structs import replace

from hypersim.trading.arriving import prepare_later
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.market import Market
from hypersim.trading.order import Side, Trigger
from hypersim.trading.pegging import priced
from hypersim.trading.plans import Prepared
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.state import ExchangeState


def check_pair_prices(one: PlaceOrder, other: PlaceOrder, last: Decimal | None) -> Rejected | None:
    """The profit lies on one side of the last price and the stop on the other."""
    stop, profit = (one, other) if one.trigger is Trigger.STOP_LOSS else (other, one)
    is_sell = stop.side is Side.SELL
    above, below = (profit, stop) if is_sell else (stop, profit)
    highs = [price for price in _prices(above) if price is not None]
    lows = [price for price in _prices(below) if price is not None]
    if last is not None:
        is_apart = all(price > last for price in highs) and all(price < last for price in lows)
    else:
        is_apart = not highs or not lows or min(highs) > max(lows)
    if is_apart:
        return None
    return Rejected(
        Rejection.PAIR_PRICES_CROSSED,
        "The last price must lie between the pair's take-profit and its stop-loss",
    )


def prepare_pair(
    state: ExchangeState, market: Market, one: PlaceOrder, other: PlaceOrder, now_ms: int
) -> Rejected | tuple[Prepared, Prepared]:
    """Both as they would fare now. The order in the book locks what it needs itself, as does the
    first one when both are conditional; the other one locks what it needs beyond that."""
    one_priced, other_priced = priced(market, one), priced(market, other)
    if isinstance(one_priced, Rejected):
        return one_priced
    if isinstance(other_priced, Rejected):
        return other_priced
    refusal = check_pair_prices(one_priced, other_priced, market.reference.price)
    if refusal is not None:
        return refusal
    first = prepare_later(state, market, one, now_ms)
    second = prepare_later(state, market, other, now_ms)
    if isinstance(first, Rejected):
        return first
    if isinstance(second, Rejected):
        return second
    required = max(first.required, second.required)
    holds = _holds(first.hold, second.hold, is_second_in_book=other.trigger is None)
    return (
        replace(first, hold=holds[0], required=required),
        replace(second, hold=holds[1], required=required),
    )


def _holds(first: Decimal, second: Decimal, *, is_second_in_book: bool) -> tuple[Decimal, Decimal]:
    if is_second_in_book:
        return max(first - second, Decimal(0)), second
    return first, max(second - first, Decimal(0))


def _prices(order: PlaceOrder) -> tuple[Decimal | None, ...]:
    """Where the order stands: a stop at its trigger, whatever its limit; a profit at both. A pegged
    one that has no price yet stands nowhere."""
    if order.trigger is Trigger.STOP_LOSS:
        return (order.trigger_price,)
    return order.price, order.trigger_price
