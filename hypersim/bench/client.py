"""A load client of our own, for machines without wrk and for counts that must be exact.

As cheap as an asyncio client gets: requests are ready-made bytes, an answer is searched for its end
and its status, and nothing else is parsed. Unlike wrk it waits for every answer before it stops, so
that what was acknowledged can be compared with the record to the last order.

Runs in a process of its own: `python -m hypersim.bench.client` takes a `LoadSpec` as JSON on
its standard input and prints a `LoadResult`.
"""

import asyncio
import gc
import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import msgspec
import uvloop

from hypersim.bench.histogram import Histogram
from hypersim.bench.http_answer import answer_end
from hypersim.bench.load import LoadResult, LoadSpec, unpack

ANSWER_TIMEOUT_S = 10.0
"""How long the last answers may take once the time is over."""

_ERROR_SHOWN_BYTES = 300


class Tally:
    """What all connections of one client saw together."""

    def __init__(self, connections: int) -> None:
        self.latencies = Histogram()
        self.errors = 0
        self.first_error = ""
        self.end_ns = 0
        self.last_answer_ns = 0
        self.is_done = asyncio.Event()
        self._open = connections

    def count(self, status: bytes, answer: bytes, sent_ns: int, now_ns: int) -> None:
        """Take in one answer."""
        self.latencies.record((now_ns - sent_ns) // 1000)
        self.last_answer_ns = now_ns
        if not status.startswith(b"2"):
            self.fail(answer.decode(errors="replace")[:_ERROR_SHOWN_BYTES])

    def fail(self, what: str) -> None:
        """Count an error."""
        self.errors += 1
        self.first_error = self.first_error or what

    def close_one(self) -> None:
        """A connection sends nothing more."""
        self._open -= 1
        if self._open == 0:
            self.is_done.set()


class Connection(asyncio.Protocol):
    """One connection that sends, waits, and sends the next."""

    def __init__(self, requests: Iterator[bytes], tally: Tally) -> None:
        self._requests = requests
        self._tally = tally
        self._received = b""
        self._sent_ns = 0
        self._is_finished = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        # uvloop's transports are of no common class.
        self._transport = cast(asyncio.Transport, transport)

    def send_next(self) -> None:
        """Send the next request, or stop when the time is over."""
        now_ns = time.perf_counter_ns()
        if now_ns >= self._tally.end_ns:
            self._finish()
            return
        self._sent_ns = now_ns
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._received:
            data = self._received + data
        end = answer_end(data)
        if end is None:
            self._received = data
            return
        self._received = b""
        self._tally.count(data[9:12], data[:end], self._sent_ns, time.perf_counter_ns())
        self.send_next()

    def connection_lost(self, error: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        if not self._is_finished:
            self._tally.fail(f"the connection broke: {error or 'closed by the server'}")
            self._finish()

    def _finish(self) -> None:
        self._is_finished = True
        self._transport.close()
        self._tally.close_one()


async def drive(spec: LoadSpec, packed: bytes) -> LoadResult:
    """Send the `packed` requests for as long as the spec says, and wait for every answer."""
    requests = itertools.cycle(unpack(packed))
    tally = Tally(spec.connections)
    loop = asyncio.get_running_loop()
    connections = []
    for _ in range(spec.connections):
        _, connection = await loop.create_connection(
            lambda: Connection(requests, tally), spec.host, spec.port
        )
        connections.append(connection)
    start_ns = time.perf_counter_ns()
    tally.end_ns = start_ns + int(spec.seconds * 1e9)
    for connection in connections:
        connection.send_next()
    try:
        async with asyncio.timeout(spec.seconds + ANSWER_TIMEOUT_S):
            await tally.is_done.wait()
    except TimeoutError:
        tally.fail(f"no answer within {ANSWER_TIMEOUT_S:g} s")
    answers = tally.latencies.total
    return LoadResult(
        answers=answers,
        seconds=(max(tally.last_answer_ns, start_ns) - start_ns) / 1e9,
        errors=tally.errors,
        unanswered=0,
        p50_us=tally.latencies.percentile(50),
        p99_us=tally.latencies.percentile(99),
        longest_us=tally.latencies.percentile(100),
        first_error=tally.first_error,
    )


def main() -> None:
    """The child process. It makes no cycles, so that the collector would only get in the way."""
    gc.disable()
    spec = msgspec.json.decode(sys.stdin.buffer.read(), type=LoadSpec)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(drive(spec, Path(spec.requests).read_bytes()))
    print(msgspec.json.encode(result).decode())


if __name__ == "__main__":
    main()
