"""What an account may have: how many orders and lists are open, and how much of an asset it holds.

Only the engine knows this. Sources: Binance's public documentation, "Filters": MAX_NUM_*,
EXCHANGE_MAX_NUM_*, MAX_POSITION.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from hypersim.market.number import ZERO, plain
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.market import Market
from hypersim.trading.order import BUY
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.state import ExchangeState


class _Kind(NamedTuple):
    """What is counted: the field of its count in `Open` and `AccountLimits`, that of the most in an
    instrument, how it is called, and what too many of it are."""

    counted: str
    most: str
    words: str
    here: Rejection
    everywhere: Rejection


_ORDERS = _Kind(
    "orders",
    "open_orders_max",
    "orders",
    Rejection.TOO_MANY_OPEN_ORDERS,
    Rejection.TOO_MANY_OPEN_ORDERS_IN_ALL,
)
_CONDITIONAL = _Kind(
    "conditional",
    "algo_orders_max",
    "conditional orders",
    Rejection.TOO_MANY_CONDITIONAL_ORDERS,
    Rejection.TOO_MANY_CONDITIONAL_ORDERS_IN_ALL,
)
_ICEBERGS = _Kind(
    "icebergs",
    "iceberg_orders_max",
    "iceberg orders",
    Rejection.TOO_MANY_ICEBERG_ORDERS,
    Rejection.TOO_MANY_ICEBERG_ORDERS_IN_ALL,
)
_LISTS = _Kind(
    "lists",
    "order_lists_max",
    "order lists",
    Rejection.TOO_MANY_ORDER_LISTS,
    Rejection.TOO_MANY_ORDER_LISTS_IN_ALL,
)

_ONE_PLAIN_ORDER = ((_ORDERS, 1),)
"""Most placements."""


def check_allowance(
    state: ExchangeState, market: Market, orders: Sequence[PlaceOrder], *, lists: int = 0
) -> Rejected | None:
    """Whether their account may have these orders, which are all in one symbol, open too, though
    some may not stay open for long: a market order is one more than the most allowed while it
    trades."""
    first, account_id = orders[0], orders[0].account_id
    is_plain = len(orders) == 1 and first.trigger is None and first.iceberg_quantity is None
    if not (is_plain and _is_far(state, market, account_id)):
        for kind, count in _ONE_PLAIN_ORDER if is_plain else _counts_of(orders, lists):
            if refusal := _check_count(state, market, account_id, kind, count):
                return refusal
    if market.instrument.position_max is None:
        return None
    return check_position(state, market, account_id, _bought(orders))


def check_position(
    state: ExchangeState, market: Market, account_id: int, bought: Decimal
) -> Rejected | None:
    """What the account has of the base asset, and all that its open buy orders may still bring,
    with `bought` more. Both orders of a pair count, though only one of them will trade."""
    most = market.instrument.position_max
    if most is None or not bought:
        return None
    base, ledger = market.instrument.base, state.ledger
    position = ledger.available(account_id, base) + ledger.locked(account_id, base)
    position += state.open_counts.in_symbol(account_id, market.instrument.symbol).to_buy
    if position + bought <= most:
        return None
    return Rejected(
        Rejection.POSITION_TOO_LARGE,
        f"With {plain(bought)} more the account could have over {plain(most)} {base}, the most "
        f"allowed: it has or awaits {plain(position)}",
        {"position": plain(position), "amount": plain(bought), "max": plain(most)},
    )


def _is_far(state: ExchangeState, market: Market, account_id: int) -> bool:
    """Whether one more order can be too many nowhere, which nearly always is known at once."""
    instrument, most = market.instrument, state.rules.account_limits.orders
    here = state.open_counts.in_symbol(account_id, instrument.symbol)
    return here.orders < instrument.open_orders_max and most is None


def _counts_of(orders: Sequence[PlaceOrder], lists: int) -> Iterable[tuple[_Kind, int]]:
    """How many of each kind come, where any do."""
    conditional = sum(1 for order in orders if order.trigger is not None)
    icebergs = sum(1 for order in orders if order.iceberg_quantity is not None)
    counts = (
        (_LISTS, lists),
        (_ORDERS, len(orders)),
        (_CONDITIONAL, conditional),
        (_ICEBERGS, icebergs),
    )
    return [(kind, count) for kind, count in counts if count]


def _check_count(
    state: ExchangeState, market: Market, account_id: int, kind: _Kind, count: int
) -> Rejected | None:
    instrument = market.instrument
    most: int | None = getattr(instrument, kind.most)
    here: int = getattr(state.open_counts.in_symbol(account_id, instrument.symbol), kind.counted)
    if most is not None and here + count > most:
        return _too_many(kind.here, kind.words, most, instrument.symbol)
    most = getattr(state.rules.account_limits, kind.counted)
    if most is None:
        return None
    everywhere: int = getattr(state.open_counts.in_all(account_id), kind.counted)
    if everywhere + count > most:
        return _too_many(kind.everywhere, kind.words, most, "all symbols together")
    return None


def _too_many(reason: Rejection, words: str, most: int, where: str) -> Rejected:
    return Rejected(reason, f"At most {most} {words} may be open in {where}", {"max": str(most)})


def _bought(orders: Sequence[PlaceOrder]) -> Decimal:
    """As far as it is known: not of an order by cost."""
    return sum((order.quantity or ZERO for order in orders if order.side is BUY), ZERO)
