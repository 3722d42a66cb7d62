"""An order as the exchange tells of it, and its name."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum

from scripts.rebalance_bot.domain.side import Side


class Status(Enum):
    """The exchange's words, and those of the bot for orders that it gave up."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    PARTIALLY_CANCELED = "PARTIALLY_CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"

    @property
    def is_open(self) -> bool:
        """Whether more of it may be filled."""
        return self in (Status.NEW, Status.PARTIALLY_FILLED)


@dataclass(frozen=True, slots=True)
class Order:
    """`executed` is in base, `executed_quote` in quote."""

    order_id: str
    client_id: str
    side: Side
    status: Status
    price: Decimal
    quantity: Decimal
    executed: Decimal
    executed_quote: Decimal

    @property
    def average_price(self) -> Decimal:
        """What was paid on average; zero if nothing was filled."""
        return self.executed_quote / self.executed if self.executed else Decimal(0)

    @property
    def fill_rate(self) -> Decimal:
        """Per cent of the order that was filled."""
        return self.executed / self.quantity * 100 if self.quantity else Decimal(0)


def client_id(side: Side, now_ms: int) -> str:
    """`rebal_{buy|sell}_{yyyymmddHHMMSS}`, in UTC."""
    second = datetime.fromtimestamp(now_ms // 1000, UTC)
    return f"rebal_{side.value.lower()}_{second:%Y%m%d%H%M%S}"
