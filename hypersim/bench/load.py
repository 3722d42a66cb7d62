"""What every load client is told, and what it reports."""

from collections.abc import Iterable, Iterator

import msgspec


class LoadSpec(msgspec.Struct, frozen=True):
    """Requests to send in a closed loop: each connection sends its next one when the last is
    answered, for `seconds`; after the last request the first one comes again.
    `requests` is the path of a file of them, see `pack`."""

    host: str
    port: int
    connections: int
    seconds: float
    requests: str


class LoadResult(msgspec.Struct, frozen=True):
    """What one client saw. `errors` counts answers that are not 2xx, connections that broke and
    requests that nobody answered; `unanswered` are requests that were cut off at the end, whose
    outcome the client does not know; `first_error` is the first answer that was no success."""

    answers: int
    seconds: float
    errors: int
    unanswered: int
    p50_us: int
    p99_us: int
    longest_us: int
    first_error: str = ""

    @property
    def per_second(self) -> float:
        """Answers that were a success, per second."""
        return (self.answers - self.errors) / self.seconds if self.seconds > 0 else 0.0


class ClientFailed(Exception):
    """The load client itself did not work; one line with what it said."""


def pack(requests: Iterable[bytes]) -> bytes:
    """Requests as a file: the length in bytes on a line of its own, then the request."""
    return b"".join(b"%d\n%b" % (len(request), request) for request in requests)


def unpack(packed: bytes) -> Iterator[bytes]:
    """The requests of such a file."""
    position = 0
    while position < len(packed):
        line_end = packed.index(b"\n", position)
        end = line_end + 1 + int(packed[position:line_end])
        yield packed[line_end + 1 : end]
        position = end
