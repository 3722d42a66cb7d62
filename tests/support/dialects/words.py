"""What the cards say about any dialect, in words of no venue: what is asked, and what is read off
the answers."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

SYMBOL = "BTC/USDT"


class Trader(NamedTuple):
    """Somebody with an API key. His clock is so far ahead of the exchange's, or behind it."""

    key: str
    secret: str
    passphrase: str = "pass-phrase"
    clock_off_ms: int = 0


class Signer(NamedTuple):
    """A trader at the moment at which he signs, by his own clock."""

    trader: Trader
    stamp_ms: int


class Wanted(NamedTuple):
    """An order for `SYMBOL`: at a price, or at market without one."""

    side: str
    quantity: str
    price: str | None = None
    client_id: str | None = None


class Request(NamedTuple):
    """One over HTTP, ready to be sent."""

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Answer(NamedTuple):
    """One over HTTP. Header names are in lower case, numbers of the body exact."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Refusal(StrEnum):
    """Why a request is turned away: what every venue has a word for."""

    WRONG_SIGNATURE = "wrong_signature"
    UNKNOWN_KEY = "unknown_key"
    REVOKED_KEY = "revoked_key"
    MISSING_PERMISSION = "missing_permission"
    FORBIDDEN_ADDRESS = "forbidden_address"
    TOO_OLD = "too_old"
    TOO_EARLY = "too_early"
    BODY_TOO_LARGE = "body_too_large"
    UNKNOWN_PATH = "unknown_path"
    WRONG_METHOD = "wrong_method"
    NO_SUCH_ORDER = "no_such_order"
    NOTHING_TO_CANCEL = "nothing_to_cancel"
    DUPLICATE_CLIENT_ID = "duplicate_client_id"
    TOO_MANY_REQUESTS = "too_many_requests"


class Told(NamedTuple):
    """What a client that was refused branches on."""

    status: int
    code: object


class State(StrEnum):
    """Of an order."""

    OPEN = "open"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"


class OrderSeen(NamedTuple):
    """An order as it is told. `fees` are by asset, of all of its fills that the message tells."""

    id: str
    state: State
    filled: Decimal
    time: int
    fees: Mapping[str, Decimal] = {}


Holdings = Mapping[str, tuple[Decimal, Decimal]]
"""(free, locked) by asset, of all assets that the message names."""

Book = tuple[Mapping[Decimal, Decimal], Mapping[Decimal, Decimal]]
"""(bids, asks): sizes by price."""


class Topic(StrEnum):
    """What a socket can follow; of the market it is `SYMBOL`'s."""

    TRADES = "trades"
    BOOK = "book"
    ACCOUNT = "account"


class Push(NamedTuple):
    """A frame that nobody asked for, as far as cards look at it: whatever it tells of is set."""

    frame: Any
    order: OrderSeen | None = None
    holdings: Holdings | None = None
    fill_fees: Mapping[str, Decimal] | None = None
    trade_price: Decimal | None = None
