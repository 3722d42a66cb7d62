"""A request that contradicts itself never becomes a command."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from hypersim.trading.commands import CancelOrder, PlaceOrder, PlaceOrderList, ReplaceOrder
from hypersim.trading.order import OrderType, Side, TimeInForce, Trigger
from hypersim.trading.order_list import ListKind

ONE = Decimal(1)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"type": OrderType.LIMIT, "quantity": ONE}, "a limit order states a price"),
        ({"type": OrderType.MARKET, "quantity": ONE, "price": ONE}, "no other order does"),
        ({"type": OrderType.MARKET}, "states its quantity, or what it costs"),
        (
            {"type": OrderType.MARKET, "quantity": ONE, "quote_quantity": ONE},
            "states its quantity, or what it costs",
        ),
        (
            {"type": OrderType.LIMIT, "quote_quantity": ONE, "price": ONE},
            "only a market order",
        ),
        (
            {
                "type": OrderType.LIMIT,
                "quantity": ONE,
                "price": ONE,
                "time_in_force": TimeInForce.GTD,
            },
            "states that date",
        ),
        (
            {"type": OrderType.LIMIT, "quantity": ONE, "price": ONE, "expires_ms": 5},
            "states that date",
        ),
    ],
)
def test_a_contradiction_is_an_error(asked: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        PlaceOrder(1, "BTC/USDT", Side.BUY, **asked)


LIMIT = PlaceOrder(1, "BTC/USDT", Side.SELL, OrderType.LIMIT, ONE, price=ONE)
GOAL = replace(LIMIT, post_only=True)
STOP = replace(LIMIT, trigger=Trigger.STOP_LOSS, trigger_price=ONE)
PAID = replace(LIMIT, quantity=Decimal(0))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"trigger": Trigger.STOP_LOSS}, "states a trigger price or a trailing delta"),
        ({"trigger_price": ONE}, "and no other does"),
        ({"trailing_delta": 100}, "and no other does"),
        ({"trigger": Trigger.STOP_LOSS, "trigger_price": ONE, "post_only": True}, "post-only"),
        (
            {
                "type": OrderType.MARKET,
                "price": None,
                "quantity": None,
                "quote_quantity": ONE,
                "trigger": Trigger.STOP_LOSS,
                "trigger_price": ONE,
            },
            "states its quantity",
        ),
        ({"iceberg_quantity": ONE, "time_in_force": TimeInForce.IOC}, "iceberg"),
        ({"iceberg_quantity": ONE, "type": OrderType.MARKET, "price": None}, "iceberg"),
    ],
)
def test_a_conditional_order_that_contradicts_itself_is_an_error(
    changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        replace(LIMIT, **changes)


@pytest.mark.parametrize(
    ("kind", "orders", "problem"),
    [
        (ListKind.OCO, (GOAL,), "has 2 orders"),
        (ListKind.OTOCO, (LIMIT, GOAL), "has 3 orders"),
        (ListKind.OCO, (GOAL, replace(STOP, account_id=2)), "one account and symbol"),
        (ListKind.OCO, (GOAL, replace(STOP, symbol="BTCUSDT")), "one account and symbol"),
        (ListKind.OCO, (GOAL, replace(STOP, quantity=ONE + 1)), "same side and quantity"),
        (ListKind.OCO, (GOAL, replace(STOP, side=Side.BUY)), "same side and quantity"),
        (ListKind.OCO, (STOP, STOP), "one order of a pair is a stop-loss"),
        (ListKind.OCO, (GOAL, GOAL), "one order of a pair is a stop-loss"),
        (ListKind.OCO, (LIMIT, STOP), "take-profit or a post-only"),
        (ListKind.OTO, (STOP, LIMIT), "plain limit order"),
        (
            ListKind.OTO,
            (
                LIMIT,
                replace(
                    LIMIT, type=OrderType.MARKET, price=None, quantity=None, quote_quantity=ONE
                ),
            ),
            "state their quantity",
        ),
        (ListKind.OTO, (LIMIT, PAID), "unless the working order pays"),
        (ListKind.OPO, (replace(LIMIT, side=Side.BUY), LIMIT), "unless the working order pays"),
        (ListKind.OPO, (LIMIT, PAID), "by buying what they sell"),
    ],
)
def test_a_list_that_contradicts_itself_is_an_error(
    kind: ListKind, orders: tuple[PlaceOrder, ...], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        PlaceOrderList(1, "BTC/USDT", kind, orders)


def test_both_halves_of_a_replacement_are_of_one_account() -> None:
    with pytest.raises(ValueError, match="one account"):
        ReplaceOrder(CancelOrder(2, 1), LIMIT)
