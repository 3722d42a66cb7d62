"""The two sides of a trade."""

from enum import Enum


class Side(Enum):
    """Coin is bought, or sold; the value is the exchange's word."""

    BUY = "BUY"
    SELL = "SELL"
