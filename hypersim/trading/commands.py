"""What can be asked of the exchange: the closed set of commands, imperative.

Numbers are exact and already parsed; whether they suit the instrument is for the exchange to say.
"""

from decimal import Decimal

import msgspec

from hypersim.account.user import FeeRates, KeyKind, Permission, Secret
from hypersim.market.events import MarketEvent
from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.trading.order import OrderType, SelfTradePrevention, Side, TimeInForce


class PlaceOrder(msgspec.Struct, frozen=True, gc=False):
    """A new order. A market order states `quantity` (base) or `quote_quantity` (quote), not both.

    `symbol` is in any spelling. With `is_retry_safe`, a client order id stands for one order for
    good: repeating the request yields that order, a different request under it is refused.
    Otherwise the id only has to be unique among the account's open orders.
    """

    account_id: int
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    client_order_id: str | None = None
    expires_ms: int | None = None
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER
    is_retry_safe: bool = True

    def __post_init__(self) -> None:
        if (self.type is OrderType.LIMIT) != (self.price is not None):
            raise ValueError("a limit order states a price, and no other order does")
        if (self.quantity is None) == (self.quote_quantity is None):
            raise ValueError("an order states its quantity, or what it costs")
        if self.quote_quantity is not None and self.type is not OrderType.MARKET:
            raise ValueError("only a market order can be stated by what it costs")
        if (self.time_in_force is TimeInForce.GTD) != (self.expires_ms is not None):
            raise ValueError("an order good till a date states that date, and no other order does")


class CancelOrder(msgspec.Struct, frozen=True, gc=False):
    """Take an open order out of the book."""

    account_id: int
    order_id: int


class CancelAllOrders(msgspec.Struct, frozen=True, gc=False):
    """Cancel every open order of the account, or those of one symbol."""

    account_id: int
    symbol: str | None = None


class AmendOrder(msgspec.Struct, frozen=True, gc=False):
    """Change an open order's total quantity (base) or price. It keeps its place in the queue only
    if the price stays and the quantity shrinks."""

    account_id: int
    order_id: int
    quantity: Decimal | None = None
    price: Decimal | None = None


class Deposit(msgspec.Struct, frozen=True, gc=False):
    """Give money to an account."""

    account_id: int
    asset: str
    amount: Decimal
    reference: str = ""


class Withdraw(msgspec.Struct, frozen=True, gc=False):
    """Take available money from an account."""

    account_id: int
    asset: str
    amount: Decimal
    reference: str = ""


class SetBalance(msgspec.Struct, frozen=True, gc=False):
    """Deposit or withdraw the difference, so that `amount` is available."""

    account_id: int
    asset: str
    amount: Decimal
    reference: str = ""


class OpenAccount(msgspec.Struct, frozen=True):
    """A new user."""

    email: str
    password_hash: Secret | None = None


class IssueKey(msgspec.Struct, frozen=True):
    """A new API key; key and secret are drawn by the caller, who owns the dice."""

    account_id: int
    key: str
    secret: Secret
    label: str = ""
    kind: KeyKind = KeyKind.HMAC
    passphrase: Secret | None = None
    permissions: frozenset[Permission] = frozenset(Permission)
    allowed_ips: tuple[str, ...] = ()


class RevokeKey(msgspec.Struct, frozen=True):
    """End a key for good. `account_id` restricts it to the owner's keys."""

    key: str
    account_id: int | None = None


class SetFeeRates(msgspec.Struct, frozen=True):
    """Special fee rates for an account; None returns it to the instruments' rates."""

    account_id: int
    rates: FeeRates | None


class ListInstrument(msgspec.Struct, frozen=True):
    """Add an instrument, or change its increments and limits for orders to come."""

    instrument: Instrument


class SetTradingStatus(msgspec.Struct, frozen=True):
    """Halt or resume a symbol."""

    symbol: str
    status: TradingStatus


class ApplyMarketEvent(msgspec.Struct, frozen=True, gc=False):
    """The reference market moved; resting orders may fill."""

    event: MarketEvent


class PassTime(msgspec.Struct, frozen=True, gc=False):
    """Nothing is asked; orders whose time is over expire."""


Command = (
    PlaceOrder
    | CancelOrder
    | CancelAllOrders
    | AmendOrder
    | Deposit
    | Withdraw
    | SetBalance
    | OpenAccount
    | IssueKey
    | RevokeKey
    | SetFeeRates
    | ListInstrument
    | SetTradingStatus
    | ApplyMarketEvent
    | PassTime
)
