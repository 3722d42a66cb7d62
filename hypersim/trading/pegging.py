"""Pegged orders: limit orders whose price is chosen from the book when they enter the market.

Source: binance-spot-api-docs, faqs/pegged_orders.md.
"""

from collections.abc import Iterator
from decimal import Decimal
from heapq import merge
from itertools import groupby, islice

from msgspec.structs import replace

from hypersim.trading.commands import PlaceOrder
from hypersim.trading.market import Market
from hypersim.trading.order import Order, Peg, PegBasis, Side
from hypersim.trading.rejections import Rejected, Rejection


def priced(market: Market, command: PlaceOrder) -> PlaceOrder | Rejected:
    """The order with the price that it enters the market at. One that waits for a trigger gets its
    price when it is triggered."""
    if command.peg is None or command.trigger is not None:
        return command
    price = peg_price(market, command.account_id, command.side, command.peg)
    return price if isinstance(price, Rejected) else replace(command, price=price)


def repriced(market: Market, order: Order) -> Order | Rejected:
    """A waiting order with the price of now."""
    if order.peg is None:
        return order
    price = peg_price(market, order.account_id, order.side, order.peg)
    return price if isinstance(price, Rejected) else replace(order, price=price)


def peg_price(market: Market, account_id: int, side: Side, peg: Peg) -> Decimal | Rejected:
    """The price of the level that the peg names, or the order's own limit where that is worse."""
    is_primary = peg.basis is PegBasis.PRIMARY
    levels = _prices(market, account_id, side if is_primary else side.opposite)
    found = next(islice(levels, peg.offset, None), None)
    if found is None:
        return Rejected(
            Rejection.NO_PEG_PRICE, "The book has no such price level to peg the order to"
        )
    if peg.limit is None:
        return found
    return min(found, peg.limit) if side is Side.BUY else max(found, peg.limit)


def _prices(market: Market, account_id: int, side: Side) -> Iterator[Decimal]:
    """The prices at which orders of `side` stand, best first: the reference market's, and those of
    the orders that the account meets."""
    offered = market.reference.shown_to(side.opposite, market.pool_of(account_id))
    resting = market.book(account_id).sides[side].prices()
    both = merge(offered, resting, reverse=side is Side.BUY)
    return (price for price, _ in groupby(both))
