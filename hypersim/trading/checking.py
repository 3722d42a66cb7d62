"""Testing a placement without making it.

A test never gets to the matching engine. So it tells of an order's form, of the filters and of the
state of the market, and of nothing that only the engine knows: balances, how many orders are open,
which client order ids are in use, and whether an order would match or trigger.
"""

from typing import assert_never

from hypersim.trading.checks import NO_ACCOUNT, check_order, unknown_symbol
from hypersim.trading.commands import PlaceOrder, PlaceOrderList, ReplaceOrder
from hypersim.trading.listing import check_list
from hypersim.trading.rejections import Rejected
from hypersim.trading.state import ExchangeState

Placement = PlaceOrder | PlaceOrderList | ReplaceOrder


def check_placement(state: ExchangeState, command: Placement, now_ms: int) -> Rejected | None:
    """Why it would not get to the engine."""
    asked = command.place if isinstance(command, ReplaceOrder) else command
    if asked.account_id not in state.users:
        return NO_ACCOUNT
    market = state.markets_by_spelling.get(asked.symbol)
    if market is None:
        return unknown_symbol(asked.symbol)
    match asked:
        case PlaceOrder():
            return check_order(market, asked, now_ms)
        case PlaceOrderList():
            return check_list(market, asked, now_ms)
        case _:
            assert_never(asked)
