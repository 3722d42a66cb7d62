"""A request that contradicts itself never becomes a command."""

from decimal import Decimal
from typing import Any

import pytest

from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import OrderType, Side, TimeInForce

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
