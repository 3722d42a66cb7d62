"""The orders that an answer names, whatever was asked."""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.dialects.native.orders.bodies import OrderBody, TradeBody
from hypersim.service.contents import Named


def named(result: object) -> Iterator[Named]:
    """In a body, or in a list of them."""
    match result:
        case OrderBody():
            yield Named(int(result.id), Decimal(bytes(result.filled).decode()))
        case TradeBody():
            yield Named(int(result.order), None, int(result.id))
        case list():
            for part in result:
                yield from named(part)
        case _:
            pass
