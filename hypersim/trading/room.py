"""Whether there is room in the record for what an order may trade: its numbers end at 10^20, and
once an order is open nobody can refuse its fills."""

from decimal import Decimal

from hypersim.account.entries import MARKET_ACCOUNT
from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO, plain
from hypersim.trading.order import BUY, Side
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.state import ExchangeState

TRADED_MAX = Decimal(10) ** 19
"""How much of one asset the market may have given to all accounts together, or taken from them,
once every open order is filled. With what was deposited it is far below 10^20."""


def check_room(
    state: ExchangeState, instrument: Instrument, side: Side, quantity: Decimal, notional: Decimal
) -> Rejected | None:
    """`quantity` (base) and `notional` (quote) are the most that the order can trade."""
    base, quote, amounts = instrument.base, instrument.quote, state.ledger.amounts
    given = amounts.get((MARKET_ACCOUNT, base, False), ZERO)
    taken = amounts.get((MARKET_ACCOUNT, quote, False), ZERO)
    if side is BUY:
        given, taken = given - quantity, taken + notional
    else:
        given, taken = given + quantity, taken - notional
    # Nearly always as many orders of the largest size would fit, which is known at once.
    count = len(state.orders)
    room = TRADED_MAX - abs(given)
    if room < count * instrument.max_quantity and room < _resting(state, base):
        return _full(base)
    room = TRADED_MAX - abs(taken)
    if room < count * instrument.max_notional and room < _resting(state, quote):
        return _full(quote)
    return None


def _full(asset: str) -> Rejected:
    words = f"All accounts together may trade {plain(TRADED_MAX)} {asset}"
    return Rejected(Rejection.FUNDS_OUT_OF_RANGE, words)


def _resting(state: ExchangeState, asset: str) -> Decimal:
    """What open orders may still trade of the asset, all of them in one direction."""
    total = ZERO
    for order in state.orders.values():
        instrument = state.markets[order.symbol].instrument
        if asset == instrument.base:
            total += order.remaining
        elif asset == instrument.quote:
            total += order.hold if order.side is BUY else order.remaining * (order.price or 0)
    return total
