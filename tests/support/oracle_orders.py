"""The orders that the naive exchange of oracle.py keeps, and the amounts that they are about."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from hypersim.trading.order import SelfTradePrevention as Stp
from hypersim.trading.order import Side

NOTHING = Decimal(0)
COIN = Decimal("0.00000001")


@dataclass
class Entry:
    """An order: what was asked and what became of it."""

    id: int
    account: int
    side: Side
    price: Decimal | None
    quantity: Decimal
    rank: int
    stp: Stp
    post_only: bool
    expires_ms: int | None
    filled: Decimal = NOTHING
    prevented: Decimal = NOTHING
    status: str = "open"
    phase: str = "working"
    trigger: Decimal | None = None
    rises: bool = False
    time_in_force: str = "GTC"
    kept_rate: Decimal = NOTHING

    @property
    def never_rests(self) -> bool:
        return self.price is None or self.time_in_force in ("IOC", "FOK")

    @property
    def left(self) -> Decimal:
        return self.quantity - self.filled - self.prevented

    @property
    def limit(self) -> Decimal:
        assert self.price is not None
        return self.price

    @property
    def owes(self) -> Decimal:
        if self.phase == "waits":
            return NOTHING
        price = self.trigger if self.price is None else self.price
        assert price is not None
        return self.with_fee(cut(price * self.left)) if self.side is Side.BUY else self.left

    def with_fee(self, cost: Decimal) -> Decimal:
        """What a buy needs that may have to pay its fee beside the cost."""
        return cost + (cost * self.kept_rate).quantize(COIN, ROUND_CEILING)


Step = tuple[Entry | None, Decimal, Decimal, Decimal, Decimal]
"""(maker, or None for the reference market; price; quantity; taken off taker and maker instead)"""

Trade = tuple[int, int, Side, Decimal, Decimal, Decimal, bool]
"""(trade id, order id, side, price, quantity, fee, is maker)"""


def cut(amount: Decimal) -> Decimal:
    """Every amount is announced, and so kept, with eight decimals; the rest is nobody's."""
    return amount.quantize(COIN, ROUND_FLOOR)


def paid_in(side: Side) -> str:
    """The asset that an order of this side gives away."""
    return "USDT" if side is Side.BUY else "BTC"


def taken_off(prevention: Stp, wanted: Decimal, offered: Decimal) -> tuple[Decimal, Decimal]:
    """What the taker and the maker of one account lose instead of trading."""
    less = min(wanted, offered)
    return {
        Stp.EXPIRE_MAKER: (NOTHING, offered),
        Stp.EXPIRE_TAKER: (wanted, NOTHING),
        Stp.EXPIRE_BOTH: (wanted, offered),
        Stp.DECREMENT: (less, less),
        # Between orders of one account it is the same.
        Stp.TRANSFER: (less, less),
    }[prevention]
