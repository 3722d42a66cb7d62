"""Whether there is room in the record for what an order may trade: its numbers end at 10^20, and
once an order is open nobody can refuse its fills."""

from decimal import Decimal

from hypersim.account.ledger import MARKET_ACCOUNT, available
from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO, plain
from hypersim.trading.order import Side
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.state import ExchangeState

TRADED_MAX = Decimal(10) ** 19
"""How much of one asset the market may have given to all accounts together, or taken from them,
once every open order is filled. With what was deposited it is far below 10^20."""


def check_room(
    state: ExchangeState, instrument: Instrument, side: Side, quantity: Decimal, notional: Decimal
) -> Rejected | None:
    """`quantity` (base) and `notional` (quote) are the most that the order can trade."""
    is_buy, amounts = side is Side.BUY, state.ledger.amounts
    for asset, change, most in (
        (instrument.base, -quantity if is_buy else quantity, instrument.max_quantity),
        (instrument.quote, notional if is_buy else -notional, instrument.max_notional),
    ):
        room = TRADED_MAX - abs(amounts.get(available(MARKET_ACCOUNT, asset), ZERO) + change)
        # Nearly always as many orders of the largest size would fit, which is known at once.
        if room < len(state.orders) * most and room < _resting(state, asset):
            return Rejected(
                Rejection.FUNDS_OUT_OF_RANGE,
                f"All accounts together may trade {plain(TRADED_MAX)} {asset}",
            )
    return None


def _resting(state: ExchangeState, asset: str) -> Decimal:
    """What open orders may still trade of the asset, all of them in one direction."""
    total = ZERO
    for order in state.orders.values():
        instrument = state.markets[order.symbol].instrument
        if asset == instrument.base:
            total += order.remaining
        elif asset == instrument.quote:
            total += order.hold if order.side is Side.BUY else order.remaining * (order.price or 0)
    return total
