"""What happened: the closed set of events, past tense, each with the state that it leaves behind.

An order event carries the whole order after the change and the ledger entry that goes with it, so
that whoever keeps a copy (the record, the read side, a stream) needs no rule of its own.
"""

from enum import StrEnum

import msgspec

from hypersim.account.ledger import LedgerEntry
from hypersim.account.user import ApiKey, User
from hypersim.market.events import Level, MarketEvent
from hypersim.market.instrument import Instrument
from hypersim.trading.order import Fill, Order


class CloseReason(StrEnum):
    """Why an order ended without being filled."""

    BY_USER = "by_user"
    TIME_IN_FORCE = "time_in_force"
    EXPIRY = "expiry"
    SELF_TRADE = "self_trade"


class OrderAccepted(msgspec.Struct, frozen=True, gc=False):
    """A new order is open; `entry` places its hold, if it has one."""

    order: Order
    entry: LedgerEntry | None


class OrderFilled(msgspec.Struct, frozen=True, gc=False):
    """`order` after `fill`. `taken` is what it took from the reference market, level by level."""

    order: Order
    fill: Fill
    entry: LedgerEntry
    taken: tuple[Level, ...] = ()


class OrderAmended(msgspec.Struct, frozen=True, gc=False):
    """An open order changed price or quantity; `entry` adapts its hold."""

    order: Order
    entry: LedgerEntry | None
    previous: Order


class OrderClosed(msgspec.Struct, frozen=True, gc=False):
    """An order was canceled, expired or rejected; `entry` releases its hold."""

    order: Order
    reason: CloseReason
    entry: LedgerEntry | None


class FundsMoved(msgspec.Struct, frozen=True, gc=False):
    """Money came into or left an account."""

    account_id: int
    entry: LedgerEntry


class AccountChanged(msgspec.Struct, frozen=True):
    """A user was added, or has other fee rates."""

    user: User


class KeyChanged(msgspec.Struct, frozen=True):
    """A key was issued or revoked."""

    key: ApiKey


class InstrumentChanged(msgspec.Struct, frozen=True):
    """An instrument was listed, changed, halted or resumed."""

    instrument: Instrument
    is_new: bool


class MarketMoved(msgspec.Struct, frozen=True, gc=False):
    """The feed said something; its event, as it came."""

    event: MarketEvent


OrderEvent = OrderAccepted | OrderFilled | OrderAmended | OrderClosed

Event = OrderEvent | FundsMoved | AccountChanged | KeyChanged | InstrumentChanged | MarketMoved
