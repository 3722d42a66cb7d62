"""How long a feed's event takes until an HTTP answer shows it.

The synthetic feed says in advance when it speaks: each symbol has a new book every SLOT_MS, and the
book's time is the moment at which it was due. Just before that moment a client begins to ask for
the ticker, one request after the other, until an answer has that time or a later one. From the due
moment to that answer, by the wall clock that server and client share, is the figure. So it counts
everything: the feed's timer, the engine, the commit, HTTP, and that the client had just asked.
"""

import asyncio
import time
from collections.abc import Sequence

import msgspec

from hypersim.bench.histogram import Histogram
from hypersim.bench.http_answer import ask, body_of
from hypersim.bench.load import ClientFailed
from hypersim.bench.native_workload import plain_request
from hypersim.bench.processes import Listening
from hypersim.feeds.synthetic.market import SLOT_MS

_EARLY_MS = 2
_PATIENCE_S = 10.0


class _Ticker(msgspec.Struct):
    timestamp: int


_ticker = msgspec.json.Decoder(_Ticker)


async def measure_freshness(server: Listening, symbols: Sequence[str], seconds: float) -> Histogram:
    """Latencies from event to answer, of all symbols, over `seconds`. Raises ClientFailed when the
    feed does not move or the server closes a connection."""
    latencies = Histogram()
    end_ms = _now_ms() + seconds * 1000
    watching = [_watch(server, symbol, end_ms, latencies) for symbol in symbols]
    try:
        async with asyncio.timeout(seconds + _PATIENCE_S):
            await asyncio.gather(*watching)
    except TimeoutError:
        raise ClientFailed("the feed does not move: no new price was seen") from None
    except OSError as error:
        raise ClientFailed(f"asking for prices failed: {error}") from None
    return latencies


async def _watch(server: Listening, symbol: str, end_ms: float, latencies: Histogram) -> None:
    request = plain_request(f"/v1/ticker/{symbol}", server.authority)
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        due_ms = await _shown_ms(reader, writer, request) + SLOT_MS
        while due_ms < end_ms:
            await asyncio.sleep(max(0.0, due_ms - _EARLY_MS - _now_ms()) / 1000)
            while await _shown_ms(reader, writer, request) < due_ms:
                pass
            latencies.record(round((_now_ms() - due_ms) * 1000))
            due_ms += SLOT_MS
    finally:
        writer.close()


async def _shown_ms(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> int:
    """The time of the ticker that the server shows."""
    return _ticker.decode(body_of(await ask(reader, writer, request))).timestamp


def _now_ms() -> float:
    return time.time_ns() / 1e6
