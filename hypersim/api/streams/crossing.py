"""A market whose bids are above its asks, as no market is: for what tells of one."""

from decimal import Decimal
from typing import Any

from msgspec import Raw


def crossed(body: Any, bids: str, asks: str) -> dict[str, Any] | None:
    """The same body, but the best bid has the price of the best ask, and the other way round.
    Fields of these names have prices, or (price, size) levels. None where there is no bid or no ask
    that is not gone."""
    one, other = body.get(bids), body.get(asks)
    if not isinstance(one, list):
        both = _is_some(one) and _is_some(other)
        return {**body, bids: other, asks: one} if both else None
    bid, ask = _first(one), _first(other)
    if bid is None or ask is None:
        return None
    bid_price, ask_price = one[bid][0], other[ask][0]
    return {**body, bids: _at(one, bid, ask_price), asks: _at(other, ask, bid_price)}


def _at(levels: list[Any], place: int, price: object) -> list[Any]:
    """The levels, with another price there."""
    return [*levels[:place], (price, levels[place][1]), *levels[place + 1 :]]


def _first(levels: list[Any]) -> int | None:
    """Where the first level is that has a size."""
    return next((place for place, level in enumerate(levels) if _is_some(level[1])), None)


def _is_some(number: object) -> bool:
    text = bytes(number).decode() if isinstance(number, Raw) else str(number or 0)
    return Decimal(text) > 0
