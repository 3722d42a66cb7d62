"""What clients sent: the last requests, as a bot's author wants to read them."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec

from hypersim.service.armed import Asked
from hypersim.service.clock import Clock
from hypersim.service.contents import Sent
from hypersim.service.watch.parameters import Parameters

REQUESTS_MAX = 10_000
"""Of all clients; older ones are forgotten."""

TRAVEL_PART = 20
"""A client's leeway is 100 ms of the wall's time, and the way there and back takes five."""


class Moment(NamedTuple):
    """By the exchange's clock and by the wall's. Either may stand still, or run ahead, while a
    client waits by the other one. `travel_ms` is how much the exchange's clock goes on while an
    answer and the next request are on their way, where it runs fast."""

    time_ms: int
    wall_ms: int
    travel_ms: int = 0

    def since(self, earlier: "Moment") -> int:
        """How long (ms) a client has waited, by the clock that says more."""
        by_exchange = self.time_ms - earlier.time_ms - self.travel_ms
        return max(by_exchange, self.wall_ms - earlier.wall_ms, 0)


def moment(clock: Clock) -> Moment:
    """Now."""
    travel_ms = clock.leeway_ms // TRAVEL_PART
    return Moment(clock.now_ms(), wall_ms(), travel_ms)


def wall_ms() -> int:
    """By the wall's clock."""
    return time.time_ns() // 1_000_000


class Request(msgspec.Struct, eq=False, kw_only=True):
    """One request and how it ended. `key` is an API key that exists; `address` where it came from;
    `parameters` are those that are no secret.

    `status` and `code` are what it was answered, None and "" where it was not; `faults` are the
    names of those that hit it. An answer that `is_withheld` did not reach the client, or did not
    say what became of the request; a client that `has_hung_up` did not wait for it. `retry_at_ms`
    is when the client was told to ask again.
    """

    id: int
    key: str | None
    address: str
    dialect: str
    asked: Asked
    sent: Sent
    parameters: Parameters
    begun: Moment
    ended: Moment | None = None
    status: int | None = None
    code: str = ""
    faults: Sequence[str] = ()
    is_withheld: bool = False
    has_hung_up: bool = False
    retry_at_ms: int | None = None


class RequestLog:
    """The last requests, the oldest first."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque(maxlen=REQUESTS_MAX)

    def __iter__(self) -> Iterator[Request]:
        return iter(self._requests)

    def add(self, request: Request) -> None:
        """It has just come."""
        self._requests.append(request)

    def page(
        self, key: str | None = None, first_id: int = 0, from_ms: int = 0, limit: int = REQUESTS_MAX
    ) -> list[Request]:
        """The first so many from an id or a time (of the exchange, ms) on; the last so many where
        neither is given."""
        found = (
            one
            for one in self._requests
            if (key is None or one.key == key)
            and one.id >= first_id
            and one.begun.time_ms >= from_ms
        )
        if first_id or from_ms:
            return list(islice(found, limit))
        return list(deque(found, maxlen=limit))

    def clear(self) -> None:
        """Forget them all."""
        self._requests.clear()
