"""What rules judge by: the closed set of things that happen between a client and the exchange.

All of a client's come to its rules in the order in which they happened. An order's life is told as
it is committed, before anybody is told of it.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from hypersim.service.contents import Data, Named
from hypersim.service.watch.requests import Moment, Request
from hypersim.trading.order import Fill, Order
from hypersim.trading.rejections import Rejected


class Asked(NamedTuple):
    """A request came."""

    request: Request


class Committed(NamedTuple):
    """An order that was placed with the client's key is this now; by this fill, if by one. One that
    `is_new` has just been placed."""

    order: Order
    fill: Fill | None
    is_new: bool
    at: Moment


class Accepted(NamedTuple):
    """It was this request that placed these orders."""

    request: Request
    orders: Sequence[Order]


class Refused(NamedTuple):
    """The exchange refused what this request asked for."""

    request: Request
    rejected: Rejected


class Ended(NamedTuple):
    """A request was answered, or will never be; `reads` is what it asked for, where rules look at
    that."""

    request: Request
    reads: Data | None


class Told(NamedTuple):
    """The client has been told of this, by an answer or a push."""

    named: Named


class Skewed(NamedTuple):
    """A request was refused for its timestamp, which was so far (ms) behind the exchange's time."""

    behind_ms: int


class Connected(NamedTuple):
    """A socket was asked for; one that is refused is `Disconnected` at once."""

    handshake: Request


class Disconnected(NamedTuple):
    """A socket is gone."""

    handshake: Request
    at: Moment


class Follows(NamedTuple):
    """From now on somebody who listens is sent this, of one symbol or of all; or no more of it."""

    listener: Hashable
    data: Data
    symbol: str | None
    is_on: bool
    at: Moment


class Gap(NamedTuple):
    """Of the differences of a book somebody who listens was not sent one, on the socket of this
    handshake."""

    listener: Hashable
    handshake: Request
    symbol: str
    at: Moment


class Lapsed(NamedTuple):
    """What let the client hear of its account is over, while it listened: its time if `is_due`,
    else before that."""

    is_due: bool
    at: Moment


class BeganAgain(NamedTuple):
    """Orders and accounts of before are gone."""


Fact = (
    Asked
    | Committed
    | Accepted
    | Refused
    | Ended
    | Told
    | Skewed
    | Connected
    | Disconnected
    | Follows
    | Gap
    | Lapsed
    | BeganAgain
)
