"""What requests ask and answers hold, in words of no venue."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Data(StrEnum):
    """What a read is of, or a stream."""

    TIME = "time"
    BOOK = "book"
    TICKER = "ticker"
    TRADES = "trades"
    CANDLES = "candles"
    ORDERS = "orders"
    FILLS = "fills"
    BALANCES = "balances"


class Named(NamedTuple):
    """An order that an answer or a push names; how much of it was filled by then, where that is
    said, and which trade of its, where it is about one."""

    order_id: int
    filled: Decimal | None = None
    trade_id: int | None = None


class Sent(NamedTuple):
    """A request as it came: its method and path, its query and body, and whether its client has
    hung up."""

    method: str
    path: str
    query: bytes
    body: bytes
    is_gone: Callable[[], bool]
