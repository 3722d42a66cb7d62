"""What a user's state machine hears, and what it asks for."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from scripts.oto.orders import Leg, OrderSeen, Pair
from scripts.oto.terms import Quote

Balances = Mapping[str, Decimal]
"""What is free, by asset."""


class Online(NamedTuple):
    """Both sockets are up."""


class Offline(NamedTuple):
    """A socket is down."""

    why: str


class QuoteMoved(NamedTuple):
    """The market's best prices."""

    quote: Quote


class OrderChanged(NamedTuple):
    """The user data stream told of an order."""

    seen: OrderSeen


class BalancesChanged(NamedTuple):
    """The user data stream told of some assets."""

    balances: Balances


class Tick(NamedTuple):
    """Time has passed."""


class StopAsked(NamedTuple):
    """End as soon as nothing is open any more."""

    why: str


class Standing(NamedTuple):
    """REST says how everything stands. Orders that were asked for and are not here do not exist;
    `fee` is the rate that may be taken from what is bought."""

    orders: Sequence[OrderSeen]
    balances: Balances
    quote: Quote
    fee: Decimal


class Done(NamedTuple):
    """What was asked for is done; the orders as the answer shows them."""

    orders: Sequence[OrderSeen]


class Refused(NamedTuple):
    """What was asked for is not done."""

    code: int
    message: str

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


class Unclear(NamedTuple):
    """Nobody knows whether what was asked for is done."""

    why: str


Answer = Standing | Done | Refused | Unclear
Event = (
    Online
    | Offline
    | QuoteMoved
    | OrderChanged
    | BalancesChanged
    | Tick
    | StopAsked
    | Standing
    | Done
    | Refused
    | Unclear
)


class Reconcile(NamedTuple):
    """Ask REST for these orders, the balances and the prices; cancel what is open beside them."""

    names: Sequence[str]


class PlacePair(NamedTuple):
    """Place it as an OTO list."""

    pair: Pair


class CancelPair(NamedTuple):
    """Cancel what is open of its list."""

    list_name: str


class PlaceExit(NamedTuple):
    """Sell at a limit."""

    leg: Leg


class CancelExit(NamedTuple):
    """Cancel a single order."""

    name: str


Action = Reconcile | PlacePair | CancelPair | PlaceExit | CancelExit
