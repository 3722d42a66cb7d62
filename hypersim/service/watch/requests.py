"""What clients sent: the last requests, as a bot's author wants to read them."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec

from hypersim.service.faults import Asked
from hypersim.service.watch.parameters import Parameters

REQUESTS_MAX = 10_000
"""Of all clients; older ones are forgotten."""


class Moment(NamedTuple):
    """By the exchange's clock and by the wall's. Either may stand still, or run ahead, while a
    client waits by the other one."""

    time_ms: int
    wall_ms: int

    def since(self, earlier: "Moment") -> int:
        """How long (ms) a client has waited, by the clock that says more."""
        return max(self.time_ms - earlier.time_ms, self.wall_ms - earlier.wall_ms)


def moment(time_ms: int) -> Moment:
    """Now; `time_ms` is what the exchange's clock says."""
    return Moment(time_ms, time.time_ns() // 1_000_000)


class Sent(NamedTuple):
    """A request as it came: its method and path, what was asked with it, without secrets, and
    whether its client has hung up."""

    method: str
    path: str
    parameters: Parameters
    is_gone: Callable[[], bool]


class Request(msgspec.Struct, eq=False, kw_only=True):
    """One request and how it ended. `key` is an API key that exists; `address` where it came from.

    `status` and `code` are what it was answered, None and "" where it was not; `faults` are the
    names of those that hit it. An answer that `is_withheld` did not reach the client, or did not
    say what became of the request. `retry_at_ms` is when the client was told to ask again.
    """

    id: int
    key: str | None
    account_id: int | None
    address: str
    dialect: str
    asked: Asked
    sent: Sent
    begun: Moment
    ended: Moment | None = None
    status: int | None = None
    code: str = ""
    faults: Sequence[str] = ()
    is_withheld: bool = False
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
