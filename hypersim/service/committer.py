"""Group commit by natural batching: while one batch is being committed, the next one fills.

No timer. A batch has one future that all its submitters await; it is resolved after the batch is
durable and the read side shows it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from hypersim.account.ledger import Balance
from hypersim.market.candle import Candle
from hypersim.market.data import Ticker
from hypersim.service.changes import BalanceKey, Changes
from hypersim.service.record import Recorder, RecordLost
from hypersim.trading.events import Event, MarketMoved
from hypersim.trading.state import Counters

BATCH_EVENTS_MAX = 500
"""One big batch must not hold up the acknowledgements behind it."""


class Batch:
    """Events that are committed together, in order, and the counters after the last of them."""

    __slots__ = ("counters", "done", "events", "needs_record")

    def __init__(self, done: asyncio.Future[None]) -> None:
        self.events: list[Event] = []
        self.done = done
        self.needs_record = False
        self.counters = Counters()


class Committer:
    """Owns the order in which events become durable and visible."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        counters: Counters,
        balances: dict[BalanceKey, Balance],
        publish: Callable[[Changes, Sequence[Event]], None],
    ) -> None:
        self._recorder = recorder
        self._counters = counters
        self._balances = balances
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        self._batches: deque[Batch] = deque()
        self._in_flight: Batch | None = None
        self._wake = asyncio.Event()
        self._recorded = replace(counters)
        self._candles: list[tuple[str, Candle]] = []
        self._tickers: list[Ticker] = []

    @property
    def backlog(self) -> int:
        """Events that are applied but not yet durable."""
        return sum(len(batch.events) for batch in self._batches)

    def add(self, events: Sequence[Event]) -> asyncio.Future[None] | None:
        """Queue events in the order in which they were applied. The future says when they, or
        without events everything before, are durable and visible; None means already."""
        if not events:
            last = self._batches[-1] if self._batches else self._in_flight
            return last.done if last is not None else None
        if not self._batches or len(self._batches[-1].events) >= BATCH_EVENTS_MAX:
            self._batches.append(Batch(self._loop.create_future()))
        batch = self._batches[-1]
        batch.events.extend(events)
        batch.counters = replace(self._counters)
        if not batch.needs_record:
            batch.needs_record = any(not isinstance(event, MarketMoved) for event in events)
        self._wake.set()
        return batch.done

    def note(self, candles: Sequence[tuple[str, Candle]], tickers: Sequence[Ticker] = ()) -> None:
        """Market rows for the record that nobody waits for; they go with a later batch."""
        self._candles.extend(candles)
        self._tickers.extend(tickers)

    def flush(self) -> asyncio.Future[None]:
        """Record what was noted even if nothing happens."""
        if not self._batches:
            self._batches.append(Batch(self._loop.create_future()))
        batch = self._batches[-1]
        batch.needs_record = True
        batch.counters = replace(self._counters)
        self._wake.set()
        return batch.done

    async def run(self) -> None:
        """Commit batch after batch until canceled; ends with `RecordLost` when the record does."""
        while True:
            while not self._batches:
                self._wake.clear()
                await self._wake.wait()
            batch = self._in_flight = self._batches.popleft()
            try:
                await self._commit(batch)
            except RecordLost as lost:
                self._fail(batch, lost)
                raise
            self._in_flight = None
            batch.done.set_result(None)

    async def _commit(self, batch: Batch) -> None:
        changes = Changes(self._balances)
        changes.add(batch.events)
        if batch.needs_record:
            changes.counters = batch.counters
            changes.candles, self._candles = self._candles, []
            changes.tickers, self._tickers = self._tickers, []
            await self._recorder.commit(changes)
        self._publish(changes, batch.events)

    def _fail(self, batch: Batch, lost: RecordLost) -> None:
        """Nobody is told a lie: the outcome of these requests is unknown."""
        for waiting in (batch, *self._batches):
            waiting.done.set_exception(lost)
            # Marks it as seen; a batch that nobody awaits must not be reported by the event loop.
            waiting.done.exception()
