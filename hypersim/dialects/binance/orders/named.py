"""The orders that an answer names, whatever was asked."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.orders.bodies import AckBody, AmendedBody, PlacedBody, QueriedBody
from hypersim.dialects.binance.orders.replace import ReplacedBody
from hypersim.service.contents import Named


def named(result: object) -> Iterator[Named]:
    """In a body, or in what an error says beside its code. A short answer does not say how much is
    filled."""
    match result:
        case PlacedBody() | QueriedBody() | AmendedBody():
            yield Named(result.order_id, Decimal(result.executed_qty))
        case AckBody():
            yield Named(result.order_id)
        case {"orderId": int(order_id), "id": int(trade_id)}:
            yield Named(order_id, None, trade_id)
        case {"orderId": int(order_id)}:
            yield Named(order_id)
        case _:
            for part in _parts(result):
                yield from named(part)


def _parts(result: object) -> Iterable[object]:
    match result:
        case ReplacedBody():
            return result.cancel_response, result.new_order_response
        case BinanceError():
            return (result.data,)
        case dict():
            return result.values()
        case list() | tuple():
            return result
        case _:
            return ()
