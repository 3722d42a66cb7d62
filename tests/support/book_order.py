"""A side of a book as a test looks at it."""

from decimal import Decimal

from hypersim.trading.book import BookSide
from hypersim.trading.order import Order, Side


def by_priority(side: BookSide) -> list[Order]:
    """All of its orders, best price first, then the oldest: those that the worst offer reaches."""
    return list(side.reached_by(Decimal(0) if side.side is Side.BUY else Decimal("Infinity")))
