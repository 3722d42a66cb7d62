"""Whether there is room in the record for what an order may trade: its numbers end at 10^20, and
once an order is open nobody can refuse its fills."""

from decimal import Decimal

from hypersim.account.entries import MARKET_ACCOUNT
from hypersim.market.number import ZERO, plain
from hypersim.trading.market import Market
from hypersim.trading.order import BUY, Side
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.state import ExchangeState

TRADED_MAX = Decimal(10) ** 19
"""How much of one asset the market may have given to all accounts together, or taken from them,
once every open order is filled. With what was deposited it is far below 10^20."""

_FAR = 18
"""What has no more digits before the point is far from that: below a tenth of it."""

_FAR_IN_ALL = 7 * 10**18


def check_room(
    state: ExchangeState, market: Market, side: Side, quantity: Decimal, notional: Decimal
) -> Rejected | None:
    """`quantity` (base) and `notional` (quote) are the most that the order can trade."""
    instrument, ledger, count = market.instrument, state.ledger, len(state.orders)
    base, quote = instrument.base, instrument.quote
    given = ledger.available(MARKET_ACCOUNT, base)
    taken = ledger.available(MARKET_ACCOUNT, quote)
    is_far = (
        given.adjusted() < _FAR
        and taken.adjusted() < _FAR
        and quantity.adjusted() < _FAR
        and notional.adjusted() < _FAR
    )
    # Nearly always as many orders of the largest size would fit, which is known at once.
    if is_far and count * market.largest < _FAR_IN_ALL:
        return None
    if side is BUY:
        given, taken = given - quantity, taken + notional
    else:
        given, taken = given + quantity, taken - notional
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
