"""Group commit by natural batching: while one batch is being committed, the next one fills.

No timer. Submitters are told after the batch is durable and the read side shows it: those that are
tasks by a future each, the others are called back, all in one turn of the event loop.
"""

import asyncio
import types
from collections import deque
from collections.abc import Callable, Generator, Sequence
from time import perf_counter
from typing import Any

import msgspec
import structlog
from msgspec.structs import replace

from hypersim.market.candle import Candle
from hypersim.market.tape import RecordedTrade
from hypersim.market.ticker import Ticker
from hypersim.service.changes import Changes
from hypersim.service.commit_statistics import CommitStatistics
from hypersim.service.record import Entry, Recorder, RecordLost
from hypersim.service.transaction import Transaction
from hypersim.service.waking import wake
from hypersim.trading.counters import Counters

BATCH_EVENTS_MAX = 500
"""One big batch must not hold up the acknowledgements behind it; what one command brought about is
never divided, and one that brought about more has a batch of its own."""

Told = Callable[[RecordLost | None], object]
"""Called when a batch is durable and visible, or with the bad news."""

log = structlog.get_logger(__name__)


class Batch(msgspec.Struct, eq=False):
    """Transactions that are committed together, in order, and the counters after the last of
    them. `size` counts their events."""

    loop: asyncio.AbstractEventLoop
    counters: Counters
    transactions: list[Transaction] = []
    size: int = 0
    needs_record: bool = False
    is_done: bool = False
    waiting: list[asyncio.Future[None]] = []
    called_back: list[Told] = []

    def then(self, told: Told) -> None:
        """Have it called outside of any task, in the order of calls."""
        self.called_back.append(told)

    @types.coroutine
    def wait(self) -> Generator[Any, Any, None]:
        """Return when the batch is durable and visible. What runs without a task hands the batch
        to whoever steps it."""
        if asyncio.current_task(self.loop) is None:
            yield self
        else:
            yield from self.done()

    def done(self) -> asyncio.Future[None]:
        """Resolved when the batch is durable and visible. One future per waiter, as a canceled
        waiter cancels the future that it awaits."""
        future = self.loop.create_future()
        self.waiting.append(future)
        return future

    def finish(self, lost: RecordLost | None = None) -> None:
        """Wake all waiters, with the bad news if there is any."""
        self.is_done = lost is None
        if self.called_back:
            # Not now: what is called must find no task running, and the next commit is first.
            self.loop.call_soon(self._call_back, lost)
        for future in self.waiting:
            if future.done():
                continue
            if lost is None:
                future.set_result(None)
            else:
                future.set_exception(lost)

    def _call_back(self, lost: RecordLost | None) -> None:
        for told in self.called_back:
            try:
                told(lost)
            except Exception:
                log.exception("a submitter failed")


class Committer:
    """Owns the order in which events become durable and visible. How long a commit takes is of the
    wall's time, as the database's."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        publish: Callable[[Changes, Sequence[Transaction]], None],
    ) -> None:
        self.statistics = CommitStatistics()
        self._recorder = recorder
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        self._batches: deque[Batch] = deque()
        self._in_flight: Batch | None = None
        self.backlog = 0
        """Events that are applied but not yet durable."""
        self._idle: asyncio.Future[None] | None = None
        """Resolved when there is something to commit again."""
        self._candles: list[tuple[str, Candle]] = []
        self._tickers: list[Ticker] = []
        self._public_trades: list[RecordedTrade] = []

    @property
    def unconfirmed(self) -> int:
        """Events that are not known to be durable: the backlog, and what is being committed."""
        return self.backlog + (self._in_flight.size if self._in_flight else 0)

    def last(self) -> Batch | None:
        """The batch after which everything so far is durable and visible; None: it is now."""
        return self._batches[-1] if self._batches else self._in_flight

    def add(self, counters: Counters, *transactions: Transaction) -> Batch:
        """Queue what belongs together, in the order in which it was applied, with the counters
        after it; returns the batch that it is in."""
        size = 0
        for transaction in transactions:
            size += len(transaction.events)
        batch = self._batches[-1] if self._batches else None
        is_full = batch is not None and batch.size and batch.size + size > BATCH_EVENTS_MAX
        # What was before a reset and what is after it are different worlds, with the same numbers.
        if batch is None or is_full or transactions[0].begins_again:
            batch = Batch(self._loop, counters)
            self._batches.append(batch)
        batch.transactions.extend(transactions)
        batch.size += size
        self.backlog += size
        batch.counters = replace(counters)
        if not batch.needs_record:
            batch.needs_record = any([transaction.is_recorded for transaction in transactions])
        wake(self._idle)
        return batch

    def note(
        self,
        candles: Sequence[tuple[str, Candle]],
        tickers: Sequence[Ticker] = (),
        public_trades: Sequence[RecordedTrade] = (),
    ) -> None:
        """Market rows for the record that nobody waits for; they go with a later batch."""
        self._candles.extend(candles)
        self._tickers.extend(tickers)
        self._public_trades.extend(public_trades)

    def flush(self, counters: Counters) -> None:
        """Record what was noted even if nothing happens."""
        if not self._batches:
            self._batches.append(Batch(self._loop, counters))
        batch = self._batches[-1]
        batch.needs_record = True
        batch.counters = replace(counters)
        wake(self._idle)

    async def run(self) -> None:
        """Commit batch after batch until canceled; ends with `RecordLost` when the record does."""
        try:
            while True:
                if self._batches:
                    await self._commit(self._batches.popleft())
                else:
                    self._idle = self._loop.create_future()
                    await self._idle
        except RecordLost as lost:
            # Nobody is told a lie: the outcome of these requests is unknown.
            for waiting in (self._in_flight, *self._batches):
                if waiting is not None:
                    waiting.finish(lost)
            raise

    async def _commit(self, batch: Batch) -> None:
        self._in_flight = batch
        self.backlog -= batch.size
        changes = Changes()
        if batch.size > BATCH_EVENTS_MAX:
            # Only publishing, below, changes what is read, and requests get their turns meanwhile.
            await asyncio.to_thread(changes.add, batch.transactions)
        else:
            changes.add(batch.transactions)
        if batch.needs_record:
            changes.counters = batch.counters
            entry = Entry(
                batch.transactions,
                batch.counters,
                self._candles,
                self._tickers,
                self._public_trades,
            )
            self._candles, self._tickers, self._public_trades = [], [], []
            started_s = perf_counter()
            await self._recorder.commit(entry)
            self.statistics.committed(batch.size, perf_counter() - started_s)
        self._publish(changes, batch.transactions)
        self._in_flight = None
        batch.finish()
